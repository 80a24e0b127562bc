import sqlite3

from flask import Flask

app = Flask(__name__)


def create_tables():
    with sqlite3.connect("notes.db") as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS note (text TEXT)")


@app.route("/")
def index():
    with sqlite3.connect("notes.db") as connection:
        return {"notes": connection.execute("SELECT count(*) FROM note").fetchone()[0]}


def main():
    create_tables()
    app.run(debug=True)


if __name__ == "__main__":
    main()
