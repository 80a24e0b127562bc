"""A rendered site that runs: the real nginx or Apache of a Debian, installed with the commands of the
rendered instructions, in front of the rendered Gunicorn or Waitress.

Everything is in a network of its own that has the loopback addresses only.
"""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time

import rendering

BIN = pathlib.Path(sys.executable).parent
DOMAIN = "shop.example.com"
SECONDS = 20
TITLES = {"nginx": "nginx", "apache": "Apache"}

# Stand for what needs a network or a booted system: a package must be there already, and services are
# started by the test.
APT_GET = """#!/bin/sh
shift
for package; do dpkg -s "$package" >/dev/null || exit 1; done
"""
SYSTEMCTL = "#!/bin/sh\n"


def alone():
    """Runs the program again in a network of its own."""
    if os.environ.get("FLASKSHIP_ALONE"):
        return
    again = 'ip link set lo up && exec "$@"'
    command = ["unshare", "--net", "sh", "-c", again, "sh", sys.executable, *sys.argv]
    os.execvpe(command[0], command, {**os.environ, "FLASKSHIP_ALONE": "1"})


def commands(readme, title):
    """The blocks of commands in a section of the instructions."""
    section = re.search(rf"^## {re.escape(title)}$(.*?)(?=^## |\Z)", readme, re.M | re.S)
    if not section:
        raise LookupError(f"the instructions have no section `{title}`")
    return re.findall(r"^```sh\n(.*?)^```$", section[1], re.M | re.S)


def prepare(machine):
    """Lets the commands of the instructions run in a machine that has not booted."""
    for path, text in (("/usr/bin/apt-get", APT_GET), ("/usr/bin/systemctl", SYSTEMCTL)):
        file = machine.path(path)
        file.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(0o755)
    machine.path("/etc/hosts").write_text(f"127.0.0.1 localhost {socket.gethostname()}\n", encoding="utf-8")


def install(machine, project, proxy, tls=True):
    """Follows the instructions for the certificate and the proxy; what the commands said."""
    code = machine.path(f"/srv/{rendering.NAME}/app")
    shutil.rmtree(code, ignore_errors=True)
    shutil.copytree(project.root, code)
    readme = project.text("deploy/README.md")
    said = ""
    for title in (["A certificate to start with"] if tls else []) + [TITLES[proxy]]:
        done = machine.run("sh", "-ec", f"cd /srv/{rendering.NAME}/app\n{commands(readme, title)[0]}")
        said += done.stdout + done.stderr
        if done.returncode:
            raise RuntimeError(f"the commands of `{title}` failed:\n{said}")
    return said


