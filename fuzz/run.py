#!/usr/bin/env python3
"""Fuzzes one target, from the kept corpus and the project's fixtures, for some seconds.

    fuzz/run.py python 3600

What was found new and covers more is added to the kept corpus, as small as it goes; a crash is left in
fuzz/artifacts/. Needs `cargo install cargo-fuzz` and a nightly toolchain.
"""

import hashlib
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
# The names of src/probes/fuzz.rs, in order: the first byte of an input for `syntax` is an index.
NAMES = [
    "Dockerfile", "docker-compose.yml", ".env", "app.service", "run.sh", "Procfile", "Makefile",
    "requirements.txt", "supervisord.conf", "setup.cfg", "package.json", "pyproject.toml", "Pipfile",
    "run.bat", "crontab", "ecosystem.config.js", "app.ipynb", ".vscode/launch.json",
    ".github/workflows/deploy.yml", "README.md",
]  # fmt: skip
# Which name a file of a fixture stands for, by the end of its own.
ENDS = {
    "Dockerfile": 0, ".yml": 1, ".yaml": 1, ".env": 2, ".flaskenv": 2, ".service": 3, ".sh": 4, "Procfile": 5,
    "Makefile": 6, ".txt": 7, ".conf": 8, ".ini": 9, ".cfg": 9, "launch.json": 17, ".json": 10, ".toml": 11,
    "Pipfile": 12, ".bat": 13, ".cmd": 13, ".ps1": 13, "crontab": 14, ".js": 15, ".ipynb": 16, ".md": 19,
}  # fmt: skip
LARGEST = 8 << 10


def seeds(target):
    """The inputs that the project's fixtures make."""
    fixtures = [path for path in sorted((ROOT / "tests").rglob("*")) if path.is_file() and path.stat().st_size < LARGEST]
    if target == "python":
        for path in fixtures:
            if path.suffix == ".py":
                yield path.read_bytes()
                if path.name != "settings.py" and (settings := path.with_name("config.py")).is_file():
                    yield path.read_bytes() + b"\0" + settings.read_bytes()
    elif target == "syntax":
        for path in fixtures:
            for end, index in ENDS.items():
                if path.name.endswith(end):
                    yield bytes([index]) + path.read_bytes()
                    break
    elif target == "settings":
        for path in fixtures:
            if path.suffix == ".toml":
                yield path.read_bytes()
    elif target == "merge":
        for path in sorted((ROOT / "templates").rglob("*.hbs")):
            base = path.read_bytes()[:2000]
            lines = base.splitlines(keepends=True)
            yours = b"".join(line for index, line in enumerate(lines) if index % 7) + b"mine\n"
            new = b"".join(line if index % 5 else line.upper() for index, line in enumerate(lines))
            yield b"\0".join([base, yours, new])
            yield b"\0".join([base, yours.replace(b"\n", b"\r\n"), new])
        yield b"a\nb\nc\0a\r\nx\r\nc\r\n\0a\nb\nd\n"
        yield b"<<<<<<< x\n1\n\0<<<<<<< x\n=======\n2\n\0<<<<<<< x\n3\n"
        yield b"a\n\0b\0c\n"


def main():
    target, seconds = sys.argv[1], sys.argv[2]
    kept, work = HERE / "corpus" / target, HERE / "target" / "corpus" / target
    kept.mkdir(parents=True, exist_ok=True)
    work.mkdir(parents=True, exist_ok=True)
    for data in [*seeds(target), *(path.read_bytes() for path in kept.iterdir())]:
        (work / hashlib.sha1(data).hexdigest()).write_bytes(data)
    # No sanitizer: the program has no unsafe code of its own, and what is looked for are broken promises.
    fuzz = ["cargo", "+nightly", "fuzz"]
    options = ["--fuzz-dir", str(HERE), "--sanitizer", "none", target, str(work)]
    limits = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=20", "-rss_limit_mb=3000"]
    found = subprocess.run([*fuzz, "run", *options, "--", *limits, "-print_final_stats=1"]).returncode
    subprocess.run([*fuzz, "cmin", *options], check=True)
    # The smallest of what covers the same is kept, and of that no more than is quick to run.
    for data in [path.read_bytes() for path in sorted(work.iterdir(), key=lambda path: path.stat().st_size)][:600]:
        (kept / hashlib.sha1(data).hexdigest()).write_bytes(data)
    return found


if __name__ == "__main__":
    shutil.which("cargo") or sys.exit("cargo is missing")
    sys.exit(main())
