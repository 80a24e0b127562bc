import os

from flask import Flask

from settings import Address

app = Flask(__name__)


def default_port():
    return int(os.environ.get("PORT", 5000))


@app.route("/")
def index():
    return "told"


if __name__ == "__main__":
    address = Address()
    port = default_port()
    app.run(host=address.host, port=port, debug=True)
