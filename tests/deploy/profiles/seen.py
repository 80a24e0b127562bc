"""Pages that say what an app sees of a request, for every profile. Copied beside each of them."""

import os
import time

from flask import Blueprint, jsonify, request, url_for

seen = Blueprint("seen", __name__)


@seen.get("/healthz")
def health():
    return "ok\n", 200, {"Content-Type": "text/plain"}


@seen.get("/seen")
def what():
    names = ("REMOTE_ADDR", "SCRIPT_NAME", "REMOTE_USER", "HTTP_HOST", "HTTP_FORWARDED", "wsgi.url_scheme")
    return jsonify(
        address=request.remote_addr,
        scheme=request.scheme,
        host=request.host,
        url=url_for("seen.what", _external=True),
        raw={key: request.environ.get(key) for key in names},
        headers={key: value for key, value in request.headers if key.upper().startswith("X-")},
    )


@seen.get("/process")
def process():
    return jsonify(pid=os.getpid(), parent=os.getppid(), user=os.getuid())


@seen.get("/slow")
def slow():
    time.sleep(float(request.args.get("seconds", "1")))
    return "done\n"


@seen.post("/echo")
def echo():
    return jsonify(size=len(request.get_data()))


@seen.get("/own-headers")
def own_headers():
    return "own\n", 200, {"Content-Security-Policy": "default-src *", "X-Frame-Options": "DENY", "X-Request-ID": "own"}
