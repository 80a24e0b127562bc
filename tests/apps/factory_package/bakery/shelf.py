from flask import Blueprint, current_app

shelf = Blueprint("shelf", __name__)


@shelf.route("/")
def index():
    return current_app.config["TITLE"]


@shelf.route("/breads")
def breads():
    return {"breads": current_app.config["BREADS"]}
