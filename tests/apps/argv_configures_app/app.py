import sys

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    with open(notes) as file:
        return file.read()


if __name__ == "__main__":
    notes = sys.argv[1]
    app.run(debug=True)
