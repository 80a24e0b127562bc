import logging

from flask import Flask, request

app = Flask(__name__)


@app.route("/stop", methods=["POST"])
def stop():
    request.environ.get("werkzeug.server.shutdown")()
    return "stopped"


@app.route("/")
def index():
    return "running"


if __name__ == "__main__":
    port = 5000
    # Run the server
    logging.info(f"Starting the server on {port}")
    app.run(port=port, debug=True)
