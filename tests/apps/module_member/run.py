import shop.web

if __name__ == "__main__":
    shop.web.app.run(debug=True)
