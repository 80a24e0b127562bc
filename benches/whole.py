#!/usr/bin/env python3
"""Times whole runs of flaskship beside its peers, and prints the tables of the README's performance section.

    cargo build --release
    benches/whole.py                     # everything but what takes hours
    benches/whole.py --slow              # bandit, semgrep and LibCST on the large tree too
    benches/whole.py --only small,curve  # a part: large, flask, small, file, curve, size

Needs Python 3.11 or later, the network once, and 6 GB in the cache folder (--cache, by default
~/.cache/flaskship-bench). It installs ripgrep from the system's packages, and ruff, ast-grep, bandit,
semgrep and LibCST from PyPI into a virtual environment of its own. The large tree is what a large repository
looks like: the packages that benches/corpus/large.txt names, most of which never heard of Flask, with 100
small Flask apps with debug mode on among them. The worst case is benches/corpus/flask.txt: nothing but
packages that are built on Flask.

All runs of a table are interleaved: one of each program, then again, so that what else the machine does
falls on all of them alike. The first round warms the disk's cache and does not count. Figures are medians;
`user+sys` is the processor time of a run, which other load on the machine disturbs less than the clock.
Peak memory is what the system says of a process and of what it was started from, this script: it tells
nothing below some 75 MB.
Semgrep's registry needs an account or the network at every run, so its rule is our own, of the form of its
Flask rule; the codemod for LibCST does the same one thing, too.
"""

import argparse
import json
import os
import pathlib
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tarfile
import time
import venv
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ["ruff", "ast-grep-cli", "bandit", "semgrep", "libcst"]
# Larger files are no source, and native code is of no interest to any of the programs.
LARGEST = 4 << 20
BINARIES = (".so", ".pyd", ".dll", ".dylib", ".exe", ".a", ".whl", ".zip", ".gz", ".npz", ".onnx", ".h5")
APPS = 100
CURVE = [1_000, 5_000, 20_000, 28_000]
SIZES = [10, 100, 1_000, 9_000]

RULE = """\
rules:
  - id: debug-enabled
    languages: [python]
    severity: WARNING
    message: debug mode is on
    patterns:
      - pattern: $APP.run(..., debug=True, ...)
"""

CODEMOD = '''\
import sys, pathlib, libcst as cst, libcst.matchers as m

class Off(m.MatcherDecoratableTransformer):
    @m.call_if_inside(m.Call(func=m.Attribute(attr=m.Name("run"))))
    @m.leave(m.Arg(keyword=m.Name("debug"), value=m.Name("True")))
    def off(self, old, new):
        return new.with_changes(value=cst.Name("False"))

changed = 0
for path in pathlib.Path(sys.argv[1]).rglob("*.py"):
    try:
        old = path.read_text()
        new = cst.parse_module(old).visit(Off()).code
    except Exception:
        continue
    changed += new != old
print(changed)
'''

APP = """\
import os

from flask import Flask, jsonify, request
{imports}
app = Flask(__name__)
app.config["SECRET_KEY"] = os.environ.get("SECRET_KEY", "dev")


@app.route("/")
def index():
    return "hello"


@app.route("/items/<int:number>", methods=["GET", "POST"])
def item(number):
    data = request.get_json(silent=True) or {{}}
    return jsonify(number=number, **data)


if __name__ == "__main__":
    app.run({arguments})
"""
ARGUMENTS = [
    "debug=True",
    'host="0.0.0.0", port=8080, debug=True',
    "debug=True, threaded=True",
    'port=int(os.environ.get("PORT", 5000)), debug=True',
    'host="0.0.0.0",\n        debug=True,  # for now\n    ',
]
MODULE = '''\
"""Views of part {number}."""

from flask import Blueprint, jsonify

part{number} = Blueprint("part{number}", __name__, url_prefix="/{number}")


@part{number}.route("/")
def index():
    """What there is."""
    return jsonify(part={number}, names=[name for name in dir(part{number}) if not name.startswith("_")])
'''


def say(text):
    print(text, file=sys.stderr, flush=True)


def small_app(folder, number, modules):
    """A Flask app with debug mode on, of one file and so many blueprints."""
    folder.mkdir(parents=True, exist_ok=True)
    imports = "".join(f"from part{index} import part{index}\n" for index in range(modules))
    (folder / "app.py").write_text(APP.format(imports=imports, arguments=ARGUMENTS[number % len(ARGUMENTS)]))
    for index in range(modules):
        (folder / f"part{index}.py").write_text(MODULE.format(number=index))
    (folder / "requirements.txt").write_text("flask\n")


def install(cache):
    """The peers; their folder."""
    place = cache / "venv"
    if not (place / "bin" / "semgrep").exists():
        say("installing the peers")
        venv.create(place, with_pip=True, clear=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS], check=True)
    if not shutil.which("rg"):
        root = [] if os.getuid() == 0 else ["sudo", "-n"]
        subprocess.run([*root, "apt-get", "install", "-q", "-y", "ripgrep"], check=True, stdout=sys.stderr)
    (cache / "semgrep.yml").write_text(RULE)
    (cache / "codemod.py").write_text(CODEMOD)
    return place / "bin"


