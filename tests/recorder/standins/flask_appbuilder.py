"""Flask-AppBuilder: it keeps the app it is given."""


class AppBuilder:
    def __init__(self, app=None, session=None, **options):
        self.app = app
