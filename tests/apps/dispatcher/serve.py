from flask import Flask
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import run_simple

site = Flask("site")
api = Flask("api")


@site.route("/")
def index():
    return "site"


@api.route("/items")
def items():
    return {"items": []}


application = DispatcherMiddleware(site, {"/api": api})

if __name__ == "__main__":
    run_simple("localhost", 5000, application, use_reloader=True, use_debugger=True)
