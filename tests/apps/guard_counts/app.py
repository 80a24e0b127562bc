from flask import Flask

app = Flask(__name__)
visits = 0
limits: dict = {}


@app.route("/")
def index():
    global visits
    visits += 1
    return {"visits": visits, "limits": limits}


if __name__ == "__main__":
    visits += 40
    limits["visits"] = 100
    app.run(debug=True)
