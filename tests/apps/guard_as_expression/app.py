from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


__name__ == "__main__" and app.run(debug=True)
