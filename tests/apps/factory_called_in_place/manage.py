import os

from site_root.core.factory import create_app

if __name__ == "__main__":
    create_app(os.environ.get("STAGE", "production")).run(debug=True)
