import functools

from flask import Flask

app = Flask(__name__)
state = {"x": 0}


def logged(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        state["x"] += 1
        return function(*args, **kwargs)

    return wrapper


@app.route("/")
def index():
    return str(state["x"])


@logged
def main():
    state["x"] += 10
    app.run(debug=True)


if __name__ == "__main__":
    main()
