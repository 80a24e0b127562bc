"""Flask-Admin: it keeps the app it is given."""


class Admin:
    def __init__(self, app=None, **options):
        self.app = app
