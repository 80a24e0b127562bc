from flask import Flask


class Portal:
    def __init__(self, title):
        self.title = title
        self.app = Flask(__name__)
        self.app.add_url_rule("/", "index", self.index)

    def index(self):
        return self.title


portal = Portal("reading room")

if __name__ == "__main__":
    portal.app.run(debug=True)
