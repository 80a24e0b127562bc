import os

from flask import Flask

from seen import seen

app = Flask(__name__)
app.register_blueprint(seen)


@app.get("/")
def index():
    return "plain\n"


if __name__ == "__main__":
    app.run(debug=True, port=int(os.environ.get("PORT", 5001)))
