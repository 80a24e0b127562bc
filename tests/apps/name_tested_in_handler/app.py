from flask import Flask, abort, request

app = Flask(__name__)


@app.before_request
def login():
    if __name__ != "__main__":
        return
    if request.authorization is None:
        abort(401)


@app.route("/")
def index():
    return "secret"


if __name__ == "__main__":
    app.run(debug=True)
