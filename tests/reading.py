#!/usr/bin/env python3
"""Read what `fix` makes of projects, without running any of their code.

    python tests/reading.py SOURCE...           folders
    python tests/reading.py --below FOLDER      every folder in FOLDER, or every `in` folder below it

A copy of each is fixed with `--apply`, with and without `--unsafe-fixes`. What must hold:

- the diff that is shown, taken by `git apply`, leaves the same bytes, and `undo` the old ones
- a second run finds nothing to do
- every file that compiled still compiles, and every new one does
- pyflakes has nothing to say that it did not say before
- no module imports a name, or a module, that another one no longer has
- every import of a new `wsgi.py` finds its module and its name
- black and ruff, on their defaults, leave alone what they left alone before, and every new file

The last line counts: `reading: N passed, N failed`.
"""

import argparse
import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "truth"))

import judge
from truth import find_binary

WAYS = ((), ("--unsafe-fixes",))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="*", type=pathlib.Path)
    parser.add_argument("--below", action="append", default=[], type=pathlib.Path)
    parser.add_argument("--binary", type=pathlib.Path)
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--keep", type=pathlib.Path, help="leave the fixed copies, the diffs and the summaries here")
    given = parser.parse_args()
    given.binary = find_binary(given.binary)
    sources = [*given.source, *(project for folder in given.below for project in projects(folder))]
    if not sources:
        parser.error("no project to read")
    passed = failed = 0
    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        for source, problems in zip(sources, pool.map(lambda source: attempt(source, given), sources)):
            passed += not problems
            failed += bool(problems)
            for problem in problems:
                print(f"FAIL  {source}: {problem}", flush=True)
    print(f"reading: {passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def projects(folder):
    inputs = sorted(path for path in folder.rglob("in") if path.is_dir())
    return inputs or sorted(path for path in folder.iterdir() if path.is_dir())


def attempt(source, given):
    try:
        with tempfile.TemporaryDirectory(prefix="reading-") as folder:
            return read(source, pathlib.Path(folder), given)
    except Exception as error:  # noqa: BLE001 - one project must not end the reading of the others
        return [f"the reading broke: {type(error).__name__}: {error}"]


def read(source, folder, given):
    problems, seen = [], set()
    before = folder / "before"
    copy(source, before)
    for way in WAYS:
        said = " ".join(["fix", *way])
        shown, after = folder / "shown", folder / "after"
        for place in (shown, after):
            shutil.rmtree(place, ignore_errors=True)
            copy(before, place)
        diff = flaskship(given.binary, shown, "fix", *way)
        if problem := broken(diff):
            problems.append(f"`{said}` {problem}")
            continue
        if given.keep:
            keep(given.keep / name_of(source), way, diff)
        if diff.stdout in seen:
            continue
        seen.add(diff.stdout)
        problems += [f"`{said}`: {problem}" for problem in one_way(given, way, before, shown, after, diff.stdout)]
        if given.keep:
            place = given.keep / name_of(source) / ("unsafe" if way else "safe")
            shutil.rmtree(place, ignore_errors=True)
            applied = flaskship(given.binary, after, "fix", "--apply", *way)
            place.with_suffix(".applied").write_bytes(applied.stderr)
            copy(after, place, only=changed(before, after))
    return problems


def one_way(given, way, before, shown, after, diff):
    problems = []
    if diff:
        git = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn"]
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(shown.parent)}
        taken = subprocess.run([*git], cwd=shown, env=env, input=diff, capture_output=True)
        if taken.returncode != 0:
            problems.append(f"`git apply` refuses the diff: {taken.stderr.decode(errors='replace').strip()[:200]}")
    applied = flaskship(given.binary, after, "fix", "--apply", *way)
    if problem := broken(applied):
        return [*problems, f"`--apply` {problem}"]
    if different := changed(shown, after):
        problems.append(f"`--apply` wrote something else than the diff says: {names(different)}")
    again = flaskship(given.binary, after, "fix", *way)
    if broken(again) or again.stdout:
        problems.append(f"a second run ends with {again.returncode}: {again.stdout.decode(errors='replace')[:200]!r}")
    touched = changed(before, after)
    problems += judge.worse(before, after, touched)
    if diff:
        undone = flaskship(given.binary, after, "undo")
        if problem := broken(undone):
            problems.append(f"`undo` {problem}")
    if different := changed(before, after):
        problems.append(f"`undo` leaves something else: {names(different)}")
    return problems


def flaskship(binary, folder, *arguments):
    env = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(binary), *arguments], cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=600
    )


def broken(run):
    """What is wrong with how flaskship ended, whatever it found."""
    text = run.stderr.decode(errors="replace")
    if run.returncode not in (0, 1) or "panicked" in text or "please report it" in text:
        return f"ended with {run.returncode}: {text.strip()[-300:]}"
    return ""


def copy(source, to, only=None):
    """Copies a tree without git's and flaskship's own folders; `only` names the files wanted."""
    if only is None:
        shutil.copytree(source, to, symlinks=True, ignore=shutil.ignore_patterns(".git"))
        return
    for path in only:
        if (source / path).exists():
            (to / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / path, to / path)


def name_of(source):
    parts = source.resolve().parts
    return "+".join(parts[-2:]) if parts[-1] == "in" else parts[-1]


def keep(place, way, diff):
    place.mkdir(parents=True, exist_ok=True)
    name = "unsafe" if way else "safe"
    (place / f"{name}.diff").write_bytes(diff.stdout)
    (place / f"{name}.said").write_bytes(diff.stderr)


def held(root):
    """Every file of a tree but flaskship's own, with what it holds."""
    found = {}
    for folder, _, files in os.walk(root):
        for name in files:
            path = pathlib.Path(folder, name)
            relative = path.relative_to(root)
            if ".flaskship" in relative.parts:
                continue
            executable = path.lstat().st_mode & 0o100
            found[relative] = os.readlink(path) if path.is_symlink() else (executable, path.stat().st_size, path)
    return found


def changed(one, other):
    """The files in which two trees differ."""
    first, second = held(one), held(other)
    different = []
    for path in sorted(first.keys() | second.keys()):
        a, b = first.get(path), second.get(path)
        if a is None or b is None or isinstance(a, str) or isinstance(b, str):
            same = a == b
        else:
            same = a[:2] == b[:2] and a[2].read_bytes() == b[2].read_bytes()
        if not same:
            different.append(path)
    return different


def names(paths):
    return ", ".join(str(path) for path in paths[:4])


if __name__ == "__main__":
    main()
