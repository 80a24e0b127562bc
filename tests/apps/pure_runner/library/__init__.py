from flask import Flask

app = Flask(__name__)

from library import views  # noqa: E402, F401
