from flask import Flask

app = Flask(__name__)
connections = ["main"]


@app.route("/")
def index():
    return {"connections": connections}


if __name__ == "__main__":
    try:
        app.run(debug=True)
    except KeyboardInterrupt:
        print("stopped")
    finally:
        connections.clear()
