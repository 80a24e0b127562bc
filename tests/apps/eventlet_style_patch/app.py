from gevent import monkey

monkey.patch_all()

import threading  # noqa: E402

from flask import Flask  # noqa: E402
from flask_socketio import SocketIO  # noqa: E402

app = Flask(__name__)
socketio = SocketIO(app)


@app.route("/")
def index():
    return "patched: " + threading.Thread.start.__module__


if __name__ == "__main__":
    socketio.run(app, debug=True, use_reloader=False)
