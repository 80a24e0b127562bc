import reports
import weather

weather.app.config["UNIT"] = "celsius"
print("serving", reports.__name__)

if __name__ == "__main__":
    weather.app.run(debug=True)
