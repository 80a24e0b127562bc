from flask import Flask
from flask_sock import Sock

from seen import seen

app = Flask(__name__)
app.register_blueprint(seen)
sock = Sock(app)


@app.get("/")
def index():
    return "websockets\n"


@sock.route("/ws")
def repeat(ws):
    while True:
        ws.send(ws.receive())


if __name__ == "__main__":
    app.run(debug=True)
