import contextlib

from flask import Flask

app = Flask(__name__)


@contextlib.contextmanager
def opened():
    app.config["SHELF"] = ["Emma"]
    yield
    app.config["SHELF"] = []


@app.route("/")
def index():
    return {"shelf": app.config["SHELF"]}


if __name__ == "__main__":
    with opened():
        app.run(debug=True)
