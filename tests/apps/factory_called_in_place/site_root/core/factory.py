from flask import Flask


def create_app(stage):
    app = Flask(__name__)

    @app.route("/")
    def index():
        return "stage " + stage

    return app
