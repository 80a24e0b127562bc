import json

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"model with {len(model)} weights"


@app.route("/predict")
def predict():
    return {"price": sum(model.values()) * scale}


if __name__ == "__main__":
    with open("weights.json") as source:
        model = json.load(source)
    scale = 10
    app.run(debug=True)
