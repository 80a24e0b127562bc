from flask import Flask
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop
from tornado.wsgi import WSGIContainer

app = Flask(__name__)


@app.route("/")
def index():
    return "tornado"


if __name__ == "__main__":
    server = HTTPServer(WSGIContainer(app))
    server.listen(5000)
    IOLoop.instance().start()
