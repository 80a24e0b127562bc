import os

os.environ["FLASK_ENV"] = "development"

from flask import Flask  # noqa: E402

app = Flask(__name__)


@app.route("/")
def index():
    return "debug" if app.debug and not app.env else "no word of debug"


if __name__ == "__main__":
    app.run()
