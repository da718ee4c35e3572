"""A publication whose pages are being served, and a visitor without a browser: requests over a socket of Python's
own, forms filled from the page as it was shown, links read from the mails in the outbox."""
import email
import email.policy
import hashlib
import html.parser
import http.client
import os
import pathlib
import re
import socket
import sqlite3
import subprocess
import time
import urllib.parse


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Form(html.parser.HTMLParser):
    """The forms of a page: action and the fields a browser would send, buttons apart."""

    def __init__(self, text):
        super().__init__()
        self.forms, self.select = [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        if tag == "form":
            self.forms.append({"action": a["action"], "fields": [], "buttons": []})
        if not self.forms:
            return
        f = self.forms[-1]
        if tag == "input" and (a.get("type") != "checkbox" or "checked" in a):
            f["fields"].append((a["name"], a.get("value", "")))
        elif tag == "select":
            self.select = a["name"]
        elif tag == "option" and "selected" in a:
            f["fields"].append((self.select, a["value"]))
        elif tag == "button" and "name" in a:
            f["buttons"].append((a["name"], a.get("value", "")))


class Pages:
    def __init__(self, pub, wrap, *, prefix="/wrap", serve="", publication="", extra="", run_args=(), topics=None, feeds="",
                 relay="", front=None):
        """front: the port of a web server that stands before it; visitors go there."""
        self.pub, self.port, self.prefix = pub, free_port(), prefix
        self.door = front or self.port
        self.base = f"http://127.0.0.1:{self.door}{prefix}"
        pub.write(topics=topics, feeds=feeds, relay=relay, publication=publication,
                  extra=f'serve = {{ listen = "127.0.0.1:{self.port}"; {serve} }}; {extra}')
        text = pub.conf.read_text().replace('url = "https://example.org/wrap"', f'url = "{self.base}"')
        pub.conf.write_text(text)
        self.out = open(pub.dir / "serve.log", "w+")
        self.process = subprocess.Popen([wrap, "-c", str(pub.conf), *run_args, "serve"], stdout=self.out,
                                        stderr=subprocess.STDOUT, cwd=pub.dir)
        for _ in range(200):
            if "served at" in self.log():
                return
            assert self.process.poll() is None, self.log()
            time.sleep(0.02)
        raise AssertionError("wrap serve did not start: " + self.log())

    def log(self):
        return (self.pub.dir / "serve.log").read_text()

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(15)
        self.out.close()
        return self.process.returncode

    # ---- requests

    def ask(self, path, method="GET", body=None, headers=None, source=None):
        """One request: (status, headers, text). A path is below the prefix unless it is a whole URL."""
        if path.startswith("http"):
            path = urllib.parse.urlsplit(path).path
        elif not path.startswith(self.prefix + "/"):
            path = self.prefix + path
        c = http.client.HTTPConnection("127.0.0.1", self.door, timeout=30,
                                       source_address=(source, 0) if source else None)
        h = dict(headers or {})
        if body is not None and "Content-Type" not in h:
            h["Content-Type"] = "application/x-www-form-urlencoded"
        c.request(method, path, body, h)
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, {k.lower(): v for k, v in r.getheaders()}, text.decode("utf-8", "replace")

    def post(self, path, fields, **kw):
        return self.ask(path, "POST", urllib.parse.urlencode(fields), **kw)

    def form(self, path, which=0, **kw):
        return Form(self.ask(path, **kw)[2]).forms[which]

    def sign_up(self, address, *, wait=True, topics=None, **kw):
        """As a person does: look at the page, take two seconds, press."""
        f = self.form("/")
        if wait:
            time.sleep(2.1)
        fields = [(k, address if k == "email" else v) for k, v in f["fields"]]
        if topics is not None:
            fields = [x for x in fields if x[0] != "topic"] + [("topic", t) for t in topics]
        return self.post(f["action"], fields, **kw)

    # ---- mail

    def letters(self, to=None, n=1, seconds=10):
        """The mails in the outbox, once there are n of them."""
        until = time.time() + seconds
        while True:
            found = [email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
                     for p in sorted((self.pub.dir / "outbox" / "new").iterdir(), key=lambda p: p.stat().st_mtime_ns)]
            found = [m for m in found if to is None or to in m["To"]]
            if len(found) >= n or time.time() > until:
                return found
            time.sleep(0.05)

    def link(self, message, word):
        text = message.get_body(("plain",)).get_content()
        found = re.findall(rf"{re.escape(self.base)}/{word}/[a-z2-7]+", text)
        assert found, text
        return found[0]

    def join(self, address, **kw):
        """Sign up and confirm."""
        before = len(self.letters(to=address, n=0, seconds=0))
        assert self.sign_up(address, **kw)[0] == 303
        mail = self.letters(to=address, n=before + 1)[-1]
        status, _, text = self.post(self.link(mail, "confirm"), {"confirm": "1"})
        assert status == 200, text
        return text

    # ---- what is kept

    def sql(self, query, *args):
        with sqlite3.connect(f"file:{self.pub.dir}/wrap.db?mode=ro", uri=True) as db:
            return db.execute(query, args).fetchall()

    def state(self, address):
        rows = self.sql("SELECT state FROM subscriber WHERE canonical = ?", address)
        return rows[0][0] if rows else None

    def fingerprint(self):
        """Every row of every table."""
        h = hashlib.sha256()
        with sqlite3.connect(f"file:{self.pub.dir}/wrap.db?mode=ro", uri=True) as db:
            for line in db.iterdump():
                h.update(line.encode())
        return h.hexdigest()
