from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "from main"


@app.route("/headers")
def headers():
    return "plain", 200, {"Content-Type": "text/plain; charset=utf-8", "Vary": "Cookie"}


def main():
    app.run(host="0.0.0.0", debug=True)


if __name__ == "__main__":
    main()
