"""Ask an app about itself, without serving it.

    python probe.py started OUT ROOT SCRIPT [ARGUMENT...]     or  -m MODULE [ARGUMENT...]
    python probe.py served OUT ROOT MODULE:NAME

`started` runs a start command as `python` would, up to the moment the development server would serve,
and writes what it was told: host, port, debug mode, routes. `served` imports what a WSGI server would
and writes whether it is in debug mode. Both write the app's configuration and, for the modules below
the folder ROOT, the globals that their functions read. OUT is a file that receives JSON; it stays
empty when the command ends without serving.
"""

import importlib
import json
import os
import runpy
import sys
import types


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


def summary(value, depth=0):
    """What can be compared between two runs of a program."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return f"{type(value).__name__} {value!r}"[:200]
    if isinstance(value, (list, tuple, set, frozenset)) and len(value) <= 50 and depth < 3:
        parts = [summary(item, depth + 1) for item in value]
        return f"{type(value).__name__} {sorted(parts) if isinstance(value, (set, frozenset)) else parts}"
    if isinstance(value, dict) and len(value) <= 50 and depth < 3:
        return f"dict {sorted((summary(key, depth + 1), summary(item, depth + 1)) for key, item in value.items())}"
    return type(value).__qualname__


def codes(code):
    """A code object and those within it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from codes(constant)


def functions(values, seen):
    """The Python functions in some values: themselves, what they wrap, the methods of classes."""
    for value in values:
        if id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, types.FunctionType):
            yield value
            yield from functions([getattr(value, "__wrapped__", None)], seen)
        elif isinstance(value, (staticmethod, classmethod)):
            yield from functions([value.__func__], seen)
        elif isinstance(value, type):
            yield from functions(list(vars(value).values()), seen)


def state(root, app):
    """The globals that functions read, and which modules have views, by file below `root`."""
    root = os.path.realpath(root)
    modules = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            relative = os.path.relpath(os.path.realpath(file), root)
            if not relative.startswith("..") and "site-packages" not in relative:
                modules[relative] = module
    views = list(getattr(app, "view_functions", {}).values())
    read, with_views = {}, set()
    for relative, module in modules.items():
        own = vars(module)
        for function in functions([*own.values(), *views], set()):
            if function.__globals__ is not own:
                continue
            if function in views:
                with_views.add(relative)
            names = {name for code in codes(function.__code__) for name in code.co_names}
            for name in names & own.keys():
                if "debug" not in name.lower() and not name.startswith("__"):
                    read.setdefault(relative, {})[name] = summary(own[name])
    config = {
        str(key): summary(value)
        for key, value in dict(getattr(app, "config", {})).items()
        if not any(word in str(key).lower() for word in ("debug", "env", "reload"))
    }
    return {"globals": read, "views": sorted(with_views), "config": config}


def write(out, facts):
    with open(out, "w", encoding="utf-8") as handle:
        json.dump(facts, handle)


def started(out, root, command):
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
            **state(root, app),
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


def served(out, root, target):
    module, name = target.split(":")
    sys.path.insert(0, os.getcwd())
    found = getattr(importlib.import_module(module), name)
    app = flask_app(found)
    facts = {"debug": bool(getattr(app, "debug", False)), "type": type(found).__name__, "routes": routes(app)}
    write(out, {**facts, **state(root, app)})
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    # Our own folder would shadow an app's modules.
    del sys.path[0]
    if sys.argv[1] == "started":
        started(sys.argv[2], sys.argv[3], sys.argv[4:])
    else:
        served(sys.argv[2], sys.argv[3], sys.argv[4])
