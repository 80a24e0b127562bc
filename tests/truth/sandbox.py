"""Run a command without a network and with one writable folder.

    python sandbox.py --writable FOLDER [--writable FOLDER] -- COMMAND...

The command gets network, process and mount namespaces of its own: the loopback device is its only
network, so that a port an app has hard-coded is always free, and everything outside the writable
folders is read-only. Linux only; `available()` says whether this machine allows it.
"""

import argparse
import fcntl
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys

# From linux/sockios.h and linux/if.h.
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1

# What stays as it is: the kernel's own file systems, where a read-only remount breaks ordinary programs.
KERNEL_FILE_SYSTEMS = {"proc", "sysfs", "devpts", "devtmpfs", "mqueue", "cgroup", "cgroup2"}


def wrap(command, writable):
    """The command line that runs `command` in a sandbox."""
    folders = [part for folder in writable for part in ("--writable", os.path.abspath(folder))]
    namespaces = ["unshare", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child"]
    return [*namespaces, sys.executable, os.path.abspath(__file__), *folders, "--", *command]


def available():
    """Whether this machine lets us make the namespaces."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        tried = subprocess.run(wrap(["true"], []), stdin=subprocess.DEVNULL, capture_output=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


def bring_loopback_up():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
        fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))


def make_read_only(writable):
    for folder in writable:
        # A mount of its own keeps the folder writable when the mount it lies in turns read-only.
        subprocess.run(["mount", "--bind", folder, folder], check=True)
    keep = {os.path.realpath(folder) for folder in writable}
    for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines():
        left, right = line.split(" - ", 1)
        point = re.sub(r"\\([0-7]{3})", lambda escaped: chr(int(escaped[1], 8)), left.split()[4])
        if right.split()[0] in KERNEL_FILE_SYSTEMS or point in keep or point.startswith(("/proc", "/sys", "/dev")):
            continue
        done = subprocess.run(["mount", "-o", "remount,bind,ro", point], capture_output=True, text=True)
        if done.returncode != 0 and os.access(point, os.W_OK):
            sys.exit(f"sandbox: `{point}` stays writable: {done.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writable", action="append", default=[])
    parser.add_argument("command", nargs="+")
    given = parser.parse_args()
    bring_loopback_up()
    make_read_only(given.writable)
    # Entered again, because the folder we stand in was opened before it became a mount of its own.
    os.chdir(os.getcwd())
    os.execvp(given.command[0], given.command)


if __name__ == "__main__":
    main()