def unpack(archive, folder):
    """The text files of a wheel or an sdist."""
    done = folder.with_suffix(".done")
    if done.exists():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as pack:
            for entry in pack.infolist():
                if not entry.is_dir() and entry.file_size <= LARGEST and not entry.filename.endswith(BINARIES):
                    pack.extract(entry, folder)
    else:
        with tarfile.open(archive) as pack:
            files = (it for it in pack if it.isreg() and it.size <= LARGEST and not it.name.endswith(BINARIES))
            pack.extractall(folder, members=files, filter="data")
    done.touch()


def corpus(cache, name, apps):
    """A tree of the packages that a list names, and so many small apps."""
    lines = (HERE / "corpus" / f"{name}.txt").read_text().split("\n")
    downloads, tree = cache / "downloads", cache / name
    downloads.mkdir(parents=True, exist_ok=True)
    plain = lambda name: name.lower().replace("-", "_").replace(".", "_")  # noqa: E731
    for wanted in (line for line in lines if line and not line.startswith("#")):
        start = plain(wanted.replace("==", "-")) + "_"
        found = lambda: [it for it in sorted(downloads.iterdir()) if plain(it.name).startswith(start)]  # noqa: B023, E731
        if not found():
            say(f"downloading {wanted}")
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, "--no-deps", "--only-binary=:all:", "--dest", downloads, wanted], check=True)
        [archive] = found()
        unpack(archive, tree / archive.name.split("-")[0].lower())
    for number in range(apps):
        small_app(tree / "apps" / f"app{number:03}", number, 2)
    return tree


def python_files(folder):
    return [path for path in folder.rglob("*.py") if path.is_file()]


