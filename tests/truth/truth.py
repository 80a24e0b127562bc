#!/usr/bin/env python3
"""Does a Flask app answer the same after `flaskship fix --apply`?

    python tests/truth/truth.py PATH [--command "python app.py"]
    python tests/truth/truth.py --all tests/apps

A copy of the app is started the way it is started today, and every page that needs no argument is
asked for, and one that does not exist. Another copy is fixed, and `wsgi:app` is served with Gunicorn
and then with Waitress: status, headers and body have to be the same, so have the app's configuration
and the globals that its functions read, debug mode has to be off, and a second run has to find nothing
to do. The app itself is never touched, and runs without a network
where the machine allows it.

An app folder may hold a `truth.toml`; every key is optional:

    proves  = "what this app is an example of"
    command = "python app.py"      # how it is started today
    folder  = "."                  # where
    paths   = ["/search?q=x"]      # pages asked for besides those found
    port    = 5000                 # where it listens, if that cannot be found out
    env     = { KEY = "value" }    # its environment, before and after
    python  = "flask1"             # the virtual environment it needs, a folder of the one that runs this
    fix     = ["--unsafe-fixes"]   # more arguments for `flaskship fix`
    target  = "wsgi:app"           # what is served afterwards, and in
    chdir   = "."                  # which folder; by default where `wsgi.py` is written
    loaded  = ["seen.txt"]         # files that starting it has to leave behind, before and after
    expect  = "served"             # or "manual": nothing is moved, and a finding says why
    untidy  = ["wsgi.py: F401"]    # what black or ruff may find to change that they did not before
    pending = "why not yet"        # it is known to fail; when it stops failing, that is a failure
    [[app]]                        # several apps: `command` to `loaded`, but `fix`, for each
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import tomllib

import judge
import sandbox
import serving

HERE = pathlib.Path(__file__).resolve().parent
MISSING = "/no-such-page-was-ever-here"
USUAL_SCRIPTS = ("app.py", "run.py", "main.py", "server.py", "application.py", "wsgi.py")


class Different(Exception):
    """The app is not what it was, or could not be started; the text says how."""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--all", action="store_true", help="PATH is a folder of apps: try each")
    parser.add_argument("--command", help="how the app is started today")
    parser.add_argument("--folder", help="the folder in PATH it is started in")
    parser.add_argument("--fix", action="append", metavar="ARGUMENT", help="one more argument for `flaskship fix`")
    parser.add_argument("--env", action="append", default=[], metavar="KEY=VALUE", help="one more variable for the app")
    parser.add_argument("--answers-only", action="store_true", help="do not ask pyflakes, black and ruff")
    parser.add_argument(
        "--binary", type=pathlib.Path, help="the flaskship program; default $FLASKSHIP, then the built one"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--no-sandbox", action="store_true", help="run the app as an ordinary program")
    parser.add_argument("--keep", action="store_true", help="leave the copies and logs, and say where")
    parser.add_argument("--inside", type=pathlib.Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    given.binary = find_binary(given.binary)
    if given.inside:
        sys.exit(0 if try_app(given, given.inside) else 1)
    apps = sorted(path for path in given.path.iterdir() if path.is_dir()) if given.all else [given.path]
    if not apps:
        sys.exit(f"`{given.path}` holds no app")
    sandboxed = not given.no_sandbox and sandbox.available()
    if not sandboxed:
        # Two apps that have hard-coded one port cannot run at once.
        given.jobs = 1
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for good, said in pool.map(lambda app: try_in_process(app, given, sandboxed), apps):
            print(said, flush=True)
            passed += said.startswith("ok ")
            failed += not good
    if given.all:
        print(f"truth: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def find_binary(given):
    """The program under test, as an absolute path."""
    named = given or os.environ.get("FLASKSHIP")
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
    for candidate in [named] if named else [target / "debug" / "flaskship", target / "release" / "flaskship"]:
        if os.access(candidate, os.X_OK):
            return pathlib.Path(candidate).resolve()
    sys.exit("no `flaskship` program: run `cargo build`, or name one with --binary")


def try_in_process(app, given, sandboxed):
    """Tries one app in a process of its own, so that the sandbox holds it and all it starts."""
    work = pathlib.Path(tempfile.mkdtemp(prefix="truth-"))
    command = [sys.executable, str(HERE / "truth.py"), str(app.resolve()), "--binary", str(given.binary)]
    command += ["--inside", str(work)]
    for name in ("command", "folder"):
        if getattr(given, name):
            command.append(f"--{name}={getattr(given, name)}")
    command += [f"--fix={argument}" for argument in given.fix or []]
    command += [f"--env={setting}" for setting in given.env]
    if given.answers_only:
        command.append("--answers-only")
    if sandboxed:
        command = sandbox.wrap(command, [work])
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        said = done.stdout.rstrip()
        if not said.startswith(("ok ", "FAIL ", "later ")):
            said = f"FAIL  {app.name}: the harness itself failed\n{said}"
        return done.returncode == 0, f"{said}\n      kept in {work}" if given.keep else said
    finally:
        if not given.keep:
            shutil.rmtree(work, ignore_errors=True)


def try_app(given, work):
    """Tries one app and prints what came of it. Runs inside the sandbox."""
    apps, told = read_settings(given)
    try:
        result, said = True, prove(given, work, apps, told)
    except (Different, serving.NotServing) as problem:
        result, said = False, str(problem).replace("\n", "\n      ")
    if "pending" in told:
        if not result:
            print(f"later {given.path.name}: {told['pending']} ({said.splitlines()[0]})")
            return True
        result, said = False, "it works now: take `pending` out of its truth.toml"
    print(f"{'ok   ' if result else 'FAIL '} {given.path.name}: {said}")
    return result


def read_settings(given):
    """The app's `truth.toml`, as one table for each app in the folder, and what is said for all."""
    file = given.path / "truth.toml"
    told = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    apps = told.pop("app", None) or [told]
    for settings in apps:
        settings["python"] = interpreter(settings.get("python"))
        settings["env"] = {**settings.get("env", {}), **dict(setting.split("=", 1) for setting in given.env)}
        settings["folder"] = given.folder or settings.get("folder", ".")
        settings["command"] = given.command or settings.get("command") or usual_command(given.path / settings["folder"])
    if given.fix:
        told["fix"] = given.fix
    return apps, told


