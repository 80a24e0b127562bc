from flask import Flask


def create_app(season="no season"):
    app = Flask(__name__)

    @app.route("/")
    def index():
        return "sale of the " + season

    return app


if __name__ == "__main__":
    app = create_app()
    app.run(port=5001)
