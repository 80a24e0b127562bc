#!/usr/bin/env python3
"""Is what `flaskship check --format sarif` prints SARIF 2.1.0? Asked of every app, case and fixture of the tests."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "truth"))

from truth import find_binary


def main():
    binary = find_binary(None)
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        unreadable = folder / "unreadable"
        unreadable.mkdir()
        (unreadable / "broken.py").write_bytes(b"import flask\ndebug = (\n")
        (unreadable / "bytes.py").write_bytes(b"import flask\n# \xff debug\n")
        projects = [unreadable, HERE / "sample", *sorted(HERE.glob("apps/*/")), *sorted(HERE.glob("cases/*/"))]
        projects += sorted(HERE.glob("fixtures/startup/**/in/"))
        for fixture in sorted(HERE.glob("fixtures/rules/*/*")):
            if fixture.is_file():
                # One file stands for the `app.py` of a project.
                project = folder / f"{fixture.parent.name}-{fixture.stem}"
                project.mkdir()
                shutil.copy(fixture, project / "app.py")
                projects.append(project)
            else:
                projects.append(fixture)
        reports = []
        for number, project in enumerate(projects):
            command = [str(binary), "check", "--format", "sarif", str(project)]
            env = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}
            done = subprocess.run(command, check=False, env=env, stdin=subprocess.DEVNULL, capture_output=True)
            report = folder / f"{number}-{project.name}.sarif"
            report.write_bytes(done.stdout or b"null")
            reports.append(report)
        command = [sys.executable, str(HERE / "sarif_schema.py"), *map(str, reports)]
        judged = subprocess.run(command, check=False, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        faults = [line.replace(temporary, "") for line in judged.stdout.splitlines()]
        wrong = {line.split(":", 1)[0] for line in faults}
    for line in faults:
        print(f"FAIL  {line}")
    if judged.returncode not in (0, 1) or (judged.returncode == 1) != bool(wrong):
        print(f"FAIL  the schema could not be asked: {judged.stderr.strip()}")
        wrong.add("schema")
    print(f"sarif: {len(reports) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