class Site:
    """A site that serves while the `with` block runs."""

    def __init__(self, machine, folder, profile, server, proxy, *flags):
        self.machine, self.folder, self.profile = machine, pathlib.Path(folder), profile
        self.server, self.proxy, self.flags = server, proxy, flags
        self.log = self.folder.with_suffix(".log")

    def __enter__(self):
        self.stack = contextlib.ExitStack()
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_):
        self.stack.close()

    def start(self):
        flags = ["--server", self.server, "--proxy", self.proxy, "--domain", DOMAIN, "--target", self.machine.name]
        # Supervisor hands the socket over as descriptor 0, which needs no systemd.
        flags += ["--process-manager", "supervisor", *self.flags]
        self.project = rendering.render(self.profile, self.folder, *flags)
        prepare(self.machine)
        self.said = install(self.machine, self.project, self.proxy)
        # Hosts with ports, where there are some; else the socket that the site names.
        self.listeners = {}
        self.hosts = {port: self.start_host(port) for port in self.ports()}
        if not self.hosts:
            self.listener = self.listen(self.socket_path())
            self.app = self.start_app(self.listener)
        self.start_proxy()
        self.wait()

    def conf(self):
        return self.project.text(f"deploy/{self.proxy}/{rendering.NAME}.conf")

    def ports(self):
        """The ports of the hosts that the profile names."""
        return [int(flag.rpartition(":")[2]) for flag in self.profile.flags if flag.startswith("127.0.0.1:")]

    def socket_path(self):
        return self.machine.path(re.search(r"unix:(/\S+?\.sock)", self.conf())[1])

    def listen(self, path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        listener = self.stack.enter_context(socket.socket(socket.AF_UNIX))
        listener.bind(str(path))
        os.chmod(path, 0o666)
        listener.listen(2048)
        return listener

    def start_host(self, port):
        """Starts one of several hosts, and waits until it answers. Its socket stays open in between, as the
        process manager keeps it."""
        if port not in self.listeners:
            self.listeners[port] = self.stack.enter_context(socket.create_server(("127.0.0.1", port), backlog=2048))
        app = self.start_app(self.listeners[port])
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
                connection.request("GET", "/healthz")
                if connection.getresponse().status == 200:
                    return app
            time.sleep(0.1)
        raise RuntimeError(f"no answer on port {port}:\n{self.log.read_text(errors='replace')[-2000:]}")

    def start_app(self, listener):
        command = [str(BIN / "gunicorn")] if self.server == "gunicorn" else [sys.executable, "serve.py"]
        out = self.stack.enter_context(open(self.log, "ab"))
        base = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": "/nonexistent", "PYTHONDONTWRITEBYTECODE": "1"}
        app = subprocess.Popen(
            command,
            cwd=self.project.start,
            env={**base, "WEB_CONCURRENCY": "2", **dict(self.profile.environment)},
            stdin=listener,
            stdout=out,
            stderr=out,
        )
        self.stack.callback(stop, app)
        return app

    def start_proxy(self):
        log = self.stack.enter_context(open(self.folder.with_suffix(".proxy.log"), "ab"))
        if self.proxy == "nginx":
            self.started = self.machine.start("nginx", "-g", "daemon off;", stdout=log, stderr=log)
        else:
            self.started = self.machine.start("apachectl", "-DFOREGROUND", stdout=log, stderr=log)
        self.stack.callback(self.stop_proxy)

    def stop_proxy(self):
        """`unshare`, which is what was started, passes no signal on."""
        with contextlib.suppress(OSError, IndexError):
            os.kill(self.main_process(), signal.SIGTERM)
        stop(self.started)

    def reload(self):
        """What `systemctl reload` does."""
        os.kill(self.main_process(), signal.SIGHUP if self.proxy == "nginx" else signal.SIGUSR1)
        time.sleep(1)

    def main_process(self):
        """The proxy's first process, seen from outside."""
        pid, name = self.started.pid, "nginx" if self.proxy == "nginx" else "apache2"
        while pathlib.Path(f"/proc/{pid}/comm").read_text().strip() != name:
            pid = int(pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()[0])
        return pid

    def wait(self):
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get("/healthz").status == 200:
                    return
            time.sleep(0.2)
        proxy = self.folder.with_suffix(".proxy.log").read_text(errors="replace")
        raise RuntimeError(f"no answer:\n{self.log.read_text(errors='replace')[-2000:]}\n{proxy}\n{self.errors()}")

    def errors(self, word=""):
        """The last lines of the proxy's logs of errors that hold a word."""
        logs = [log for name in ("nginx", "apache2") for log in self.machine.path(f"/var/log/{name}").glob("*error.log")]
        lines = [line for log in logs for line in log.read_text(errors="replace").splitlines() if word in line]
        return "\n".join(lines[-20:])

    def access_log(self):
        """The proxy's lines, read as JSON."""
        folder = "nginx" if self.proxy == "nginx" else "apache2"
        path = self.machine.path(f"/var/log/{folder}/{rendering.NAME}.access.log")
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]

    def app_log(self):
        """The app's lines that are JSON."""
        text = self.log.read_text(encoding="utf-8", errors="replace")
        return [json.loads(line) for line in text.splitlines() if line.startswith("{")]

    def connect(self, name=DOMAIN, source="127.0.0.1", port=443, protocols=("http/1.1",)):
        """A connection with TLS; the certificate is the one that the instructions made."""
        plain = socket.create_connection(("127.0.0.1", port), SECONDS, source_address=(source, 0))
        context = ssl.create_default_context(cafile=self.authority())
        context.set_alpn_protocols(list(protocols))
        try:
            return context.wrap_socket(plain, server_hostname=name)
        except BaseException:
            plain.close()
            raise

    def authority(self):
        """Who signed the certificate: itself, at first."""
        authority = self.machine.path("/etc/letsencrypt/live/authority.pem")
        return authority if authority.exists() else self.machine.path(f"/etc/ssl/{rendering.NAME}/fullchain.pem")

    def get(self, path, method="GET", headers=None, body=None, host=DOMAIN, source="127.0.0.1", chunked=False):
        """One request over TLS, and all of its answer."""
        connection = http.client.HTTPConnection(host, timeout=SECONDS)
        connection.sock = self.connect(source=source)
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
            answer = connection.getresponse()
            answer.text = answer.read().decode("utf-8", "replace")
            return answer
        finally:
            connection.close()

    def raw(self, text, tls=True, name=DOMAIN):
        """Bytes as they are, and the answer until the connection ends."""
        connection = self.connect(name) if tls else socket.create_connection(("127.0.0.1", 80), SECONDS)
        with connection:
            connection.settimeout(SECONDS)
            connection.sendall(text.encode("latin-1"))
            answer = b""
            with contextlib.suppress(OSError):
                while part := connection.recv(65536):
                    answer += part
        return answer.decode("latin-1")


def stop(process):
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
