#!/usr/bin/env python3
"""Run every proof written in Python and count: the last line reads `N passed, N failed`."""

import pathlib
import re
import subprocess
import sys

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

# These build machines and put load on servers, which takes many minutes: asked for by `--deployments`.
DEPLOYMENTS = (
    ("Gunicorn and Waitress serve with what was rendered", ["deploy/servers.py"]),
    ("nginx and Apache serve with what was rendered", ["deploy/proxies.py"]),
    ("what watches over a deployment is taken and adds up", ["deploy/watching.py"]),
    ("an app to start from, variables, updates, instructions", ["deploy/starting.py"]),
    ("systemd takes the units, and they are walled in", ["deploy/units.py"]),
    ("the Windows service is well formed", ["deploy/windows.py"]),
    ("a deployment on a machine with systemd holds", ["deploy/booted.py"]),
)


def main():
    passed = failed = 0
    wanted = PROOFS + (DEPLOYMENTS if "--deployments" in sys.argv[1:] else ())
    for title, command in wanted:
        print(f"\n== {title}", flush=True)
        process = subprocess.Popen(
            [sys.executable, str(HERE / command[0]), *command[1:]],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        counted = None
        for line in process.stdout:
            print(line, end="", flush=True)
            counted = re.fullmatch(r"\w+: (\d+) passed, (\d+) failed", line.strip()) or counted
        if process.wait() not in (0, 1) or not counted:
            # A proof that breaks has proved nothing.
            print(f"FAIL  {command[0]} ended with status {process.returncode} and no count")
            failed += 1
            continue
        passed += int(counted[1])
        failed += int(counted[2])
    print(f"\n{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
