#!/usr/bin/env python3
"""A machine with a real systemd, and Supervisor on it: what was rendered is installed with the commands of deploy/README.md,
and then has to serve while it is reloaded, restarted, broken and killed.

With `--reference FOLDER` the same is done to a deployment written by hand, and both are counted in one
run: a folder with `app/`, `waitress/` and `systemd/hello*`.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time

import machines
import rendering

HOME = f"/srv/{rendering.NAME}"
APP = f"{HOME}/app"
CLIENTS = 8

# Requests that take longer than the test, more of them until no thread is left to answer another: which
# worker a connection comes to is chance. Ends when the server does.
HANG = """
import http.client, socket, sys, time

def connect():
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(3)
    connection.connect(sys.argv[1])
    return connection

held = []
try:
    while len(held) < 1500:
        for _ in range(30):
            held.append(connect())
            held[-1].send(b"GET /slow?seconds=600 HTTP/1.1\\r\\nHost: localhost\\r\\n\\r\\n")
        while True:
            asked = http.client.HTTPConnection("localhost")
            asked.sock = connect()
            try:
                asked.request("GET", "/healthz")
                asked.getresponse()
                break
            except TimeoutError:
                held.append(asked)
except OSError:
    pass
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("word", nargs="*", help="only the parts whose name holds all of them: `waitress` `two hosts`")
    parser.add_argument("--server", nargs="*", default=["gunicorn", "waitress"])
    parser.add_argument("--machine", default="debian-13", choices=sorted(machines.SUITES))
    parser.add_argument("--manager", nargs="*", default=["systemd", "supervisor"])
    parser.add_argument("--reference", type=pathlib.Path)
    given = parser.parse_args()
    count = rendering.Count("booted")
    parts = [(f"{server}, {manager}", prove, (server, given.machine, given.reference, manager)) for server in given.server for manager in given.manager]
    if "systemd" in given.manager:
        parts += [(f"{server}, watched", watched, (server, given.machine)) for server in given.server]
        parts += [(f"{server}, two hosts", hosts, (server, given.machine)) for server in given.server]
    for what, part, arguments in parts:
        if not all(word in what for word in given.word):
            continue
        try:
            part(count, *arguments)
        except Exception as error:  # noqa: BLE001
            count.check(f"{what}: the proof goes through", False, f"{type(error).__name__}: {error}")
    count.end()


def commands(readme, title):
    """The blocks of commands below a heading of the instructions."""
    section = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", readme, re.S | re.M)
    if not section:
        raise LookupError(f"deploy/README.md has no section `{title}`")
    return re.findall(r"^```sh\n(.*?)^```", section[1], re.S | re.M)


def shell(machine, script, folder=APP):
    """Runs commands as a person would paste them, root without a password being as good as sudo with one."""
    return machine.run("bash", "-c", f"cd {folder} 2>/dev/null || cd\nset -e\n{script}", timeout=180)


def prove(count, server, name, reference, manager="systemd"):
    with tempfile.TemporaryDirectory() as folder:
        base = ("--server", server, "--target", name, "--process-manager", manager)
        flags = (*base, "--tls", "off", "--rate-limit", "1000000")
        project = rendering.render(rendering.profile("plain"), pathlib.Path(folder) / "project", *flags)
        readme = project.text("deploy/README.md")

        def prepare(machine):
            machine.put(project.root, f"/root/{rendering.NAME}")
            machine.put_wheels()
            machine.put(pathlib.Path(__file__).with_name("load.py"), "/opt/load.py")
            if reference:
                put_reference(machine, reference, server)

        with machines.booted(name, prepare) as machine:
            if manager == "supervisor":
                Supervised(count, machine, server, readme).prove()
                return
            Deployment(count, machine, server, readme).prove()
            if reference:
                measure_reference(count, machine, server)


