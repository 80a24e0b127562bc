from flask import Flask


def create_app(season):
    app = Flask(__name__)
    app.debug = True

    @app.route("/")
    def index():
        return "sale of the " + season

    return app
