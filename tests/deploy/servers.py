#!/usr/bin/env python3
"""The rendered settings of Gunicorn and the rendered launcher of Waitress, run as they are, by hand and
as a process manager runs them, for every profile."""

import configparser
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

import websocket

import rendering

BIN = pathlib.Path(sys.executable).parent
SECONDS = 20
# A worker of Gunicorn that is being forked just then misses SIGTERM, and is waited for up to
# `graceful_timeout` (`Arbiter.spawn_worker`, before `Worker.init_signals`).
SECONDS_TO_STOP = SECONDS + 45
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "shop.example",
    "X-Request-ID": "an \"id\"",
}

# Files that projects have by the names of flaskship's, which would keep any service from starting.
OWN = {"gunicorn": ("gunicorn.conf.py", 'daemon = True\nbind = "127.0.0.1:1"\n'), "waitress": ("serve.py", "raise SystemExit(3)\n")}

# Settings of these must be taken, or be passed over, by each of these versions.
VERSIONS = ("20.1.0", "23.0.0")


def main():
    count = rendering.Count("servers")
    only = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for profile in rendering.ALL:
            if only and profile.name not in only:
                continue
            with rendering.reported(count, f"gunicorn: {profile.name}"):
                gunicorn(count, profile, folder / f"gunicorn-{profile.name}")
            if not profile.websockets:
                with rendering.reported(count, f"waitress: {profile.name}"):
                    waitress(count, profile, folder / f"waitress-{profile.name}")
        with rendering.reported(count, "waitress: websockets"):
            refused(count, folder)
        for name, mode in (("socketio-threads", "threading"), ("socketio-gevent", "gevent"), ("socketio-eventlet", "eventlet")):
            with rendering.reported(count, f"gunicorn: {name}"):
                socketio(count, name, mode, folder)
        with rendering.reported(count, "time to stop"):
            time_to_stop(count, folder)
        with rendering.reported(count, "gunicorn: processors"):
            processors(count, folder)
        for version in VERSIONS:
            with rendering.reported(count, f"gunicorn {version}"):
                other_version(count, version, folder)
        with rendering.reported(count, "waitress: signals"):
            signals(count, folder)
        with rendering.reported(count, "waitress: IPv6"):
            ipv6(count, folder)
        with rendering.reported(count, "gunicorn: TLS"):
            tls(count, folder)
        for server, manager in itertools.product(OWN, ("systemd", "supervisor")):
            with rendering.reported(count, f"{server}, {manager}: a file of the project"):
                own_file(count, server, manager, folder)
    count.end()


def environment(profile, **more):
    base = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**base, **dict(profile.environment), **more}


def free_port():
    with socket.socket() as handle:
        handle.bind(("127.0.0.1", 0))
        return handle.getsockname()[1]