@contextlib.contextmanager
def installed(count, server, name, profile, *flags, prepare=None):
    """A machine on which the instructions for a profile were followed; None where they failed."""
    with tempfile.TemporaryDirectory() as folder:
        base = ("--server", server, "--target", name, "--tls", "off", "--rate-limit", "1000000")
        project = rendering.render(rendering.profile(profile), pathlib.Path(folder) / "project", *base, *flags)

        def put(machine):
            machine.put(project.root, f"/root/{rendering.NAME}")
            machine.put_wheels()
            machine.put(pathlib.Path(__file__).with_name("load.py"), "/opt/load.py")

        with machines.booted(name, put) as machine:
            if prepare:
                prepare(machine)
            deployment = Deployment(count, machine, server, project.text("deploy/README.md"))
            yield deployment if deployment.install() else None


def watched(count, server, name):
    """With figures for Prometheus, log files that are rotated, and a folder that the app writes into."""
    with installed(count, server, name, "writer", "--metrics", "--logs", "files") as deployment:
        if not deployment:
            return
        machine, check, unit = deployment.machine, deployment.check, deployment.unit
        saved = machine.run("curl", "-s", "-d", "a picture", "http://localhost/files/one.txt").stdout
        check("the app writes where it should", saved == "saved\n", saved)
        served = machine.run("curl", "-si", "http://localhost/static/uploads/new/one.txt").stdout
        check("and the proxy serves what was written", "a picture" in served and "200" in served, served)
        refused = machine.run("curl", "-s", "-d", "", "http://localhost/elsewhere").stdout
        check("the app cannot change its own code", refused in ("PermissionError\n", "OSError\n"), refused)
        ask = ["curl", "-s", "http://127.0.0.1:9108/metrics"]
        before = machine.run(*ask).stdout
        check("the figures can be read", "wsgi_requests_total{" in before, before)
        lines = [line for line in commands(deployment.readme, "Figures")[0].splitlines() if "exporter" in line and "apt-get" not in line]
        shell(machine, "\n".join(lines))
        exporter = machine.run("sh", "-c", "curl -s --retry 60 --retry-connrefused --retry-delay 1 http://127.0.0.1:9113/metrics; ss -ltn")
        check("nginx's exporter gives its own", "\nnginx_up 1" in exporter.stdout, exporter.stdout[-2000:])
        outside = re.findall(r"LISTEN +\S+ +\S+ +(?:0\.0\.0\.0|\*|\[::\]):(\d+)", exporter.stdout)
        check("nothing but the site is open to others", set(outside) == {"80"}, exporter.stdout)
        # As the instructions offer.
        drop = f"/etc/systemd/system/{unit}.d"
        shell(machine, f"mkdir -p {drop}\nprintf '[Service]\\nIPAddressDeny=any\\nIPAddressAllow=localhost\\n' > {drop}/walls.conf\nsystemctl daemon-reload\nsystemctl restart {unit}")
        alone = deployment.get("/"), machine.run(*ask).stdout
        check("both are there when the rest of the world is shut out", alone[0] == "writer\n" and "wsgi_requests_total{" in alone[1], alone)
        log = f"/var/log/{rendering.NAME}"
        lines = machine.run("sh", "-c", f"cat {log}/access.log").stdout
        check("requests are lines of JSON in a file", any(json.loads(line)["path"] == "/files/one.txt" for line in lines.splitlines()), lines[-1000:])
        for block in commands(deployment.readme, "Logs")[:1]:
            shell(machine, block)
        rotated = machine.run("logrotate", "-f", f"/etc/logrotate.d/{rendering.NAME}")
        deployment.get("/after")
        written = lambda: machine.run("cat", f"{log}/access.log").stdout  # noqa: E731
        rendering.until(lambda: "/after" in written())
        new = written()
        kept = machine.run("sh", "-c", f"ls -l {log}").stdout
        check("the file is rotated, and the next line is in the new one", rotated.returncode == 0 and '"path": "/after"' in new and kept.count("access.log") == 2, f"{rotated.stderr}\n{kept}\n{new[-500:]}")


