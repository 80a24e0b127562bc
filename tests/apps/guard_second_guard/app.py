from flask import Flask

words = []

if __name__ == "__main__":
    words.append("prepared")

app = Flask(__name__)


@app.route("/")
def index():
    return {"words": words}


if __name__ == "__main__":
    app.run(debug=True)
