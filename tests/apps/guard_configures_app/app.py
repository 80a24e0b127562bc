import os

from flask import Blueprint, Flask, session

app = Flask(__name__)
admin = Blueprint("admin", __name__)


@admin.route("/")
def overview():
    return "overview of " + app.config["OWNER"]


@app.route("/")
def index():
    session["seen"] = True
    return "hello"


if __name__ == "__main__":
    app.secret_key = "for this test only"
    app.config["OWNER"] = "Ada"
    app.register_blueprint(admin, url_prefix="/admin")
    os.makedirs("uploads", exist_ok=True)
    app.run(debug=True)
