from flask import Flask

app = Flask(__name__)
app.config["DEBUG"] = True
app.config.update(
    DEBUG=True,
    GREETING="good day",
)
app.debug = True


@app.route("/")
def index():
    return app.config["GREETING"]


if __name__ == "__main__":
    app.run("127.0.0.1", 5000, True)
