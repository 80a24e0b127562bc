from flask import Flask

app = Flask(__name__)
STORE = {}


def fill():
    STORE["a"] = 1


@app.route("/")
def index():
    return STORE


if __name__ == "__main__":
    with app.app_context():
        fill()
        app.run(debug=True)
