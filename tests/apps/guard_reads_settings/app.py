import json

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "told by a file"


if __name__ == "__main__":
    with open("settings.json") as file:
        settings = json.load(file)
    app.run(host=settings["host"], port=settings["port"], debug=settings["debug"])
