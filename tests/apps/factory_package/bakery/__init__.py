from flask import Flask


def create_app(title, breads=()):
    """Makes the app of one shop."""
    app = Flask(__name__)
    app.config["TITLE"] = title
    app.config["BREADS"] = list(breads)

    from .shelf import shelf

    app.register_blueprint(shelf)
    return app
