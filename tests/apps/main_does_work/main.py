from flask import Flask

app = Flask(__name__)
words = []


def main():
    words.extend(["one", "two"])
    for number, word in enumerate(words):
        print(number, word)
    app.run(debug=True)


@app.route("/")
def index():
    return {"words": words}


if __name__ == "__main__":
    main()
