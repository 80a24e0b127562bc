#!/usr/bin/env python3
"""The app to start from, the variables of the environment, the updates and the instructions, each judged
by those who read them."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

import rendering
import servers

BIN = pathlib.Path(sys.executable).parent

# What a project with each installer has, besides an app.
INSTALLERS = {
    "pip": {"requirements.txt": "flask\n"},
    "pyproject": {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n'},
    "uv": {
        "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n',
        "uv.lock": "version = 1\n",
    },
    "poetry": {"pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.11"\nflask = "*"\n', "poetry.lock": ""},
    "pipenv": {"Pipfile": '[packages]\nflask = "*"\n'},
    "pdm": {"pyproject.toml": '[project]\nname = "shop"\nversion = "1"\ndependencies = ["flask"]\n', "pdm.lock": ""},
}

APP = "from flask import Flask\n\napp = Flask(__name__)\n"

# Defaults that mean something to a shell, to systemd, or to whoever reads the file.
DEFAULTS = {
    "PLAIN": "text",
    "QUOTES": 'it\'s "quoted"',
    "DOLLAR": "$HOME and ${PATH} and $(id) and `id`",
    "BACKSLASH": "a\\b\\n\\\\",
    "PERCENT": "100%n %% %h",
    "HASH": "# no comment ; no comment",
    "SPACES": "  two  ",
    "EQUALS": "a=b=c",
    "UNICODE": "Grüße, мир, 你好 \N{ROCKET}",
}


def new(folder, *flags, check=True):
    """Runs `flaskship new` and gives what it said."""
    done = subprocess.run(
        [rendering.binary(), "new", str(folder), "--yes", *flags],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(pathlib.Path(folder).parent)},
    )
    if check and done.returncode:
        raise rendering.Refused(done.stderr.strip())
    return done


def tool(*command, folder, **more):
    """Runs a tool of the test environment; its output where it finds fault, else nothing."""
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env, **more)
    return f"{done.stdout}\n{done.stderr}".strip() or f"status {done.returncode}" if done.returncode else ""


def laid(folder, files):
    for path, text in files.items():
        path = folder / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def starter(count, folder):
    """An empty folder becomes an app that its own tests, linters and servers take."""
    root = folder / "hello-site"
    said = new(root, "--domain", "hello.example.com", "--updates", "dependabot").stderr
    count.check("starter: says what it started", "started a small app" in said, said)
    for name, command in {
        "ruff": ["ruff", "check", "--no-cache", "--isolated", "."],
        "ruff with more rules": [
            "ruff",
            "check",
            "--no-cache",
            "--isolated",
            "--select",
            "ALL",
            "--ignore",
            "CPY001,D203,D213,PT009",
            "app",
            "tests",
            "wsgi.py",
        ],
        "black": ["black", "--check", "--quiet", "app", "tests", "wsgi.py"],
        "bandit": ["bandit", "--quiet", "--recursive", "app", "wsgi.py"],
        "flask finds it": ["flask", "routes"],
    }.items():
        fault = tool(*command, folder=root)
        count.check(f"starter: {name}", not fault, fault)
    tests = subprocess.run([sys.executable, "-m", "unittest"], cwd=root, capture_output=True, text=True)
    count.check("starter: its own tests", tests.returncode == 0 and "Ran 3 tests" in tests.stderr, tests.stderr)
    found = subprocess.run([rendering.binary(), "check", root], capture_output=True, text=True)
    count.check("starter: flaskship check", found.returncode == 0 and not found.stdout, found.stdout + found.stderr)
    again = new(root, "--domain", "hello.example.com", "--updates", "dependabot", "--allow-dirty").stderr
    count.check("starter: a second run changes nothing", "wrote" not in again and "added" not in again, again)
    port = servers.free_port()
    command = ["python", "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1"]
    env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent"}
    with subprocess.Popen(command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:
        try:
            answer = get(f"http://127.0.0.1:{port}/healthz")
            page = get(f"http://127.0.0.1:{port}/static/site.css")
        finally:
            server.terminate()
            log = server.communicate()[0].decode()
    count.check("starter: served by Gunicorn", answer == '{"status":"ok"}\n' and "font-family" in page, log)


def get(url):
    for attempt in range(100):
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return answer.read().decode()
        except urllib.error.HTTPError:
            raise
        except OSError:
            subprocess.run(["sleep", "0.2"], check=True)
    return ""


def kept(count, folder):
    """Where there is an app, or anything else, none is started."""
    for name, files in {
        "an app": {"app.py": APP},
        "no app": {"notes.txt": "x"},
        "code of another kind": {"main.go": "package main\n"},
    }.items():
        root = laid(folder / name.replace(" ", "-"), files)
        done = new(root, check=False)
        started = (root / "wsgi.py").exists() or (root / "app").exists()
        count.check(f"starter: not where there is {name}", not started, done.stderr)
    papers = laid(folder / "papers", {"LICENSE": "x", "README.md": "mine\n", ".gitignore": "mine\n"})
    new(papers)
    same = (papers / "README.md").read_text() == "mine\n" and (papers / ".gitignore").read_text() == "mine\n"
    count.check("starter: papers that are there stay", same and (papers / "wsgi.py").exists())
    missing = folder / "missing"
    done = new(missing, "--server", "waitress", "--process-manager", "windows", check=False)
    count.check("starter: an error leaves no folder behind", done.returncode == 2 and not missing.exists(), done.stderr)


def updates(count, folder):
    """What proposes updates takes its configuration, for every installer."""
    schemas = {
        ".github/dependabot.yml": "vendor.dependabot",
        "renovate.json": "vendor.renovate",
        ".github/workflows/audit.yml": "vendor.github-workflows",
    }
    for name, files in INSTALLERS.items():
        for tool_name in ("dependabot", "renovate"):
            root = laid(folder / f"{name}-{tool_name}", {"app.py": APP, **files})
            new(root, "--updates", tool_name)
            for path, schema in schemas.items():
                if not (root / path).exists():
                    continue
                fault = tool("check-jsonschema", "--builtin-schema", schema, path, folder=root)
                count.check(f"updates: {name}, {path} is what {schema.split('.')[1]} takes", not fault, fault)
            steps = (root / ".github/workflows/audit.yml").read_text()
            runs = re.findall(r'- run: (".*")', steps)
            scripts = "\n".join(json.loads(run) for run in runs)
            fault = tool("bash", "-n", "-c", scripts, folder=root)
            count.check(f"updates: {name}, {tool_name}: its steps are commands", len(runs) >= 2 and not fault, fault)
    ecosystems = {
        name: re.search(
            r'package-ecosystem: "(.*)"', (folder / f"{name}-dependabot/.github/dependabot.yml").read_text()
        )[1]
        for name in INSTALLERS
    }
    count.check(
        "updates: uv has an ecosystem of its own", ecosystems["uv"] == "uv" and ecosystems["pip"] == "pip", ecosystems
    )
    bare = laid(folder / "bare", {"app.py": APP})
    new(bare, "--updates", "dependabot")
    count.check("updates: none where nothing names dependencies", not (bare / ".github").exists())


def variables(count, folder):
    """A shell and systemd's own reader take the file of variables, with exactly the values that the code has."""
    lines = [f'{name} = os.environ.get("{name}", {default!r})' for name, default in DEFAULTS.items()]
    code = "\n".join(["import os", "", "from flask import Flask", "", *lines, 'TOKEN = os.environ["TOKEN"]', ""])
    code += 'app = Flask(__name__)\napp.secret_key = os.environ["SECRET_KEY"]\n'
    root = laid(folder / "variables", {"app.py": code})
    new(root, "--name", "shop")
    text = (root / "deploy/shop.env").read_text(encoding="utf-8")
    active = [line.split("=")[0] for line in text.splitlines() if line and not line.startswith("#")]
    count.check("variables: the needed ones are to be filled in", active == ["SECRET_KEY", "TOKEN"], text)
    # Taken over by taking the `# ` away.
    full = re.sub(r"^# ([A-Z_]+=)", r"\1", text, flags=re.M)
    (root / "all.env").write_text(full, encoding="utf-8")
    shell = subprocess.run(
        [
            "env",
            "-i",
            "bash",
            "-c",
            f"set -a; . ./all.env; {sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'",
        ],
        cwd=root,
        capture_output=True,
        text=True,
    )
    count.check("variables: a shell reads them", not shell.returncode, shell.stderr)
    values = json.loads(shell.stdout or "{}")
    dotted = subprocess.run(
        [
            sys.executable,
            "-c",
            "import dotenv, json; print(json.dumps(dotenv.dotenv_values('all.env', interpolate=False)))",
        ],
        cwd=root,
        capture_output=True,
        text=True,
    )
    for name, default in DEFAULTS.items():
        count.check(
            f"variables: {name} for a shell", values.get(name) == default, f"{values.get(name)!r} for {default!r}"
        )
        read = systemd(full).get(name)
        count.check(f"variables: {name} for systemd", read == default, f"{read!r} for {default!r}")
    count.check("variables: python-dotenv reads them too", '"PLAIN": "text"' in dotted.stdout, dotted.stderr)


