from flask import Flask


class Portal:
    def __init__(self, title):
        self.title = title
        self.app = Flask(__name__)
        self.app.add_url_rule("/", "index", self.index)

    def index(self):
        return self.title

    def start(self, port=5000):
        self.app.run(port=port, debug=True)


if __name__ == "__main__":
    portal = Portal("reading room")
    portal.start()
