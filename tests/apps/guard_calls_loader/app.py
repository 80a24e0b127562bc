from flask import Flask

app = Flask(__name__)
prices = None


def load_prices():
    global prices
    prices = {"apple": 3, "pear": 4}


@app.route("/")
def index():
    return "no prices yet" if prices is None else f"{len(prices)} prices"


@app.route("/apple")
def apple():
    return str(prices["apple"])


if __name__ == "__main__":
    print("loading prices")
    load_prices()
    app.run(debug=True)
