from flask import Flask

app = Flask(__name__)
import views  # noqa: E402

if __name__ == "__main__":
    app.run(debug=True)
