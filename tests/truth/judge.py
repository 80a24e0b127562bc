"""What other tools say about a tree of Python files: does it compile, are its names defined, is it tidy."""

import pathlib
import subprocess
import sys
import warnings

# Folders that hold other people's code, or ours about the project.
SKIPPED = {".git", ".flaskship", ".venv", "venv", "env", "node_modules", "__pycache__", "site-packages"}


def python_files(root):
    """Every .py file below `root`, as relative paths."""
    found = []
    for path in sorted(pathlib.Path(root).rglob("*.py")):
        relative = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not SKIPPED.intersection(relative.parts):
            found.append(relative)
    return found


def compiling(root):
    """The files that Python can compile."""
    good = set()
    for relative in python_files(root):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile((pathlib.Path(root) / relative).read_bytes(), str(relative), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        good.add(relative)
    return good


def _tool(root, *arguments):
    files = [str(path) for path in sorted(compiling(root))]
    if not files:
        return []
    done = subprocess.run(
        [sys.executable, "-m", *arguments, *files], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return (done.stdout + done.stderr).splitlines()


def undefined_names(root):
    """`file: undefined name` for every name pyflakes cannot resolve, without line numbers: those may move."""
    found = set()
    for line in _tool(root, "pyflakes"):
        if "undefined name" in line or "referenced before assignment" in line:
            path, _, message = line.partition(":")
            found.add(f"{path}: {message.split(' ', 1)[1]}")
    return found


def untidy(root):
    """`file: tool` for every file black would format otherwise, and `file: code` for what ruff reports."""
    found = set()
    for line in _tool(root, "black", "--check", "--config", "/dev/null"):
        if line.startswith("would reformat "):
            found.add(f"{line.removeprefix('would reformat ')}: black")
    for line in _tool(root, "ruff", "check", "--isolated", "--no-cache", "--output-format", "concise"):
        parts = line.split(":", 3)
        if len(parts) == 4 and parts[1].isdigit():
            found.add(f"{parts[0]}: {parts[3].split()[0]}")
    return found


def compare(before, after):
    """What got worse from one tree to the other, in words; nothing when nothing did."""
    worse = []
    lost = compiling(before) - compiling(after)
    worse += [f"`{path}` no longer compiles" for path in sorted(lost) if (pathlib.Path(after) / path).exists()]
    broken = set(python_files(after)) - compiling(after) - set(python_files(before))
    worse += [f"the new file `{path}` does not compile" for path in sorted(broken)]
    worse += [f"pyflakes: {name}" for name in sorted(undefined_names(after) - undefined_names(before))]
    return worse


def untidier(before, after):
    """What black and ruff, on their defaults, find to change that they did not before."""
    return sorted(untidy(after) - untidy(before))
