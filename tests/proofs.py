#!/usr/bin/env python3
"""Run every proof written in Python and count: the last line reads `N passed, N failed`, and above it
stands once more what failed.

    proofs.py [--without-booting | --without-machines | --machines]
        not those that boot a machine and put it under load; none on machines of Debian and Ubuntu; only those
"""

import concurrent.futures
import itertools
import pathlib
import re
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

PROOFS = (
    ("the reports are SARIF", ["sarif_reports.py"]),
    ("debug mode is found, and nothing else", ["cases/check.py"]),
    ("debug mode is off for the server after the fix", ["recorder/recorder.py"]),
    (
        "what is written reads well",
        ["reading.py", "--below", str(HERE / "fixtures"), "--below", str(HERE / "apps")],
    ),
    ("apps answer the same after the move", ["truth/truth.py", "--all", str(HERE / "apps")]),
)

# These wait for servers more than they work, and need no machine but this one.
SERVERS = (
    ("Gunicorn and Waitress serve with what was rendered", ["deploy/servers.py"]),
    ("an app to start from, variables, updates, instructions", ["deploy/starting.py"]),
    ("the Windows service is well formed", ["deploy/windows.py"]),
)

# These boot machines and put them under load, which takes minutes and needs root on Linux.
BOOTED = (
    ("Gunicorn on a machine with systemd holds", ["deploy/booted.py", "gunicorn"]),
    ("Waitress on a machine with systemd holds", ["deploy/booted.py", "waitress"]),
    ("Gunicorn on an Ubuntu holds", ["deploy/booted.py", "systemd", "--server", "gunicorn", "--machine", "ubuntu-24.04"]),
    ("an authority signs for the rendered site", ["deploy/authority.py"]),
)
# These use the programs of Debian and Ubuntu machines, which needs root on Linux; the longest first.
MACHINES = (
    ("nginx serves with what was rendered", ["deploy/proxies.py", "nginx"]),
    ("Apache serves with what was rendered", ["deploy/proxies.py", "apache"]),
    ("no value breaks out of what was rendered", ["deploy/injection.py"]),
    ("what watches over a deployment is taken and adds up", ["deploy/watching.py"]),
    ("systemd takes the units, and they are walled in", ["deploy/units.py"]),
    ("new code arrives, and nothing that was written is lost", ["deploy/bringing.py"]),
)
# How many of these go on at once. They wait a good deal.
AT_ONCE = 3


def main():
    flags = sys.argv[1:]
    passed = failed = 0
    failures = []
    alone = "--machines" in flags
    for title, command in () if alone else PROOFS:
        print(f"\n== {title}", flush=True)
        lines = []
        counted = run(command, lambda line: (lines.append(line), print(line, end="", flush=True)))
        failures += said_to_fail(title, lines)
        passed, failed = passed + counted[0], failed + counted[1]
    machines = () if "--without-machines" in flags else MACHINES
    booted = BOOTED if machines and "--without-booting" not in flags else ()
    waiting = booted + machines + (() if alone else SERVERS)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        running = [(title, pool.submit(kept, command)) for title, command in waiting]
        for title, future in running:
            lines, counted, took = future.result()
            print(f"\n== {title} ({took:.0f} s)\n{''.join(lines)}", end="", flush=True)
            failures += said_to_fail(title, lines)
            passed, failed = passed + counted[0], failed + counted[1]
    print("", *failures, sep="\n", end="")
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


def said_to_fail(title, lines):
    """The lines that tell of a failure, each with the lines below that say why, a few of them."""
    failures = []
    for at, line in enumerate(lines):
        if line.startswith("FAIL"):
            why = itertools.takewhile(lambda more: more.startswith(" "), lines[at + 1 : at + 21])
            failures.append("".join((f"{title}:\n", line, *why)))
    return failures


def kept(command):
    """The lines that a proof printed, what it counted, and the seconds that it took."""
    lines, began = [], time.monotonic()
    counted = run(command, lines.append)
    return lines, counted, time.monotonic() - began


def run(command, tell):
    """Runs a proof and tells each line of it; how many passed and how many failed."""
    process = subprocess.Popen(
        [sys.executable, str(HERE / command[0]), *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    counted = None
    for line in process.stdout:
        tell(line)
        counted = re.fullmatch(r"\w+: (\d+) passed, (\d+) failed", line.strip()) or counted
    if process.wait() not in (0, 1) or not counted:
        # A proof that breaks has proved nothing.
        tell(f"FAIL  {command[0]} ended with status {process.returncode} and no count\n")
        return 0, 1
    return int(counted[1]), int(counted[2])


if __name__ == "__main__":
    main()
