"""Apps of many shapes, and what flaskship renders for them."""

import contextlib
import dataclasses
import os
import pathlib
import shutil
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
PROFILES = HERE / "profiles"

# What every rendered deployment is called.
NAME = "shop"


@dataclasses.dataclass(frozen=True)
class Profile:
    """An app, and what has to be said of it."""

    name: str
    # A folder of `profiles/`.
    folder: str
    # The folder that the app is started in, relative to the project.
    within: str = ""
    # Flags of `flaskship new` that belong to the profile.
    flags: tuple = ()
    # Variables of the environment that the app cannot do without.
    environment: tuple = ()
    websockets: bool = False
    proxy_fix: bool = False


ALL = (
    Profile("plain", "plain"),
    Profile("factory", "factory", environment=(("SECRET_KEY", "a%d$HOME 'key\""),)),
    Profile("statics", "statics", flags=("--static-url", "/assets", "--static-dir", "assets")),
    Profile("uploads", "uploads", flags=("--body-limit", "1m")),
    Profile("websockets", "websockets", flags=("--websockets",), websockets=True),
    Profile("streaming", "streaming", flags=("--streaming",)),
    Profile("threads", "threads", flags=("--single-process",)),
    Profile("proxied", "proxied", proxy_fix=True),
    Profile("nested", "nested", within="my site"),
    Profile("hosts", "plain", flags=("--upstream", "127.0.0.1:8001", "--upstream", "127.0.0.1:8002")),
)

# Those that only one test is about.
SOME = (
    Profile("writer", "writer"),
    Profile("socketio-threads", "socketio-threads", websockets=True),
    Profile("socketio-gevent", "socketio-gevent", websockets=True),
    Profile("socketio-eventlet", "socketio-eventlet", websockets=True),
)


class Refused(Exception):
    """flaskship rendered nothing; what it said."""


class Project:
    """A project with what was rendered for it."""

    def __init__(self, profile, root, said):
        self.profile, self.root, self.said = profile, root, said

    @property
    def start(self):
        """The folder the server is started in."""
        return self.root / self.profile.within

    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8")

    def target(self):
        """`module:name` of the app, as `gunicorn.conf.py` has it."""
        for line in (self.start / "gunicorn.conf.py").read_text(encoding="utf-8").splitlines():
            if line.startswith("wsgi_app"):
                return line.split('"')[1]
        raise LookupError("no wsgi_app")


def binary():
    """flaskship, as `FLASKSHIP` names it or as cargo builds it."""
    named = os.environ.get("FLASKSHIP")
    found = pathlib.Path(named) if named else HERE.parents[1] / "target/debug/flaskship"
    if not found.is_file():
        sys.exit(f"`{found}` does not exist: build it with `cargo build`, or name it in FLASKSHIP")
    return found


def profile(name):
    """The profile with this name."""
    return next(profile for profile in (*ALL, *SOME) if profile.name == name)


def lay(profile, folder):
    """A copy of the app in a folder that does not exist yet."""
    root = pathlib.Path(folder)
    shutil.copytree(PROFILES / profile.folder, root)
    shutil.copy(PROFILES / "seen.py", root / profile.within / "seen.py")
    return root


def render(profile, folder, *flags, beside=None):
    """Lays the app into `folder`, fixes it, and renders its deployment with further flags. `beside` are files
    that the project has besides, by name.

    Raises `Refused` where flaskship says no.
    """
    root = lay(profile, folder)
    for name, text in (beside or {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    arguments = ["--fix", "--allow-dirty", "--name", NAME, *profile.flags, *flags]
    said = subprocess.run(
        [binary(), "new", str(root), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(root.parent)},
    )
    if said.returncode:
        raise Refused(said.stderr.strip())
    return Project(profile, root, said.stderr)


class Count:
    """Counts what was shown, and prints it."""

    def __init__(self, title):
        self.title, self.passed, self.failed = title, 0, 0

    def check(self, what, passed, why=""):
        """Notes one result; `why` is shown where it failed."""
        if passed:
            self.passed += 1
            print(f"ok    {what}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL  {what}", flush=True)
            for line in str(why).strip().splitlines()[-30:]:
                print(f"      {line}", flush=True)
        return bool(passed)

    def end(self):
        """Prints the line that is counted, and ends the program."""
        print(f"{self.title}: {self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


@contextlib.contextmanager
def reported(count, what):
    """What breaks a check is a failure of it, and the others go on."""
    try:
        yield
    except Exception as error:  # noqa: BLE001
        count.check(what, False, f"{type(error).__name__}: {error}")


def until(ask, seconds=60):
    """What `ask` gives once that is something; what it gave last when the seconds, of which a busy machine may
    need many, are over."""
    deadline = time.monotonic() + seconds
    while not (found := ask()) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found
