#!/usr/bin/env python3
"""What watches over a deployment: figures that add up whatever happens to the workers, rules and
configuration that Prometheus takes, a dashboard of figures that there are, rotation that logrotate takes."""

import configparser
import contextlib
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

import machines
import rendering
import servers
import sites

BIN = pathlib.Path(sys.executable).parent
# What the exporters of Debian give, by their documentation.
EXPORTED = {"up", "nginx_up", "nginx_connections_active", "nginx_connections_waiting", "apache_up", "apache_workers"}
OF_PROMETHEUS = {"sum", "by", "le", "rate", "or", "histogram_quantile", "job", "status", "method", "__rate_interval"}


def main():
    sites.alone()
    count = rendering.Count("watching")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        names = {}
        for server in ("gunicorn", "waitress"):
            with rendering.reported(count, f"{server}: figures"):
                names[server] = figures(count, server, folder / server)
        for proxy in ("nginx", "apache", "none"):
            for profile in ("plain", "streaming"):
                with rendering.reported(count, f"{proxy}: {profile}: Prometheus"):
                    prometheus(count, proxy, profile, folder / f"{proxy}-{profile}", names["gunicorn"])
        with rendering.reported(count, "supervisor: figures"):
            supervised(count, folder / "supervised")
        for server in ("gunicorn", "waitress"):
            with rendering.reported(count, f"{server}: logrotate"):
                rotation(count, server, folder / f"rotated-{server}")
    count.end()


def page(port, path, seconds=20):
    """The text of a page of this machine, asked for again until there is one."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=seconds) as answer:
                return answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def counted(port):
    """How many requests the figures know of."""
    lines = page(port, "/metrics").splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("wsgi_requests_total{"))


def figures(count, server, folder):
    """Runs a server and counts; the names of the figures."""
    project = rendering.render(
        rendering.profile("plain"), folder, "--server", server, "--proxy", "none", "--metrics", "--process-manager", "none"
    )
    conf = project.text("gunicorn.conf.py" if server == "gunicorn" else "serve.py")
    port = int(re.search(r"(?:start_http_server\(|    port = )(\d+)", conf)[1])
    temporary = folder.with_name(f"{server}-tmp")
    temporary.mkdir()
    log = folder.with_suffix(".log")
    with open(log, "wb") as out:
        app = subprocess.Popen(
            [str(BIN / "gunicorn")] if server == "gunicorn" else [sys.executable, "serve.py"],
            cwd=project.start,
            env={"PATH": os.environ["PATH"], "WEB_CONCURRENCY": "3", "TMPDIR": str(temporary), "PORT": "8000"},
            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
        )  # fmt: skip
    try:
        page(8000, "/healthz")
        made = 1
        for what, disturb in (
            ("at first", lambda: None),
            ("after a reload", lambda: os.kill(app.pid, signal.SIGHUP)),
            ("after a second one", lambda: os.kill(app.pid, signal.SIGHUP)),
            ("after a worker was killed", lambda: os.kill(worker(app.pid), signal.SIGKILL)),
        ):
            if server == "waitress" and what != "at first":
                # There is one process, which begins to count anew.
                break
            disturb()
            time.sleep(2 if what != "at first" else 0)
            for _ in range(50):
                page(8000, "/healthz")
            made += 50
            # A request is counted once it is answered.
            rendering.until(lambda: counted(port) >= made)  # noqa: B023
            known = counted(port)
            count.check(f"{server}: all requests are counted {what}", known == made, f"{known} of {made}\n{log.read_text()[-1500:]}")
        with contextlib.suppress(OSError):
            urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:8000/", method="BREW"), timeout=5)
        rendering.until(lambda: 'method="other"' in page(port, "/metrics"))
        text = page(port, "/metrics")
        count.check(f"{server}: methods that anybody makes up are one figure", 'method="other"' in text and "BREW" not in text, text)
        if server == "gunicorn":
            files = list(temporary.glob("*-figures-*/*.db"))
            count.check("gunicorn: files of workers that are gone are used again", len(files) <= 2 * 2 * 3, files)
        with socket.socket() as outside:
            outside.settimeout(2)
            count.check(f"{server}: figures are for this machine only", outside.connect_ex(("127.0.0.2", port)) != 0)
    finally:
        sites.stop(app)
    left = list(temporary.iterdir())
    count.check(f"{server}: nothing is left behind", not left, left)
    return set(re.findall(r"^(\w+?)(?:\{| )", text, re.M))


def supervised(count, folder):
    """All processes that Supervisor starts on one socket live, and Prometheus is told of each one's figures."""
    flags = ("--server", "waitress", "--process-manager", "supervisor", "--metrics")
    project = rendering.render(rendering.profile("plain"), folder, *flags)
    count.check("supervisor: the summary tells the processes", "4 processes with 16 threads each" in project.said, project.said)
    settings = configparser.RawConfigParser()
    settings.read_string(project.text(f"deploy/supervisor/{rendering.NAME}.conf"))
    program = settings[settings.sections()[0]]
    ports = [int(port) for port in re.findall(r"127\.0\.0\.1:(91\d\d)", project.text("deploy/metrics/prometheus.yml").split("-nginx")[0])]
    log = folder.with_suffix(".log")
    with servers.handed_socket(folder) as handed, open(log, "wb") as out:
        apps = []
        for number in range(int(program["numprocs"])):
            variables = dict(re.findall(r'(\w+)="(.*?)"', program["environment"] % {"process_num": number}))
            env = {**variables, "PATH": os.environ["PATH"]}
            apps.append(subprocess.Popen([sys.executable, "serve.py"], cwd=project.start, env=env, stdin=handed, stdout=out, stderr=out))
        try:
            figures = [page(port, "/metrics") for port in ports]
            rendering.until(lambda: log.read_text().count("listening on") == len(apps))
            for _ in range(40):
                with socket.socket(socket.AF_UNIX) as client:
                    client.connect(handed.getsockname())
                    client.sendall(b"GET /healthz HTTP/1.0\r\n\r\n")
                    while client.recv(4096):
                        pass
            rendering.until(lambda: sum(map(counted, ports)) >= 40, 20)
            known = sum(map(counted, ports))
            count.check("supervisor: the figures of all processes add up", len(figures) == len(apps) and known == 40, f"{known} on {ports}\n{log.read_text()[-1500:]}")
            time.sleep(1)
            living = [app.poll() for app in apps]
            count.check("supervisor: no process ends for another's port", living == [None] * 4, f"{living}\n{log.read_text()[-1500:]}")
        finally:
            for app in apps:
                sites.stop(app)


