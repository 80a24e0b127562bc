"""Connexion 2.14, as far as its server goes: `FlaskApp.run` hands its arguments to `Flask.run`."""

import flask


class FlaskApp:
    def __init__(self, import_name, port=None, specification_dir="", host=None, server=None, debug=None, **options):
        self.app = flask.Flask(import_name)
        self.port, self.host, self.debug = port, host, debug

    def add_api(self, specification, **options):
        pass

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

    def run(self, port=None, server=None, debug=None, host=None, **options):
        self.port = port or self.port or 5000
        self.host = host or self.host or "0.0.0.0"
        if debug is not None:
            self.debug = debug
        self.app.run(self.host, port=self.port, debug=self.debug, **options)


App = FlaskApp
