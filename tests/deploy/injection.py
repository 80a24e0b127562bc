#!/usr/bin/env python3
"""Whatever a person answers and whatever stands in a project: it is refused, or the program that reads
the rendered file reads exactly that value.

    injection.py [SEED [VALUES]]    another seed, and how many values each field gets

The programs are nginx and crossplane, Apache, systemd, Supervisor, logrotate, a shell, and Python's own
readers of its code, JSON, TOML, XML and INI; YAML is PyYAML's, PowerShell tree-sitter's.
"""

import ast
import json
import os
import pathlib
import random
import re
import shlex
import subprocess
import sys
import tempfile
import tomllib
import xml.etree.ElementTree

import crossplane
import tree_sitter
import tree_sitter_powershell
import yaml

import machines
import rendering
import sites

VALUES = 200
# How many of the values that were taken are put together and rendered.
RENDERED = 30

# What ends a value, starts another, or is left out, in one format or another.
PIECES = (
    '"', "'", "`", "\n", "\r", "\t", ";", "{", "}", "$", "$(id)", "${HOME}", "$host", "%", "%h", "%(here)s", "\\", "\\n",
    "\\\"", "#", "#{x}", "<", ">", "&", "&amp;", "|", "*", "?", "!", "~", "(", ")", "[", "]", "=", ",", ":", "/", "..", "@",
    "-", "_", ".", " ", "  ", " ;", " #", "\u007f", "\u0085", "\u2028", "\u2029", "\u201c", "\u2018", "\u202e", "\ufeff",
    "é", "мир", "你", "🚀", "{{x}}", "{{{x}}}", "]]>", "-->", "://", "\n[Service]\nExecStart=/bin/true\n", "; include /etc/passwd;",
    "'; DROP", "\x00", "\x1b[31m",
)  # fmt: skip
WORDS = ("a", "shop", "www", "Example", "data", "v2", "naïve", "x1", "Z")

# A value that nobody objects to, for each flag that takes a text.
PLAIN = {
    "--app": "wsgi:app",
    "--domain": "shop.example.com",
    "--email": "me@example.com",
    "--health-url": "/up",
    "--home": "/srv/shop",
    "--host": "127.0.0.2",
    "--name": "shop",
    "--static-dir": "public",
    "--static-url": "/files",
    "--upstream": "10.0.0.2:8000",
    "--user": "shop",
}

LAYOUTS = {
    "nginx": ("--server", "gunicorn", "--proxy", "nginx", "--metrics", "--updates", "dependabot"),
    "apache": ("--server", "waitress", "--proxy", "apache", "--process-manager", "supervisor", "--updates", "renovate"),
    "files": ("--server", "gunicorn", "--proxy", "nginx", "--logs", "files"),
    "windows": ("--server", "waitress", "--target", "windows"),
}


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else 20261126
    values = int(sys.argv[2]) if len(sys.argv) > 2 else VALUES
    count = rendering.Count("injection")
    print(f"seed {seed}, {values} values for each field")
    draw = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        taken = answers(count, draw, values, folder)
        renders = [render(draw, number, taken, folder) for number in range(min(RENDERED, values))]
        renders = [one for group in renders for one in group]
        refused = [one for one in renders if isinstance(one, str)]
        renders = [one for one in renders if not isinstance(one, str)]
        # What each field takes alone, all take together; a project's own strange names may be refused.
        for said in refused:
            count.check("what is refused is refused with a reason", re.match(r"error: .{10}", said), said)
        count.check("most are rendered", len(renders) > 2 * len(refused), f"{len(renders)} of {len(renders) + len(refused)}: {refused[:3]}")
        for one in renders:
            one.judge_text(count)
        with machines.copy("debian-13") as machine:
            nginx(count, machine, [one for one in renders if one.layout in ("nginx", "files")])
            apache(count, machine, [one for one in renders if one.layout == "apache"])
            supervisor(count, machine, [one for one in renders if one.layout == "apache"])
            logrotate(count, machine, [one for one in renders if one.layout == "files"])
        systemd(count, [one for one in renders if one.layout in ("nginx", "files")])
    count.end()


