#!/usr/bin/env python3
"""What a rendered site does against another one written by hand, measured in the same run: requests per
second, processor time, and how long others wait while slow clients hold 500 connections.

    figures.py REFERENCE    the folder of the other one: nginx/, app/
"""

import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

import machines
import proxies
import rendering
import sites

ROUNDS = 3
SECONDS = 4


def main():
    sites.alone()
    reference = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder, machines.copy("debian-13") as one, machines.copy("debian-13") as two:
        plain, fast = rendering.profile("plain"), ("--rate-limit", "1000000")
        pathlib.Path(folder, "hosts").write_text(f"127.0.0.1 localhost {sites.DOMAIN}\n", encoding="utf-8")
        found = {"ours": [], "reference": []}
        for turn in range(ROUNDS):
            with sites.Site(one, f"{folder}/ours-{turn}", plain, "gunicorn", "nginx", *fast) as site:
                found["ours"].append(measure(site, turn == 0, folder))
            with Reference(reference, two, f"{folder}/reference-{turn}", plain, "gunicorn", "nginx", *fast) as site:
                found["reference"].append(measure(site, turn == 0, folder))
    for name, rounds in found.items():
        for figure in rounds[0]:
            values = [values[figure] for values in rounds if figure in values]
            print(f"{name}: {figure}: {statistics.median(values):.4g} ({', '.join(f'{value:.4g}' for value in values)})")


class Reference(sites.Site):
    """The other one's nginx and settings of Gunicorn, for the same app at the same place."""

    def __init__(self, reference, *arguments):
        super().__init__(*arguments)
        self.reference = reference

    def start(self):
        self.clear()
        super().start()

    def clear(self):
        nginx = self.machine.path("/etc/nginx")
        for old in (*nginx.glob("sites-enabled/*"), *nginx.glob("conf.d/*")):
            old.unlink()

    def start_app(self, listener):
        settings = (self.reference / "app/gunicorn.conf.py").read_text()
        settings = settings.replace("hello:create_app()", "wsgi:app")
        # The rendered one's way to take a socket, and to tell the app of the proxy, is in neither's figures.
        rendered = self.project.text("gunicorn.conf.py")
        hooks = re.findall(r"^def (?:post_worker_init|on_starting)\(.*?(?=^def |\Z)", rendered, re.M | re.S)
        (self.project.start / "gunicorn.conf.py").write_text(settings + "\n\n" + "".join(hooks))
        return super().start_app(listener)

    def start_proxy(self):
        self.clear()
        nginx = self.machine.path("/etc/nginx")
        change = {
            "hello.example.com": sites.DOMAIN,
            "unix:/run/hello.sock": re.search(r"unix:/\S+?\.sock", self.conf())[0],
            "/etc/ssl/hello": f"/etc/ssl/{rendering.NAME}",
            "rate=20r/s": "rate=1000000r/s",
        }
        for source, target in (
            ("nginx.conf", "nginx.conf"),
            ("hello-http.conf", "conf.d/hello-http.conf"),
            ("hello.site.nginx126", "sites-enabled/hello"),
            ("snippets/hello-proxy.conf", "snippets/hello-proxy.conf"),
            ("snippets/hello-headers.conf", "snippets/hello-headers.conf"),
            ("snippets/hello-tls.conf.ossl35", "snippets/hello-tls.conf"),
        ):
            text = (self.reference / "nginx" / source).read_text()
            for old, new in change.items():
                text = text.replace(old, new)
            (nginx / target).write_text(text)
        super().start_proxy()


def processor(process):
    """Seconds of processor time that a process and all below it have used, those that ended included."""
    pids, used = [process.pid], 0
    while pids:
        pid = pids.pop()
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used += sum(map(int, fields[11:15]))
        pids += map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return used / os.sysconf("SC_CLK_TCK")


def measure(site, slow, folder):
    figures = {}
    for path, name in (("/", "a page"), ("/seen", "JSON")):
        before = processor(site.app), processor(site.started)
        said = subprocess.run(
            ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && exec "$@"', f"{folder}/hosts",
             "wrk", "-t1", "-c16", f"-d{SECONDS}", f"https://{sites.DOMAIN}{path}"],
            capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        figures[f"{name}: requests per second"] = float(re.search(r"Requests/sec:\s+([\d.]+)", said.stdout)[1])
        made = int(re.search(r"(\d+) requests in", said.stdout)[1])
        # On a busy machine these say more than requests per second.
        for part, process, then in zip(("app", "proxy"), (site.app, site.started), before):
            figures[f"{name}: processor time of the {part}, ms per request"] = 1000 * (processor(process) - then) / made
        if "Non-2xx" in said.stdout:
            raise RuntimeError(said.stdout)
    if slow:
        for kind in ("headers", "body"):
            figures[f"slow {kind}: others wait, seconds"] = waits(site, kind)
    return figures


def waits(site, kind):
    """The longest that an ordinary request waits."""
    count = rendering.Count("slow")
    check = proxies.Checks(count, "slow", site)
    told = []
    check.check = lambda what, passed, why="": told.append(why)
    check.slow(kind)
    return max(told[0])


if __name__ == "__main__":
    main()
