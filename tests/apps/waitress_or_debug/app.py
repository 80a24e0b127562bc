import os

from flask import Flask
from waitress import serve

app = Flask(__name__)


@app.route("/")
def index():
    return "either way"


if __name__ == "__main__":
    if os.environ.get("STAGE") == "production":
        serve(app, host="0.0.0.0", port=8080)
    else:
        app.run(debug=True)
