import os
import sys

from flask import Flask

app = Flask(__name__)
app.debug = True
app.secret_key = os.environ.get("SECRET_KEY", "change me")

if not app.debug and app.secret_key == "change me":
    print("set SECRET_KEY first")
    sys.exit(1)


@app.route("/")
def index():
    return "ready"


if __name__ == "__main__":
    app.run()
