import json

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    with open("config.json") as handle:
        config = json.load(handle)
    app.run(**config)