def strange(draw, plain):
    """A value like the plain one with something in it that may be too much."""
    kind = draw.random()
    if kind < 0.2:
        return "".join(draw.choice(PIECES) for _ in range(draw.randint(1, 4)))
    if kind < 0.5:
        at = draw.randint(0, len(plain))
        return plain[:at] + draw.choice(PIECES) + plain[at:]
    if plain.startswith("/") or plain == "public":
        parts = (draw.choice(WORDS) + draw.choice(("", " b", "é", "-c", "(1)", "@2", "+", ",", "=", "[3]", "你", "🚀", draw.choice(PIECES))) for _ in range(draw.randint(1, 3)))
        return ("/" if plain.startswith("/") else "") + "/".join(parts)
    cut = re.split(r"([.:@-])", plain)
    cut[draw.randrange(0, len(cut), 2)] = draw.choice(WORDS) + draw.choice(("", "", "-b", "_c", "9", draw.choice(PIECES)))
    return "".join(cut)


def flaskship(root, *arguments):
    return subprocess.run(
        [rendering.binary(), "new", str(root), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent)},
    )


def answers(count, draw, values, folder):
    """The values that each field takes; the others have to be refused where they enter."""
    root = folder / "answers"
    root.mkdir()
    (root / "wsgi.py").write_text("from flask import Flask\n\napp = Flask(__name__)\n")
    taken = {}
    for flag, plain in PLAIN.items():
        taken[flag] = [plain]
        wrong = []
        for _ in range(values):
            value = strange(draw, plain)
            if "\x00" in value:
                continue  # no argument of a program can hold it
            # The second answer is wrong. Where it is what the error is about, the first was taken; nothing
            # more is done, which keeps this quick.
            done = flaskship(root, f"{flag}={value}", "--port=none")
            if done.stderr.startswith("error: invalid value 'none' for '--port"):
                taken[flag].append(value)
            elif done.returncode != 2 or done.stdout or not re.match(f"error: .*{flag}", done.stderr, re.S):
                wrong.append((value, done.returncode, done.stderr))
        count.check(f"{flag}: {values} values, {len(taken[flag]) - 1} of them taken, the others refused", not wrong, wrong[:3])
    count.check("refused: nothing was written", sorted(path.name for path in root.iterdir()) == ["wsgi.py"], list(root.iterdir()))
    return taken