def hosts(count, server, name):
    """Two hosts and a proxy in front of them: each in turn is restarted, and nobody notices."""
    flags = ("--upstream", "10.99.0.1:9000", "--upstream", "10.99.0.2:9000")
    with contextlib.ExitStack() as stack:
        machines_of = []

        def connect(machine):
            """The first is the proxy, too, and has both addresses until there is a second."""
            machines_of.append(machine)
            if len(machines_of) == 1:
                machine.run("ip", "addr", "add", "10.99.0.2/32", "dev", "lo")
                machine.run("ip", "addr", "add", "10.99.0.1/32", "dev", "lo")
                return
            ends = [f"f{os.getpid() % 10000}-{end}" for end in (1, 2)]
            subprocess.run(["ip", "link", "add", ends[0], "type", "veth", "peer", "name", ends[1]], check=True)
            for number, (end, one) in enumerate(zip(ends, machines_of), 1):
                subprocess.run(["ip", "link", "set", end, "netns", str(one.leader)], check=True)
                one.run("ip", "addr", "flush", "dev", "lo", "to", "10.99.0.0/24")
                one.run("ip", "addr", "add", f"10.99.0.{number}/24", "dev", end)
                one.run("ip", "link", "set", end, "up")

        first, second = [stack.enter_context(installed(count, server, name, "plain", *flags, prepare=connect)) for _ in flags[::2]]
        if not first or not second:
            return
        # The second has a proxy of its own from the instructions, which nobody asks here.
        for one in (first, second):
            for _ in range(20):
                first.get("/process")
            asked = rendering.until(lambda: '"path": "/process"' in one.log())  # noqa: B023
            first.check("the proxy reaches each host", asked, one.log()[-1000:])

        def restart():
            for one in (first, second):
                one.systemctl("restart", one.unit)

        first.under_load("rolling restart of two hosts", 2, restart, seconds=12.0)
        # Past the proxy, which would try again: the socket stays open, and who comes waits.
        total, failed, why, slow = load(first.machine, "localhost", "9000", "/", 3, lambda: first.systemctl("restart", first.unit), 9.0, "10.99.0.1", 1)
        print(f"      {server}: 3 × restart of a host, reached directly: {failed} of {total} requests failed, the slowest took {slow} s")
        first.check("no connection to a host is refused while it restarts", failed == 0 and total > 50, why)


