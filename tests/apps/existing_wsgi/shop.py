from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "open"


@app.route("/hours")
def hours():
    return {"from": 9, "to": 17}