class Render:
    """What was rendered in one layout, with the values that have to be found in it."""

    def __init__(self, layout, root, values, project):
        self.layout, self.root, self.values, self.project = layout, root, values, project
        self.name = values["--name"]

    def path(self, path):
        return self.root / path

    def text(self, path):
        return self.path(path).read_text(encoding="utf-8")

    def home(self):
        return self.values["--home"].rstrip("/")

    def static(self):
        folder = self.values["--static-dir"].rstrip("/")
        while folder.startswith("./"):
            folder = folder[2:]
        return self.values["--static-url"].rstrip("/"), folder

    def domain(self):
        return self.values["--domain"].rstrip(".").lower()

    def start(self):
        return self.root / self.project["dir"]

    def workdir(self):
        inner = f"{self.home()}/app"
        return f"{inner}/{self.project['dir']}" if self.project["dir"] else inner

    def judge_text(self, count):
        """Files whose readers are at hand."""
        what = f"{self.layout}: {self.name}"
        said = tomllib.loads(self.text("flaskship.toml"))["deploy"]
        for flag in ("--home", "--user", "--name", "--static-dir"):
            if self.layout == "windows" and flag == "--user":
                continue
            wanted = {"--home": self.home(), "--static-dir": self.static()[1]}.get(flag, self.values[flag])
            check(count, f"{what}: flaskship.toml, {flag}", said[flag.removeprefix("--")] == wanted, (said, wanted))
        if self.layout in ("nginx", "files"):
            tree = ast.parse(self.text(f"{self.within()}gunicorn.conf.py"))
            assigned = {node.targets[0].id: node.value for node in tree.body if isinstance(node, ast.Assign)}
            found = ast.literal_eval(assigned["wsgi_app"]), ast.literal_eval(assigned["proc_name"])
            check(count, f"{what}: gunicorn.conf.py", found == (self.project["target"], self.name), found)
        else:
            tree = ast.parse(self.text(f"{self.within()}serve.py"))
            imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            check(count, f"{what}: serve.py", self.project["target"].split(":")[0] in imported, imported)
        for path in self.root.rglob("*.y*ml"):
            yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in self.root.rglob("*.json"):
            json.loads(path.read_text(encoding="utf-8"))
        if self.layout == "nginx":
            jobs = yaml.safe_load(self.text("deploy/metrics/prometheus.yml"))["scrape_configs"]
            check(count, f"{what}: prometheus.yml", jobs[0]["job_name"] == self.name, jobs)
            board = json.loads(self.text(f"deploy/metrics/{self.name}-dashboard.json"))
            check(count, f"{what}: dashboard", self.name in board["title"], board["title"])
        if self.layout == "windows":
            self.judge_windows(count, what)
        else:
            self.judge_shell(count, what)
            self.judge_variables(count, what)

    def within(self):
        return f"{self.project['dir']}/" if self.project["dir"] else ""

    def judge_windows(self, count, what):
        service = xml.etree.ElementTree.parse(self.path(f"deploy/windows/{self.name}.xml")).getroot()
        found = {child.tag: child.text or "" for child in service}
        where = "%BASE%\\..\\.." + ("\\" + self.project["dir"].replace("/", "\\") if self.project["dir"] else "")
        check(count, f"{what}: WinSW's definition", (found["id"], found["workingdirectory"].replace("/", "\\")) == (self.name, where), found)
        parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
        for script in sorted(self.path("deploy/windows").glob("*.ps1")):
            tree = parser.parse(script.read_bytes())
            literals = {text[1:-1].replace("''", "'") for text in verbatim(tree.root_node)}
            check(count, f"{what}: {script.name} holds the name", not tree.root_node.has_error and any(self.name in text for text in literals), literals)

    def judge_shell(self, count, what):
        """The commands of the instructions, with `sudo` and the like printing what they are given."""
        blocks = re.findall(r"^ *```sh\n(.*?)^ *```$", self.text("deploy/README.md"), re.M | re.S)
        script = "\n".join(block for block in blocks if "sh -c" not in block and "$(" not in block)
        named = set(re.findall(r"^ *([a-z][\w-]*)", script, re.M)) - {"test", "exit"}
        stand_ins = "\n".join(f'{name}() {{ printf "%s\\0" "$@"; }}' for name in sorted(named | {"sudo"}))
        done = subprocess.run(
            ["bash", "-c", f"cd /nonexistent 2>/dev/null\nPATH=\n{stand_ins}\n{re.sub(r'[|>]+ *[^|&;]*$', '', script, flags=re.M)}"],
            capture_output=True, stdin=subprocess.DEVNULL, env={},
        )  # fmt: skip
        given = set(done.stdout.decode("utf-8", "replace").split("\0"))
        for wanted in (self.home(), f"{self.home()}/app", f"/etc/{self.name}/{self.name}.env", *self.project["writable"](self)):
            check(count, f"{what}: the commands name {wanted!r}", wanted in given, (sorted(given)[:40], done.stderr[-500:]))

    def judge_variables(self, count, what):
        """The defaults of the variables that the code reads, as a shell reads them."""
        text = re.sub(r"^# ([A-Z_0-9]+=)", r"\1", self.text(f"deploy/{self.name}.env"), flags=re.M)
        (self.root / "all.env").write_text(text, encoding="utf-8")
        dump = f"{sys.executable} -c 'import json, os; print(json.dumps(dict(os.environ)))'"
        done = subprocess.run(["env", "-i", "sh", "-c", f"set -a; . ./all.env; {dump}"], cwd=self.root, capture_output=True, text=True)
        read = json.loads(done.stdout or "{}")
        for name, default in self.project["variables"].items():
            found = read.get(name)
            check(count, f"{what}: a shell reads {name}", found == held(default), f"{found!r} for {default!r}\n{done.stderr}")


def held(default):
    """What a file of variables has of a default: nothing, where it cannot hold it."""
    return "" if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", default) else default


def verbatim(node):
    """The literals of a PowerShell script between single quotes."""
    if node.type == "verbatim_string_characters":
        yield node.text.decode()
    for child in node.children:
        yield from verbatim(child)


SEEN = {}


def check(count, what, passed, why=""):
    """Like `count.check`, with one line for all values where they pass."""
    kind = re.sub(r": [a-z0-9-]+", "", what, count=1) if passed else what
    kind = re.sub(r" (?:read|name)s? .*", "", kind)
    if passed and kind in SEEN:
        SEEN[kind] += 1
        count.passed += 1
        return
    SEEN[kind] = 1
    count.check(kind if passed else what, passed, why)