def interpreter(name):
    """The interpreter of a virtual environment that tests/run has made within ours; ours without a name."""
    if not name:
        return sys.executable
    found = pathlib.Path(sys.prefix) / name / "bin" / "python"
    if not found.exists():
        sys.exit(f"`{found}` is not there: tests/run makes it")
    return str(found)


def usual_command(folder):
    scripts = [name for name in USUAL_SCRIPTS if (folder / name).exists()]
    scripts += [path.name for path in sorted(folder.glob("*.py")) if b".run(" in path.read_bytes()]
    if not scripts:
        sys.exit(f"how is the app in `{folder}` started? Say it with --command")
    return f"python {scripts[0]}"


def copy(app, to):
    shutil.copytree(app, to, symlinks=True, ignore=shutil.ignore_patterns("truth.toml", "__pycache__", ".git", ".venv"))
    return to


def prove(given, work, apps, told):
    original = copy(given.path, work / "original")
    if told.get("expect") == "manual":
        return prove_refused(given, work, original, told)

    fixed, summary = fix(given, work, original, told)
    pages = 0
    for number, settings in enumerate(apps):
        before, state = record_before(work, original, settings, f"before-{number}")
        target = served_target(original, fixed, settings, summary)
        check_state(work, original, fixed, settings, target, number, state)
        for server in ("gunicorn", "waitress"):
            answers = record_after(work, fixed, settings, target, server, number, list(before))
            differ = [path for path in before if difference(before[path], answers[path])]
            if differ:
                # Times and random numbers differ from run to run: only what stays the same is proof.
                again, _ = record_before(work, original, settings, f"again-{server}-{number}")
                differ = [path for path in differ if not difference(before[path], again[path])]
            if differ:
                said = [f"{path} {difference(before[path], answers[path])}" for path in differ]
                raise Different("\n".join([f"answers differ under {server} ({target[1]} in `{target[0]}`):", *said]))
        pages += len(before)
    return f"{pages} pages the same under gunicorn and waitress"


