import threading

from flask import Flask

app = Flask(__name__)
ready = threading.Event()
readings = {}


def collect():
    readings["temperature"] = 21
    ready.set()


@app.route("/")
def index():
    return {"ready": ready.wait(2), "readings": readings}


if __name__ == "__main__":
    collector = threading.Thread(target=collect, daemon=True)
    collector.start()
    app.run(debug=True)