def render(draw, number, taken, folder):
    """A project with strange names in it, rendered in every layout with one value of each field."""
    values = {flag: draw.choice(found) for flag, found in taken.items()}
    # One machine judges them all, so each has a name of its own.
    values["--name"] = f"{re.sub('[^a-z0-9-]', '', values['--name'])[:20] or 'a'}-{number}"
    inner = draw.choice(("", "", "my site", "web-é", "a(b)", "x & y"))
    uploads = draw.choice(("uploads", "up loads", "zdjęcia", "a'b", "a%b", "a;b", "a$b", "x#y", "q\"r"))
    variables = {f"V{index}": "".join(draw.choice((*PIECES, *WORDS)) for _ in range(draw.randint(1, 4))).replace("\x00", "") for index in range(6)}
    variables = {name: value for name, value in variables.items() if value}
    code = ["import os", "from flask import Flask", "app = Flask(__name__)", f"app.config['UPLOAD_FOLDER'] = os.path.join(os.path.dirname(__file__), {uploads!r})"]
    code += [f"{name} = os.environ.get({name!r}, {value!r})" for name, value in variables.items()]
    made = []
    for layout, flags in LAYOUTS.items():
        root = folder / f"{number}-{layout}"
        start = root / inner
        start.mkdir(parents=True)
        (start / "wsgi.py").write_text("\n".join([*code, ""]), encoding="utf-8")
        (root / values["--static-dir"]).mkdir(parents=True, exist_ok=True)
        (start / "requirements.txt").write_text("flask\ngunicorn\nwaitress\n")
        given = dict(values)
        for flag in ("--app", "--upstream"):
            del given[flag]
        if layout == "windows":
            for flag in ("--domain", "--email", "--user"):
                del given[flag]
        elif draw.random() < 0.2 and layout == "nginx":
            given["--upstream"] = values["--upstream"]
        # No authority signs what is no public name.
        tls = () if layout == "windows" else ("--tls", "self-signed")
        done = flaskship(root, "--yes", *tls, *flags, *(f"{flag}={value}" for flag, value in given.items()))
        if done.returncode:
            made.append(done.stderr)
            continue
        fine = not re.search("[\"'`\\\\$%;{}<>|&*?#^~!]", f"{inner}/{uploads}")

        def writable(one, inner=inner, uploads=uploads, fine=fine):
            return [f"{one.workdir()}/{uploads}"] if fine else []

        project = {"dir": inner, "target": "wsgi:app", "variables": variables, "writable": writable, "upstream": given.get("--upstream")}
        made.append(Render(layout, root, values, project))
    return made


def directives(block, name):
    """The arguments of all directives of this name."""
    for line in block:
        if line["directive"] == name:
            yield line["args"]
        yield from directives(line.get("block", ()), name)


def nginx(count, machine, renders):
    sites.prepare(machine)
    for path in machine.path("/etc/nginx/sites-enabled").iterdir():
        path.unlink()
    seen = set()
    for one in renders:
        for path in one.path("deploy/nginx").glob("tls-*.conf"):
            machine.put(path, f"/etc/nginx/snippets/{path.name}")
        conf = one.path(f"deploy/nginx/{one.name}.conf")
        parsed = crossplane.parse(str(conf), single=True, comments=False, check_ctx=False, check_args=False)
        check(count, f"nginx: {one.name}: crossplane parses the site", parsed["status"] == "ok", parsed["errors"])
        tree = parsed["config"][0]["parsed"]
        names = {args[0] for args in directives(tree, "server_name")}
        check(count, f"nginx: {one.name}: server_name", names == {one.domain()}, (names, one.domain()))
        url, folder = one.static()
        aliases = [args for args in directives(tree, "alias")]
        locations = [args[-1] for args in directives(tree, "location")]
        wanted = [] if one.project["upstream"] else [[f"{one.home()}/app/{folder}/"]]
        check(count, f"nginx: {one.name}: alias", aliases == wanted, (aliases, wanted))
        check(count, f"nginx: {one.name}: location", not wanted or f"{url}/" in locations, (locations, url))
        allowed = {"upstream", "map", "limit_req_zone", "limit_conn_zone", "log_format", "server"}
        top = {line["directive"] for line in tree}
        check(count, f"nginx: {one.name}: has nothing else", top <= allowed, top)
        # Two sites may have drawn one name of a host.
        if one.layout == "nginx" and one.domain() not in seen:
            seen.add(one.domain())
            certificates = machine.path(f"/etc/ssl/{one.name}")
            certificates.mkdir()
            if len(seen) == 1:
                subject = ("-subj", "/CN=x", "-keyout", certificates / "privkey.pem", "-out", certificates / "fullchain.pem")
                subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc", *subject], check=True, capture_output=True)
                first = certificates
            else:
                for file in first.iterdir():
                    (certificates / file.name).symlink_to(f"/etc/ssl/{first.name}/{file.name}")
            text = re.sub(r"\n# For the exporter.*", "", conf.read_text(encoding="utf-8"), flags=re.S)
            machine.path(f"/etc/nginx/sites-enabled/{one.name}.conf").write_text(text, encoding="utf-8")
    tested = machine.run("nginx", "-t")
    count.check(f"nginx -t takes {len(seen)} sites together", tested.returncode == 0, tested.stderr)


