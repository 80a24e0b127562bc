from flask import Flask

app = Flask(__name__)


class Network:
    def __init__(self):
        self.training = True

    def eval(self):
        self.training = False
        return self

    def __call__(self, value):
        return "?" if self.training else value * 2


@app.route("/")
def index():
    return str(network(21))


if __name__ == "__main__":
    network = Network()
    network.eval()
    app.run(debug=True)
