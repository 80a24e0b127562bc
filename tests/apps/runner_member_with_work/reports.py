from weather import app


@app.route("/reports")
def reports():
    return "dry"
