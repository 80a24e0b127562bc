from flask import Flask
from menu import ENTRIES

web = Flask(__name__)


@web.route("/")
def index():
    return ", ".join(ENTRIES)


if __name__ == "__main__":
    web.run(port=5002, debug=True)
