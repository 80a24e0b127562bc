from shop import app

app.run(debug=True)
