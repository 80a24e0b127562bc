import os

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
app.config["DEBUG"] = True

db = SQLAlchemy(app)


@app.route("/")
def index():
    return "Hello"


if __name__ == "__main__":
    # the tables have to be there before the first request
    with app.app_context():
        db.create_all()
    app.run(host="0.0.0.0", port=int(os.environ.get("PORT", 5000)), debug=True)
