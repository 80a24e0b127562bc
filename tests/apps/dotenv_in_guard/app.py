import os

from flask import Flask

app = Flask(__name__)


def load_settings():
    with open("settings.env") as file:
        for line in file:
            name, _, value = line.strip().partition("=")
            os.environ[name] = value


@app.route("/")
def index():
    return os.environ["GREETING"]


if __name__ == "__main__":
    load_settings()
    app.run(debug=True)
