#!/usr/bin/env python3
"""The rendered Windows service, as far as it can be judged without Windows: WinSW's definition is XML
with the elements that WinSW knows, the scripts parse as PowerShell, and the launcher imports the app."""

import pathlib
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import tree_sitter
import tree_sitter_powershell

import rendering

# https://github.com/winsw/winsw/blob/v2.12.0/doc/xmlConfigFile.md
ELEMENTS = {
    "id", "name", "description", "executable", "arguments", "workingdirectory", "env", "serviceaccount", "startmode",
    "delayedAutoStart", "onfailure", "resetfailure", "stoptimeout", "logpath", "log",
}


def main():
    count = rendering.Count("windows")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for profile in rendering.ALL:
            if profile.websockets or "--upstream" in profile.flags:
                continue
            project = rendering.render(profile, folder / profile.name, "--target", "windows", "--server", "waitress")
            judge(count, profile, project)
            said = [project.said.split("wrote:")[0], project.text("deploy/README.md")]
            foreign = [word for word in ("sudo", "/srv/", "systemd", f"user `{rendering.NAME}`") if word in "".join(said)]
            count.check(f"{profile.name}: nothing is said of other systems", not foreign, f"{foreign}\n{said[0]}")
    count.end()


def judge(count, profile, project):
    deploy = project.root / "deploy/windows"
    try:
        service = xml.etree.ElementTree.parse(deploy / f"{rendering.NAME}.xml").getroot()
    except xml.etree.ElementTree.ParseError as error:
        count.check(f"{profile.name}: the service is XML", False, error)
        return
    unknown = {child.tag for child in service} - ELEMENTS
    count.check(f"{profile.name}: WinSW knows each element", service.tag == "service" and not unknown, unknown)
    value = {child.tag: (child.text or "") for child in service}
    where = value["workingdirectory"].removeprefix("%BASE%\\..\\..").strip("/\\")
    right = value["id"] == rendering.NAME and where == profile.within and (project.root / where / value["arguments"]).is_file()
    count.check(f"{profile.name}: it starts the launcher where it is", right, value)
    graceful = next(line for line in (project.start / "serve.py").read_text(encoding="utf-8").splitlines() if line.startswith("GRACE"))
    seconds = int(graceful.split("=")[1].split("#")[0])
    count.check(f"{profile.name}: it waits longer than the launcher", int(value["stoptimeout"].split()[0]) > seconds, value)
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    if profile.name == "factory":
        installer = (deploy / "install.ps1").read_text(encoding="utf-8")
        count.check("factory: the installer makes the secret that the app reads", "'SECRET_KEY=' + (& $python" in installer, installer)
    for script in sorted(deploy.glob("*.ps1")):
        text = script.read_bytes()
        errors = [f"line {node.start_point[0] + 1}: {node.text[:60]}" for node in broken(parser.parse(text).root_node)]
        count.check(f"{profile.name}: {script.name} is PowerShell", not errors, "\n".join(errors))
        # Windows PowerShell 5.1 takes a file without a mark for the machine's own code page.
        count.check(f"{profile.name}: {script.name} is ASCII", text.isascii())
        # They throw on every answer from 400 on, and not the same in 5.1 and 7.
        throws = [word for word in ("Invoke-WebRequest '", "Invoke-WebRequest -", "Invoke-RestMethod") if word in text.decode()]
        count.check(f"{profile.name}: {script.name} takes any answer", not throws, throws)
    # SIGBREAK is Windows' own; the rest of the launcher runs here.
    stand_in = "import runpy, signal, sys; signal.SIGBREAK = signal.SIGUSR1; sys.argv = ['serve.py', '--check']; sys.path.insert(0, ''); runpy.run_path('serve.py', run_name='__main__')"
    checked = subprocess.run(
        [sys.executable, "-c", stand_in],
        cwd=project.start,
        env={"PATH": "/usr/bin", "PYTHONDONTWRITEBYTECODE": "1", **dict(profile.environment)},
        capture_output=True,
        text=True,
    )
    count.check(f"{profile.name}: the launcher imports the app", checked.returncode == 0, checked.stderr)


def broken(node):
    if node.type == "ERROR" or node.is_missing:
        yield node
    for child in node.children:
        yield from broken(child)


if __name__ == "__main__":
    main()
