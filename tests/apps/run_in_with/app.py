import sqlite3

from flask import Flask

app = Flask(__name__)


def count():
    connection = sqlite3.connect("notes.db")
    connection.execute("CREATE TABLE IF NOT EXISTS note (text TEXT)")
    connection.execute("DELETE FROM note")
    connection.execute("INSERT INTO note VALUES ('milk')")
    connection.commit()
    app.config["NOTES"] = connection.execute("SELECT count(*) FROM note").fetchone()[0]


@app.route("/")
def index():
    return {"notes": app.config["NOTES"]}


if __name__ == "__main__":
    with app.app_context():
        count()
        app.run(debug=True)
