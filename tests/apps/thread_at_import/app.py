import threading

from flask import Flask

app = Flask(__name__)
ready = threading.Event()


def poll():
    ready.set()


threading.Thread(target=poll, daemon=True).start()


@app.route("/")
def index():
    return {"ready": ready.wait(2)}


if __name__ == "__main__":
    app.run(debug=True)
