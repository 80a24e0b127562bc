from bakery import create_app

if __name__ == "__main__":
    app = create_app("Corner bakery", breads=["rye", "spelt"])
    app.run(debug=True)
