#!/usr/bin/env python3
"""Is debug mode off after the fix, as the server sees it?

    python tests/recorder/recorder.py [--verbose] [CASE...]

Every case and every fixture of a rule is fixed with `fix --apply --unsafe-fixes`. Its programs are run
before and after, with `werkzeug.serving.run_simple` replaced by a recorder, and its `wsgi.py` is imported.
Afterwards no server may have been given the debugger or the reloader, no app that was served may have been
in debug mode, and the app of `wsgi.py` must have `debug` False. What ran before has to run afterwards.
A case that was on before shows that the recorder would have seen it.

Frameworks that do not go with the Flask of tests/requirements.txt have a stand-in in `standins/`, which hands
its arguments to Flask as the real one does.
"""

import contextlib
import argparse
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import wsgiref.simple_server

import flask
import gevent.pywsgi
import werkzeug.debug
import werkzeug.serving

HERE = pathlib.Path(__file__).resolve().parent
TESTS = HERE.parent
sys.path.insert(0, str(TESTS / "truth"))

from truth import find_binary

# Cases that stay on, because which configuration is the one for production is for a person to say.
MANUAL = {
    "debug_config/factory_default",
    "debug_config/format_name",
    "debug_config/percent_name",
    "debug_config/pyfile_env_name",
    "debug_config/two_for_production",
}
# Seconds that a program may take; those of the cases start nothing that lasts.
LIMIT = 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="*")
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--verbose", action="store_true", help="print what ran, and how it ended")
    given = parser.parse_args()
    binary = find_binary(given.binary)
    passed = failed = was_on = ran = 0
    for name, source in cases():
        if given.case and name not in given.case:
            continue
        wrong, before, after = judge(binary, name, source)
        was_on += is_on(before)
        ran += any(run["ended"] == "well" for run in before.values())
        if given.verbose:
            for when, runs in (("before", before), ("after", after)):
                for program, run in runs.items():
                    print(f"      {name} {when} {program}: {run['ended']} {json.dumps(run['served'])}")
        if wrong:
            failed += 1
            print(f"FAIL  {name}: {wrong}")
        else:
            passed += 1
    print(f"{ran} cases have programs that run, {was_on} of them were on before")
    print(f"recorder: {passed} passed, {failed} failed")
    if not given.case and not was_on:
        print("nothing was on before: the recorder would see nothing")
    sys.exit(1 if failed or not (given.case or was_on) else 0)


def cases():
    """Name and place of each case: those of the manifest, and the fixtures of the rules."""
    for case in json.loads((TESTS / "cases" / "manifest.json").read_text(encoding="utf-8")):
        yield case["case"], TESTS / "cases" / case["case"]
    for rule in sorted((TESTS / "fixtures" / "rules").iterdir()):
        for fixture in sorted(rule.iterdir()):
            yield f"{rule.name}/{fixture.stem}", fixture


def judge(binary, name, source):
    """What is wrong with a case after the fix, and what ran before and after it."""
    with tempfile.TemporaryDirectory() as temp:
        root = pathlib.Path(temp) / "project"
        if source.is_dir():
            shutil.copytree(source, root)
        else:
            root.mkdir()
            shutil.copy(source, root / "app.py")
        before = run_all(root)
        command = [str(binary), "fix", "--apply", "--unsafe-fixes", str(root)]
        env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "LANG": "C.UTF-8"}
        done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            return f"fix ended with status {done.returncode}: {done.stderr.strip()[:300]}", before, {}
        after = run_all(root)
    if name in MANUAL:
        return ("" if is_on(after) or not is_on(before) else "it is off now: take it out of MANUAL"), before, after
    for program, run in after.items():
        for served in run["served"]:
            on = [what for what in ("debugger", "reloader", "debug") if served[what]]
            if on:
                return f"{program}: {' and '.join(on)} on after the fix", before, after
        ran = before.get(program, {"ended": "well" if any_ran(before) else "new"})["ended"]
        if ran == "well" and run["ended"] != "well":
            return f"{program} no longer runs: {run['ended']}", before, after
    return "", before, after


def is_on(runs):
    return any(served[what] for run in runs.values() for served in run["served"] for what in ("debugger", "reloader", "debug"))


def any_ran(runs):
    return bool(runs) and all(run["ended"] == "well" for run in runs.values())


def run_all(root):
    """What each program of a project does: its scripts, and the import of each `wsgi.py`."""
    runs = {}
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if any(part in ("tests", "instance", ".flaskship") or part.startswith(("test_", "conftest")) for part in relative.parts):
            continue
        if path.name == "wsgi.py":
            runs[f"import {relative}"] = forked(root, path, imported)
        else:
            runs[str(relative)] = forked(root, path, script)
    return runs


