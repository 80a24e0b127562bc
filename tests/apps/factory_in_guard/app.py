from flask import Flask


def create_app():
    app = Flask(__name__)
    app.config["MOTTO"] = "slow and steady"

    @app.route("/")
    def index():
        return app.config["MOTTO"]

    @app.route("/length")
    def length():
        return {"length": len(app.config["MOTTO"])}

    return app


if __name__ == "__main__":
    app = create_app()
    app.run(debug=True, port=5050)
