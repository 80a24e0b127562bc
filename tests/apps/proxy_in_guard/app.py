from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

app = Flask(__name__)


@app.route("/")
def index():
    return type(app.wsgi_app).__name__ + request.script_root


if __name__ == "__main__":
    app.wsgi_app = ProxyFix(app.wsgi_app, x_prefix=1)
    app.run(debug=True)
