import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "open"


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    options = parser.add_argument_group("Options")
    options.add_argument("-s", "--secure", action="store_true")
    args = parser.parse_args()

    if args.secure:
        app.run(port=5443, ssl_context=("server.crt", "server.key"))
    else:
        app.run(port=5000, debug=True)
