from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from seen import seen

app = Flask(__name__)
app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1)
app.register_blueprint(seen)


@app.get("/")
def index():
    return "proxied\n"


if __name__ == "__main__":
    app.run(debug=True)
