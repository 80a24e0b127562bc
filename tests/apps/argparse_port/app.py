import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "with options"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    options = parser.parse_args()
    app.run(host="0.0.0.0", port=options.port, debug=True)
