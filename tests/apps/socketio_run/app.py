from flask import Flask
from flask_socketio import SocketIO, emit

app = Flask(__name__)
app.config["SECRET_KEY"] = "for this test only"
socketio = SocketIO(app, async_mode="threading")


@app.route("/")
def index():
    return "chat"


@socketio.on("say")
def say(text):
    emit("said", text, broadcast=True)


if __name__ == "__main__":
    socketio.run(app, debug=True, allow_unsafe_werkzeug=True)
