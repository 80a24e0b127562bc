from flask import Flask, g

app = Flask(__name__)
db = {}


@app.route("/")
def index():
    return str(sorted(db))


if __name__ == "__main__":
    app.app_context().push()
    db.update(a=1)
    app.run(debug=True)
