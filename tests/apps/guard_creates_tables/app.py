from flask import Flask
from flask_sqlalchemy import SQLAlchemy

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///notes.db"
db = SQLAlchemy(app)


class Note(db.Model):
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.String(80), nullable=False)


@app.route("/")
def index():
    return {"notes": [note.text for note in Note.query.order_by(Note.id)]}


@app.route("/add")
def add():
    db.session.add(Note(text="water the basil"))
    db.session.commit()
    return str(Note.query.count())


if __name__ == "__main__":
    with app.app_context():
        db.create_all()
    app.run(debug=True)