def systemd(text):
    """What `EnvironmentFile=` makes of a file (systemd's `parse_env_file_internal`, for values in double quotes:
    a backslash is dropped before `"`, a backslash, a backtick and `$`, and stays before anything else)."""
    found = {}
    for line in text.splitlines():
        match = re.fullmatch(r'([A-Za-z_][A-Za-z0-9_]*)="(.*)"', line)
        if match:
            found[match[1]] = re.sub(r'\\(["\\`$])', r"\1", match[2])
    return found


def instructions(count, folder):
    """Every block of commands of the instructions is one that a shell can read, for every profile."""
    for profile in rendering.ALL:
        for flags in (
            [],
            ["--proxy", "apache"],
            ["--process-manager", "supervisor"],
            ["--target", "debian-12", "--metrics"],
        ):
            root = folder / f"{profile.name}-{'-'.join(flags).replace('--', '')}"
            try:
                project = rendering.render(profile, root, *flags)
            except rendering.Refused as refused:
                count.check(f"instructions: {profile.name} {' '.join(flags)}", False, refused)
                continue
            text = project.text("deploy/README.md")
            blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", text, flags=re.M | re.S)
            faults = [fault for fault in (tool("bash", "-n", "-c", block, folder=root) for block in blocks) if fault]
            named = [path for path in re.findall(r"^\| `(.*?)` \|", text, flags=re.M) if not (root / path).is_file()]
            left = re.findall(r"\{\{|\}\}", text)
            good = len(blocks) >= 4 and not (faults or named or left)
            count.check(f"instructions: {profile.name} {' '.join(flags)}", good, faults or named or left)


def main():
    count = rendering.Count("starting")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        parts = (starter, kept, updates, variables, instructions)
        for part in [part for part in parts if part.__name__ in (sys.argv[1:] or [part.__name__])]:
            inner = folder / part.__name__
            inner.mkdir()
            with rendering.reported(count, part.__name__):
                part(count, inner)
    count.end()


if __name__ == "__main__":
    main()
