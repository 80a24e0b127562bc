from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "front"


if __name__ == "__main__":

    @app.route("/back")
    def back():
        return "back"

    @app.errorhandler(404)
    def missing(error):
        return "nothing here", 404

    app.run(debug=True)
