import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return app.config["TITLE"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", required=True)
    args = parser.parse_args()
    app.config["TITLE"] = args.title
    app.run(debug=True)
