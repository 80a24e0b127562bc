#!/usr/bin/env python3
"""The certificate of a public authority, by the rendered instructions: certbot on a machine that has booted asks
Pebble, the authority that Let's Encrypt tests with (RFC 8555), which asks the rendered site before it signs.
"""

import argparse
import json
import pathlib
import re
import tempfile

import machines
import rendering
from booted import commands, shell
from sites import DOMAIN, TITLES

ALIAS = f"www.{DOMAIN}"
LIVE = f"/etc/letsencrypt/live/{DOMAIN}"

PEBBLE = {
    "listenAddress": "127.0.0.1:14000",
    "managementListenAddress": "127.0.0.1:15000",
    "certificate": "/etc/pebble/cert.pem",
    "privateKey": "/etc/pebble/key.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "ocspResponderURL": "",
    "externalAccountBindingRequired": False,
}

# Asked anew for each certificate, with no waits and no nonces that are refused to try the client; certbot does not
# wait either, as it does for some minutes where nobody looks on. Who is on the machine trusts the authority.
START = """
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -noenc -days 9 -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout /etc/pebble/key.pem -out /etc/pebble/cert.pem
systemd-run --quiet --unit pebble --setenv PEBBLE_VA_NOSLEEP=1 --setenv PEBBLE_AUTHZREUSE=0 --setenv PEBBLE_WFE_NONCEREJECT=0 pebble -config /etc/pebble/config.json
curl -sk --retry 60 --retry-connrefused --retry-delay 1 -o /usr/local/share/ca-certificates/authority.crt https://localhost:15000/roots/0
update-ca-certificates
printf 'server = https://localhost:14000/dir\\nno-verify-ssl = true\\nno-random-sleep-on-renew = true\\n' >> /etc/letsencrypt/cli.ini
"""

# The serial number of what is served under a name.
SERIAL = "openssl s_client -connect 127.0.0.1:443 -servername {} </dev/null 2>/dev/null | openssl x509 -noout -serial"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("proxy", nargs="*", default=["nginx", "apache"])
    given = parser.parse_args()
    count = rendering.Count("authority")
    for proxy in given.proxy:
        with rendering.reported(count, f"{proxy}: the proof goes through"):
            prove(count, proxy)
    count.end()


def prove(count, proxy):
    with tempfile.TemporaryDirectory() as folder:
        flags = ("--proxy", proxy, "--domain", DOMAIN, "--domain", ALIAS, "--tls", "acme", "--email", "ops@example.com")
        base = ("--server", "gunicorn", "--target", "debian-13")
        project = rendering.render(rendering.profile("plain"), pathlib.Path(folder) / "project", *base, *flags)

        def prepare(machine):
            machine.put(project.root, f"/root/{rendering.NAME}")
            machine.put_wheels()
            config = machine.path("/etc/pebble/config.json")
            config.parent.mkdir(exist_ok=True)
            config.write_text(json.dumps({"pebble": PEBBLE}), encoding="utf-8")

        with machines.booted("debian-13", prepare) as machine:
            Certified(count, machine, proxy, project.text("deploy/README.md")).prove()


class Certified:
    """A site whose certificate is that of an authority."""

    def __init__(self, count, machine, proxy, readme):
        self.count, self.machine, self.proxy, self.readme = count, machine, proxy, readme

    def check(self, what, passed, why=""):
        return self.count.check(f"{self.proxy}: {what}", passed, why)

    def follow(self, title, block=0):
        """Runs a block of the instructions; what it said. Debian's packages are there, and the code is, too."""
        kept = [line for line in commands(self.readme, title)[block].splitlines() if not re.search(r"\bapt-get\b|\bsudoedit\b", line)]
        done = shell(self.machine, "\n".join(kept))
        self.check(f"README, {title}, block {block + 1}", done.returncode == 0, done.stdout + done.stderr)
        return done.stdout

    def get(self, name, *more):
        """What a client who trusts the authority gets of the page."""
        return self.machine.run("curl", "-sS", *more, f"https://{name}/")

    def serial(self, name=DOMAIN):
        return self.machine.run("sh", "-c", SERIAL.format(name)).stdout.strip()

    def prove(self):
        hosts = self.machine.run("sh", "-c", f"echo 127.0.0.1 {DOMAIN} {ALIAS} >> /etc/hosts")
        begun = shell(self.machine, START)
        self.check("there is an authority", hosts.returncode == 0 and begun.returncode == 0, begun.stdout + begun.stderr)
        for title, blocks in (("The machine", (0, 2, 3)), ("Variables and secrets", (0,)), ("The service", (0,)), ("A certificate to start with", (0,)), (TITLES[self.proxy], (0,))):
            for block in blocks:
                self.follow(title, block)
        own = self.get(DOMAIN)
        self.check("nobody trusts the certificate to start with", own.returncode == 60, own.stdout + own.stderr)
        first = self.serial()

        title = "The certificate of a public authority"
        self.follow(title)
        served = rendering.until(lambda: self.get(DOMAIN).stdout == "plain\n")
        self.check("the authority's certificate is served", served, self.get(DOMAIN).stderr)
        alias = self.get(ALIAS, "-L")
        self.check("and is for the other name, too", alias.returncode == 0 and "plain" in alias.stdout, alias.stdout + alias.stderr)
        second = self.serial()
        self.check("it is another than before", second and second != first, f"{first}\n{second}")
        said = self.follow(title, 1)
        self.check("the check shows the page, and that it will be renewed", " 200" in said and "certbot.timer" in said and "succeeded" in said, said)
        self.check("what the check asked for was not kept", self.serial() == second)

        due = self.machine.run("systemctl", "start", "certbot.service")
        self.check("the timer's own service goes through, with nothing to renew", due.returncode == 0 and self.serial() == second, due.stderr)
        # As it is a month before the end.
        self.machine.run("sed", "-i", "1i renew_before_expiry = 9000 days", f"/etc/letsencrypt/renewal/{DOMAIN}.conf")
        due = self.machine.run("systemctl", "start", "certbot.service", timeout=600)
        renewed = rendering.until(lambda: self.serial() not in ("", second))
        self.check("the timer's service renews, and the proxy serves what it got", due.returncode == 0 and renewed, f"{due.stderr}\n{self.machine.run('tail', '-n', '30', '/var/log/letsencrypt/letsencrypt.log').stdout}")
        self.check("the page is there as before", self.get(DOMAIN).stdout == "plain\n", self.get(DOMAIN).stderr)

        back = re.search(r"^\*\*Back:\*\*(.*)$", self.readme[self.readme.index(f"## {title}") :], re.M)[1]
        remove, delete = re.findall(r"`(sudo [^`]+)`", back)
        done = shell(self.machine, remove)
        self.follow("A certificate to start with")
        done2 = shell(self.machine, f"{delete} --non-interactive\nsystemctl reload {'nginx' if self.proxy == 'nginx' else 'apache2'}")
        gone = self.machine.run("test", "-e", LIVE).returncode
        self.check("what the instructions say leads back", done.returncode == 0 and done2.returncode == 0 and gone, done.stderr + done2.stderr)
        own = rendering.until(lambda: self.get(DOMAIN).returncode == 60)
        self.check("then nobody trusts it, as at the start", own, self.get(DOMAIN).stderr)


if __name__ == "__main__":
    main()
