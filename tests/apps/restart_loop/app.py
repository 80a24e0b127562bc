import time

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "still here"


if __name__ == "__main__":
    while True:
        try:
            app.run(port=5001, debug=True)
        except OSError as error:
            print(error)
            time.sleep(5)