def apache(count, machine, renders):
    """Apache says itself which hosts it read."""
    machine.run("sh", "-ec", "a2enmod -q proxy proxy_http headers rewrite reqtimeout deflate alias setenvif unique_id qos ssl http2 socache_shmcb; a2dissite -q 000-default; mkdir -p /var/www/acme")
    pair = next(machine.path("/etc/ssl").glob("*/privkey.pem")).parent
    seen = set()
    for one in renders:
        if one.domain() in seen:
            continue
        seen.add(one.domain())
        if len(seen) == 1:
            machine.put(one.path("deploy/apache/000-unknown-names.conf"), "/etc/apache2/sites-enabled/000-unknown-names.conf")
        machine.put(one.path(f"deploy/apache/{one.name}.conf"), f"/etc/apache2/sites-enabled/{one.name}.conf")
        certificates = machine.path(f"/etc/ssl/{one.name}")
        if not certificates.exists():
            certificates.mkdir()
            for file in ("privkey.pem", "fullchain.pem"):
                (certificates / file).symlink_to(f"/etc/ssl/{pair.name}/{file}")
        machine.path(f"{one.home()}/app/{one.static()[1]}").mkdir(parents=True, exist_ok=True)
    tested = machine.run("apachectl", "configtest")
    count.check(f"apachectl configtest takes {len(seen)} sites together", tested.returncode == 0, tested.stderr)
    hosts = set(re.findall(r"port 443 namevhost (\S+)", machine.run("apachectl", "-S").stdout))
    count.check("Apache knows exactly these names", hosts == {*seen, "unknown.invalid"}, hosts ^ seen)
    for one in renders:
        found = re.findall(r'^    Alias "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)"$', one.text(f"deploy/apache/{one.name}.conf"), re.M)
        found = [tuple(re.sub(r"\\(.)", r"\1", part) for part in pair) for pair in found if "acme" not in pair[0]]
        url, folder = one.static()
        check(count, f"Apache: {one.name}: Alias", found == [(f"{url}/", f"{one.home()}/app/{folder}/")], found)


READ_BY_SUPERVISOR = """
import json, sys
from supervisor.options import ServerOptions
options = ServerOptions()
options.realize(["-c", sys.argv[1], "-n"])
found = {}
for group in options.process_group_configs:
    for process in group.process_configs:
        found.setdefault(group.name, []).append([process.command, process.directory, process.uid, process.environment, process.stdout_logfile])
print(json.dumps(found))
"""


def supervisor(count, machine, renders):
    """Supervisor reads its file with the class that supervisord reads it with."""
    (machine.path("/etc/supervisor/all.conf")).write_text("[supervisord]\nnodaemon=true\n[include]\nfiles = /etc/supervisor/all/*.conf\n")
    users = sorted({one.values["--user"] for one in renders})
    with open(machine.path("/etc/passwd"), "a", encoding="utf-8") as passwd:
        for number, user in enumerate(users):
            passwd.write(f"{user}:x:{3000 + number}:{3000 + number}::/:/bin/false\n")
    for one in renders:
        machine.put(one.path(f"deploy/supervisor/{one.name}.conf"), f"/etc/supervisor/all/{one.name}.conf")
        machine.path(one.workdir()).mkdir(parents=True, exist_ok=True)
        machine.path(f"/var/log/{one.name}").mkdir(exist_ok=True)
    done = machine.run("python3", "-c", READ_BY_SUPERVISOR, "/etc/supervisor/all.conf")
    count.check(f"Supervisor takes {len(renders)} programs together", done.returncode == 0, done.stderr)
    found = json.loads(done.stdout or "{}")
    for one in renders:
        for command, directory, uid, environment, log in found.get(one.name, [[""] * 5]):
            right = directory == one.workdir() and uid == 3000 + users.index(one.values["--user"])
            check(count, f"Supervisor: {one.name}: directory and user", right, (directory, one.workdir(), uid))
            script = re.fullmatch(r"/bin/sh -c (.*)", command)
            words = subprocess.run(["python3", "-c", "import json, shlex, sys; print(json.dumps(shlex.split(sys.argv[1])))", command], capture_output=True, text=True)
            inner = json.loads(words.stdout)[2] if script else ""
            run = subprocess.run(["sh", "-c", inner.replace("exec ", "printf '%s\\n' ", 1)], capture_output=True, text=True, env={})
            check(count, f"Supervisor: {one.name}: command", run.stdout.splitlines()[:1] == [f"{one.home()}/venv/bin/python"], (inner, run.stdout, run.stderr))
            check(count, f"Supervisor: {one.name}: environment", environment.get("HOME") == one.home() and log.startswith(f"/var/log/{one.name}/"), environment)


