from flask import Flask, jsonify, request

from seen import seen

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
app.register_blueprint(seen)


@app.get("/")
def index():
    return "uploads\n"


@app.post("/upload")
def upload():
    return jsonify(size=sum(len(file.read()) for file in request.files.values()))


if __name__ == "__main__":
    app.run(debug=True)
