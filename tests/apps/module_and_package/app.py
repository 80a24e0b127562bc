from flask import Flask

from app import words

server = Flask(__name__)


@server.route("/")
def index():
    return words.HELLO


if __name__ == "__main__":
    server.run(debug=True)
