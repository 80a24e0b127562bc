import os


class Address:
    def __init__(self):
        self.host = os.environ.get("HOST", "127.0.0.1")
