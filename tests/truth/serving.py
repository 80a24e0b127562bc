"""Start a server, ask it for pages, stop it."""

import http.client
import os
import pathlib
import pty
import signal
import socket
import subprocess
import sys
import time

# The headers an app decides about. Date, Server and Connection belong to the server; Content-Length
# follows from the body.
COMPARED = (
    "Allow",
    "Access-Control-Allow-Origin",
    "Cache-Control",
    "Content-Disposition",
    "Content-Security-Policy",
    "Content-Type",
    "ETag",
    "Location",
    "Strict-Transport-Security",
    "Vary",
    "WWW-Authenticate",
    "X-Frame-Options",
)

# Sent as `Host`, so that absolute URLs in answers do not differ by port.
HOST = "truth.test"
START_SECONDS = 30
ANSWER_SECONDS = 15


class NotServing(Exception):
    """The server ended, or never listened."""


def environment(work, extra=None, python=sys.executable):
    """What a server gets to see: nothing of ours but the interpreter and a home of its own."""
    home = pathlib.Path(work) / "home"
    home.mkdir(parents=True, exist_ok=True)
    return {
        "PATH": os.pathsep.join([os.path.dirname(python), os.environ.get("PATH", os.defpath)]),
        "HOME": str(home),
        "TMPDIR": str(home),
        "LANG": "C.UTF-8",
        # Sets print in one order.
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        **(extra or {}),
    }


def free_port():
    with socket.socket() as handle:
        handle.bind(("127.0.0.1", 0))
        return handle.getsockname()[1]


def reachable(host, port):
    try:
        with socket.create_connection((host, port), timeout=1):
            return True
    except OSError:
        return False


class Server:
    """A server that listens while the `with` block runs."""

    def __init__(self, command, folder, env, port, log, host="127.0.0.1", terminal=False):
        self.command, self.folder, self.env, self.port, self.log, self.host = command, folder, env, port, log, host
        # Some development servers refuse to start without a person at the keyboard.
        self.keyboard = pty.openpty() if terminal else ()

    def __enter__(self):
        if reachable(self.host, self.port):
            raise NotServing(f"port {self.port} is in use: stop what listens there and try again")
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=self.env,
                stdin=self.keyboard[1] if self.keyboard else subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        until = time.monotonic() + START_SECONDS
        while not reachable(self.host, self.port):
            if self.process.poll() is not None:
                self._refuse(f"`{' '.join(self.command)}` ended with status {self.process.returncode}")
            if time.monotonic() > until:
                self._refuse(f"`{' '.join(self.command)}` did not listen on port {self.port}")
            time.sleep(0.03)
        return self

    def _refuse(self, why):
        self.__exit__()
        raise NotServing(f"{why}; it said: {tail(self.log)}")

    def __exit__(self, *_):
        # The group, because a reloader and a master have children.
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(self.process.pid, number)
                self.process.wait(5)
            except ProcessLookupError:
                break
            except subprocess.TimeoutExpired:
                continue
        for end in self.keyboard:
            os.close(end)
        self.keyboard = ()
        # A reloader's child outlives its parent for a moment, and the next server wants the port.
        until = time.monotonic() + 5
        while reachable(self.host, self.port) and time.monotonic() < until:
            time.sleep(0.03)

    def is_alive(self):
        return self.process.poll() is None and reachable(self.host, self.port)

    def get(self, path):
        """The answer to one request: status, chosen headers, names of cookies, body."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=ANSWER_SECONDS)
        try:
            connection.request("GET", path, headers={"Host": HOST, "Accept": "*/*"})
            response = connection.getresponse()
            headers = {name: response.headers[name] for name in COMPARED if name in response.headers}
            cookies = sorted(value.split("=", 1)[0] for value in response.headers.get_all("Set-Cookie", []))
            return {"status": response.status, "headers": headers, "cookies": cookies, "body": response.read()}
        except (OSError, http.client.HTTPException) as error:
            return {"status": type(error).__name__, "headers": {}, "cookies": [], "body": b""}
        finally:
            connection.close()


def ask(start, paths):
    """The answers to some paths of the server that `start()` makes; a page may end it, and then the
    next is asked of another."""
    answers, left = {}, list(paths)
    while left:
        with start() as server:
            fresh = True
            while left:
                answer = server.get(left[0])
                died = not isinstance(answer["status"], int) and not server.is_alive()
                if died and not fresh:
                    break
                answers[left.pop(0)] = answer
                fresh = False
                if died:
                    break
    return answers


def tail(log, lines=4):
    said = pathlib.Path(log).read_text(errors="replace").strip().splitlines()
    return " / ".join(line.strip() for line in said[-lines:]) or "nothing"
