from shop import app
from views import *
import admin

if __name__ == "__main__":
    app.run(debug=True)
