from flask import Flask

from .rooms import ROOMS

app = Flask(__name__)


@app.route("/")
def index():
    return ", ".join(ROOMS)
