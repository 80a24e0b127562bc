import threading

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "waiting"


if __name__ == "__main__":
    server = threading.Thread(target=app.run, kwargs={"debug": True, "use_reloader": False})
    server.start()
    server.join()
