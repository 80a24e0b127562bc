from wsgiref.simple_server import make_server

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "open"


server = make_server("127.0.0.1", 5000, app)
server.serve_forever()
