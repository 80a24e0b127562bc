from flask import render_template

from library import app


@app.route("/")
def index():
    return render_template("index.html", books=["Emma", "Persuasion"])


@app.route("/count")
def count():
    return "2"
