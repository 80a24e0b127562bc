from gevent import monkey

monkey.patch_all()

from shop import app  # noqa: E402

if __name__ == "__main__":
    app.run(debug=True)
