import os
import threading

from flask import Flask

app = Flask(__name__)
readings = []

if os.environ.get("WERKZEUG_RUN_MAIN") == "true":
    threading.Thread(target=readings.append, args=(21,)).start()


@app.route("/")
def index():
    return {"readings": readings}


if __name__ == "__main__":
    app.run(debug=True)
