from shop.views import app

app.run(debug=True)
