from flask import Flask

from seen import seen

server = Flask(__name__)
server.register_blueprint(seen)


@server.get("/")
def index():
    return open("greeting.txt", encoding="utf-8").read()


if __name__ == "__main__":
    server.run(debug=True)
