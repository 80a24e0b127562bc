"""Flask-Script 2.0.6, as far as its server goes: `Server.__call__` hands its arguments to `app.run`."""

import sys


class Server:
    def __init__(self, host="127.0.0.1", port=5000, use_debugger=None, use_reloader=None, threaded=False, processes=1, **options):
        self.host, self.port = host, port
        self.use_debugger, self.use_reloader = use_debugger, use_reloader
        self.threaded, self.processes, self.options = threaded, processes, options

    def __call__(self, app):
        use_debugger = app.debug if self.use_debugger is None else self.use_debugger
        use_reloader = app.debug if self.use_reloader is None else self.use_reloader
        app.run(
            host=self.host,
            port=self.port,
            debug=use_debugger,
            use_debugger=use_debugger,
            use_reloader=use_reloader,
            threaded=self.threaded,
            **self.options,
        )


class Manager:
    def __init__(self, app=None):
        self.app = app
        self.commands = {"runserver": Server()}

    def add_command(self, name, command):
        self.commands[name] = command

    def command(self, function):
        self.commands[function.__name__] = lambda app: function()
        return function

    def run(self, commands=None, default_command=None):
        name = sys.argv[1] if len(sys.argv) > 1 else default_command
        if name not in self.commands:
            sys.exit(2)
        self.commands[name](self.app() if not hasattr(self.app, "run") else self.app)
