"""The machines that deployments are for: Debian and Ubuntu as they come, with their own nginx, Apache, systemd
and Supervisor.

Each is made once with debootstrap, in a folder outside the checkout that is kept between runs. A test
gets a copy of its own, laid over it, which is gone when the test ends. Root on Linux is needed.

    with machines.copy("debian-13") as machine:
        machine.run("nginx", "-t")
    with machines.booted("debian-13") as machine:
        machine.run("systemctl", "is-system-running")
"""

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request


@dataclasses.dataclass(frozen=True)
class System:
    """What a machine is made from."""

    suite: str
    python: str
    mirror: str = "http://deb.debian.org/debian"
    components: str = "main"
    # What only it has, or can use: Debian 12's mod_qos cannot be loaded into its Apache.
    packages: tuple = ()
    # What depends on packages by other names than theirs, which debootstrap does not follow and apt-get does.
    by_apt: tuple = ()
    # The package with the keys that its packages are signed with, where Debian lacks them, and its SHA-256.
    keys: tuple = ()


UBUNTU = "http://archive.ubuntu.com/ubuntu"
SUITES = {
    "debian-12": System("bookworm", "3.11"),
    "debian-13": System("trixie", "3.13", packages=("libapache2-mod-qos",), by_apt=("certbot", "pebble")),
    "ubuntu-24.04": System(
        "noble",
        "3.12",
        UBUNTU,
        "main,universe",
        packages=("libapache2-mod-qos",),
        keys=(
            f"{UBUNTU}/pool/main/u/ubuntu-keyring/ubuntu-keyring_2023.11.28.1_all.deb",
            "36de43b15853ccae0028e9a767613770c704833f82586f28eb262f0311adb8a8",
        ),
    ),
}

PACKAGES = (
    "apache2",
    "ca-certificates",
    "curl",
    "dbus",
    "iproute2",
    "logrotate",
    "nginx",
    "openssl",
    "procps",
    "prometheus-apache-exporter",
    "prometheus-nginx-exporter",
    "python3",
    "python3-venv",
    "rsync",
    "sudo",
    "supervisor",
    "systemd",
    "systemd-sysv",
)

# What the apps and the servers need, at the versions of the tests.
REQUIREMENTS = pathlib.Path(__file__).resolve().parent.parent / "requirements.txt"
WHEELS = ("flask", "flask-sock", "gevent", "gunicorn", "waitress", "prometheus-client", "pip", "setuptools", "wheel")

BOOT_SECONDS = 60


class Missing(Exception):
    """A machine cannot be made here; why, and what to do."""


def cache():
    """The folder that machines are kept in."""
    home = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    folder = pathlib.Path(home) / "flaskship-tests"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def root(name):
    """The folder of a machine as it comes, made if need be."""
    made_from = hashlib.sha256(repr((name, PACKAGES, SUITES[name])).encode()).hexdigest()[:12]
    folder = cache() / f"{name}-{made_from}"
    with lock(name):
        if not folder.is_dir():
            make(name, folder)
    return folder


