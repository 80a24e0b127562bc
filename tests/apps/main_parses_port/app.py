import argparse

from flask import Flask

app = Flask(__name__)
shelf = []


@app.route("/")
def index():
    return {"shelf": shelf, "title": app.config.get("TITLE")}


def fill(count):
    shelf.extend(range(count))


def main():
    parser = argparse.ArgumentParser(description="a shelf")
    parser.add_argument("-p", "--port", type=int, default=5000)
    args = parser.parse_args()
    fill(3)
    app.config["TITLE"] = "Shelf"
    for number in shelf:
        print(number, "is there")
    app.run(port=args.port, debug=True)


if __name__ == "__main__":
    main()