def fix(given, work, original, told):
    """A fixed copy, and what the program said. Proves what holds for every fix."""
    fixed = copy(original, work / "fixed")
    arguments = ["fix", *told.get("fix", [])]
    done = flaskship(given, work, [*arguments, "--apply", str(fixed)])
    if done.returncode != 0:
        raise Different(f"`flaskship fix --apply` ended with status {done.returncode}: {done.stderr.strip()[-600:]}")
    again = flaskship(given, work, [*arguments, "--check", str(fixed)])
    if again.returncode != 0:
        raise Different(f"a second `fix` still finds something to do: {again.stderr.strip()[-600:]}")
    worse = []
    if not given.answers_only:
        worse = judge.compare(original, fixed)
        worse += [line for line in judge.untidier(original, fixed) if line not in told.get("untidy", [])]
    if worse:
        raise Different("\n".join(["the fixed tree got worse:", *worse]))
    return fixed, done.stdout + done.stderr


def prove_refused(given, work, original, told):
    """Nothing is written beyond debug mode, and a `startup` finding tells a person what to do."""
    fixed, _ = fix(given, work, original, told)
    new = {path for path in fixed.rglob("wsgi.py")} - {
        fixed / path.relative_to(original) for path in original.rglob("wsgi.py")
    }
    if new:
        raise Different(f"a person has to do this one, and `{min(new).relative_to(fixed)}` was written")
    done = flaskship(given, work, ["check", "--format", "json", str(fixed)])
    report = json.loads(done.stdout)
    found = [one for one in report["findings"] if one["kind"] in ("startup", "server")]
    # A file that cannot be read is told too, and what it may hold is nobody's to move.
    if not report["unread"] and not any(one["applicability"] == "manual" for one in found):
        raise Different("nothing was moved, and no finding says why")
    return "left to a person, who is told why"


def flaskship(given, work, arguments):
    env = serving.environment(work, {"NO_COLOR": "1"})
    return subprocess.run(
        [str(given.binary), *arguments],
        cwd=work,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
    )


def probe(work, root, folder, env, arguments, python):
    """What `probe.py` wrote, and what it said when it wrote nothing."""
    out = work / "probe.json"
    out.unlink(missing_ok=True)
    command = [python, str(HERE / "probe.py"), arguments[0], str(out), str(root), *arguments[1:]]
    try:
        done = subprocess.run(
            command, cwd=root / folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60
        )
    except subprocess.TimeoutExpired:
        return None, "it did not end within a minute"
    if out.exists():
        return json.loads(out.read_text(encoding="utf-8")), ""
    return None, " / ".join((done.stdout + done.stderr).strip().splitlines()[-3:])


def record_before(work, original, settings, name):
    """Every page as the app answers today, and what is known of its state."""
    env = serving.environment(work, settings.get("env"), settings["python"])
    words = shlex.split(settings["command"])
    told, said = {}, ""
    if words[0] in ("python", "python3") and words[1] != "-c":
        root = copy(original, work / f"{name}-probe")
        told, said = probe(work, root, settings["folder"], env, ["started", *words[1:]], settings["python"])
    if not told and "port" not in settings:
        raise Different(f"`{settings['command']}` does not serve: {said}")
    told = told or {}
    host = {"::": "::1", "::1": "::1"}.get(told.get("host"), "127.0.0.1")
    port = settings.get("port") or told.get("port") or 5000
    paths = sorted({*told.get("routes", ["/"]), *settings.get("paths", []), MISSING})
    folder = copy(original, work / name) / settings["folder"]
    log = work / f"{name}.log"
    answers = serving.ask(lambda: serving.Server(words, folder, env, port, log, host, terminal=True), paths)
    check_loaded(folder, settings, settings["command"])
    return answers, told


def served_target(original, fixed, settings, summary):
    """The folder to serve from, and `module:name`."""
    if "target" in settings:
        return settings.get("chdir", settings["folder"]), settings["target"]
    home = pathlib.PurePath(settings["folder"])
    script = next((word for word in shlex.split(settings["command"]) if word.endswith(".py")), "")
    beside = home / pathlib.PurePath(script).parent
    candidates = [path.relative_to(fixed) for path in fixed.rglob("wsgi.py")]
    # In the folder the app is started in or below it, or above it: elsewhere it is another app's.
    candidates = [path for path in candidates if path.is_relative_to(home) or home.is_relative_to(path.parent)]
    candidates = [path for path in candidates if not judge.SKIPPED.intersection(path.parts)]
    if not candidates:
        raise Different(f"no `wsgi.py` was written; flaskship said: {summary.strip()[-600:]}")
    chosen = min(
        candidates,
        key=lambda path: (path.parent != beside, is_same(original / path, fixed / path), len(path.parts), path),
    )
    folder = str(settings.get("chdir", chosen.parent))
    if folder == str(chosen.parent) and not re.search(r"(gunicorn|waitress-serve)\b.*\bwsgi:app\b", summary):
        raise Different(f"the summary does not say how to serve `wsgi:app`: {summary.strip()[-600:]}")
    return folder, "wsgi:app"


