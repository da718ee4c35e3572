"""wrap doctor against a world where all is well, and against the same world with one thing broken at a time."""
import base64
import datetime
import fcntl
import http.server
import json
import os
import pathlib
import shutil
import sqlite3
import ssl
import subprocess
import sys
import threading

import pytest

from conftest import ROOT, WRAP, Publication

sys.path.insert(0, str(ROOT / "tests" / "fake"))
import dns    # noqa: E402
import imap   # noqa: E402
import peers  # noqa: E402

SERVER = ROOT / "tests/fake/smtp_server.py"


class Web:
    """The pages as a web server in front of them would show them: answers[method, path] = (status, headers)."""

    def __init__(self, cert, key):
        self.answers, self.posts = {}, []
        web = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def reply(self, method):
                n = int(self.headers.get("Content-Length") or 0)
                if n:
                    web.posts.append(self.rfile.read(n))
                status, headers = web.answers.get((method, self.path), (404, {}))
                self.send_response(status)
                for k, v in headers.items():
                    self.send_header(k, v)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self):
                self.reply("GET")

            def do_POST(self):
                self.reply("POST")

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return [peers.certificate(tmp_path_factory.mktemp("ca" + name), name) for name in ("relay.localhost", "localhost", "www.localhost")]


def short_certificate(folder, days):
    """The relay's certificate again, from the same authority, but soon over."""
    subprocess.run(["openssl", "x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    "-out", f"short{days}.pem", "-days", str(days), "-extfile", "ext"], cwd=folder, check=True, capture_output=True)
    return folder / f"short{days}.pem"


class World:
    """A publication with all it needs, every part of which a test may break before `doctor`. Made once, then copied."""
    made = None  # folder and records of the first

    def __init__(self, folder, certificates):
        if World.made is not None:
            shutil.copytree(World.made[0], folder, dirs_exist_ok=True)
        self.pub = Publication(folder)
        self.pub.now = None  # certificates live by the machine's clock
        self.dir = pathlib.Path(folder)
        self.relay_cert, self.imap_cert, self.web_cert = certificates
        self.dns = dns.Server()
        self.imap = imap.Server(cert=self.imap_cert[1], key=self.imap_cert[2])
        self.web = Web(*self.web_cert[1:])
        self.web.answers = {("GET", "/wrap/health"): (200, {}), ("POST", "/wrap/leave/doctor"): (404, {})}
        self.relay = None
        self.relay_arguments = ["--tls", "starttls", "--user", "wrap", "--password", "hunter2", "--key", self.relay_cert[2]]
        self.relay_certificate = self.relay_cert[1]
        self.publication = {"name": '"The Weekly Wrap"', "from": '"The Weekly Wrap <wrap@example.org>"', "address": '"1 Main Street"',
                            "return_path": '"bounces+*@bounces.example.org"', "slot": '"Fri 09:00"',
                            "url": f'"https://www.localhost:{self.web.port}/wrap"'}
        self.sponsor = 'name = "DNIB.com"; url = "https://www.dnib.com"; from = "2026-01-01"; until = "2099-12-31";'
        self.feeds = '{ name = "notes"; folder = "articles"; }'
        self.dkim = ""
        self.mailbox_url = f"imap://localhost:{self.imap.port}/Bounces"
        self.extra = ""
        self.dkim = "".join(f'{", " if i else ""}{{ selector = "w1{e}"; domain = "example.org"; key = "keys/dkim-w1{e}.pem"; }}'
                            for i, e in enumerate(["", "e"]))
        if World.made is None:
            self.make()
        self.zone = self.dns.zone
        for record in World.made[1]:
            self.zone[record["name"], "TXT"] = [record["value"]]
        self.zone["bounces.example.org", "TXT"] = ["site-verification=" + 240 * "x", "other-verification=" + 240 * "y", "v=spf1 include:_spf.relay.test ip4:192.0.2.0/24 -all"]
        self.zone["_spf.relay.test", "TXT"] = ["v=spf1 a:out.relay.test mx ~all"]
        self.zone["_dmarc.example.org", "TXT"] = ["v=DMARC1; p=quarantine; rua=mailto:dmarc@example.org"]
        self.zone["bounces.example.org", "MX"] = ["10 mx.example.org"]
        self.zone["example.org", "MX"] = ["10 mx.example.org"]
        self.zone["relay.localhost", "A"] = ["192.0.2.25"]
        self.zone["25.2.0.192.in-addr.arpa", "PTR"] = ["out.relay.test"]
        self.zone["out.relay.test", "A"] = ["192.0.2.25"]
        self.write(port=1)

    def make(self):
        for name in ("relay.pass", "imap.pass"):
            (self.dir / name).write_text("hunter2\n")
            os.chmod(self.dir / name, 0o600)
        (self.dir / "articles").mkdir()
        (self.dir / "articles" / "one.md").write_text("# Resolvers get faster\n\nThe resolver answers sooner. It was measured twice.\n")
        self.write(port=1)
        self.pub.init()
        records = json.loads(self.pub.run("--json", "dkim", "keygen", "--selector", "w1").stdout)
        self.pub.run("collect")
        self.sql("INSERT INTO meta VALUES ('backup_at', ?)", datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"))
        World.made = (self.dir.with_name("world-made"), records)
        shutil.copytree(self.dir, World.made[0])

    def write(self, port):
        publication = " ".join(f"{k} = {v};" for k, v in self.publication.items())
        self.pub.conf.write_text(f"""
            publication = {{ {publication} }};
            topics = ( {{ name = "DNS"; keywords = ["resolver"]; sponsor = {{ {self.sponsor} }}; }} );
            feeds = ( {self.feeds} );
            relay = ( {{ url = "smtp://relay.localhost:{port}"; user = "wrap"; password = "file:relay.pass"; ca = "{self.relay_cert[0]}"; }} );
            mailbox = {{ url = "{self.mailbox_url}"; user = "bounces"; password = "file:imap.pass"; ca = "{self.imap_cert[0]}"; }};
            dkim = ( {self.dkim} );
            doctor = {{ resolver = "127.0.0.1:{self.dns.port}"; ca = "{self.web_cert[0]}"; }};
            {self.extra}
            """)
        os.chmod(self.pub.conf, 0o600)

    def sql(self, query, *values):
        db = sqlite3.connect(self.dir / "wrap.db")
        db.execute(query, values)
        db.commit()
        db.close()

    def start_relay(self):
        self.relay = subprocess.Popen([sys.executable, SERVER, "--log", self.dir / "wire.jsonl", "--cert", self.relay_certificate,
                                       *map(str, self.relay_arguments)], stdout=subprocess.PIPE, text=True)
        return int(self.relay.stdout.readline())

    def doctor(self, *args, code=None):
        if self.relay is None:
            self.write(self.start_relay())
        p = self.pub.run("--json", "doctor", *args, code=code)
        return p.returncode, json.loads(p.stdout)

    def close(self):
        if self.relay is not None:
            self.relay.terminate()
            self.relay.wait()
            self.relay.stdout.close()
        for peer in (self.dns, self.imap, self.web):
            peer.close()


@pytest.fixture
def world(tmp_path, certificates):
    w = World(tmp_path, certificates)
    yield w
    w.close()


def test_where_all_is_well_nothing_is_wrong(world):
    code, v = world.doctor("--mail-me", "me@example.net")
    bad = [f for f in v["findings"] if f["level"] in ("wrong", "warning")]
    assert bad == [] and code == 0 == v["wrong"]
    good = {f["check"] for f in v["findings"] if f["level"] == "ok"}
    assert good >= {"config", "keys", "database", "backup", "disk", "lock", "sponsors", "feeds", "templates", "unsubscribe", "relay",
                    "mailbox", "dns.spf", "dns.dkim", "dns.dmarc", "dns.mx", "dns.ptr", "web", "one-click", "mail"}
    assert "3 of 10 look-ups" in next(f["what"] for f in v["findings"] if f["check"] == "dns.spf")
    login = base64.b64encode(b"\0bounces\0hunter2").decode()
    assert any(line.rstrip().endswith("AUTHENTICATE PLAIN " + login) for line in world.imap.lines), world.imap.lines
    assert world.web.posts == [b"List-Unsubscribe=One-Click"]
    taken = [e for e in map(json.loads, (world.dir / "wire.jsonl").read_text().splitlines()) if e["what"] == "message"]
    assert [e["rcpt"] for e in taken] == [["me@example.net"]] and "DKIM-Signature" in str(taken[0])
    assert any(kind == "tcp" for _, _, kind in world.dns.asked), "a long answer came over UDP"
    text = world.pub.run("doctor").stdout
    assert "✓  dns.spf" in text and " 0 wrong, 0 warnings" in " " + text.splitlines()[-1]


def test_it_changes_nothing_but_asks_and_offline_asks_nothing(world):
    before = {t: world.pub.sql(f"SELECT * FROM {t}") for t in ("subscriber", "edition", "delivery", "feed", "meta", "run", "bounce")}
    world.doctor(code=0)
    assert before == {t: world.pub.sql(f"SELECT * FROM {t}") for t in before}
    asked, said = len(world.dns.asked), len(world.imap.lines)
    code, v = world.doctor("--offline")
    assert code == 0 and len(world.dns.asked) == asked and len(world.imap.lines) == said
    assert not {f["check"] for f in v["findings"]} & {"relay", "mailbox", "dns.spf", "web"}


def zone(name, kind, *values):
    def breaks(w):
        if values:
            w.zone[name, kind] = list(values)
        else:
            w.zone.pop((name, kind), None)
    return breaks


def conf(**keys):
    return lambda w: w.publication.update(keys)


def attribute(name, value):
    return lambda w: setattr(w, name, value)


def relay(*arguments):
    return lambda w: w.relay_arguments.extend(arguments)


def answer(method, path, status, **headers):
    return lambda w: w.web.answers.update({(method, path): (status, headers)})


def expiring(w):
    w.relay_certificate = short_certificate(w.relay_cert[0].parent, 5)


def mailbox_expiring(w):
    w.imap.close()
    w.imap = imap.Server(cert=short_certificate(w.imap_cert[0].parent, 3), key=w.imap_cert[2])
    w.mailbox_url = f"imap://localhost:{w.imap.port}/Bounces"


def web_expiring(w):
    answers = w.web.answers
    w.web.close()
    w.web = Web(short_certificate(w.web_cert[0].parent, 2), w.web_cert[2])
    w.web.answers = answers
    w.publication["url"] = f'"https://www.localhost:{w.web.port}/wrap"'


def six(w, *back):
    """The relay has an address of the new kind too; back: what its name leads to."""
    w.zone["relay.localhost", "AAAA"] = ["2001:db8::25"]
    w.zone["5.2.0.0." + 20 * "0." + "8.b.d.0.1.0.0.2.ip6.arpa", "PTR"] = ["six.relay.test"]
    w.zone["six.relay.test", "AAAA"] = list(back)


def foreign_relay(w):
    w.relay_certificate, w.relay_arguments[w.relay_arguments.index("--key") + 1] = w.imap_cert[1:]


def lock(w):
    w.held = open(w.dir / "wrap.db-run", "w")
    w.held.write("process 4711 on mars since long ago\n")
    w.held.flush()
    fcntl.lockf(w.held, fcntl.LOCK_EX)


def damage(w):
    with open(w.dir / "wrap.db", "r+b") as f:
        for page in range(2, os.path.getsize(w.dir / "wrap.db") // 4096):
            f.seek(page * 4096 + 8)
            f.write(b"\xff" * 16)


def old_key(w):
    w.pub.run("dkim", "keygen", "--selector", "w2")
    shutil.copy(w.dir / "keys" / "dkim-w2.pem", w.dir / "keys" / "dkim-w1.pem")


def template(w):
    (w.dir / "own").mkdir()
    (w.dir / "own" / "message.html").write_text("{{#never ended}}")
    w.extra = 'paths = { templates = "own"; };'


def includes(n):
    return zone("bounces.example.org", "TXT", "v=spf1 " + " ".join(f"exists:e{i}.relay.test" for i in range(n)) + " -all")


FAULTS = [
    # what is broken, the check that must say so, how bad, some of its words, exit code
    ("config-syntax", conf(name="nothing"), "config", "wrong", "wrap.conf:2", 78),
    ("config-mode", lambda w: None, "config", "wrong", "can be written by others", 78),
    ("keys-gone", lambda w: (w.dir / "keys/token.key").unlink(), "keys", "wrong", "keys", 78),
    ("keys-open", lambda w: os.chmod(w.dir / "keys/token.key", 0o644), "keys", "wrong", "keys", 78),
    ("dkim-key-gone", lambda w: (w.dir / "keys/dkim-w1.pem").unlink(), "keys", "wrong", "dkim-w1.pem", 78),
    ("password-open", lambda w: os.chmod(w.dir / "relay.pass", 0o644), "secrets", "wrong", "chmod 600", 78),
    ("database-gone", lambda w: (w.dir / "wrap.db").unlink(), "database", "wrong", "no database at", 78),
    ("database-damaged", damage, "database", "wrong", "wrap.db", 65),
    ("backup-none", lambda w: w.sql("DELETE FROM meta WHERE name = 'backup_at'"), "backup", "warning", "no backup was ever made", 0),
    ("backup-old", lambda w: w.sql("UPDATE meta SET value = '2026-01-01T00:00:00Z' WHERE name = 'backup_at'"), "backup", "warning", "days old", 0),
    ("clock-behind", lambda w: w.sql("INSERT INTO run (command, started_at) VALUES ('run', 4000000000)"), "clock", "wrong", "but the last run was at 2096", 78),
    ("lock-held", lock, "lock", "note", "process 4711 on mars", 0),
    ("edition-held", lambda w: w.sql("INSERT INTO edition (key, state, window_from, window_to, subject, markdown, hold, created_at)"
                                     " VALUES ('2026-W40', 'held', 1, 2, 'x', '# x', 'only 1 story', 1)"), "edition", "warning", "only 1 story", 0),
    ("sponsor-over", attribute("sponsor", 'name = "S"; url = "https://s.example"; until = "2026-01-31";'), "sponsors", "warning", "ended on 2026-01-31", 0),
    ("sponsor-later", attribute("sponsor", 'name = "S"; url = "https://s.example"; from = "2098-01-31";'), "sponsors", "note", "begins on 2098-01-31", 0),
    ("feed-failing", lambda w: w.sql("UPDATE feed SET failures = 3, error = 'HTTP 503'"), "feeds", "warning", "failed 3 times in a row: HTTP 503", 0),
    ("feed-required", lambda w: (w.sql("UPDATE feed SET hold = 'gone (410)'"), setattr(w, "feeds", '{ name = "notes"; folder = "articles"; required = true; }')),
     "feeds", "wrong", "notes is held: gone", 69),
    ("feed-none", attribute("feeds", ""), "feeds", "wrong", "no feed and no folder", 78),
    ("feed-folder", lambda w: shutil.rmtree(w.dir / "articles"), "feeds", "warning", "is not there", 0),
    ("template-broken", template, "templates", "wrong", "message.html", 78),
    ("no-url", lambda w: w.publication.pop("url"), "unsubscribe", "warning", "publication.url is not set", 0),
    ("no-dkim", attribute("dkim", ""), "unsubscribe", "warning", "no key is configured", 78),
    ("relay-down", lambda w: setattr(w, "relay", False) or w.write(port=1), "relay", "wrong", "connect", 69),
    ("relay-password", lambda w: (w.dir / "relay.pass").write_text("wrong\n"), "relay", "wrong", "535", 69),
    ("relay-no-starttls", relay("--fault", "ehlo:drop:STARTTLS"), "relay", "wrong", "STARTTLS", 69),
    ("relay-no-login", relay("--fault", "ehlo:drop:AUTH"), "relay", "wrong", "login", 69),
    ("relay-stranger", foreign_relay, "relay", "wrong", "certificate", 69),
    ("relay-expiring", expiring, "relay", "warning", "days", 0),
    ("mailbox-expiring", mailbox_expiring, "mailbox", "warning", "the certificate of imap:", 0),
    ("web-expiring", web_expiring, "web", "warning", "the certificate of https:", 0),
    ("relay-small", relay("--size", "1000"), "relay", "wrong", "no message over 0 kB", 69),
    ("relay-busy", relay("--fault", "connect:reply:421 4.3.2 too busy"), "relay", "wrong", "421 4.3.2 too busy", 69),
    ("relay-garbage", relay("--fault", "connect:garbage"), "relay", "wrong", "not SMTP", 69),
    ("mailbox-login", lambda w: (setattr(w.imap, "fault", "no"), setattr(w.imap, "at", "AUTHENTICATE")), "mailbox", "wrong", "log in: refused: not today", 69),
    ("mailbox-folder", lambda w: (setattr(w.imap, "fault", "no"), setattr(w.imap, "at", "EXAMINE")), "mailbox", "wrong", "open the folder: refused", 69),
    ("mailbox-down", lambda w: setattr(w, "mailbox_url", "imap://localhost:1/B"), "mailbox", "wrong", "connect", 69),
    ("mailbox-stranger", lambda w: setattr(w, "imap_cert", (w.relay_cert[0], None, None)), "mailbox", "wrong", "not to be trusted", 69),
    ("mailbox-stripped", lambda w: setattr(w.imap, "fault", "stripped"), "mailbox", "wrong", "start TLS", 69),
    ("mailbox-no-star", conf(return_path='"bounces@bounces.example.org"'), "mailbox", "wrong", "has no *", 78),
    ("spf-none", zone("bounces.example.org", "TXT"), "dns.spf", "wrong", "has no SPF record", 78),
    ("spf-two", zone("bounces.example.org", "TXT", "v=spf1 -all", "v=spf1 mx -all"), "dns.spf", "wrong", "more than one SPF record", 78),
    ("spf-eleven", includes(11), "dns.spf", "wrong", "costs 11 look-ups", 78),
    ("spf-ten", includes(10), "dns.spf", "warning", "all 10 look-ups", 0),
    ("spf-open", zone("bounces.example.org", "TXT", "v=spf1 mx +all"), "dns.spf", "wrong", "lets everyone send", 78),
    ("spf-include-none", zone("_spf.relay.test", "TXT", "nothing of SPF"), "dns.spf", "wrong", "no SPF record at _spf.relay.test", 78),
    ("spf-unknown", zone("bounces.example.org", "TXT", "v=spf1 ipv4:192.0.2.1 -all"), "dns.spf", "wrong", "does not know ipv4:192.0.2.1", 78),
    ("spf-circle", zone("_spf.relay.test", "TXT", "v=spf1 include:_spf.relay.test -all"), "dns.spf", "wrong", "_spf.relay.test", 78),
    ("spf-silent", lambda w: w.dns.failing.add("bounces.example.org"), "dns.spf", "wrong", "did not answer", 69),
    ("dkim-none", zone("w1._domainkey.example.org", "TXT"), "dns.dkim", "wrong", "no key at w1._domainkey.example.org", 78),
    ("dkim-other", old_key, "dns.dkim", "wrong", "not the one we sign with", 78),
    ("dkim-revoked", zone("w1._domainkey.example.org", "TXT", "v=DKIM1; k=rsa; p="), "dns.dkim", "wrong", "revoked", 78),
    ("dkim-test", lambda w: w.zone.update({("w1._domainkey.example.org", "TXT"): ["t=y; " + w.zone["w1._domainkey.example.org", "TXT"][0]]}),
     "dns.dkim", "warning", "t=y", 0),
    ("dkim-twice", lambda w: w.zone["w1._domainkey.example.org", "TXT"].append("v=DKIM1; p=AAAA"), "dns.dkim", "wrong", "2 TXT records", 78),
    ("dmarc-none", zone("_dmarc.example.org", "TXT"), "dns.dmarc", "wrong", "has no DMARC record", 78),
    ("dmarc-no-policy", zone("_dmarc.example.org", "TXT", "v=DMARC1; rua=mailto:a@example.org"), "dns.dmarc", "wrong", "no policy", 78),
    ("dmarc-no-reports", zone("_dmarc.example.org", "TXT", "v=DMARC1; p=none"), "dns.dmarc", "note", "nobody gets its reports", 0),
    ("dmarc-not-aligned", lambda w: (conf(**{"from": '"W <wrap@news.example.net>"'})(w),
                                     zone("_dmarc.example.net", "TXT", "v=DMARC1; p=none; rua=mailto:a@example.net")(w)), "dns.dmarc", "wrong", "no key signs for news.example.net", 78),
    ("dmarc-strict", lambda w: (conf(**{"from": '"W <wrap@news.example.org>"'})(w),
                                zone("_dmarc.example.org", "TXT", "v=DMARC1; p=reject; adkim=s; aspf=s; rua=mailto:a@example.org")(w),
                                zone("news.example.org", "MX", "10 mx.example.org")(w)), "dns.dmarc", "wrong", "no key signs for news.example.org", 78),
    ("mx-none", zone("bounces.example.org", "MX"), "dns.mx", "wrong", "takes no mail: it has neither MX nor address", 78),
    ("mx-null", zone("bounces.example.org", "MX", "0 ."), "dns.mx", "wrong", "RFC 7505", 78),
    ("mx-address", lambda w: (zone("example.org", "MX")(w), zone("example.org", "A", "192.0.2.1")(w)), "dns.mx", "warning", "no MX record", 0),
    ("ptr-none", zone("25.2.0.192.in-addr.arpa", "PTR"), "dns.ptr", "warning", "has no name", 0),
    ("ptr-one-way", zone("out.relay.test", "A", "192.0.2.99"), "dns.ptr", "warning", "does not lead back", 0),
    ("ptr-six", lambda w: six(w, "2001:db8::25"), "dns.ptr", "ok", "2001:db8::25 is six.relay.test and back", 0),
    ("ptr-six-one-way", lambda w: six(w, "2001:db8::99"), "dns.ptr", "warning", "2001:db8::25 is named six.relay.test, which does not lead back", 0),
    ("ptr-six-none", lambda w: w.zone.update({("relay.localhost", "AAAA"): ["2001:db8::26"]}), "dns.ptr", "warning", "2001:db8::26 has no name", 0),
    ("resolver-wrong", lambda w: setattr(w, "extra", "") or setattr(w.dns, "port", "x"), "dns", "wrong", "is not an address", 78),
    ("web-http", lambda w: w.publication.update(url=w.publication["url"].replace("https", "http")), "web", "wrong", "is not https", 78),
    ("web-down", conf(url='"https://www.localhost:1/wrap"'), "web", "wrong", "cannot be reached", 69),
    ("web-stranger", lambda w: setattr(w, "web_cert", w.imap_cert), "web", "wrong", "cannot be reached", 69),
    ("web-other", answer("GET", "/wrap/health", 404), "web", "wrong", "wrap serve is not behind it", 69),
    ("post-redirect", answer("POST", "/wrap/leave/doctor", 301, Location="/wrap/"), "one-click", "wrong", "sent elsewhere (301)", 69),
    ("post-refused", answer("POST", "/wrap/leave/doctor", 405), "one-click", "wrong", "answered with 405", 69),
    ("post-login", answer("POST", "/wrap/leave/doctor", 401), "one-click", "wrong", "answered with 401", 69),
    ("post-broken", answer("POST", "/wrap/leave/doctor", 502), "one-click", "wrong", "answered with 502", 69),
    ("mail-refused", relay("--fault", "rcpt:reply:550 5.1.1 nobody here"), "mail", "wrong", "550 5.1.1 nobody here", 69),
]


@pytest.mark.parametrize("name, breaks, check, level, words, code", FAULTS, ids=[f[0] for f in FAULTS])
def test_each_fault_has_its_finding(world, name, breaks, check, level, words, code):
    breaks(world)
    if world.relay is None:
        world.write(world.start_relay())
    if world.relay is False:
        world.relay = None
        world.write(port=1)
        world.doctor = lambda *a: (lambda p: (p.returncode, json.loads(p.stdout)))(world.pub.run("--json", "doctor", *a, code=None))
    if name == "config-mode":
        os.chmod(world.pub.conf, 0o666)
    got, v = world.doctor(*(["--mail-me", "me@example.net"] if check == "mail" else []))
    found = [f for f in v["findings"] if f["check"] == check and f["level"] == level]
    assert any(words in f["what"] for f in found), [(f["check"], f["what"]) for f in v["findings"] if f["level"] != "ok" or f["check"] == check]
    for f in v["findings"]:
        assert f["level"] == "ok" or (f["why"] and f["do"]), f
    assert got == code == v["exit"]


def test_every_check_is_named_in_the_manual_and_every_wrong_one_has_its_fault():
    source = (ROOT / "src/doctor/doctor.c").read_text().split("checks[] = {")[1].split("};")[0]
    names = [line.split('"')[1] for line in source.splitlines() if line.strip().startswith('{ "')]
    assert len(names) > 20
    manual = (ROOT / "src/wrap.1").read_text()
    for name in names:
        assert f".Ql {name}" in manual, name
    assert set(names) - {f[2] for f in FAULTS} == {"disk"}, "which has a test of its own"


@pytest.mark.parametrize("options, says", [("size=24m", "are free for the database"), ("size=512m,nr_inodes=40", "files can still be made")])
def test_a_full_disk_is_found(pub, options, says):
    """The database on a file system of its own that is nearly full, which only this process and its children see."""
    mount = f"mount -t tmpfs -o {options} tmpfs '{pub.dir}/small'"
    if subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0:
        pytest.skip("mount namespaces are not permitted here")
    (pub.dir / "small").mkdir()
    (pub.dir / "articles").mkdir()
    pub.write(feeds='{ name = "notes"; folder = "articles"; }', extra='paths = { database = "small/wrap.db"; };')
    p = subprocess.run(["unshare", "-m", "sh", "-c", f'{mount} && "$0" init "$1" >&2 && exec "$0" -c "$1/wrap.conf" --json doctor --offline', WRAP, pub.dir],
                       capture_output=True, text=True)
    found, = [f for f in json.loads(p.stdout)["findings"] if f["check"] == "disk" and f["level"] == "wrong"]
    assert says in found["what"] and found["do"].startswith("df -") and p.returncode == 65, p.stderr


def test_for_people_each_finding_says_why_and_what_to_do(world):
    world.zone.pop(("bounces.example.org", "TXT"))
    world.doctor()
    p = world.pub.run("doctor", code=78)
    assert "✗  dns.spf      bounces.example.org has no SPF record\n   why: Receivers ask it" in p.stdout
    assert "   do:  in the DNS of bounces.example.org, one TXT record" in p.stdout
    quiet = world.pub.run("-q", "doctor", code=78).stdout
    assert "dns.spf" in quiet and "✓" not in quiet and len(quiet.splitlines()) == 3
    assert "hunter2" not in p.stdout + p.stderr
