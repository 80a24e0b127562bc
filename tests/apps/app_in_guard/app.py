from flask import Flask

if __name__ == "__main__":
    app = Flask(__name__)
    greeting = "made late"

    @app.route("/")
    def index():
        return greeting

    app.run(debug=True)
