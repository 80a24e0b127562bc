import threading
import time

from flask import Flask, jsonify

from seen import seen

app = Flask(__name__)
app.register_blueprint(seen)
ticks = 0


def tick():
    global ticks
    while True:
        ticks += 1
        time.sleep(0.1)


threading.Thread(target=tick, daemon=True).start()


@app.get("/")
def index():
    return "threads\n"


@app.get("/ticks")
def count():
    return jsonify(ticks=ticks)


if __name__ == "__main__":
    app.run(debug=True)
