import os
import socket

from flask import Flask, current_app, jsonify
from werkzeug.debug import DebuggedApplication

import jobs
import limits
from paths import data_dir, log_dir

# Whether to show errors in the browser
DEBUG = True

# Where to listen
HOST = "127.0.0.1"
PORT = int(os.environ.get("PORT", 5000))
CERTIFICATES = data_dir("certificates")

app = Flask(__name__)
app.config["DEBUG"] = DEBUG
app.wsgi_app = DebuggedApplication(app.wsgi_app, evalex=True)


@app.route("/")
def index():
    return jsonify(jobs=current_app.config["JOBS"], started=jobs_started(), queue=CERTIFICATES)


def jobs_started():
    from jobs import started

    return started


app.config["JOBS"] = 3

if __name__ == "__main__":
    print("on", socket.gethostname(), limits.WIDEST, jobs.started)
    app.run(host=HOST, port=PORT, debug=DEBUG, extra_files=[log_dir("a")])
