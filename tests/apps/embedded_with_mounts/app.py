from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from wsgiref.simple_server import make_server

app = Flask(__name__)
admin = Flask("admin")


@app.route("/")
def index():
    return "shop"


@admin.route("/")
def desk():
    return "desk"


if __name__ == "__main__":
    make_server("127.0.0.1", 5000, DispatcherMiddleware(app, {"/admin": admin})).serve_forever()