def is_same(one, other):
    return one.exists() and one.read_bytes() == other.read_bytes()


def check_state(work, original, fixed, settings, target, number, before):
    """Debug mode is off, and what handlers rely on is as it was when the app was started."""
    root = copy(fixed, work / f"state-{number}")
    env = serving.environment(work, settings.get("env"), settings["python"])
    after, said = probe(work, root, target[0], env, ["served", target[1]], settings["python"])
    if after is None:
        raise Different(f"`{target[1]}` cannot be imported in `{target[0]}`: {said}")
    if after["debug"]:
        raise Different(f"`{target[1]}` is still in debug mode")
    differ = state_differences(before, after)
    if differ:
        # What differs from run to run proves nothing.
        root = copy(original, work / f"again-{number}")
        words = shlex.split(settings["command"])
        again, _ = probe(work, root, settings["folder"], env, ["started", *words[1:]], settings["python"])
        unsteady = set(state_differences(before, again or {}))
        differ = {key: said for key, said in differ.items() if key not in unsteady}
    if differ:
        raise Different("\n".join([f"what handlers rely on differs ({target[1]} in `{target[0]}`):", *differ.values()]))


def state_differences(before, after):
    """What is gone or changed of configuration, globals and modules with views, in words, by key."""
    said = {}
    for key, value in before.get("config", {}).items():
        now = after.get("config", {}).get(key)
        if now != value:
            said[key] = f"config {key} was {value[:120]}, is {now and now[:120]}"
    # An app made in the guard is made in `wsgi.py` now, views and all.
    moved = any(pathlib.PurePath(path).name == "wsgi.py" for path in after.get("views", []))
    for path in before.get("views", []):
        if path not in after.get("views", []) and not moved:
            said[path] = f"`{path}` has views, and is no longer loaded"
    for path, names in before.get("globals", {}).items():
        # A runner that is gone has no handlers: where it has, the check above says so.
        for name, value in names.items() if path in after.get("globals", {}) else ():
            now = after["globals"][path].get(name)
            if now != value:
                said[f"{path}:{name}"] = f"`{name}` in `{path}` was {value[:120]}, is {now and now[:120]}"
    return said


def record_after(work, fixed, settings, target, server, number, paths):
    """Every page as `server` answers for the fixed app."""
    env = serving.environment(work, settings.get("env"), settings["python"])
    name = f"{server}-{number}"
    folder = copy(fixed, work / name) / target[0]
    port = serving.free_port()
    if server == "gunicorn":
        command = ["gunicorn", "--bind", f"127.0.0.1:{port}", "--no-control-socket", target[1]]
    else:
        command = ["waitress-serve", f"--listen=127.0.0.1:{port}", target[1]]
    answers = serving.ask(lambda: serving.Server(command, folder, env, port, work / f"{name}.log"), paths)
    check_loaded(folder, settings, server)
    return answers


def check_loaded(folder, settings, starter):
    for name in settings.get("loaded", []):
        if not (folder / name).exists():
            raise Different(f"`{starter}` started the app, and `{name}` is not there")


def difference(before, after):
    """How two answers differ, in words; nothing when they say the same."""
    # Where the debugger itself breaks on an error, there is no answer at all.
    failed = not isinstance(before["status"], int) and isinstance(after["status"], int) and after["status"] >= 500
    if before["status"] != after["status"] and not failed:
        return f"was {before['status']}, is {after['status']}"
    if failed or isinstance(before["status"], int) and before["status"] >= 500:
        # In debug mode the error page is the debugger's.
        return ""
    for kind in ("headers", "cookies"):
        if before[kind] != after[kind]:
            return f"{kind} were {before[kind]}, are {after[kind]}"
    if before["body"] != after["body"] and not same_json(before, after):
        return f"body was {before['body'][:120]!r}, is {after['body'][:120]!r}"
    return ""


def same_json(before, after):
    """Debug mode indents JSON, which changes bytes and no meaning."""
    if "json" not in before["headers"].get("Content-Type", ""):
        return False
    try:
        return json.loads(before["body"]) == json.loads(after["body"])
    except ValueError:
        return False


if __name__ == "__main__":
    main()