class Server:
    """A command that serves while the `with` block runs, on a port or on a socket that it is handed."""

    def __init__(self, command, project, handed=None, variables=None, host="127.0.0.1"):
        self.command, self.project, self.handed, self.host = command, project, handed, host
        self.variables = variables or {}
        self.log = project.root.with_name(project.root.name + ".log")

    def __enter__(self):
        self.out = open(self.log, "wb")
        self.process = subprocess.Popen(
            self.command,
            cwd=self.project.start,
            env=environment(self.project.profile, **self.variables),
            stdin=self.handed or subprocess.DEVNULL,
            stdout=self.out,
            stderr=self.out,
        )
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(timeout=SECONDS_TO_STOP)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.out.close()

    def said(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def get(self, url, headers=None, method="GET", body=None, address=None):
        """Status and body, asked again until there is an answer."""
        deadline = time.monotonic() + SECONDS
        while True:
            connection = http.client.HTTPConnection("localhost", timeout=SECONDS)
            try:
                connection.sock = self.connect(address)
                # A body that is too large is answered before it has all been sent.
                with contextlib.suppress(BrokenPipeError):
                    connection.request(method, url, body=body, headers=headers or {})
                answer = connection.getresponse()
                return answer.status, answer.read().decode()
            except (OSError, http.client.HTTPException):
                if time.monotonic() > deadline or self.process.poll() is not None:
                    raise RuntimeError(f"no answer:\n{self.said()}") from None
                time.sleep(0.1)
            finally:
                connection.close()

    def connect(self, address):
        target = address or (self.handed.getsockname() if self.handed else None)
        if isinstance(target, str):
            connection = socket.socket(socket.AF_UNIX)
            connection.settimeout(SECONDS)
            connection.connect(target)
            return connection
        return socket.create_connection(target or (self.host, self.port()), timeout=SECONDS)

    def port(self):
        """The port that the log names."""
        found = re.search(r"(?:http://\S+|listening on \S+):(\d+)", self.said())
        if not found:
            raise ConnectionError("not listening yet")
        return int(found[1])


def starts(kind):
    return [str(BIN / "gunicorn")] if kind == "gunicorn" else [sys.executable, "serve.py"]


def pages(count, what, server):
    """Serves pages, sees what it should of forwarded headers, and logs JSON."""
    profile = server.project.profile
    status, body = server.get("/")
    count.check(f"{what}: serves", status == 200 and profile.folder in body, body + server.said())
    status, body = server.get("/seen", FORGED)
    seen = json.loads(body)
    expected = ("203.0.113.9", "https", "https://shop.example/seen")
    found = (seen["address"], seen["scheme"], seen["url"])
    count.check(f"{what}: sees the client that the proxy tells of", found == expected, body)

    def logged():
        lines = [json.loads(line) for line in server.said().splitlines() if line.startswith("{") and line.endswith("}")]
        return next((line for line in lines if line["path"] == "/seen"), None)

    entry = rendering.until(logged)
    wanted = {"request_id": 'an "id"', "client": "203.0.113.9", "status": 200, "method": "GET"}
    right = entry and {key: entry[key] for key in wanted} == wanted
    count.check(f"{what}: logs the request as JSON", right, server.said())


def gunicorn(count, profile, folder):
    project = rendering.render(profile, folder, "--server", "gunicorn", "--port", str(free_port()))
    checked = subprocess.run(
        [BIN / "gunicorn", "--check-config"],
        cwd=project.start,
        env=environment(profile),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    count.check(f"gunicorn: {profile.name}: --check-config", checked.returncode == 0, checked.stderr)
    with Server(starts("gunicorn"), project, variables={"WEB_CONCURRENCY": "2"}) as server:
        pages(count, f"gunicorn: {profile.name}", server)
        if profile.name == "threads":
            workers = {json.loads(server.get("/process")[1])["pid"] for _ in range(20)}
            count.check("gunicorn: threads: one process", len(workers) == 1, workers)
    supervised = rendering.render(profile, f"{folder}-2", "--server", "gunicorn", "--process-manager", "supervisor")
    if "--upstream" in profile.flags:
        return
    with handed_socket(folder.with_suffix(".sock")) as handed, Server(starts("gunicorn"), supervised, handed) as server:
        pages(count, f"gunicorn: {profile.name}: socket on descriptor 0", server)
        server.process.terminate()
        server.process.wait(timeout=SECONDS_TO_STOP)
        kept = os.path.exists(handed.getsockname())
        count.check(f"gunicorn: {profile.name}: leaves that socket where it is", kept, server.said())


@contextlib.contextmanager
def handed_socket(path):
    """A listening socket at a path, which another process may have opened."""
    with socket.socket(socket.AF_UNIX) as handle:
        # A path below the temporary folder may be too long for a socket's address.
        short = tempfile.mktemp(prefix="s", dir="/tmp")
        handle.bind(short)
        handle.listen(64)
        try:
            yield handle
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(short)


def waitress(count, profile, folder):
    project = rendering.render(profile, folder, "--server", "waitress", "--port", str(free_port()))
    with Server(starts("waitress"), project) as server:
        if "--upstream" in profile.flags or profile.proxy_fix:
            pages(count, f"waitress: {profile.name}", server)
        else:
            status, body = server.get("/seen", FORGED)
            seen = json.loads(body)
            # By hand there is a port, which the proxy does not use: nobody there is trusted.
            alone = seen["scheme"] == "http" and seen["address"] == "127.0.0.1"
            count.check(f"waitress: {profile.name}: believes nobody on the port", status == 200 and alone, body)
    if "--upstream" in profile.flags:
        return
    with handed_socket(folder.with_suffix(".sock")) as handed, Server(starts("waitress"), project, handed) as server:
        pages(count, f"waitress: {profile.name}: socket on descriptor 0", server)
        if profile.name == "uploads":
            for size, wanted in ((1 << 20, 200), ((1 << 20) + 1, 413)):
                status, body = server.get("/echo", method="POST", body=b"x" * size)
                count.check(f"waitress: uploads: {size} bytes give {wanted}", status == wanted, f"{status} {body}")
    # As systemd hands it over; the process that the variables are for is the one they are set in.
    listening = 'exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"'
    command = ["sh", "-c", listening, *starts("waitress")]
    with handed_socket(folder.with_suffix(".sock")) as handed, Server(command, project, handed) as server:
        pages(count, f"waitress: {profile.name}: systemd's socket", server)


def refused(count, folder):
    try:
        rendering.render(rendering.profile("websockets"), folder / "refused", "--server", "waitress")
    except rendering.Refused as said:
        count.check("waitress: refuses an app that speaks WebSocket", "--server gunicorn" in str(said), said)
    else:
        count.check("waitress: refuses an app that speaks WebSocket", False)


def socketio(count, name, mode, folder):
    """An event there and back, over a WebSocket from the start, with the workers that the app waits with."""
    project = rendering.render(rendering.profile(name), folder / name, "--server", "gunicorn", "--port", str(free_port()))
    command, variables = starts("gunicorn"), {}
    if mode == "eventlet":
        # What the project asks for by now: the Gunicorn of the tests has no such workers any more.
        asked = [line for line in project.text("requirements.txt").split() if not line.startswith("flask")]
        command, variables = [sys.executable, "-m", "gunicorn"], {"PYTHONPATH": installed(folder / f"{name}-installed", *asked)}
    with Server(command, project, variables=variables) as server:
        status, body = server.get("/")
        count.check(f"gunicorn: {name}: serves", status == 200, body)
        connection = websocket.create_connection(f"ws://127.0.0.1:{server.port()}/socket.io/?EIO=4&transport=websocket", timeout=SECONDS)
        # The protocol's frames: opened, connect, connected, an event each way.
        opened = connection.recv()
        connection.send("40")
        connected = connection.recv()
        connection.send('42["say","hello"]')
        said = connection.recv()
        connection.close()
        right = opened.startswith("0{") and connected.startswith("40") and said == f'42["said","{mode}: hello"]'
        count.check(f"gunicorn: {name}: an event over a WebSocket", right, f"{opened} {connected} {said}\n{server.said()}")


def time_to_stop(count, folder):
    """Whoever stops the server waits longer than the server does for requests under way, whatever that is."""
    for profile in (*rendering.ALL, *rendering.SOME):
        for server in ("gunicorn",) if profile.websockets else ("gunicorn", "waitress"):
            for manager in ("systemd", "supervisor"):
                if manager == "supervisor" and server == "waitress" and "--upstream" in profile.flags:
                    continue
                place = folder / f"stop-{profile.name}-{server}-{manager}"
                project = rendering.render(profile, place, "--server", server, "--process-manager", manager)
                settings = configparser.RawConfigParser(strict=False)
                if manager == "systemd":
                    settings.read_string(project.text(f"deploy/systemd/{rendering.NAME}.service"))
                    waits = int(settings["Service"]["TimeoutStopSec"])
                else:
                    settings.read_string(project.text(f"deploy/supervisor/{rendering.NAME}.conf"))
                    waits = int(settings[settings.sections()[0]]["stopwaitsecs"])
                setting = r"^graceful_timeout = (\d+)\b" if server == "gunicorn" else r"^GRACE = (\d+)\b"
                source = (project.start / ("gunicorn.conf.py" if server == "gunicorn" else "serve.py")).read_text()
                grace = int(re.search(setting, source, re.M)[1])
                # What is left over is for the server itself, to end its workers and write what it has to say.
                count.check(f"{server}: {profile.name}: {manager} leaves time to stop", waits >= grace + 5, f"{waits}, {grace}")


def processors(count, folder):
    """The number of workers comes from what this process may use."""
    project = rendering.render(rendering.profile("plain"), folder / "processors", "--server", "gunicorn")
    ask = (
        "import pathlib, os, runpy, sys\n"
        "files, allowed = eval(sys.argv[1]), int(sys.argv[2])\n"
        "real = pathlib.Path.read_text\n"
        "def fake(path, *rest):\n"
        "    if not str(path).startswith(('/proc/self/cgroup', '/sys/fs/cgroup')): return real(path, *rest)\n"
        "    if str(path) not in files: raise FileNotFoundError(path)\n"
        "    return files[str(path)]\n"
        "pathlib.Path.read_text = fake\n"
        "os.sched_getaffinity = lambda pid: set(range(allowed))\n"
        "print(runpy.run_path('gunicorn.conf.py')['workers'])\n"
    )
    v2 = {"/proc/self/cgroup": "0::/system.slice/shop.service\n"}
    v1 = {"/proc/self/cgroup": "3:cpu,cpuacct:/docker/abc\n2:memory:/docker/abc\n1:name=systemd:/\n0::/\n"}
    v1_quota = {"cpu.cfs_quota_us": "150000\n", "cpu.cfs_period_us": "100000\n"}
    cases = (
        ("no control group", {}, 4, 9),
        ("affinity", v2, 2, 5),
        ("many processors", v2, 32, 32),
        ("the service's own quota", {**v2, "/sys/fs/cgroup/system.slice/shop.service/cpu.max": "200000 100000\n"}, 8, 5),
        ("the quota of a group above", {**v2, "/sys/fs/cgroup/system.slice/cpu.max": "50000 100000\n"}, 8, 3),
        ("a container's quota", {**v2, "/sys/fs/cgroup/cpu.max": "300000 100000\n"}, 8, 7),
        ("no quota", {**v2, "/sys/fs/cgroup/cpu.max": "max 100000\n"}, 4, 9),
        ("version 1", {**v1, **{f"/sys/fs/cgroup/cpu,cpuacct/{name}": text for name, text in v1_quota.items()}}, 8, 3),
        ("version 1 without a quota", {**v1, "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1\n"}, 3, 7),
    )
    for what, files, allowed, wanted in cases:
        said = subprocess.run(
            [sys.executable, "-c", ask, repr(files), str(allowed)],
            cwd=project.start,
            env=environment(project.profile),
            capture_output=True,
            text=True,
        )
        found = said.stdout.strip()
        count.check(f"gunicorn: workers: {what}", found == str(wanted), f"{found} instead of {wanted}\n{said.stderr}")


def installed(place, *packages):
    """A folder with packages for PYTHONPATH, before those of the tests."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    subprocess.run([*pip, "--target", str(place), *packages], stdin=subprocess.DEVNULL, check=True)
    return str(place)


def other_version(count, version, folder):
    """Older Gunicorns take the same file."""
    place = installed(folder / f"gunicorn-{version}-installed", f"gunicorn=={version}")
    project = rendering.render(rendering.profile("plain"), folder / f"old-{version}", "--server", "gunicorn", "--port", str(free_port()))
    command = [sys.executable, "-m", "gunicorn"]
    with Server(command, project, variables={"PYTHONPATH": place, "WEB_CONCURRENCY": "1"}) as server:
        pages(count, f"gunicorn {version}", server)
        count.check(f"gunicorn {version}: is the one that ran", f"gunicorn {version}" in server.said(), server.said())


def signals(count, folder):
    """SIGTERM lets requests finish; SIGHUP brings new code in, and loses nothing."""
    project = rendering.render(rendering.profile("plain"), folder / "signals", "--server", "waitress")
    with handed_socket(folder / "signals.sock") as handed, Server(starts("waitress"), project, handed) as server:
        server.get("/")
        source = project.start / "app.py"
        source.write_text(source.read_text().replace('"plain\\n"', '"changed\\n"'))
        answers = []
        slow = threading.Thread(target=lambda: answers.append(server.get("/slow?seconds=1")))
        slow.start()
        time.sleep(0.3)
        server.process.send_signal(signal.SIGHUP)
        # Two in a row, the second while the first is at work.
        time.sleep(0.2)
        server.process.send_signal(signal.SIGHUP)
        changed = server.get("/")
        slow.join()
        count.check("waitress: SIGHUP lets a request finish", answers == [(200, "done\n")], answers)
        count.check("waitress: SIGHUP brings the new code", changed == (200, "changed\n"), f"{changed}\n{server.said()}")
        for pause in (0.05, 0.1, 0.15, 0.2, 0.25, 0.3):
            server.process.send_signal(signal.SIGHUP)
            time.sleep(pause)
        count.check("waitress: outlives SIGHUP at any moment", server.get("/")[0] == 200, server.said())
        answers.clear()
        slow = threading.Thread(target=lambda: answers.append(server.get("/slow?seconds=1")))
        slow.start()
        time.sleep(0.3)
        server.process.terminate()
        slow.join()
        count.check("waitress: SIGTERM lets a request finish", answers == [(200, "done\n")], answers)
        ended = server.process.wait(timeout=SECONDS_TO_STOP)
        count.check("waitress: SIGTERM ends it with status 0", ended == 0, f"{ended}\n{server.said()}")


def tls(count, folder):
    """What the code's own server spoke, Gunicorn speaks too, with the same files; the watchdog as well."""
    code = "from flask import Flask\n\nfrom seen import seen\n\napp = Flask(__name__)\napp.register_blueprint(seen)\n"
    code += 'if __name__ == "__main__":\n    app.run(host="127.0.0.1", port=8443, ssl_context=("cert.pem", "tls.key"))\n'
    project = rendering.render(rendering.profile("plain"), folder / "tls", "--proxy", "none", beside={"app.py": code})
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=shop.example", "-keyout", "tls.key", "-out", "cert.pem"]
    subprocess.run(make, cwd=project.start, check=True, capture_output=True)
    listening = 'exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"'
    variables = {"WEB_CONCURRENCY": "1", "WATCHDOG_USEC": "6000000"}
    with socket.create_server(("127.0.0.1", 0)) as handed, Server(["sh", "-c", listening, *starts("gunicorn")], project, handed, variables) as server:
        trusts = ssl.create_default_context(cafile=project.start / "cert.pem")

        def page():
            with contextlib.suppress(OSError), socket.create_connection(handed.getsockname()) as plain:
                with trusts.wrap_socket(plain, server_hostname="shop.example") as connection:
                    connection.sendall(b"GET /seen HTTP/1.0\r\nHost: shop.example\r\n\r\n")
                    return connection.makefile().read()

        text = rendering.until(page, SECONDS) or ""
        count.check("gunicorn: TLS: serves with the files of the code", '"scheme":"https"' in text, text + server.said())
        time.sleep(4)
        count.check("gunicorn: TLS: the watchdog gets its answers", "gave the watchdog no answer" not in server.said(), server.said())
    readme = project.text("deploy/README.md")
    count.check("gunicorn: TLS: the instructions ask by HTTPS", "curl -sk -m 30" in readme and "https://127.0.0.1:8443/" in readme)
    for flags, said in ((("--server", "waitress"), "look: the code had its server speak HTTPS"), (("--server", "gunicorn"), "HTTPS with cert.pem")):
        again = rendering.render(rendering.profile("plain"), folder / f"tls-{flags[1]}", "--proxy", "none", *flags, beside={"app.py": code})
        count.check(f"{flags[1]}: TLS: the summary tells of it", said in again.said, again.said)


def own_file(count, server, manager, folder):
    """The file stays as it is, and the service checks, starts and serves without it."""
    name, text = OWN[server]
    what = f"{server}, {manager}: beside the project's own {name}"
    flags = ("--server", server, "--process-manager", manager)
    project = rendering.render(rendering.profile("plain"), folder / f"own-{server}-{manager}", *flags, beside={name: text})
    count.check(f"{what}: it stays, and that is said", project.text(name) == text and f"look: your own {name}" in project.said, project.said)
    settings = configparser.RawConfigParser(strict=False)
    if manager == "systemd":
        unit = project.text(f"deploy/systemd/{rendering.NAME}.service").replace("ExecReload=/bin/kill", "X=")
        settings.read_string(unit)
        commands = [settings["Service"].get(key) for key in ("ExecStart", "ExecStartPre", "ExecReload")]
    else:
        settings.read_string(project.text(f"deploy/supervisor/{rendering.NAME}.conf"))
        readme = project.text("deploy/README.md")
        check = re.search(r"^sudo runuser -u \S+ -- (sh -c .*?) && sudo supervisorctl", readme, re.M)[1]
        commands = [settings[settings.sections()[0]]["command"], check.replace(f". '/etc/{rendering.NAME}/{rendering.NAME}.env'; cd '/srv/{rendering.NAME}/app'", ":")]
    start, *checks = [shlex.split(command.replace(f"/srv/{rendering.NAME}/venv/bin", str(BIN))) for command in commands if command]
    for check in checks:
        done = subprocess.run(check, cwd=project.start, env=environment(project.profile), stdin=subprocess.DEVNULL, capture_output=True, text=True)
        count.check(f"{what}: {' '.join(check[-2:])}", done.returncode == 0, done.stderr)
    if manager == "systemd":
        start = ["sh", "-c", 'exec 3<&0 </dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@"', *start]
    with handed_socket(folder / "own.sock") as handed, Server(start, project, handed) as running:
        pages(count, what, running)


def ipv6(count, folder):
    profile = rendering.profile("plain")
    port = free_port()
    flags = ("--proxy", "none", "--host", "::1", "--port", str(port))
    for kind in ("gunicorn", "waitress"):
        project = rendering.render(profile, folder / f"{kind}-ipv6", "--server", kind, *flags)
        # The code reads the port from PORT.
        with Server(starts(kind), project, variables={"PORT": str(port)}, host="::1") as server:
            status, body = server.get("/seen", FORGED, address=("::1", port))
            seen = json.loads(body)
            right = status == 200 and seen["address"] == "::1" and seen["scheme"] == "http"
            count.check(f"{kind}: IPv6, and nobody is believed", right, body)


if __name__ == "__main__":
    main()
