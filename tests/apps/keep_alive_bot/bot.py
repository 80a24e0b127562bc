import time
from threading import Thread

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "alive"


def run():
    app.run(host="127.0.0.1", port=5000)


def keep_alive():
    Thread(target=run).start()


keep_alive()
while True:
    time.sleep(1)
