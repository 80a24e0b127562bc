from flask import Flask

app = Flask(__name__)

import pages  # noqa: E402, F401
