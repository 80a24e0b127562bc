from flask import Flask, render_template_string

from seen import seen

app = Flask(__name__, static_url_path="/assets", static_folder="assets")
app.register_blueprint(seen)


@app.get("/")
def index():
    return render_template_string("<link rel=stylesheet href=\"{{ url_for('static', filename='site.css') }}\">statics\n")


if __name__ == "__main__":
    app.run(debug=True)
