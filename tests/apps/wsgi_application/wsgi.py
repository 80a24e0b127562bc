from app import app as application

application.config["GREETING"] = "hello"
