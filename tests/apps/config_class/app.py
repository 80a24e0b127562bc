from flask import Flask

from config import Config

app = Flask(__name__)
app.config.from_object(Config)


@app.route("/")
def index():
    return app.config["TITLE"]


@app.route("/error")
def error():
    raise KeyError("on purpose")


if __name__ == "__main__":
    app.run()
