import time

from flask import Flask, Response

from seen import seen

app = Flask(__name__)
app.register_blueprint(seen)


@app.get("/")
def index():
    return "streaming\n"


@app.get("/events")
def events():
    def tell():
        for number in range(5):
            yield f"data: {number}\n\n"
            time.sleep(0.5)

    return Response(tell(), mimetype="text/event-stream")


if __name__ == "__main__":
    app.run(debug=True, threaded=True)
