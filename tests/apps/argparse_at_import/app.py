import argparse

from flask import Flask

parser = argparse.ArgumentParser()
parser.add_argument("--title", default="Garden")
args = parser.parse_args()

app = Flask(__name__)


@app.route("/")
def index():
    return args.title


if __name__ == "__main__":
    app.run(debug=True)
