import os

from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return "banner"


if __name__ == "__main__":
    port = int(os.environ.get("PORT", 5000))
    print("=" * 40)
    print(f"Server running on http://localhost:{port}")
    print("=" * 40)
    app.run(port=port, debug=True)
