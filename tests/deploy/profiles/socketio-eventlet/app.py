from flask import Flask
from flask_socketio import SocketIO, emit

from seen import seen

app = Flask(__name__)
app.register_blueprint(seen)
socketio = SocketIO(app)


@app.get("/")
def index():
    return "socketio\n"


@socketio.on("say")
def say(text):
    emit("said", f"{socketio.async_mode}: {text}")


if __name__ == "__main__":
    socketio.run(app, debug=True)
