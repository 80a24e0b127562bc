"""The shelves of a small library."""

import os

from flask import Flask, jsonify

BOOKS = {"1": "Emma", "2": "Ulysses"}


def list_books():
    return jsonify(BOOKS)


# Starts the server.
def main():
    """Serve the shelves."""
    port = int(os.environ.get("PORT", 5000))

    app = Flask(__name__)
    app.config["JSON_SORT_KEYS"] = False
    # the one page there is
    app.add_url_rule("/books", view_func=list_books)

    @app.route("/")
    def index():
        return {"shelves": len(BOOKS), "sorted": app.config["JSON_SORT_KEYS"]}

    app.run(host="127.0.0.1", port=port, debug=True)


if __name__ == "__main__":
    main()
