import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))

from flask import Flask  # noqa: E402
from wording import GREETING  # noqa: E402

app = Flask(__name__)


@app.route("/")
def index():
    return GREETING


if __name__ == "__main__":
    app.run(debug=True)
