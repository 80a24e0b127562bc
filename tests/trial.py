#!/usr/bin/env python3
"""Try flaskship on real apps and print one table row for each.

    python tests/trial.py SOURCE...                         folders, or git directories with or without a work tree
    python tests/trial.py --list APPS.json --mirrors FOLDER repositories kept as FOLDER/owner+name

Of each app a copy is checked, fixed with `fix --apply --unsafe-fixes`, compiled, asked for names that
are now undefined, and fixed again. Where requirements are known, it is served before and after, and
its pages compared (`truth/truth.py`). Nothing of an app runs outside a sandbox, and the app itself
is never touched.

APPS.json is a list of objects with `repo` ("owner/name") and optionally `commit`, `workdir`,
`run_file`, `import_target` ("module:name", to choose by), `requirements` (a list for pip), `folders`
(made before it is started, where a repository lacks empty ones) and `environment` (["KEY=value"]); with `--requirement` these can be given for a SOURCE.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "truth"))

import judge
import sandbox
from truth import find_binary

# Apps with the same requirements share an environment.
MAKING = threading.Lock()
COLUMNS = ("app", "findings", "fix --apply", "left to a person", "compiles, names", "second run", "served the same")
# Larger files are data, and snapshots may lack them.
LARGEST = 20 << 20


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="*", type=pathlib.Path)
    parser.add_argument("--list", type=pathlib.Path)
    parser.add_argument("--mirrors", type=pathlib.Path)
    parser.add_argument("--only", action="append", default=[], help="a part of the name of the apps to try")
    parser.add_argument("--requirement", action="append", default=[], help="what a SOURCE needs, for pip")
    parser.add_argument("--command", help="how a SOURCE is started")
    parser.add_argument("--environments", type=pathlib.Path, help="where virtual environments are kept between runs")
    parser.add_argument("--keep", type=pathlib.Path, help="leave the copies here")
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    given.binary = find_binary(given.binary)
    apps = [
        {"repo": path.resolve().name, "from": path, "requirements": given.requirement, "command": given.command}
        for path in given.source
    ]
    if given.list:
        if not given.mirrors:
            parser.error("--list needs --mirrors")
        for app in json.loads(given.list.read_text(encoding="utf-8")):
            kept = given.mirrors / app["repo"].replace("/", "+")
            if kept.exists() and (not given.only or any(part in app["repo"] for part in given.only)):
                apps.append({**app, "from": kept})
    if not apps:
        parser.error("no app to try")
    if not sandbox.available():
        sys.exit("this machine allows no sandbox (user namespaces), and a stranger's app runs nowhere else")
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}", flush=True)
    with tempfile.TemporaryDirectory(prefix="trial-") as temporary:
        folder = given.keep or pathlib.Path(temporary)
        given.environments = given.environments or folder / "environments"
        with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
            for row in pool.map(lambda app: row_of(app, given, folder), apps):
                cells = [str(row.get(column, "")).replace("|", "\\|").replace("\n", " ") for column in COLUMNS]
                print(f"| {' | '.join(cells)} |", flush=True)


def row_of(app, given, folder):
    row = {"app": app["repo"]}
    try:
        try_app(app, given, folder / app["repo"].replace("/", "+"), row)
    except Exception as error:  # noqa: BLE001 - one app must not end the trial of the others
        row["served the same"] = f"the trial failed: {type(error).__name__}: {error}"
    return row


def try_app(app, given, folder, row):
    shutil.rmtree(folder, ignore_errors=True)
    before, after = folder / "before", folder / "after"
    before.mkdir(parents=True)
    export(app["from"], app.get("commit"), before)
    for name in app.get("folders", []):
        (before / name).mkdir(parents=True, exist_ok=True)
    shutil.copytree(before, after, symlinks=True)

    report = findings(given.binary, after)
    row["findings"] = summary(report)
    arguments = ["--unsafe-fixes"]
    # Of several apps in a folder a person chooses one, as the finding says.
    chosen = f"--app={app['import_target']}" if app.get("import_target") else ""
    if chosen and chosen.replace("=", " ") in flaskship(given.binary, "fix", *arguments, str(after)).stderr:
        arguments.append(chosen)
    fixed = flaskship(given.binary, "fix", "--apply", *arguments, str(after))
    if fixed.returncode != 0:
        row["fix --apply"] = f"status {fixed.returncode}: {fixed.stderr.strip()[-200:]}"
        return
    row["fix --apply"] = changed(before, after)
    left = [finding for finding in findings(given.binary, after)["findings"] if finding["severity"] != "note"]
    row["left to a person"] = "; ".join(
        f"{path} {rule}" + (f" ×{number}" if number > 1 else "")
        for (path, rule), number in collections.Counter((one["path"], one["rule"]) for one in left).items()
    )
    row["compiles, names"] = "; ".join(judge.compare(before, after)) or "yes"
    again = flaskship(given.binary, "fix", *arguments, str(after))
    row["second run"] = (
        "empty" if again.returncode == 0 and not again.stdout else f"status {again.returncode}: {again.stdout[:120]}"
    )

    if not app.get("requirements"):
        return
    python = environment(app["requirements"], given.environments)
    workdir = app.get("workdir") or "."
    command = app.get("command")
    if not command and app.get("run_file"):
        command = f"python {os.path.relpath(app['run_file'], workdir)}"
    line = [str(python), str(HERE / "truth" / "truth.py"), str(before), "--binary", str(given.binary)]
    line += ["--answers-only", *(f"--fix={argument}" for argument in arguments), f"--folder={workdir}"]
    line += [f"--env={setting}" for setting in app.get("environment", [])]
    line += [f"--command={command}"] if command else []
    served = subprocess.run(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = served.stdout.strip().split(": ", 1)[-1]
    if served.returncode == 0:
        row["served the same"] = said
    elif said.startswith(("no `wsgi.py` was", "the summary does not")) and (why := refusal(given.binary, after, workdir)):
        row["served the same"] = f"left to a person, who is told: {why}"
    else:
        row["served the same"] = f"no: {said[:400]}"


def refusal(binary, folder, workdir):
    """What the program says of an app that it leaves to a person."""
    told = flaskship(binary, "fix", "--unsafe-fixes", str(folder)).stderr.splitlines()
    for line, following in zip(told, told[1:] + [""]):
        path, _, rest = line.strip().partition(":")
        if pathlib.PurePath(path).parent == pathlib.PurePath(workdir) and ": development-server:" in rest:
            return following.strip().removeprefix("help: ") or rest
    return None


def export(source, commit, to):
    """The files of a folder, or of a commit of the git directory at or below it."""
    git_dir = next(
        (
            place
            for place in (source, source / ".git", source / "repo", source / "repo" / ".git")
            if (place / "HEAD").is_file()
        ),
        None,
    )
    if git_dir is None:
        shutil.copytree(source, to, symlinks=True, dirs_exist_ok=True, ignore=shutil.ignore_patterns(".git"))
        return
    git = ["git", f"--git-dir={git_dir}"]
    known = (
        commit and subprocess.run([*git, "cat-file", "-e", f"{commit}^{{commit}}"], capture_output=True).returncode == 0
    )
    listed = subprocess.run(
        [*git, "ls-tree", "-rzl", commit if known else "HEAD"], capture_output=True, check=True
    ).stdout
    for entry in listed.split(b"\0"):
        if not entry:
            continue
        facts, _, name = entry.partition(b"\t")
        mode, kind, blob, size = facts.split()
        if kind != b"blob" or not size.isdigit() or int(size) > LARGEST:
            continue
        read = subprocess.run([*git, "cat-file", "blob", blob], capture_output=True)
        path = to / os.fsdecode(name)
        if read.returncode != 0 or not path.resolve().is_relative_to(to.resolve()):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        if mode == b"120000":
            os.symlink(os.fsdecode(read.stdout), path)
        else:
            path.write_bytes(read.stdout)
            path.chmod(0o755 if mode == b"100755" else 0o644)


def flaskship(binary, *arguments):
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(binary), *arguments],
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="surrogateescape",
        timeout=300,
        check=False,
    )


def findings(binary, folder):
    return json.loads(flaskship(binary, "check", "--format", "json", str(folder)).stdout)


def summary(report):
    kinds = collections.Counter(
        f"{finding['kind']}{' note' if finding['severity'] == 'note' else ''}" for finding in report["findings"]
    )
    said = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items())) or "none"
    return said + (f"; {len(report['unread'])} unread" if report["unread"] else "")


def changed(before, after):
    """What the fix did to the tree, file by file."""
    names = {path.relative_to(root) for root in (before, after) for path in root.rglob("*") if path.is_file()}
    said = []
    for name in sorted(name for name in names if name.parts[0] != ".flaskship"):
        old, new = before / name, after / name
        if not old.exists():
            said.append(f"+{name}")
        elif not new.exists():
            said.append(f"-{name}")
        elif old.read_bytes() != new.read_bytes():
            said.append(str(name))
    return ", ".join(said[:8]) + (f" and {len(said) - 8} more" if len(said) > 8 else "") or "nothing"


def environment(requirements, folder):
    """The interpreter of a virtual environment with these packages; made once."""
    wanted = sorted({*requirements, "gunicorn==27.0.1", "waitress==3.0.2"})
    place = folder.resolve() / hashlib.sha256("\n".join(wanted).encode()).hexdigest()[:16]
    with MAKING:
        if not (place / "ready").exists():
            shutil.rmtree(place, ignore_errors=True)
            subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, stdin=subprocess.DEVNULL)
            installed = subprocess.run(
                [str(place / "bin/python"), "-m", "pip", "install", "-q", "--no-input", "--prefer-binary", *wanted],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            if installed.returncode != 0:
                raise RuntimeError(installed.stderr.strip()[-200:])
            (place / "ready").touch()
    return place / "bin" / "python"


if __name__ == "__main__":
    main()
