"""Run the shop."""
import os

from shop import app

HOST = os.environ.get("HOST", "127.0.0.1")
PORT = int(os.environ.get("PORT", 5000))

print("Shop is starting on", HOST)

app.run(host=HOST, port=PORT)
