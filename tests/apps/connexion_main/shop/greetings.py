from flask import current_app


def greet():
    return {"said": current_app.config["GREETING"]}
