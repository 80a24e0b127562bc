from shop import app
import pages

if __name__ == "__main__":
    app.run(debug=True)
