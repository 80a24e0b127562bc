from flask import Flask, send_from_directory

app = Flask(__name__)

with open("data/greeting.txt") as source:
    GREETING = source.read().strip()


@app.route("/")
def index():
    return GREETING


@app.route("/file")
def file():
    return send_from_directory("data", "greeting.txt", conditional=False, etag=False)


if __name__ == "__main__":
    app.run(debug=True)
