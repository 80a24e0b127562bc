import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return app.config["TITLE"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--title", default="Garden")
    args = parser.parse_args()
    app.config["TITLE"] = args.title
    app.run(debug=True)


if __name__ == "__main__":
    main()
