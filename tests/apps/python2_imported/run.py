from flask import Flask

from words import greet

app = Flask(__name__)


@app.route("/")
def index():
    return greet()


if __name__ == "__main__":
    app.run(debug=True)