def forked(root, path, work):
    """Runs `work` in a process of its own; what was served comes back through a file."""
    with tempfile.NamedTemporaryFile("r") as record:
        pid = os.fork()
        if pid == 0:
            status = 1
            # A group of its own, so that what the program starts ends with it.
            os.setsid()
            try:
                prepare(root, record.name)
                status = 0 if work(path, record.name) else 3
            except SystemExit:
                # Help and usage; the program came as far as it could.
                status = 0
            except BaseException as error:
                note(record.name, error=f"{type(error).__name__}: {error}")
            finally:
                os._exit(status)
        _, status = os.waitpid(pid, 0)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        lines = [json.loads(line) for line in record]
    errors = [line["error"] for line in lines if "error" in line]
    if os.WIFSIGNALED(status):
        ended = f"killed by signal {os.WTERMSIG(status)}"
    elif os.WEXITSTATUS(status):
        ended = errors[-1] if errors else "no app"
    else:
        ended = "well"
    return {"ended": ended, "served": [line for line in lines if "error" not in line]}


def prepare(root, record):
    """Makes the process look like a fresh one in the project, with the recorder in the server's place."""
    signal.alarm(LIMIT)
    quiet = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(quiet, descriptor)
    sys.stdin = open(os.ttyname(0)) if os.isatty(0) else Terminal()
    for name in list(os.environ):
        if name not in ("PATH", "LANG", "LC_ALL", "TMPDIR"):
            del os.environ[name]
    os.environ["HOME"] = str(root)
    os.chdir(root)
    sys.dont_write_bytecode = True
    sys.path[:] = [entry for entry in sys.path if entry not in ("", str(HERE), str(TESTS / "truth"))]
    sys.path.append(str(HERE / "standins"))

    def run_simple(hostname, port, application, use_reloader=False, use_debugger=False, use_evalex=True, **options):
        note(record, debugger=bool(use_debugger), reloader=bool(use_reloader), **state(application))

    werkzeug.serving.run_simple = werkzeug.run_simple = run_simple

    # Embedded servers have no debugger of their own; what they serve may be wrapped in it.
    def serve_forever(server, *_):
        application = server.get_app() if hasattr(server, "get_app") else server.application
        note(record, debugger=False, reloader=False, **state(application))

    wsgiref.simple_server.WSGIServer.serve_forever = serve_forever
    gevent.pywsgi.WSGIServer.serve_forever = serve_forever


class Terminal:
    """A standard input that says it is a terminal, as in front of a developer."""

    def isatty(self):
        return True

    def readline(self):
        return "\n"


def note(record, **what):
    with open(record, "a") as file:
        file.write(json.dumps(what) + "\n")


def state(application):
    """Whether an application is in debug mode or wrapped in the debugger."""
    wrapped = False
    seen = 0
    while not isinstance(application, flask.Flask) and seen < 20:
        seen += 1
        wrapped |= isinstance(application, werkzeug.debug.DebuggedApplication)
        inner = getattr(application, "app", None) or getattr(application, "wsgi_app", None)
        # A bound method of the app: `app.wsgi_app`.
        application = inner or getattr(application, "__self__", None)
    if isinstance(application, flask.Flask):
        wrapped |= isinstance(application.wsgi_app, werkzeug.debug.DebuggedApplication)
    return {"debug": bool(getattr(application, "debug", False) or wrapped)}


def script(path, record):
    """Runs a script as `python path` does."""
    import runpy
    import threading

    text = path.read_text(encoding="utf-8")
    sys.argv = [str(path)] + (["runserver"] if "Server(" in text and "manager" in text else [])
    # What Werkzeug's reloader starts again; that would be the recorder, which comes to this program again.
    sys.orig_argv = [sys.executable, *sys.argv]
    sys.path.insert(0, str(path.parent))
    runpy.run_path(str(path), run_name="__main__")
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(5)
    return True


def imported(path, record):
    """Imports a `wsgi.py` as a server does."""
    import importlib

    sys.argv = ["gunicorn"]
    sys.orig_argv = [sys.executable, "-c", ""]
    sys.path.insert(0, str(path.parent))
    module = importlib.import_module("wsgi")
    application = getattr(module, "app", None) or getattr(module, "application", None)
    if application is None:
        return False
    note(record, debugger=False, reloader=False, **state(application))
    return callable(application)


if __name__ == "__main__":
    main()
