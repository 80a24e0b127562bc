if __name__ == "__main__":
    from shop import create_app

    app = create_app("winter")
    app.run(debug=True)