def make(name, folder):
    debootstrap = shutil.which("debootstrap", path=f"{os.environ['PATH']}:/usr/sbin")
    if not debootstrap or os.geteuid():
        raise Missing("install debootstrap and run the tests as root")
    print(f"making {name} in {folder}", file=sys.stderr, flush=True)
    for old in cache().glob(f"{name}-*"):
        shutil.rmtree(old)
    part = folder.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    system = SUITES[name]
    flags = ["--variant=minbase", f"--components={system.components}", f"--include={','.join((*PACKAGES, *system.packages))}"]
    if system.keys:
        flags.append(f"--keyring={keys(name)}")
    command = [debootstrap, *flags, system.suite, str(part), system.mirror]
    # A release that this debootstrap is too old to know is made as the others of its kind are.
    scripts = pathlib.Path("/usr/share/debootstrap/scripts")
    if not (scripts / system.suite).exists():
        command.append(str(scripts / ("gutsy" if name.startswith("ubuntu") else "sid")))
    with open(cache() / f"{name}.log", "wb") as log:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        if done.returncode == 0 and system.by_apt:
            add = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-q", "-y", "--no-install-recommends", *system.by_apt]
            done = subprocess.run([*Machine(name, part).enter(), *add], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    if done.returncode:
        raise Missing(f"{name} could not be made: read {log.name}")
    shutil.rmtree(part / "var/cache/apt/archives", ignore_errors=True)
    # The one that a test wants is started by it.
    for program in ("apache2", "nginx", "prometheus-apache-exporter", "prometheus-nginx-exporter", "supervisor"):
        (part / f"etc/systemd/system/multi-user.target.wants/{program}.service").unlink(missing_ok=True)
    part.rename(folder)


def keys(name):
    """The keyring that a machine's packages are checked with."""
    url, digest = SUITES[name].keys
    folder = cache() / f"{name}.keys"
    package = folder.with_suffix(".deb")
    with urllib.request.urlopen(url, timeout=60) as answer:
        package.write_bytes(answer.read())
    if hashlib.sha256(package.read_bytes()).hexdigest() != digest:
        raise Missing(f"{url} is not what it was")
    subprocess.run(["dpkg-deb", "-x", str(package), str(folder)], check=True)
    return folder / "usr/share/keyrings/ubuntu-archive-keyring.gpg"


def wheels(name):
    """A folder with the wheels of `WHEELS` for a machine's Python."""
    version = SUITES[name].python
    pins = REQUIREMENTS.read_text(encoding="utf-8")
    made_from = hashlib.sha256(repr((version, WHEELS, pins)).encode()).hexdigest()[:12]
    folder = cache() / f"wheels-{version}-{made_from}"
    with lock(f"wheels-{version}"):
        if not folder.is_dir():
            for old in cache().glob(f"wheels-{version}-*"):
                shutil.rmtree(old)
            part = folder.with_suffix(".part")
            shutil.rmtree(part, ignore_errors=True)
            names = {line.split("==")[0].lower(): line for line in pins.splitlines() if "==" in line}
            wanted = [names.get(wheel, wheel) for wheel in WHEELS]
            pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-input"]
            target = ["--dest", str(part), "--only-binary=:all:", "--python-version", version]
            subprocess.run([*pip, *target, *wanted], stdin=subprocess.DEVNULL, check=True)
            part.rename(folder)
    return folder


@contextlib.contextmanager
def lock(name):
    with open(cache() / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


class Machine:
    """A copy of a machine, in `folder`."""

    def __init__(self, name, folder):
        self.name, self.folder = name, pathlib.Path(folder)
        # The process whose namespaces commands run in, once it is booted.
        self.leader = None

    def enter(self):
        """The start of a command line that runs in the machine."""
        if self.leader:
            return ["nsenter", "-t", str(self.leader), "-a", "env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C.UTF-8"]
        mounts = "mount -t proc proc proc && mount --rbind /dev dev && exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \"$@\""
        return ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", f'cd "$0" && {mounts}', str(self.folder)]

    def run(self, *command, input=None, timeout=120):
        """Runs a command and gives what came of it."""
        given = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run([*self.enter(), *command], capture_output=True, text=True, timeout=timeout, **given)

    def start(self, *command, **options):
        """Starts a command and does not wait for it."""
        return subprocess.Popen([*self.enter(), *command], stdin=subprocess.DEVNULL, **options)

    def network(self):
        """The start of a command line of this machine's own programs in the network of the booted one."""
        return ["nsenter", "-t", str(self.leader), "-n"]

    def path(self, inside):
        """Where a file of the machine is, seen from outside; not below /run or /tmp of a booted one."""
        return self.folder / str(inside).lstrip("/")

    def put(self, source, inside):
        """Copies a file or a folder into the machine."""
        target = self.path(inside)
        target.parent.mkdir(parents=True, exist_ok=True)
        if pathlib.Path(source).is_dir():
            shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def put_wheels(self):
        """Lets pip in the machine install without a network."""
        self.put(wheels(self.name), "/opt/wheels")
        self.path("/etc/pip.conf").write_text("[global]\nno-index = true\nfind-links = /opt/wheels\n", encoding="utf-8")


@contextlib.contextmanager
def copy(name):
    """A copy of a machine, which does not run."""
    base = root(name)
    with tempfile.TemporaryDirectory(prefix="machine-", dir=cache()) as folder:
        upper, work, merged = (pathlib.Path(folder) / part for part in ("upper", "work", "merged"))
        for part in (upper, work, merged):
            part.mkdir()
        options = f"lowerdir={base},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, str(merged)], check=True)
        try:
            yield Machine(name, merged)
        finally:
            subprocess.run(["umount", "--lazy", str(merged)], check=True)


@contextlib.contextmanager
def booted(name, prepare=None):
    """A copy of a machine that has booted with systemd; `prepare(machine)` is called before it does."""
    with copy(name) as machine:
        if prepare:
            prepare(machine)
        label = f"flaskship-{os.getpid()}-{int(time.monotonic() * 1000)}"
        machine.path("/etc/hostname").write_text("machine\n", encoding="utf-8")
        machine.path("/etc/hosts").write_text("127.0.0.1 localhost\n::1 localhost\n127.0.1.1 machine\n", encoding="utf-8")
        groups = group(label)
        log = machine.folder.parent / "boot.log"
        command = ["systemd-nspawn", "-D", str(machine.folder), "-M", label, "--boot", "--register=no", "--keep-unit"]
        settings = ["--private-network", "--console=passive"]
        with open(log, "wb") as out:
            boot = subprocess.Popen(
                [*command, *settings],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"},
                # Two machines in one control group would see each other's processes.
                preexec_fn=lambda: [(folder / "cgroup.procs").write_text("0") for folder in groups],
            )
        try:
            machine.leader = leader(boot, log)
            wait_until_running(machine, log)
            yield machine
        finally:
            if machine.leader:
                # SIGRTMIN+4 asks systemd to power off.
                with contextlib.suppress(ProcessLookupError):
                    os.kill(machine.leader, signal.SIGRTMIN + 4)
            try:
                boot.wait(timeout=30)
            except subprocess.TimeoutExpired:
                boot.kill()
                boot.wait()
            for folder in groups:
                remove_group(folder)


def group(label):
    """Control groups for a machine, where this one has them."""
    made = []
    for parent in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        if os.path.exists(f"{parent}/cgroup.procs"):
            folder = pathlib.Path(parent) / label
            folder.mkdir()
            made.append(folder)
            break
    return made


def remove_group(folder):
    for path, _, _ in os.walk(folder, topdown=False):
        for _ in range(50):
            try:
                os.rmdir(path)
                break
            except OSError:
                time.sleep(0.1)


def leader(boot, log):
    """The first process of a machine, seen from outside."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline and boot.poll() is None:
        for child in pathlib.Path(f"/proc/{boot.pid}/task/{boot.pid}/children").read_text().split():
            # Another child goes before: the one that is process 1 in a namespace of its own is meant.
            with contextlib.suppress(OSError):
                numbers = re.search(r"^NSpid:(.*)$", pathlib.Path(f"/proc/{child}/status").read_text(), re.M)
                if numbers and numbers[1].split()[1:] == ["1"]:
                    return int(child)
        time.sleep(0.05)
    raise Missing(f"the machine did not start:\n{log.read_text(errors='replace')}")


def wait_until_running(machine, log):
    deadline = time.monotonic() + BOOT_SECONDS
    said = None
    while time.monotonic() < deadline:
        try:
            said = machine.run("systemctl", "is-system-running", timeout=20)
        except subprocess.TimeoutExpired:
            continue
        if said.stdout.strip() in ("running", "degraded"):
            return
        time.sleep(0.2)
    raise Missing(f"the machine did not boot: {said and said.stdout + said.stderr}\n{log.read_text(errors='replace')}")


if __name__ == "__main__":
    # Makes them all, so that the first test does not wait.
    for name in SUITES:
        print(root(name), wheels(name))
