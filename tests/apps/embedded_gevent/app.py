from gevent import monkey

monkey.patch_all()

from flask import Flask  # noqa: E402
from gevent.pywsgi import WSGIServer  # noqa: E402

app = Flask(__name__)


@app.route("/")
def index():
    return "gevent"


if __name__ == "__main__":
    WSGIServer(("127.0.0.1", 5000), app).serve_forever()
