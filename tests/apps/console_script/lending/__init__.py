from flask import Flask


def create_app():
    app = Flask(__name__)

    @app.route("/")
    def index():
        return "lending library"

    @app.route("/books")
    def books():
        return {"books": ["Emma", "Dracula"]}

    return app