class Deployment:
    """What was installed on a machine, under systemd."""

    # The section of the instructions that installs the process manager's file, and what its check prints.
    SECTION, RUNNING = "The service", "active\nactive\n200"

    def __init__(self, count, machine, server, readme):
        self.count, self.machine, self.server, self.readme = count, machine, server, readme
        self.unit = f"{rendering.NAME}.service"

    def check(self, what, passed, why=""):
        if not passed:
            log = self.log()
            lines = [line for line in log.splitlines() if not line.startswith("{")]
            nginx = self.machine.run("tail", "-n", "5", f"/var/log/nginx/{rendering.NAME}.error.log").stdout
            why = "\n".join([*lines[-20:], nginx, str(why)])
        return self.count.check(f"{self.server}: {what}", passed, why)

    def log(self):
        """What the app and its server said."""
        return self.machine.run("journalctl", "-u", self.unit, "-n", "9000", "-o", "cat", "--no-pager").stdout

    def prove(self):
        if not self.install():
            return
        self.sandbox()
        self.under_load("reload", 4, lambda: self.systemctl("reload", self.unit))
        self.under_load("restart", 3, lambda: self.systemctl("restart", self.unit))
        if self.server == "gunicorn":
            # Nobody can ask again for an answer that was half sent.
            self.under_load("kill -9 of a worker", 5, self.kill_worker, cut=5)
        self.master_killed()
        self.broken_app()
        self.stuck_threads()

    def install(self):
        # The code came to root's folder, and Debian's packages are there: the machine has no network.
        for title in ("The machine", "Variables and secrets"):
            for number, block in enumerate(commands(self.readme, title)):
                if "you@" in block:
                    continue
                kept = [line for line in block.splitlines() if not re.search(r"\bapt-get\b|\bsudoedit\b", line)]
                # The last command of a check may find nothing, and says so with its status.
                done = shell(self.machine, "\n".join(kept).replace("sudo grep -n", "! sudo grep -n"))
                self.check(f"README, {title}, block {number + 1}", done.returncode == 0, done.stdout + done.stderr)
        installed = True
        for title, blocks in (("The server", slice(None)), (self.SECTION, slice(0, 2)), ("nginx", slice(0, 2))):
            for number, block in enumerate(commands(self.readme, title)[blocks]):
                done = shell(self.machine, re.sub(r"^sudo apt-get .*", "", block, flags=re.M))
                what = f"README, {title}, block {number + 1}"
                installed = self.check(what, done.returncode == 0, done.stdout + done.stderr) and installed
                expected = {"--check": "the app loads", "is-active": self.RUNNING, "supervisorctl status": self.RUNNING, "curl": "200\n421"}
                wanted = next((said for word, said in expected.items() if word in block), None)
                if wanted:
                    self.check(f"{what}: prints what it says", re.search(wanted, done.stdout), done.stdout)
        return installed

    def get(self, path):
        """The answer through nginx, or what went wrong."""
        said = self.machine.run("curl", "-s", "-m", "60", f"http://localhost{path}")
        return said.stdout if said.returncode == 0 else f"curl: {said.returncode}"

    def systemctl(self, *arguments):
        return self.machine.run("systemctl", *arguments)

    def property(self, name):
        return self.systemctl("show", "-P", name, self.unit).stdout.strip()

    def sandbox(self):
        user = json.loads(self.get("/process"))["user"]
        self.check("runs as its own user", user not in (0, 65534) or self.server, user)
        seen = json.loads(self.get("/seen"))
        self.check("sees the client", seen["address"] in ("127.0.0.1", "::1") and seen["host"] == "localhost", seen)

        def joined():
            lines = [json.loads(line) for line in self.log().splitlines() if line.startswith("{")]
            return [line for line in lines if line["path"] == "/seen" and line["request_id"]]

        self.check("logs requests as JSON, with the proxy's id", rendering.until(joined), self.log())

    def under_load(self, what, times, act, seconds=9.0, cut=0):
        total, failed, why, slow = load(self.machine, "localhost", "80", "/", times, act, seconds)
        print(f"      {self.server}: {times} × {what}: {failed} of {total} requests failed, the slowest took {slow} s")
        whole = failed - why.get("IncompleteRead", 0)
        passed = whole == 0 and failed <= cut and total > 50
        self.check(f"{times} × {what} under load: no request fails", passed, f"{failed} of {total}: {why}")

    def main_process(self, but=None):
        """The server's first process, as soon as there is one, and not that one."""
        return rendering.until(lambda: {self.property("MainPID")} - {"0", but}).pop()

    def kill_worker(self):
        workers = rendering.until(lambda: self.machine.run("pgrep", "-P", self.main_process()).stdout.split())
        self.machine.run("kill", "-9", workers[0])

    def master_killed(self):
        """What it was answering is lost; what comes after is not."""
        before, killed = int(self.property("NRestarts")), [None]

        def kill():
            killed.append(self.main_process(killed[-1]))
            self.machine.run("kill", "-9", killed[-1])

        total, failed, why, slow = load(self.machine, "localhost", "80", "/", 2, kill, 9.0)
        print(f"      {self.server}: 2 × kill -9 of the master: {failed} of {total} requests failed, the slowest took {slow} s")
        # At most what each client had under way, each time.
        self.check("2 × kill -9 of the master under load: loses at most what was under way", failed <= 2 * CLIENTS, why)
        rendering.until(lambda: int(self.property("NRestarts")) - before == 2)
        self.check("systemd started it anew each time", int(self.property("NRestarts")) - before == 2)
        self.check("serves after that", self.get("/") == "plain\n")

    def broken_app(self):
        main = self.property("MainPID")
        replace(self.machine, "from flask import Flask\n", "from flask import Flask\nraise RuntimeError('broken')\n")
        reload = self.systemctl("reload", self.unit)
        self.check("a reload with an app that raises fails", reload.returncode != 0, reload.stderr)
        time.sleep(1)
        self.check("and the old one goes on serving", self.get("/") == "plain\n" and self.property("MainPID") == main)
        restart = shell(self.machine, commands(self.readme, self.SECTION)[3])
        self.check("the restart of the instructions is not made", restart.returncode != 0 and self.get("/") == "plain\n")
        replace(self.machine, "from flask import Flask\nraise RuntimeError('broken')\n", "from flask import Flask\n")
        replace(self.machine, '"plain\\n"', '"mended\\n"')
        reload = shell(self.machine, commands(self.readme, self.SECTION)[2])
        self.check("a reload with an app that is right again works", reload.returncode == 0, reload.stderr)
        # The old workers finish what they have first.
        brought = rendering.until(lambda: {self.get("/") for _ in range(10)} == {"mended\n"})
        self.check("and brings the new code", brought, self.get("/"))

    def stuck_threads(self):
        """All threads hang: the watchdog has it started anew."""
        drop = f"/etc/systemd/system/{self.unit}.d"
        shell(self.machine, f"mkdir -p {drop}\nprintf '[Service]\\nWatchdogSec=8\\n' > {drop}/quick.conf\nsystemctl daemon-reload")
        self.systemctl("restart", self.unit)
        main = self.property("MainPID")
        time.sleep(10)
        self.check("the watchdog is content with an app that answers", self.property("MainPID") == main)
        holder = self.machine.start("timeout", "150", "python3", "-c", HANG, f"/run/{rendering.NAME}.sock")
        ended = rendering.until(lambda: self.property("MainPID") not in (main, "0"), seconds=120)
        self.check("the watchdog ends one whose threads all hang", ended)
        holder.kill()
        holder.wait()
        self.check("and it serves again", rendering.until(lambda: self.get("/") == "mended\n"))


