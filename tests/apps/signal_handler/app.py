import signal
import sys

from flask import Flask

app = Flask(__name__)


def leave(number, frame):
    print("leaving")
    sys.exit(0)


@app.route("/")
def index():
    return {"own": signal.getsignal(signal.SIGTERM) is leave, "name": app.name}


if __name__ == "__main__":
    signal.signal(signal.SIGINT, leave)
    app.run(debug=True)
