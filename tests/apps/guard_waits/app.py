import time

from flask import Flask

app = Flask(__name__)
ready = []


@app.route("/")
def index():
    return str(len(ready))


def connect():
    ready.append(1)


if __name__ == "__main__":
    while not ready:
        try:
            connect()
        except OSError:
            time.sleep(1)
    app.run(debug=True)
