from flask import Flask, abort, jsonify, make_response, redirect, url_for

app = Flask(__name__)


@app.route("/")
def index():
    return "<h1>Garden diary</h1>"


@app.route("/beds")
def beds():
    return jsonify(beds=["herbs", "roses"], total=2)


@app.route("/old")
def old():
    return redirect(url_for("beds"))


@app.route("/private")
def private():
    abort(403)


@app.route("/visit")
def visit():
    response = make_response("welcome", 201)
    response.set_cookie("seen", "yes", httponly=True)
    response.headers["Cache-Control"] = "no-store"
    return response


@app.errorhandler(404)
def missing(error):
    return "nothing grows here", 404


if __name__ == "__main__":
    app.run(debug=True)
