from flask import Flask, request

server = Flask(__name__)
visits = []


@server.route("/")
def index():
    visits.append(request.path)
    return f"visit {len(visits)}"


@server.route("/name")
def name():
    return server.name


if __name__ == "__main__":
    # Reachable from the tablet in the kitchen.
    server.run(host="0.0.0.0", port=8080, debug=True)
