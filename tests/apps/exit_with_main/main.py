import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "until it ends"


def main():
    app.run(debug=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
