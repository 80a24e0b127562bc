from flask import Flask

from .words import GREETING

app = Flask(__name__)


@app.route("/")
def index():
    return GREETING


if __name__ == "__main__":
    app.run(debug=True)
