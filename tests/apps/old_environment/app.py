import os

os.environ["FLASK_ENV"] = "development"

from flask import Flask  # noqa: E402

app = Flask(__name__)


@app.route("/")
def index():
    return os.environ.get("GREETING", "good day")


if __name__ == "__main__":
    app.run()
