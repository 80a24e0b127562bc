#!/usr/bin/env python3
"""New code gets where the app runs by the commands of deploy/README.md, all of it and each time, and
nothing that the app wrote there is lost by it."""

import pathlib
import re
import subprocess
import tempfile

import machines
import rendering

HEAD = "import os\nimport sqlite3\n\nfrom flask import Flask\n\napp = Flask(__name__)\nHERE = os.path.dirname(__file__)\n"
CODE = f"/srv/{rendering.NAME}/app"

# What an app writes, by name: its lines, the file it is written in, what lies beside it, and what it wrote
# since on the server.
CASES = {
    "a database beside the code": (
        'sqlite3.connect(os.path.join(HERE, "shop.db"))\n',
        "shop/__init__.py",
        {"shop/schema.sql": "", "shop/templates/index.html": ""},
        ["shop/shop.db", "shop/shop.db-wal"],
    ),
    "a file beside the code": ('open(os.path.join(HERE, "users.json"), "a")\n', "shop/__init__.py", {"shop/words.json": ""}, ["shop/users.json"]),
    "a picture among static files": ('open("static/plot.png", "wb")\n', "app.py", {"static/site.css": "", "static/logo.png": ""}, ["static/plot.png"]),
    "a database among others' files": ('sqlite3.connect("data/shop.db")\n', "app.py", {"data/seed.csv": ""}, ["data/shop.db"]),
    "a folder of uploads": ('app.config["UPLOAD_FOLDER"] = "uploads"\n', "app.py", {}, ["uploads/one.png"]),
    "a database in the project's folder": ('sqlite3.connect("shop.db")\n', "app.py", {"templates/index.html": ""}, ["shop.db"]),
    "a database of Flask-SQLAlchemy": ('app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite:///shop.db"\n', "app.py", {}, ["instance/shop.db"]),
}  # fmt: skip


def main():
    count = rendering.Count("bringing")
    with tempfile.TemporaryDirectory() as folder, machines.copy("debian-13") as machine:
        for number, (what, case) in enumerate(CASES.items()):
            with rendering.reported(count, what):
                bring(count, machine, what, pathlib.Path(folder) / str(number), *case)
    count.end()


def bring(count, machine, what, root, lines, path, beside, written):
    for name, text in {path: HEAD + lines, "requirements.txt": "flask\n", **beside}.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    command = [rendering.binary(), "new", str(root), "--yes", "--name", rendering.NAME]
    said = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if said.returncode:
        raise rendering.Refused(said.stderr)
    readme = (root / "deploy/README.md").read_text(encoding="utf-8")
    to_run = re.search(rf"^sudo rsync .*{CODE}/\"$", readme, re.M)[0]
    machine.run("rm", "-rf", f"/root/{rendering.NAME}", CODE)
    machine.path(CODE).mkdir(parents=True)

    # What was tried out at home has the same names.
    mine = [path, *beside, *written]
    for name in written:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("at home", encoding="utf-8")
    brought(machine, root, to_run)
    there = [name for name in mine if machine.path(f"{CODE}/{name}").exists()]
    count.check(f"{what}: all code arrives, and nothing else", there == [path, *beside], f"{there}\n{to_run}")

    for name in written:
        place = machine.path(f"{CODE}/{name}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text("on the server", encoding="utf-8")
    changed = HEAD + lines + "# later\n"
    (root / path).write_text(changed, encoding="utf-8")
    brought(machine, root, to_run)
    code = machine.path(f"{CODE}/{path}")
    count.check(f"{what}: later code arrives", code.exists() and code.read_text() == changed, to_run)
    lost = [name for name in written if machine.path(f"{CODE}/{name}").read_text() != "on the server"]
    count.check(f"{what}: what was written on the server stays", not lost, f"{lost}\n{to_run}")


def brought(machine, root, command):
    """Does what the instructions say, up to the folder that the app runs in."""
    machine.put(root, f"/root/{rendering.NAME}")
    done = machine.run("env", "HOME=/root", "bash", "-c", command)
    if done.returncode:
        raise RuntimeError(done.stderr)


if __name__ == "__main__":
    main()
