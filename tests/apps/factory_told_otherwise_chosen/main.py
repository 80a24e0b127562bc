import os

from shop import create_app

season = os.environ.get("SEASON", "winter")
app = create_app(season)


@app.route("/season")
def show():
    return season


if __name__ == "__main__":
    app.run(debug=True)
