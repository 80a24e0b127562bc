from shop import *  # noqa: F403

if __name__ == "__main__":
    app.run(debug=True)  # noqa: F405
