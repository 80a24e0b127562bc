from flask import Flask
from flask_script import Command, Manager, Server

app = Flask(__name__)
manager = Manager(app)
manager.add_command("runserver", Server(host="127.0.0.1", port=5000, use_debugger=True))


class Greet(Command):
    def run(self):
        print("hello")


manager.add_command("greet", Greet())


@app.route("/")
def index():
    return "managed"


if __name__ == "__main__":
    manager.run()
