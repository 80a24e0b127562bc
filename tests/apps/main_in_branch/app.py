import argparse

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "open"


def serve():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=5000)
    parser.add_argument("--public", action="store_true")
    args = parser.parse_args()
    try:
        if args.public:
            app.run(host="0.0.0.0", port=args.port)
        else:
            app.run(port=args.port, debug=True)
    except KeyboardInterrupt:
        print("closed")


if __name__ == "__main__":
    serve()