def curve(cache, tree):
    """Parts of the large tree, by how many Python files they have: whole packages, hard-linked, and apps
    in the same proportion throughout."""
    packages = sorted(path for path in tree.iterdir() if path.is_dir() and path.name != "apps")
    random.Random(7).shuffle(packages)
    counts = {package: len(python_files(package)) for package in packages}
    parts = {}
    for wanted in CURVE:
        part = cache / "curve" / str(wanted)
        if not part.with_suffix(".done").exists():
            shutil.rmtree(part, ignore_errors=True)
            files = 0
            for number in range(APPS * wanted // CURVE[-1]):
                shutil.copytree(tree / "apps" / f"app{number:03}", part / "apps" / f"app{number:03}")
                files += 3
            for package in packages:
                # A package that is too large for what is missing is passed over, unless nothing smaller fits.
                if files + counts[package] <= wanted * 1.02:
                    shutil.copytree(package, part / package.name, copy_function=os.link)
                    files += counts[package]
            part.with_suffix(".done").touch()
        parts[wanted] = part
    return parts


class Run:
    """What runs of one command took."""

    def __init__(self):
        self.wall, self.cpu, self.memory = [], [], []

    def add(self, command, cwd):
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        self.wall.append(time.perf_counter() - start)
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.memory.append(usage.ru_maxrss / 1024)

    def row(self):
        return {
            "runs": len(self.wall),
            "wall": statistics.median(self.wall),
            "least": min(self.wall),
            "cpu": statistics.median(self.cpu),
            "memory": max(self.memory),
        }


def measure(commands, rounds, cwd, warm=True):
    """Interleaved runs: (name, command, most rounds) each; rows by name."""
    runs = {name: Run() for name, _, _ in commands}
    for number in range(rounds + warm):
        for name, command, most in commands:
            if number - warm >= most or (number == 0 and warm and most < rounds):
                continue
            run = runs[name] if number >= warm else Run()
            run.add(command, cwd)
    return {name: run.row() for name, run in runs.items() if run.wall}


def show(title, rows, against=("ripgrep", "ruff")):
    """A table in Markdown."""
    print(f"\n### {title}\n")
    names = [name for name in against if any(row.startswith(name) for row in rows)]
    bases = {name: next(row for row in rows if row.startswith(name)) for name in names}
    heads = "".join(f" of {name} |" for name in names)
    print(f"| program | seconds | user+sys | peak MB | runs |{heads}")
    print("|---|---|---|---|---|" + "---|" * len(names))
    for name, row in rows.items():
        ratios = "".join(f" {row['wall'] / rows[bases[base]]['wall']:.2f} |" for base in names)
        print(f"| {name} | {row['wall']:.3f} | {row['cpu']:.3f} | {row['memory']:.0f} | {row['runs']} |{ratios}")
    sys.stdout.flush()


def peers(bin, cache, folder, rounds, slow):
    """The commands for a folder; what takes minutes is run once or not at all."""
    few = rounds if slow is None else (1 if slow else 0)
    flaskship = os.environ.get("FLASKSHIP", str(ROOT / "target" / "release" / "flaskship"))
    pattern = "$APP.run($$$, debug=True, $$$)"
    commands = [
        ("flaskship check", [flaskship, "check", folder], rounds),
        ("flaskship fix", [flaskship, "fix", folder], rounds),
        ("ripgrep `-l debug -tpy`", ["rg", "-l", "debug", "-tpy", folder], rounds),
        ("walk only (`rg --files -tpy`)", ["rg", "--files", "-tpy", folder], rounds),
        ("ruff S201, no cache", [bin / "ruff", "check", "--isolated", "--no-cache", "--select", "S201", folder], rounds),
        ("ast-grep, one pattern", [bin / "ast-grep", "run", "-l", "py", "-p", pattern, folder], few or 1),
        ("bandit B201", [bin / "bandit", "-q", "-r", "-t", "B201", folder], few),
        ("semgrep, one rule", [bin / "semgrep", "scan", "--metrics=off", "--disable-version-check", "--quiet",
                              "--config", cache / "semgrep.yml", folder], few),
        ("LibCST codemod", [bin / "python", cache / "codemod.py", folder], few),
    ]  # fmt: skip
    return [it for it in commands if it[2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=pathlib.Path, default=pathlib.Path.home() / ".cache" / "flaskship-bench")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each that count")
    parser.add_argument("--only", default="large,flask,small,file,curve,size")
    parser.add_argument("--slow", action="store_true")
    args = parser.parse_args()
    parts = args.only.split(",")
    cache = args.cache
    cache.mkdir(parents=True, exist_ok=True)
    bin = install(cache)
    version = lambda *command: subprocess.run(command, capture_output=True, text=True).stdout.split("\n")[0]  # noqa: E731
    result = {"machine": platform.platform(), "cores": os.cpu_count()}
    result["versions"] = [version("rg", "--version"), version(bin / "ruff", "--version")]
    print(f"{os.cpu_count()} cores, {platform.platform()}; {', '.join(result['versions'])}")
    if "small" in parts:
        folder = cache / "small"
        small_app(folder, 0, 29)
        result["small"] = measure(peers(bin, cache, folder, args.rounds * 4, None)[:5], args.rounds * 4, cache)
        result["small"] |= measure(peers(bin, cache, folder, args.rounds, None)[5:], args.rounds, cache)
        show("A project of 30 files", result["small"])
    if "file" in parts:
        folder = cache / "one"
        small_app(folder, 0, 0)
        result["file"] = measure(peers(bin, cache, folder, args.rounds * 4, None)[:5], args.rounds * 4, cache)
        result["file"] |= measure(peers(bin, cache, folder, args.rounds, None)[5:], args.rounds, cache)
        show("One file", result["file"])
    trees = {}
    if "large" in parts or "curve" in parts:
        trees["large"] = corpus(cache, "large", APPS)
    if "flask" in parts:
        trees["flask"] = corpus(cache, "flask", 0)
    for name, tree in trees.items():
        if name not in parts:
            continue
        files = python_files(tree)
        size = sum(path.stat().st_size for path in files)
        others = sum(path.is_file() for path in tree.rglob("*")) - len(files)
        result[name] = measure(peers(bin, cache, tree, args.rounds, args.slow), args.rounds, cache)
        show(f"{name}: {len(files):,} Python files, {size / 1e6:.0f} MB, among {others:,} others", result[name])
    if "curve" in parts:
        result["curve"] = {}
        print("\n### Growth with the number of files\n\n| Python files | MB | flaskship check | ms per 1,000 files | "
              "peak MB | ripgrep |\n|---|---|---|---|---|---|")  # fmt: skip
        for wanted, part in curve(cache, trees["large"]).items():
            files = python_files(part)
            size = sum(path.stat().st_size for path in files) / 1e6
            rows = measure([peers(bin, cache, part, args.rounds, None)[index] for index in (0, 2)], args.rounds, cache)
            own, peer = rows["flaskship check"], rows["ripgrep `-l debug -tpy`"]
            result["curve"][wanted] = rows
            each = own["wall"] * 1e6 / len(files)
            print(f"| {len(files):,} | {size:.0f} | {own['wall']:.3f} | {each:.1f} | {own['memory']:.0f} | {peer['wall']:.3f} |")
            sys.stdout.flush()
    if "size" in parts:
        result["size"] = {}
        print("\n### Growth with the size of a file\n\n| kB | flaskship check | ms per MB | peak MB |\n|---|---|---|---|")
        for size in SIZES:
            folder = cache / "size" / str(size)
            folder.mkdir(parents=True, exist_ok=True)
            view = '\n\n@app.route("/{0}")\ndef view{0}():\n    return jsonify(number={0}, name="view {0}")\n'
            head, tail = APP.format(imports="", arguments="debug=True").split("\n\nif __name__")
            text, number = [head], 0
            while sum(map(len, text[-1:])) and number * 75 < size * 1000:
                text.append(view.format(number))
                number += 1
            text = "".join(text) + "\n\nif __name__" + tail
            (folder / "app.py").write_text(text)
            rows = measure([peers(bin, cache, folder, args.rounds, None)[0]], args.rounds, cache)
            own = result["size"][size] = rows["flaskship check"]
            each = own["wall"] * 1e9 / len(text)
            print(f"| {len(text) / 1e3:.0f} | {own['wall']:.3f} | {each:.0f} | {own['memory']:.0f} |")
            sys.stdout.flush()
    (cache / "result.json").write_text(json.dumps(result, indent=1, default=str))


if __name__ == "__main__":
    main()