def worker(master):
    return int(pathlib.Path(f"/proc/{master}/task/{master}/children").read_text().split()[0])


def prometheus(count, proxy, profile, folder, names):
    what = f"{proxy}: {profile}"
    project = rendering.render(
        rendering.profile(profile), folder, "--proxy", proxy, "--metrics", *(("--domain", sites.DOMAIN) if proxy != "none" else ())
    )
    watched = project.root / "deploy/metrics"
    alerts = watched / f"{rendering.NAME}-alerts.yml"
    checked = subprocess.run(["promtool", "check", "rules", alerts], capture_output=True, text=True)
    count.check(f"{what}: promtool check rules", checked.returncode == 0, checked.stdout + checked.stderr)
    config = watched / "prometheus.yml"
    # The rules are named where the instructions put them.
    config.write_text(config.read_text().replace("/etc/prometheus/", f"{watched}/"))
    checked = subprocess.run(["promtool", "check", "config", config], capture_output=True, text=True)
    count.check(f"{what}: promtool check config", checked.returncode == 0 and "1 rule files found" in checked.stdout, checked.stdout + checked.stderr)
    dashboard = json.loads((watched / f"{rendering.NAME}-dashboard.json").read_text())
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked += re.findall(r"expr: (?:>-\n)?((?:.|\n          )+)", alerts.read_text())
    words = {word for text in asked for word in re.findall(r"[a-z_]\w+", re.sub(r'"[^"]*"|\[[^\]]*\]', "", text))}
    unknown = words - names - EXPORTED - OF_PROMETHEUS
    count.check(f"{what}: dashboard and alerts ask for figures that there are", not unknown, f"{unknown} of {sorted(names)}")
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    ids = [panel["id"] for panel in dashboard["panels"]]
    count.check(f"{what}: every panel has its place", len(set(places)) == len(set(ids)) == len(ids), dashboard["panels"])


def rotation(count, server, folder):
    project = rendering.render(rendering.profile("plain"), folder, "--server", server, "--logs", "files", "--domain", sites.DOMAIN)
    rules = f"deploy/logrotate/{rendering.NAME}"
    with machines.copy("debian-13") as machine:
        machine.run("useradd", "--system", rendering.NAME)
        machine.put(project.root / rules, f"/etc/logrotate.d/{rendering.NAME}")
        logs = machine.path(f"/var/log/{rendering.NAME}")
        logs.mkdir()
        (logs / "access.log").write_text("a line\n")
        machine.run("chown", "-R", rendering.NAME, f"/var/log/{rendering.NAME}")
        tried = machine.run("logrotate", "-d", f"/etc/logrotate.d/{rendering.NAME}")
        count.check(f"{server}: logrotate takes its rules", tried.returncode == 0 and "error" not in tried.stderr, tried.stderr)
        done = machine.run("logrotate", "-f", f"/etc/logrotate.d/{rendering.NAME}")
        rotated = sorted(path.name for path in logs.iterdir())
        count.check(f"{server}: logrotate rotates", done.returncode == 0 and len(rotated) == 2, f"{done.stderr}\n{rotated}")


if __name__ == "__main__":
    main()
