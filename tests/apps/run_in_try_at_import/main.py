from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "tried"


try:
    app.run(debug=True)
except OSError as error:
    print(error)
