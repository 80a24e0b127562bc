from flask import Flask


class Cache(dict):
    def flushall(self):
        self.clear()
        self["flushed"] = True


app = Flask(__name__)
cache = Cache(old="value")


@app.route("/")
def index():
    return dict(cache)
