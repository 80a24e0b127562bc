from flask import Flask

app = Flask(__name__)
options = {"debug": True, "port": 5009}


@app.route("/")
def index():
    return "told by a dictionary"


if __name__ == "__main__":
    app.run(**options)
