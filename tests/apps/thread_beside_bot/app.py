import asyncio
import threading

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


def run_flask():
    app.run(host="0.0.0.0", port=8080, use_reloader=False)


async def bot():
    while True:
        await asyncio.sleep(1)


async def main():
    threading.Thread(target=run_flask, daemon=True).start()
    await bot()


if __name__ == "__main__":
    asyncio.run(main())
