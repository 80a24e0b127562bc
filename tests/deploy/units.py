#!/usr/bin/env python3
"""The rendered units, read by the systemd of each machine: nothing unknown in them, and how much a
service is exposed. With `--reference FOLDER` beside that of units written by hand (`hello.service`,
`hello-waitress.service`)."""

import argparse
import pathlib
import re
import tempfile

import machines
import rendering

# What the best units written by hand reach with the same freedom: https://www.freedesktop.org/software/systemd/man/systemd-analyze.html
EXPOSURE = 1.1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", type=pathlib.Path)
    given = parser.parse_args()
    count = rendering.Count("units")
    with tempfile.TemporaryDirectory() as folder:
        for name in machines.SUITES:
            with machines.copy(name) as machine:
                machine.run("useradd", "--system", rendering.NAME)
                for server in ("gunicorn", "waitress"):
                    for profile in rendering.ALL:
                        if server == "waitress" and profile.websockets:
                            continue
                        place = pathlib.Path(folder) / f"{name}-{server}-{profile.name}"
                        project = rendering.render(profile, place, "--server", server, "--target", name)
                        judge(count, machine, name, server, profile, project)
                    if given.reference:
                        unit = "hello.service" if server == "gunicorn" else "hello-waitress.service"
                        machine.put(given.reference / unit, f"/etc/systemd/system/{unit}")
                        print(f"      reference, {name}, {server}: exposure {exposure(machine, unit)}")
    count.end()


def judge(count, machine, name, server, profile, project):
    units = [f"{rendering.NAME}.socket", f"{rendering.NAME}.service"]
    for unit in units:
        machine.put(project.root / "deploy/systemd" / unit, f"/etc/systemd/system/{unit}")
    # The programs that a unit names have to be there.
    for program in ("gunicorn", "python"):
        path = machine.path(f"/srv/{rendering.NAME}/venv/bin/{program}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n", encoding="utf-8")
        path.chmod(0o755)
    said = machine.run("systemd-analyze", "verify", *(f"/etc/systemd/system/{unit}" for unit in units))
    ours = [line for line in (said.stdout + said.stderr).splitlines() if rendering.NAME in line]
    count.check(f"{name}, {server}, {profile.name}: systemd-analyze verify", said.returncode == 0 and not ours, "\n".join(ours) or said.stderr)
    found = exposure(machine, units[1])
    if profile.name == "plain":
        print(f"      rendered, {name}, {server}: exposure {found}")
    count.check(f"{name}, {server}, {profile.name}: exposure at most {EXPOSURE}", found <= EXPOSURE, found)


def exposure(machine, unit):
    said = machine.run("systemd-analyze", "security", "--offline=true", "--no-pager", f"/etc/systemd/system/{unit}")
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said.stdout)
    if not found:
        raise LookupError(said.stdout + said.stderr)
    return float(found[1])


if __name__ == "__main__":
    main()
