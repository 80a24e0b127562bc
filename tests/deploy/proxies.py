#!/usr/bin/env python3
"""The rendered sites of nginx and Apache, installed as the instructions say on the Debians they are for:
accepted by their programs, and serving what the app serves, whatever a client sends.

    proxies.py [WORD...]    only the parts whose name holds all the words: `proxies.py debian-13 apache`
"""

import collections
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import machines
import rendering
import sites

BIN = pathlib.Path(sys.executable).parent
HEADERS = {
    "content-security-policy": "base-uri 'self'; frame-ancestors 'self'; object-src 'self'",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "cross-origin-opener-policy": "same-origin-allow-popups",
    "strict-transport-security": "max-age=63072000",
}
FORGED = (
    {"X-Forwarded-For": "6.6.6.6", "X-Real-IP": "6.6.6.6", "X-Request-ID": "forged"},
    {"X-Forwarded-Proto": "http", "X-Forwarded-Protocol": "http", "X-Forwarded-Ssl": "off", "X-Forwarded-Port": "1"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Server": "evil.example"},
    {"Forwarded": "for=6.6.6.6;host=evil.example;proto=http", "Proxy": "http://evil.example"},
    {"X-Forwarded-Prefix": "/evil", "SCRIPT_NAME": "/evil", "Script-Name": "/evil", "PATH_INFO": "/evil"},
    {"X_Forwarded_For": "6.6.6.6", "Remote_User": "root", "REMOTE-ADDR": "6.6.6.6", "REMOTE_ADDR": "6.6.6.6"},
)


def main():
    sites.alone()
    count = rendering.Count("proxies")
    for name in machines.SUITES:
        if not any(wanted(f"{name}: {proxy}: accepted") for proxy in sites.TITLES):
            continue
        with tempfile.TemporaryDirectory() as folder, machines.copy(name) as machine:
            sites.prepare(machine)
            accepted(count, machine, pathlib.Path(folder))
    # Every kind of app through every pair on the newest Debian; the others have other programs, not other apps.
    for server, proxy, profiles in (
        ("gunicorn", "nginx", ("statics", "uploads", "websockets", "streaming", "proxied")),
        ("waitress", "nginx", ("statics", "uploads", "streaming", "proxied")),
        ("gunicorn", "apache", ("statics", "uploads", "websockets", "streaming", "proxied")),
        ("waitress", "apache", ("statics", "uploads", "streaming", "proxied")),
    ):
        serves(count, "debian-13", server, proxy, profiles)
    for proxy in ("nginx", "apache"):
        hosts(count, "debian-13", proxy)
        late(count, "debian-13", proxy)
    serves(count, "debian-12", "gunicorn", "nginx", ("statics", "websockets"))
    serves(count, "debian-12", "waitress", "apache", ("statics",))
    serves(count, "ubuntu-24.04", "waitress", "nginx", ("statics",))
    serves(count, "ubuntu-24.04", "gunicorn", "apache", ("statics", "websockets"))
    count.end()


def wanted(what):
    """Whether a part was asked for."""
    return all(word in what for word in sys.argv[1:])


def accepted(count, machine, folder):
    """nginx, Apache and gixy take what is rendered for every profile."""
    variants = [(profile, ()) for profile in rendering.ALL]
    plain = rendering.profile("plain")
    variants += [(plain, ("--tls-profile", "modern")), (plain, ("--tls", "off")), (plain, ("--tls", "self-signed"))]
    variants += [(plain, ("--metrics", "--domain", f"{sites.DOMAIN},www.{sites.DOMAIN}"))]
    variants += [(plain, ("--rate-limit", "1000000")), (plain, ("--rate-limit", "1"))]
    variants += [(plain, ("--home", "/srv/my shop é", "--static-dir", "a b", "--static-url", "/a(b)'c"))]
    for number, (profile, flags) in enumerate(variants):
        for proxy in sites.TITLES:
            if not wanted(f"{machine.name}: {proxy}: accepted"):
                continue
            what = f"{machine.name}: {proxy}: {' '.join((profile.name, *flags))}"
            given = () if "--domain" in flags else ("--domain", sites.DOMAIN)
            server = "gunicorn" if number % 2 == 0 or profile.websockets else "waitress"
            try:
                project = rendering.render(
                    profile, folder / f"{proxy}-{number}", "--proxy", proxy, "--target", machine.name,
                    "--server", server, *given, *flags, beside={"a b/site.css": ""},
                )  # fmt: skip
                sites.install(machine, project, proxy, tls="off" not in flags)
            except (rendering.Refused, RuntimeError) as error:
                count.check(f"{what}: installs", False, error)
                continue
            test = ("nginx", "-t") if proxy == "nginx" else ("apachectl", "configtest")
            tested = machine.run(*test)
            clean = tested.returncode == 0 and "warn" not in tested.stderr.lower()
            count.check(f"{what}: {' '.join(test)}", clean, tested.stderr)
            if proxy == "nginx":
                gixy(count, what, machine)


def gixy(count, what, machine):
    """No finding in the whole configuration of the machine's nginx."""
    dump = machine.run("nginx", "-T").stdout
    found = subprocess.run(
        [BIN / "gixy", "-f", "json", "-"], input=dump, capture_output=True, text=True, timeout=60
    )
    try:
        findings = json.loads(found.stdout)
    except ValueError:
        count.check(f"{what}: gixy", False, found.stdout + found.stderr)
        return
    count.check(f"{what}: gixy finds nothing", findings == [], json.dumps(findings, indent=1))


def serves(count, name, server, proxy, profiles):
    for number, profile in enumerate(profiles):
        what = f"{name}: {proxy}: {server}: {profile}"
        if not wanted(what):
            continue
        with rendering.reported(count, what), tempfile.TemporaryDirectory() as folder, machines.copy(name) as machine:
            # Both of Mozilla's profiles are judged.
            flags = ("--tls-profile", "modern") if server == "waitress" and number == 0 else ()
            with sites.Site(machine, f"{folder}/site", rendering.profile(profile), server, proxy, *flags) as site:
                check = Checks(count, what, site)
                check.pages()
                if number == 0:
                    check.all_of_the_proxy()
                for extra in (profile, *(("limits",) if number == 0 else ())):
                    getattr(check, extra, lambda: None)()


def late(count, name, proxy):
    """A request that takes too long ends with a page that says so."""
    what = f"{name}: {proxy}: late"
    if not wanted(what):
        return
    with rendering.reported(count, what), tempfile.TemporaryDirectory() as folder, machines.copy(name) as machine:
        with sites.Site(machine, f"{folder}/site", rendering.profile("plain"), "waitress", proxy, "--timeout", "1") as site:
            answer = site.get("/slow?seconds=9")
            status, text = (504, "That took too long") if proxy == "nginx" else (502, "took too long, or")
            count.check(what, answer.status == status and text in answer.text, f"{answer.status} {answer.text}")


def hosts(count, name, proxy):
    """Two hosts, one restarted after the other while requests come: none fails, and no POST is handled twice."""
    what = f"{name}: {proxy}: gunicorn: hosts"
    if not wanted(what):
        return
    many = ("--rate-limit", "100000")
    with rendering.reported(count, what), tempfile.TemporaryDirectory() as folder, machines.copy(name) as machine:
        with sites.Site(machine, f"{folder}/site", rendering.profile("hosts"), "gunicorn", proxy, *many) as site:
            Checks(count, what, site).pages()
            for kind, end in (("restarted", signal.SIGTERM), ("killed", signal.SIGKILL)):
                before = len(site.app_log())
                sent, failed = under_load(site, kind, lambda: disturb(site, end))  # noqa: B023
                time.sleep(0.5)
                # The proxy gives a request the same id each time it tries.
                posts = (line for line in site.app_log()[before:] if line["method"] == "POST")
                handled = collections.Counter(line["request_id"] for line in posts)
                twice = [request for request, times in handled.items() if times > 1]
                count.check(f"{what}: {kind}: no POST of {len(handled)} was handled twice", handled and not twice, twice)
                if kind == "restarted":
                    count.check(f"{what}: {kind}: 0 of {sent} requests failed", not failed, f"{len(failed)}: {failed[:20]}\n{site.errors('POST')}")
                else:
                    gets = [method for method, _ in failed if method == "GET"]
                    print(f"      {what}: {kind}: {len(failed)} of {sent} requests failed, {len(gets)} of them GET")


def disturb(site, end):
    """Ends each host, and starts it anew."""
    for port in list(site.hosts) * 2:
        app = site.hosts[port]
        if end == signal.SIGKILL:
            children = pathlib.Path(f"/proc/{app.pid}/task/{app.pid}/children").read_text().split()
            for pid in (app.pid, *map(int, children)):
                os.kill(pid, end)
            app.wait()
        else:
            sites.stop(app)
        site.hosts[port] = site.start_host(port)
        time.sleep(0.5)


def under_load(site, kind, disturb):
    """How many requests were sent while something happened, and which of them failed."""
    over, sent, failed = threading.Event(), [], []

    def client(number):
        for turn in itertools.count():
            if over.is_set():
                return
            method = "POST" if turn % 3 == 0 else "GET"
            try:
                body = b"x" if method == "POST" else None
                answer = site.get(f"/echo?id={kind}-{number}-{turn}" if body else "/healthz", method, body=body, source=f"127.0.2.{number + 1}")
                ended = answer.status
            except (OSError, http.client.HTTPException) as error:
                ended = repr(error)
            sent.append(turn)
            if ended != 200:
                failed.append((method, ended))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        clients = [pool.submit(client, number) for number in range(8)]
        try:
            disturb()
        finally:
            over.set()
    for ended in clients:
        ended.result()
    return len(sent), failed


class Checks:
    """What is asked of a site; each is told to `count`."""

    def __init__(self, count, what, site):
        self.count, self.what, self.site = count, what, site

    def check(self, what, passed, why=""):
        self.count.check(f"{self.what}: {what}", passed, why)

    def pages(self):
        site = self.site
        answer = site.get("/")
        self.check("serves over TLS", answer.status == 200 and site.profile.folder in answer.text, answer.text)
        seen = json.loads(site.get("/seen", source="127.0.0.7").text)
        truth = ("127.0.0.7", "https", f"https://{sites.DOMAIN}/seen")
        found = (seen["address"], seen["scheme"], seen["url"])
        self.check("the app sees its client and its own URL", found == truth, seen)
        keys = ("address", "scheme", "host", "url")
        for forged in FORGED:
            answer = site.get("/seen", headers=forged, source="127.0.0.7")
            again = json.loads(answer.text) if answer.status == 200 else {}
            same = [again.get(key) for key in keys] == [seen[key] for key in keys]
            environ = again.get("raw", {})
            clean = not environ.get("SCRIPT_NAME") and not environ.get("REMOTE_USER") and not environ.get("HTTP_FORWARDED")
            known = again.get("headers", {}).get("X-Request-Id") != "forged"
            refused = answer.status == 400
            self.check(f"forged {', '.join(forged)} change nothing", refused or (same and clean and known), answer.text)

    def all_of_the_proxy(self):
        site = self.site
        for options in ("--http1.1", "--http2"):
            asked = curl(options, "-o", "/dev/null", "-w", "%{http_code} %{http_version}", f"https://{sites.DOMAIN}/")
            expected = "200 2" if options == "--http2" else "200 1.1"
            self.check(f"curl {options}", asked == expected, asked)
        answer = site.raw(f"GET /a%20b%2Fc?d=%0d%0ae HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nConnection: close\r\n\r\n", tls=False)
        location = f"Location: https://{sites.DOMAIN}/a%20b%2Fc?d=%0d%0ae\r\n"
        self.check("HTTP is sent to HTTPS, method and URL kept", answer.startswith("HTTP/1.1 308") and location in answer, answer)
        question = site.machine.path("/var/www/acme/.well-known/acme-challenge/a-token")
        question.parent.mkdir(parents=True, exist_ok=True)
        question.write_text("answer", encoding="utf-8")
        answer = site.raw(f"GET /.well-known/acme-challenge/a-token HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nConnection: close\r\n\r\n", tls=False)
        self.check("the authority's question is answered over HTTP", answer.endswith("\r\n\r\nanswer"), answer)
        for path in ("/.git/config", "/.env", "/%2egit/config", "/assets/.env", "/metrics"):
            self.check(f"{path} is hidden", site.get(path).status == 404)
        self.unknown_names()
        self.malformed()
        self.headers()
        self.ids()
        self.tls()
        self.statics()
        self.down()

    def unknown_names(self):
        site = self.site
        answer = site.raw("GET /seen HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
        self.check("a foreign Host is refused", re.match(r"HTTP/1.1 4(21|00)", answer), answer)
        answer = site.raw("GET https://evil.example/seen HTTP/1.1\r\nHost: shop.example.com\r\nConnection: close\r\n\r\n")
        self.check("a foreign absolute URL is refused", re.match(r"HTTP/1.1 4(21|00)", answer), answer)
        answer = site.raw("GET /seen HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n", tls=False)
        self.check("a foreign Host is refused over HTTP", re.match(r"HTTP/1.1 4(21|00)", answer), answer)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        for name in ("evil.example", None):
            try:
                with socket.create_connection(("127.0.0.1", 443), 5) as plain, context.wrap_socket(plain, server_hostname=name) as secure:
                    secure.sendall(b"GET /seen HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n")
                    answer = secure.recv(4096).decode("latin-1")
            except (ssl.SSLError, OSError) as error:
                answer = repr(error)
            refused = re.match(r"HTTP/1.1 4(21|03)", answer) if site.proxy == "apache" else "UNRECOGNIZED_NAME" in answer
            self.check(f"SNI {name} is refused", refused, answer)

    def malformed(self):
        site = self.site
        for what, lines in (
            ("two Hosts", f"GET /seen HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nHost: evil.example\r\n"),
            ("both lengths", f"POST /echo HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
            ("two lengths", f"POST /echo HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nContent-Length: 5\r\nContent-Length: 6\r\n"),
            ("a space in a name", f"GET /seen HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nA b: c\r\n"),
        ):
            answer = site.raw(f"{lines}Connection: close\r\n\r\n0\r\n\r\n")
            # nginx passes over a header line that is none. Apache takes the chunks for the body, as RFC 9112
            # section 6.3 allows, and says to the app how long that is.
            apart = what == "a space in a name" or (what == "both lengths" and site.proxy == "apache")
            self.check(f"{what}: refused", re.match(r"HTTP/1.1 (400|411|200)" if apart else r"HTTP/1.1 400", answer), answer)
            if what == "both lengths" and answer.startswith("HTTP/1.1 200"):
                once = answer.count("HTTP/1.1 ") == 1 and '"size":0' in answer
                self.check(f"{what}: are read as one request, without a body", once, answer)

    def headers(self):
        answer = self.site.get("/")
        for name, value in HEADERS.items():
            self.check(f"{name} where the app set none", answer.headers.get_all(name) == [value], answer.headers)
        answer = self.site.get("/nothing-here")
        self.check("headers on errors too", answer.headers.get_all("x-frame-options") == ["SAMEORIGIN"], answer.headers)
        answer = self.site.get("/own-headers")
        own = {name: answer.headers.get_all(name) for name in ("Content-Security-Policy", "X-Frame-Options", "X-Request-ID")}
        right = own["Content-Security-Policy"] == ["default-src *"] and own["X-Frame-Options"] == ["DENY"]
        self.check("the app's own headers stay", right and len(own["X-Request-ID"]) == 1, answer.headers)
        self.check("no report-only policy beside the app's own", "Content-Security-Policy-Report-Only" not in answer.headers, answer.headers)

    def ids(self):
        site = self.site
        answer = site.get("/seen?secret=1", headers={"User-Agent": 'a "quote" \\ and \xe9', "Referer": 'http://x/"\\'})
        request = answer.headers["X-Request-ID"]
        told = json.loads(answer.text)["headers"].get("X-Request-Id")
        lines = rendering.until(lambda: [line for line in site.access_log() if line["id"] == request])
        apps = rendering.until(lambda: [line for line in site.app_log() if line["request_id"] == request])
        self.check("one id in the answer, in the app and in both logs", told == request and len(lines) == len(apps) == 1, (told, lines, apps))
        path = lines and lines[0]["path"]
        self.check("the proxy's log has no query", path == "/seen", lines)
        self.check("nor has the app's", apps and apps[0]["path"] == "/seen", apps)

    def tls(self):
        """As strong as Mozilla asks for, once an authority's certificate has taken the place of the first one."""
        site = self.site
        authority = authority_signs(site)
        linked = [line for line in sites.commands(site.project.text("deploy/README.md"), "The certificate of a public authority")[0].splitlines() if "ln -sf" in line]
        site.machine.run("sh", "-ec", "\n".join(linked))
        site.reload()
        target = f"{sites.DOMAIN}:443{{127.0.0.1}}"
        for name in ("modern",) if "modern" in site.flags else ("intermediate",):
            said = subprocess.run(
                [sys.executable, "-m", "sslyze", f"--mozilla_config={name}", f"--certinfo_ca_file={authority}", target],
                capture_output=True, text=True, timeout=120,
            )  # fmt: skip
            self.check(f"sslyze: Mozilla's {name} profile", "OK - Compliant" in said.stdout, "".join(re.findall(r"(?ms)^ \* Certificates.*?(?=^ \* )|COMPLIANCE.*", said.stdout))[-2500:] + said.stderr)

    def statics(self):
        site = self.site
        for path in ("/assets/site.css",):
            answer = site.get(path)
            time.sleep(0.1)
            asked = [line for line in site.app_log() if line["path"] == path]
            kind = answer.headers.get_content_type()
            served = answer.status == 200 and kind == "text/css" and not asked
            self.check("static files come from the proxy", served, (answer.status, asked, answer.headers))
            self.check("static files are asked for again", answer.headers["Cache-Control"] == "no-cache", answer.headers)
            again = site.get(path, headers={"If-Modified-Since": answer.headers["Last-Modified"]})
            self.check("static files that did not change are not sent again", again.status == 304)
        for path in ("/assets/../app.py", "/assets..%2fapp.py", "/assets../app.py", "/assets/%2e%2e/app.py"):
            answer = site.get(path)
            self.check(f"{path} leads nowhere", answer.status in (400, 404), answer.text)

    def uploads(self):
        site, limit = self.site, 1024 * 1024
        form = "multipart/form-data; boundary=b"
        head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'
        tail = b"\r\n--b--\r\n"
        # One less: of a body that ends at its limit Werkzeug cannot tell that it does.
        inside = limit - 1 - len(head) - len(tail)
        answer = site.get("/upload", "POST", {"Content-Type": form}, head + b"x" * inside + tail)
        self.check("an upload up to the limit", answer.status == 200 and json.loads(answer.text)["size"] == inside, answer.text)
        answer = site.get("/upload", "POST", {"Content-Type": form}, head + b"x" * (inside + 2) + tail)
        self.check("an upload over the limit: 413", answer.status == 413, answer.text)
        parts = iter([b"x" * 65536] * 17)
        answer = site.get("/echo", "POST", {"Transfer-Encoding": "chunked"}, parts, chunked=True)
        # Apache's proxy calls any body that it could not read a bad request.
        self.check("in chunks over the limit: refused", answer.status == (400 if site.proxy == "apache" else 413), answer.text)
        parts = iter([b"x" * 65536] * 15)
        answer = site.get("/echo", "POST", {"Transfer-Encoding": "chunked"}, parts, chunked=True)
        self.check("in chunks within the limit", answer.status == 200 and json.loads(answer.text)["size"] == 15 * 65536, answer.text)
        with tempfile.NamedTemporaryFile() as large:
            large.write(b"x" * (limit + 1))
            large.flush()
            asked = curl("--http2", "-T", large.name, "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", f"https://{sites.DOMAIN}/echo")
            # Apache may end the stream before its answer is read.
            refused = asked == "413" or (site.proxy == "apache" and asked == "000")
            self.check("over the limit with HTTP/2: 413", refused, asked)
            asked = curl("--http2", "-T", "-", "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", f"https://{sites.DOMAIN}/echo", input="x" * (limit + 1))
            self.check("over the limit with HTTP/2 and no length: refused", asked == "413" or (site.proxy == "apache" and asked in ("400", "000")), asked)
            reached = [line for line in site.app_log() if line["path"] == "/echo" and line["status"] == 200]
            self.check("nothing over the limit reached the app", len(reached) == 1, reached)
            asked = curl("--http2", "-T", "-", "-X", "POST", "-o", "/dev/null", "-w", "%{http_code}", f"https://{sites.DOMAIN}/echo", input="x" * (limit - 1))
            self.check("within the limit with HTTP/2 and no length", asked == "200", asked)
            asked = curl("--http2", "-d", "x" * 1000, "-o", "/dev/null", "-w", "%{http_code}", f"https://{sites.DOMAIN}/echo")
            self.check("within the limit with HTTP/2", asked == "200", asked)

    def websockets(self):
        import websocket

        connection = websocket.create_connection(f"wss://{sites.DOMAIN}/ws", socket=self.site.connect(), timeout=sites.SECONDS)
        for text in ("hello", "x" * 100_000):
            connection.send(text)
            self.check(f"an echo of {len(text)} characters", connection.recv() == text)
        connection.close()
        answer = self.site.get("/seen", headers={"Upgrade": "h2c", "Connection": "Upgrade, HTTP2-Settings", "HTTP2-Settings": "AAMAAABkAAQAAP__"})
        self.check("no other protocol is handed through", answer.status == 200, answer.status)

    def streaming(self):
        started = time.monotonic()
        with self.site.connect() as connection:
            connection.sendall(f"GET /events HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            times, text = [], b""
            while b"data: 4" not in text:
                part = connection.recv(4096)
                if not part:
                    break
                text += part
                if b"data: " in part:
                    times.append(time.monotonic() - started)
        # The app sends one each half second.
        self.check("events come when they are sent", len(times) >= 4 and times[-1] - times[0] > 1, (times, text))

    def limits(self):
        """Last, because it leaves the client short of requests."""
        site = self.site
        # Apache counts over ten seconds, and on Debian 12 not at all.
        counts = site.proxy == "nginx" or site.machine.name != "debian-12"
        codes = collections.Counter()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            while counts and codes[429] <= 50 and codes.total() < 3000:
                codes.update(pool.map(lambda _: site.get("/seen", source="127.0.0.9").status, range(100)))
        self.check("a burst is limited", codes[200] + codes[429] == codes.total() and (codes[429] > 50 or not counts), codes)
        self.check("others are not", site.get("/seen", source="127.0.0.10").status == 200)
        for kind in ("headers", "body"):
            self.slow(kind)

    def slow(self, kind):
        """500 connections that send a byte now and then; others do not notice."""
        site = self.site
        start = f"GET /?a HTTP/1.1\r\nHost: {sites.DOMAIN}\r\n" if kind == "headers" else (
            f"POST /echo HTTP/1.1\r\nHost: {sites.DOMAIN}\r\nContent-Length: 100000\r\n\r\n"
        )
        held = []
        try:
            for number in range(500):
                connection = site.connect(source=f"127.0.1.{number % 250 + 1}")
                connection.sendall(start.encode())
                connection.setblocking(False)
                held.append(connection)
            took = []
            for _ in range(20):
                for connection in held:
                    with contextlib.suppress(OSError):
                        connection.send(b"X-A: b\r\n" if kind == "headers" else b"x")
                began = time.monotonic()
                answer = site.get("/healthz", source="127.0.0.11")
                took.append(time.monotonic() - began if answer.status == 200 else 99)
                time.sleep(0.1)
        finally:
            for connection in held:
                connection.close()
        # Those who had to wait for a slow one would wait until it is sent away.
        unnoticed = statistics.median(took) < 1 and max(took) < 8
        self.check(f"500 slow {kind}: others wait {max(took):.2f} s at most", unnoticed, took)

    def down(self):
        """Without the app there is a page that says so, and with it again it serves."""
        site = self.site
        sites.stop(site.app)
        site.listener.close()
        answer = site.get("/")
        self.check("a page while the app is down", answer.status in (502, 503) and "Back in a moment" in answer.text, answer.text)
        site.listener = site.listen(site.socket_path())
        site.app = site.start_app(site.listener)
        site.wait()
        self.check("back with the app", site.get("/").status == 200)


def authority_signs(site):
    """Puts a certificate of an authority of our own where certbot would; gives the authority's."""
    live = site.machine.path(f"/etc/letsencrypt/live/{sites.DOMAIN}")
    live.mkdir(parents=True)
    authority, key = live.parent / "authority.pem", live.parent / "authority.key"
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc")
    for command in (
        ("req", "-x509", *curve, "-days", "3650", "-subj", "/CN=Authority", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", key, "-out", authority),
        ("req", "-x509", *curve, "-days", "90", "-subj", f"/CN={sites.DOMAIN}", "-addext", f"subjectAltName=DNS:{sites.DOMAIN}",
         "-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=serverAuth",
         "-CA", authority, "-CAkey", key, "-keyout", live / "privkey.pem", "-out", live / "fullchain.pem"),
    ):  # fmt: skip
        subprocess.run(["openssl", *command], check=True, capture_output=True)
    return authority


def curl(*arguments, input=None):
    """What curl prints; the site's name leads to this machine."""
    done = subprocess.run(
        ["curl", "-sk", "--max-time", "30", "--resolve", f"{sites.DOMAIN}:443:127.0.0.1", *arguments],
        input=input, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    return done.stdout.strip()


if __name__ == "__main__":
    main()
