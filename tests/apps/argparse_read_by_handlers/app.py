import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"{options.model} at {place}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", default="small")
    parser.add_argument("--port", type=int, default=5000)
    options = parser.parse_args()
    place = options.model.upper()
    print("loading", place)
    app.run(port=options.port)
