import os

from flask import Flask

app = Flask(__name__, instance_relative_config=True)
app.config.from_pyfile("settings.cfg")


@app.route("/")
def index():
    return {"path": os.path.relpath(app.instance_path, app.root_path), "title": app.config["TITLE"]}


if __name__ == "__main__":
    app.run(debug=True)
