from flask import Blueprint

from weather import app

reports = Blueprint("reports", __name__, url_prefix="/reports")


@reports.route("/today")
def today():
    return "dry, " + app.config["UNIT"]


app.config["UNIT"] = "celsius"
app.register_blueprint(reports)

if __name__ == "__main__":
    app.run(debug=True)
