from flask import Flask
from flask.views import MethodView

app = Flask(__name__)


@app.route("/")
def index():
    return "hello"


if __name__ == "__main__":
    class Extra(MethodView):
        def get(self):
            return "extra"

    app.add_url_rule("/extra", view_func=Extra.as_view("extra"))
    app.run(debug=True)
