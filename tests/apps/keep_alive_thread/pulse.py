from threading import Thread

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "alive"


def run():
    app.run(host="127.0.0.1", port=5000)


def keep_alive():
    server = Thread(target=run)
    server.start()
