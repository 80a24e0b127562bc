"""Ask an app about itself, without serving it.

    python probe.py started OUT SCRIPT [ARGUMENT...]     or  -m MODULE [ARGUMENT...]
    python probe.py served OUT MODULE:NAME

`started` runs a start command as `python` would, up to the moment the development server would serve,
and writes what it was told: host, port, debug mode, routes. `served` imports what a WSGI server would
and writes whether it is in debug mode. OUT is a file that receives JSON; it stays empty when the
command ends without serving.
"""

import importlib
import json
import os
import runpy
import sys


def routes(app):
    """Every path that answers GET and needs no argument."""
    url_map = getattr(app, "url_map", None)
    if url_map is None:
        return []
    rules = [rule for rule in url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    return sorted({rule.rule for rule in rules if not (rule.subdomain or rule.host or rule.websocket)})


def flask_app(served):
    """The Flask app behind what is served: middleware and frameworks keep it in one of these attributes."""
    seen = set()
    while served is not None and id(served) not in seen and not hasattr(served, "url_map"):
        seen.add(id(served))
        # A Flask app's `wsgi_app` is a bound method: `__self__` leads back to the app.
        names = ("app", "server", "flask_app", "wsgi_app", "__self__")
        served = next((value for value in (getattr(served, name, None) for name in names) if value is not None), None)
    return served


def write(out, facts):
    with open(out, "w", encoding="utf-8") as handle:
        json.dump(facts, handle)


def started(out, command):
    from werkzeug import serving

    def run_simple(hostname=None, port=None, application=None, use_reloader=False, use_debugger=False, **_):
        app = flask_app(application)
        facts = {
            "host": hostname,
            "port": port,
            "reloader": bool(use_reloader),
            "debugger": bool(use_debugger),
            "debug": bool(getattr(app, "debug", False)),
            "routes": routes(app),
        }
        write(out, facts)
        sys.stdout.flush()
        # Not `sys.exit`: a start command may catch it, and threads it started would keep us alive.
        os._exit(0)

    serving.run_simple = run_simple
    try:
        from flask_socketio import SocketIO
    except ImportError:
        pass
    else:
        # With eventlet or gevent installed it starts their servers instead.
        SocketIO.run = lambda self, app, host=None, port=None, **_: run_simple(host, port or 5000, app)
    if command[0] == "-m":
        sys.path.insert(0, os.getcwd())
        sys.argv = command[1:]
        runpy.run_module(command[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, os.path.dirname(os.path.abspath(command[0])))
        sys.argv = command
        runpy.run_path(command[0], run_name="__main__")


def served(out, target):
    module, name = target.split(":")
    sys.path.insert(0, os.getcwd())
    found = getattr(importlib.import_module(module), name)
    app = flask_app(found)
    write(out, {"debug": bool(getattr(app, "debug", False)), "type": type(found).__name__, "routes": routes(app)})
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    # Our own folder would shadow an app's modules.
    del sys.path[0]
    if sys.argv[1] == "started":
        started(sys.argv[2], sys.argv[3:])
    else:
        served(sys.argv[2], sys.argv[3])
