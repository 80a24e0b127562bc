from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    with open("data/greeting.txt") as file:
        return file.read()


if __name__ == "__main__":
    app.run(debug=True)
