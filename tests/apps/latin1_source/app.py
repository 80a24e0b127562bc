# -*- coding: latin-1 -*-
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "Grüße aus Köln"


if __name__ == "__main__":
    app.run(debug=True)  # läuft überall
