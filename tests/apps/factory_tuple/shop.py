from flask import Flask


def create_app():
    app = Flask(__name__)
    jobs = ["sweep", "lock up"]

    @app.route("/")
    def index():
        return {"jobs": jobs}

    return app, jobs
