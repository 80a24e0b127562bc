import threading
import time

from flask import Flask

app = Flask(__name__)
ticks = []


@app.route("/")
def index():
    return "ticking"


if __name__ == "__main__":
    server = threading.Thread(target=app.run, kwargs={"port": 5000}, daemon=True)
    server.start()
    while True:
        ticks.append(time.time())
        time.sleep(1)
