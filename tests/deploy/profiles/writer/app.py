import os
import pathlib

from flask import Flask, request
from werkzeug.utils import secure_filename

from seen import seen

app = Flask(__name__)
app.config["UPLOAD_FOLDER"] = os.path.join(app.root_path, "static", "uploads")
app.register_blueprint(seen)


@app.get("/")
def index():
    return "writer\n"


@app.post("/files/<name>")
def save(name):
    # A folder of its own for each, as for each day or each user.
    folder = pathlib.Path(app.config["UPLOAD_FOLDER"], "new")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / secure_filename(name)).write_bytes(request.get_data())
    return "saved\n", 201


@app.post("/elsewhere")
def elsewhere():
    try:
        pathlib.Path(app.root_path, "app.py").write_text("")
    except OSError as error:
        return f"{type(error).__name__}\n", 403
    return "written\n"


if __name__ == "__main__":
    app.run(debug=True)
