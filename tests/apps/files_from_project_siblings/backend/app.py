from flask import Flask
from words import WELCOME

app = Flask(__name__)


@app.route("/")
def index():
    with open("data/greeting.txt") as file:
        return file.read() + WELCOME


if __name__ == "__main__":
    app.run(debug=True)
