from flask import Flask

app = Flask(__name__)
app.config["GREETING"] = "hello"


@app.route("/")
def index():
    return app.config["GREETING"]


if __name__ == "__main__":
    app.run(debug=True)
else:
    app.logger.setLevel("WARNING")
