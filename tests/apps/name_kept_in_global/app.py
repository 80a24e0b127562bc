from flask import Flask

app = Flask(__name__)
standalone = __name__ == "__main__"


@app.route("/")
def index():
    return "alone" if standalone else "embedded"


if __name__ == "__main__":
    app.run(debug=True)
