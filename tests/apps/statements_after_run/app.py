from flask import Flask

app = Flask(__name__)
state = "open"


@app.route("/")
def index():
    return f"the shop is {state}"


if __name__ == "__main__":
    app.run(debug=True)
    state = "closed"
    print("the shop is", state)