class Supervised(Deployment):
    """What was installed on a machine, under Supervisor."""

    SECTION, RUNNING = "Supervisor", r"RUNNING[\s\S]*200"

    def log(self):
        return self.machine.run("sh", "-c", f"cat /var/log/{rendering.NAME}/*.log").stdout

    def prove(self):
        if not self.install():
            return
        self.sandbox()
        processes = 1 if self.server == "gunicorn" else 4
        running = rendering.until(lambda: self.status().count("RUNNING") == processes)
        self.check(f"Supervisor runs it {processes} times", running, self.status())
        reload = commands(self.readme, self.SECTION)[2]
        self.under_load("reload, as the instructions say", 3, lambda: shell(self.machine, reload))
        if self.server == "waitress":
            one_by_one = (
                f"for number in 0 1 2 3; do supervisorctl restart {rendering.NAME}:{rendering.NAME}_$number; done"
            )
            self.under_load("restart, one by one", 1, lambda: shell(self.machine, one_by_one), seconds=25.0)
        replace(self.machine, "from flask import Flask\n", "from flask import Flask\nraise RuntimeError('broken')\n")
        done = shell(self.machine, reload)
        self.check("an app that raises is not loaded", done.returncode != 0 and self.get("/") == "plain\n", done.stderr)
        replace(self.machine, "from flask import Flask\nraise RuntimeError('broken')\n", "from flask import Flask\n")
        pids = re.findall(r"pid (\d+)", self.status())
        self.machine.run("kill", "-9", *pids)
        again = rendering.until(lambda: self.get("/") == "plain\n")
        self.check("Supervisor starts it anew after kill -9", again, self.status())
        stopped = self.machine.run("supervisorctl", "stop", f"{rendering.NAME}:*")
        # Workers whose master was killed see that by themselves, and end when they are done.
        left = lambda: self.machine.run("ps", "-u", rendering.NAME, "-o", "pid,ppid,etimes,stat,args", "--no-headers").stdout  # noqa: E731
        gone = rendering.until(lambda: not left())
        self.check("stops, and leaves no process behind", stopped.returncode == 0 and gone, stopped.stdout + left())

    def status(self):
        return self.machine.run("supervisorctl", "status").stdout


