import os

from flask import Flask

from seen import seen


def create_app():
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ["SECRET_KEY"]
    app.register_blueprint(seen)

    @app.get("/")
    def index():
        return "factory\n"

    return app
