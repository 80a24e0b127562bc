from flask import Flask

from shop.words import GREETING

app = Flask(__name__)


@app.route("/")
def index():
    return GREETING
