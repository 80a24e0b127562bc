"""What other tools say about a tree of Python files: does it compile, are its names defined, is it tidy."""

import ast
import collections
import pathlib
import re
import subprocess
import sys
import warnings

# Folders that hold other people's code, or ours about the project.
SKIPPED = {".git", ".flaskship", ".venv", "venv", "env", "node_modules", "__pycache__", "site-packages"}

RUFF = ("ruff", "check", "--isolated", "--no-cache", "--output-format", "concise")


def python_files(root):
    """Every .py file below `root`, as relative paths."""
    found = []
    for path in sorted(pathlib.Path(root).rglob("*.py")):
        relative = path.relative_to(root)
        if path.is_file() and not path.is_symlink() and not SKIPPED.intersection(relative.parts):
            found.append(relative)
    return found


def compiling(root, files=None):
    """The files that Python can compile: of `files`, or of all."""
    good = set()
    for relative in python_files(root) if files is None else files:
        if relative.suffix != ".py" or not (pathlib.Path(root) / relative).is_file():
            continue
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                compile((pathlib.Path(root) / relative).read_bytes(), str(relative), "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        good.add(relative)
    return good


def _tool(root, files, *arguments):
    files = [str(path) for path in sorted(compiling(root, files))]
    if not files:
        return []
    done = subprocess.run(
        [sys.executable, "-m", *arguments, *files], cwd=root, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    return (done.stdout + done.stderr).splitlines()


def undefined_names(root):
    """`file: undefined name` for every name pyflakes cannot resolve, without line numbers: those may move."""
    found = set()
    for line in _tool(root, None, "pyflakes"):
        if "undefined name" in line or "referenced before assignment" in line:
            path, _, message = line.partition(":")
            found.add(f"{path}: {message.split(' ', 1)[1]}")
    return found


def untidy(root, files=None):
    """`file: tool` for every file black would format otherwise, and `file: code` for what ruff reports.

    Which imports are a project's own, ruff tells by the folder it runs in: that of the file, as Python does.
    """
    found = set()
    for folder in sorted({path.parent for path in compiling(root, files)}):
        here = [pathlib.Path(path.name) for path in compiling(root, files) if path.parent == folder]
        for line in _tool(pathlib.Path(root) / folder, here, *RUFF):
            parts = line.split(":", 3)
            if len(parts) == 4 and parts[1].isdigit():
                found.add(f"{folder / parts[0]}: {parts[3].split()[0]}")
    for line in _tool(root, files, "black", "--check", "--config", "/dev/null"):
        if line.startswith("would reformat "):
            found.add(f"{line.removeprefix('would reformat ')}: black")
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


def worse(before, after, touched):
    """What got worse in the files that a fix touched, and where others lean on them; in words."""
    found = []
    good = compiling(before, touched)
    for path in touched:
        is_new = not (pathlib.Path(before) / path).exists()
        if path.suffix == ".py" and (pathlib.Path(after) / path).exists() and (is_new or path in good):
            if not compiling(after, [path]):
                found.append(f"{'the new file ' if is_new else ''}`{path}` does not compile")
    said = (messages(after, touched) - messages(before, touched)).elements()
    for line in sorted(said):
        # Of an import for its effect, ruff is told by a comment; of a star import, it is told anyway.
        if "imported but unused" not in line or not ("wsgi.py: " in line or ".*'" in line):
            found.append(f"pyflakes: {line}")
    untidy_before = untidy(before, touched)
    # What moved keeps its style: where that was not black's, a new file has it too.
    styled = any(line.endswith(": black") for line in untidy_before)
    for line in sorted(untidy(after, touched) - untidy_before):
        if not (styled and line.endswith(": black")):
            found.append(f"untidy: {line}")
    found += dangling(before, after, touched)
    for path in touched:
        if path.name == "wsgi.py" and not (pathlib.Path(before) / path).exists():
            found += unfounded(before, after, path)
    return found


def messages(root, files):
    """What pyflakes says of files, counted, without line numbers: those may move."""
    said = collections.Counter()
    for line in _tool(root, files, "pyflakes"):
        path, _, message = line.partition(":")
        # Flake8 and ruff heed the comment, pyflakes alone does not.
        if "imported but unused" in message and is_excused(pathlib.Path(root) / path, int(message.split(":")[0])):
            continue
        message = re.sub(r"^\d+:(\d+:?)? ?", "", message)
        said[f"{path}: {re.sub(r'from line [0-9]+', 'from line N', message)}"] += 1
    return said


def is_excused(path, number):
    """Whether a line of a file carries `# noqa`."""
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return number <= len(lines) and "# noqa" in lines[number - 1]


def _parsed(path):
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError, OSError):
        return None


def bound(tree):
    """The names that running a module can bind; `*` where that cannot be told."""
    found = set()

    def visit(node):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                found.add(child.name)
                # A function can bind what it declares global.
                for inner in ast.walk(child):
                    if isinstance(inner, ast.Global):
                        found.update(inner.names)
                continue
            if isinstance(child, (ast.Import, ast.ImportFrom)):
                found.update((alias.asname or alias.name.split(".")[0]) for alias in child.names)
            elif isinstance(child, ast.Name) and not isinstance(child.ctx, ast.Load):
                found.add(child.id)
            elif isinstance(child, ast.ExceptHandler) and child.name:
                found.add(child.name)
            visit(child)

    visit(tree)
    return found


def dangling(before, after, touched):
    """Imports of names and modules that a fix took away."""
    lost = {}
    for path in touched:
        old = _parsed(pathlib.Path(before) / path) if path.suffix == ".py" else None
        if old is None or (pathlib.Path(before) / path).with_suffix("").is_dir():
            # The package of that name is what an import finds.
            continue
        new = _parsed(pathlib.Path(after) / path)
        gone = bound(old) - (bound(new) if new is not None else set())
        if gone or new is None:
            lost[path] = (path.parent.name if path.name == "__init__.py" else path.stem, gone, new is None)
    stems = {stem for stem, _, _ in lost.values()}
    found = []
    for path in python_files(after) if lost else []:
        text = (pathlib.Path(after) / path).read_text(encoding="utf-8", errors="replace")
        if not any(stem in text for stem in stems) or (tree := _parsed(pathlib.Path(after) / path)) is None:
            continue
        modules = {}
        for node in ast.walk(tree):
            taken = []
            if isinstance(node, ast.ImportFrom):
                name = node.module or ""
                taken.append((_meant(before, path, node.level, name), {alias.name for alias in node.names}))
                inner = ((alias, f"{name}.{alias.name}".strip(".")) for alias in node.names)
                for alias, dotted in inner:
                    meant = _meant(before, path, node.level, dotted)
                    modules[alias.asname or alias.name] = meant
                    taken.append((meant, set()))
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    meant = _meant(before, path, 0, alias.name)
                    modules[alias.asname or alias.name] = meant
                    taken.append((meant, set()))
            elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                taken.append((modules.get(node.value.id), {node.attr}))
            for meant, names in taken:
                if meant is None or meant not in lost or meant == path:
                    continue
                _, gone, is_gone = lost[meant]
                if is_gone or names & gone:
                    what = ", ".join(sorted(names & gone)) or "it"
                    found.append(f"`{path}` line {node.lineno} imports from `{meant}`, but {what} is gone")
    return found


def _meant(root, path, level, dotted):
    """The file of a tree that an import in `path` finds first, from its own folder upwards."""
    folder = path.parent
    for _ in range(1, level):
        folder = folder.parent
    inner = pathlib.PurePath(*dotted.split(".")) if dotted else pathlib.PurePath()
    for start in [folder] if level else [folder, *folder.parents]:
        for name in (start / inner / "__init__.py", (start / inner).with_suffix(".py") if dotted else None):
            if name and (pathlib.Path(root) / name).is_file():
                return pathlib.Path(name)
    return None


def unfounded(before, root, wsgi):
    """Imports of a `wsgi.py` that find no module of the project, or no such name in it, though they should."""
    found = []
    folder = pathlib.Path(root) / wsgi.parent
    everywhere = None
    for node in ast.walk(ast.parse((pathlib.Path(root) / wsgi).read_bytes())):
        if isinstance(node, ast.ImportFrom):
            wanted = [(node.module, alias.name) for alias in node.names]
        elif isinstance(node, ast.Import):
            wanted = [(alias.name, None) for alias in node.names]
        else:
            continue
        for module, name in wanted:
            place = folder.joinpath(*module.split("."))
            file = place / "__init__.py" if place.is_dir() else place.with_suffix(".py")
            if file.is_file():
                names = bound(tree) if (tree := _parsed(file)) is not None else {"*"}
                inner = (place / f"{name}.py").is_file() or (place / str(name)).is_dir()
                if name and not inner and "*" not in names and name not in names:
                    found.append(f"`{wsgi}` imports `{name}` from `{module}`, which binds no such name")
            elif not place.is_dir():
                # Outside the project: then another file imports it from there as well.
                if everywhere is None:
                    everywhere = _imported(before)
                if module.split(".")[0] not in everywhere:
                    found.append(f"`{wsgi}` imports `{module}`, which is not in the project and nowhere else imported")
    return found


def _imported(root):
    tops = set()
    for path in python_files(root):
        if (tree := _parsed(pathlib.Path(root) / path)) is None:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                tops.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                tops.add(node.module.split(".")[0])
    # What a `wsgi.py` needs that no script did.
    return tops | {"atexit", "importlib"}
