import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "one of two"


if __name__ == "__main__":
    if os.environ.get("STAGE") == "production":
        app.run(host="0.0.0.0", port=8080)
    else:
        app.run(debug=True)