def logrotate(count, machine, renders):
    for one in renders:
        machine.put(one.path(f"deploy/logrotate/{one.name}"), f"/etc/logrotate.d/{one.name}")
        machine.run("useradd", "--system", one.values["--user"])
        machine.path(f"/etc/logrotate.d/{one.name}").chmod(0o644)
    done = machine.run("logrotate", "-d", "/etc/logrotate.conf")
    missed = [one.name for one in renders if f"/var/log/{one.name}/*.log" not in done.stderr]
    count.check(f"logrotate takes {len(renders)} files together", done.returncode == 0 and "error:" not in done.stderr and not missed, (missed, done.stderr[-1500:]))


def systemd(count, renders):
    """systemd itself says what it read."""

    def prepare(machine):
        for one in renders:
            for unit in one.path("deploy/systemd").iterdir():
                machine.put(unit, f"/etc/systemd/system/{unit.name}")
            machine.put(one.path("all.env"), f"/opt/env/{one.name}.env")

    with machines.booted("debian-13", prepare) as machine:
        units = [f"{one.name}.service" for one in renders]
        wanted = "Id,LoadState,User,WorkingDirectory,EnvironmentFiles,ExecStart,ReadWritePaths,Description"
        said = machine.run("systemctl", "show", "-p", wanted, *units).stdout
        loaded = {}
        for block in said.split("\n\n"):
            fields = {}
            for line in block.strip().splitlines():
                key, _, value = line.partition("=")
                fields.setdefault(key, value)
            loaded[fields.get("Id")] = fields
        for one in renders:
            found = loaded.get(f"{one.name}.service", {})
            simple = (found.get("LoadState"), found.get("User"), found.get("WorkingDirectory"))
            check(count, f"systemd: {one.name}: user and folder", simple == ("loaded", one.values["--user"], one.workdir()), (simple, one.workdir()))
            program = re.match(r"\{ path=(.*?) ; argv\[\]=", found.get("ExecStart", ""))
            check(count, f"systemd: {one.name}: program", program and program[1] == f"{one.home()}/venv/bin/gunicorn", found)
            paths = found.get("ReadWritePaths", "")
            wanted = [f"-{path}" for path in one.project["writable"](one)]
            check(count, f"systemd: {one.name}: folders that may be written", shlex.split(paths) == wanted, (paths, wanted))
            check(count, f"systemd: {one.name}: variables", found.get("EnvironmentFiles", "").startswith(f"/etc/{one.name}/{one.name}.env "), found)
        log = machine.run("journalctl", "-b", "-o", "cat", "--no-pager").stdout
        complaints = [line for line in log.splitlines() if any(f"system/{unit}:" in line for unit in units)]
        count.check("systemd: no complaint about any unit", not complaints, "\n".join(complaints[:20]))
        dump = "import json, os; print(json.dumps(dict(os.environ)))"
        for one in renders[:: max(1, len(renders) // 20)]:
            done = machine.run("systemd-run", "--quiet", "--pipe", "--wait", "-p", f"EnvironmentFile=/opt/env/{one.name}.env", "python3", "-c", dump)
            read = json.loads(done.stdout or "{}")
            for name, default in one.project["variables"].items():
                check(count, f"systemd: {one.name}: reads {name}", read.get(name) == held(default), f"{read.get(name)!r} for {default!r}\n{done.stderr}")


if __name__ == "__main__":
    main()