def replace(machine, old, new):
    script = "import pathlib, sys\np = pathlib.Path(sys.argv[1])\ntext = p.read_text()\nassert sys.argv[2] in text\np.write_text(text.replace(sys.argv[2], sys.argv[3]))\n"
    done = machine.run("python3", "-c", script, f"{APP}/app.py", old, new)
    if done.returncode:
        raise RuntimeError(done.stderr)


def load(machine, host, port, path, times, act, seconds, address="127.0.0.1", keep=20):
    """Acts a few times while clients ask; how many asked, how many failed, how, and the longest wait."""
    client = machine.start(
        "python3", "/opt/load.py", address, port, host, path, str(seconds), str(CLIENTS), str(keep), stdout=-1, text=True
    )
    time.sleep(1)
    for _ in range(times):
        act()
        time.sleep(max(0.3, (seconds - 3) / times))
    out, _ = client.communicate(timeout=120)
    found = json.loads(out.splitlines()[-1])
    return found["total"], found["failed"], found["failures"], found["longest"]


def put_reference(machine, reference, server):
    machine.put(reference / "app", "/opt/hello/app")
    machine.put(reference / "waitress/serve.py", "/opt/hello/app/serve.py")
    unit = "hello-waitress.service" if server == "waitress" else "hello.service"
    machine.put(reference / "systemd" / unit, "/etc/systemd/system/hello.service")
    machine.put(reference / "systemd/hello.socket", "/etc/systemd/system/hello.socket")
    site = machine.path("/etc/nginx/conf.d/hello.conf")
    site.write_text(
        "upstream hello { zone hello 64k; server unix:/run/hello.sock max_fails=0; server unix:/run/hello.sock max_fails=0;"
        " keepalive 32; }\nserver { listen 127.0.0.1:81; location / { proxy_pass http://hello; proxy_http_version 1.1;"
        ' proxy_set_header Connection ""; proxy_set_header Host $host; proxy_next_upstream error timeout;'
        " proxy_set_header X-Forwarded-For $remote_addr; proxy_set_header X-Forwarded-Proto $scheme; } }\n",
        encoding="utf-8",
    )


def measure_reference(count, machine, server):
    """The same acts on the deployment written by hand, counted, and the requests per second of both."""
    done = machine.run(
        "bash", "-c",
        "set -e\nuseradd --system --no-create-home hello\nmkdir -p /etc/hello\necho x > /etc/hello/secret_key\n"
        "python3 -m venv /opt/hello/venv\n/opt/hello/venv/bin/pip install -q flask gunicorn waitress\n"
        "systemctl daemon-reload\nsystemctl start hello.socket hello.service\nnginx -t -q && systemctl reload nginx\n",
        timeout=180,
    )
    count.check(f"{server}: the reference starts", done.returncode == 0, done.stderr)
    unit = "hello.service"
    main = lambda: machine.run("systemctl", "show", "-P", "MainPID", unit).stdout.strip()  # noqa: E731
    acts = [("restart", 3, lambda: machine.run("systemctl", "restart", unit))]
    if server == "gunicorn":
        acts.insert(0, ("reload", 4, lambda: machine.run("systemctl", "reload", unit)))
        worker = lambda: machine.run("kill", "-9", machine.run("pgrep", "-P", main()).stdout.split()[0])  # noqa: E731
        acts.append(("kill -9 of a worker", 5, worker))
    acts.append(("kill -9 of the master", 2, lambda: machine.run("kill", "-9", main())))
    for what, times, act in acts:
        total, failed, why, slow = load(machine, "localhost", "81", "/", times, act, 9.0)
        print(f"      reference, {server}: {times} × {what}: {failed} of {total} failed, the slowest took {slow} s {why}")
    for _ in range(2):
        for whose, port in (("rendered", "80"), ("reference", "81")):
            total = load(machine, "localhost", port, "/", 0, None, 6.0)[0]
            print(f"      {whose}, {server}: {total / 6:.0f} requests per second")


if __name__ == "__main__":
    main()
