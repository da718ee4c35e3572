"""A mailbox whose server is broken or hostile costs a line in the report, never the run, and never a reader."""
import os
import resource
import subprocess
import time

import pytest

import imap
import peers
from conftest import WRAP
from returns import LIST_ID, dsn, key, link_token, tokens
from test_bounce_peers import BASE, LATER, seal_an_edition, states

PAREN = (b"From: " + b"(" * 150000 + b"\r\nTo: x@bounce.example\r\nSubject: a long comment\r\n\r\nhello\r\n")


@pytest.fixture(scope="module")
def pki(tmp_path_factory):
    return peers.certificate(tmp_path_factory.mktemp("pki"))


def configure(pub, server, ca=None, tls="none", scheme="imap"):
    (pub.dir / "imap.pass").write_text("secret")
    os.chmod(pub.dir / "imap.pass", 0o600)
    authority = f'ca = "{ca}";' if ca else ""
    pub.write(publication=f'return_path = "bounces+*@bounce.example"; list_id = "{LIST_ID}";',
              extra=f'mailbox = {{ url = "{scheme}://localhost:{server.port}/INBOX"; user = "bounces";'
                    f' password = "file:imap.pass"; tls = "{tls}"; {authority} }};')
    pub.now = LATER


def scan(pub, code, seconds=60):
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    began = time.monotonic()
    r = pub.json("bounces", code=code, timeout=seconds)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < max(before, 400 * 1024)
    return r, time.monotonic() - began


@pytest.mark.parametrize("fault, at", [
    ("endless greeting", None), ("endless lines", None), ("bye greeting", None), ("garbage", None),
    ("huge literal", None), ("nested", None), ("paren envelope", None), ("cut", None), ("billions", None),
    ("bye", "CAPABILITY"), ("bye", "AUTHENTICATE"), ("bye", "EXAMINE"), ("bye", "FETCH"),
    ("no", "AUTHENTICATE"), ("no", "EXAMINE"), ("no", "FETCH"), ("bad", "CAPABILITY"), ("bad", "FETCH"),
    ("wrong tag", "EXAMINE"), ("wrong tag", "FETCH"), ("endless", "EXAMINE"), ("endless", "FETCH"),
])
def test_a_hostile_server_costs_a_line(pub, fault, at):
    reader = seal_an_edition(pub, 1)[0]
    server = imap.Server([dsn(tokens(pub)(reader, 1, BASE), "reader000000@example.net", gone=True)], fault, at)
    try:
        configure(pub, server)
        odd = fault in ("billions", "paren envelope")  # survived, whatever is made of it
        r, took = scan(pub, code=None if odd else 69)
        assert took < 40
        if not odd:
            assert r["error"].startswith("mailbox localhost") and r["deactivated"] == 0
            assert set(states(pub).values()) == {"active"}
    finally:
        server.close()
    # The next run, against a server that is well again, does its work.
    server = imap.Server(server.messages)
    try:
        configure(pub, server)
        scan(pub, 0)
        assert set(states(pub).values()) == {"bounced"}
    finally:
        server.close()


@pytest.mark.parametrize("fault", ["stripped", "preauth", "injected"])
def test_nothing_is_said_in_clear(pub, pki, fault):
    server = imap.Server([], fault, cert=pki[1], key=pki[2])
    try:
        configure(pub, server, ca=pki[0], tls="required")
        r, _ = scan(pub, 69)
        assert "TLS" in r["error"]
        assert not any("AUTHENTICATE" in line or "LOGIN" in line or "secret" in line for line in server.lines)
    finally:
        server.close()


def test_strange_mail_does_not_stop_the_scan(pub):
    reader, leaver = seal_an_edition(pub, 2)
    make = tokens(pub)
    leave = link_token(key(pub), LIST_ID, 1, leaver)
    big = dsn(make(reader, 1, BASE), "reader000000@example.net", gone=True)
    server = imap.Server([
        PAREN, b"", b"\x00" * 5000, b"\r" * 3000, b"Subject: " + b"=?utf-8?B?" * 20000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n" * 5000,
        b"From: reader@example.net\r\nTo: bounces@bounce.example\r\nSubject: unsubscribe " + leave.encode() + b"\r\n\r\n",
        big + b"x" * 20_000_000,
    ])
    try:
        configure(pub, server)
        r, took = scan(pub, 0)
        assert took < 10
        assert (r["deactivated"], r["unsubscribes"]) == (1, 1)
        assert states(pub) == {"reader000000@example.net": "bounced", "reader000001@example.net": "unsubscribed"}
        moved = [line for line in server.lines if " MOVE " in line]
        assert len(moved) == 1 and "7,8" in moved[0] or "7:8" in moved[0]
        assert not any("EXPUNGE" in line or "DELETED" in line.upper() for line in server.lines)
    finally:
        server.close()


def test_a_dry_week_opens_no_connection(pub):
    server = imap.Server([])
    try:
        configure(pub, server)
        pub.run("--dry-run", "run", code=None)
        assert server.lines == []
    finally:
        server.close()


PASSWORD = "se cret"  # a blank must be quoted


@pytest.mark.parametrize("offers, credentials", [
    ("SASL-IR AUTH=PLAIN", ("PLAIN", f"\0bounces\0{PASSWORD}")),
    ("AUTH=PLAIN LOGINDISABLED", ("PLAIN", f"\0bounces\0{PASSWORD}")),
    ("AUTH=LOGIN LOGINDISABLED", ("LOGIN", ("bounces", PASSWORD))),
    ("AUTH=CRAM-MD5", ("LOGIN", ("bounces", "secret"))),
    ("", ("LOGIN", ("bounces", "secret"))),
    ("SASL-IR AUTH=XOAUTH2 AUTH=PLAIN", ("XOAUTH2", "user=bounces\1auth=Bearer ya29.token\1\1")),
    ("AUTH=XOAUTH2 LOGINDISABLED", ("XOAUTH2", "user=bounces\1auth=Bearer ya29.token\1\1")),
])
def test_each_way_to_log_in(pub, pki, offers, credentials):
    reader = seal_an_edition(pub, 1)[0]
    server = imap.Server([dsn(tokens(pub)(reader, 1, BASE), "reader000000@example.net", gone=True)],
                         cert=pki[1], key=pki[2], offers=offers, credentials=credentials)
    way, secret = credentials
    password = "ya29.token" if way == "XOAUTH2" else "secret" if secret == ("bounces", "secret") else PASSWORD
    try:
        for given, code in (("not-this", 69), (password, 0)):
            configure(pub, server, ca=pki[0], tls="required")
            (pub.dir / "imap.pass").write_text(given)
            if way == "XOAUTH2":
                pub.conf.write_text(pub.conf.read_text().replace("password = ", "token = "))
            r, took = scan(pub, code)
            assert took < 10
            if code:
                assert "log in: refused" in r["error"] and given not in r["error"]
        assert states(pub) == {"reader000000@example.net": "bounced"}
        asked = [line for line in server.lines if "LOGIN" in line.split(" ")[1:2]]
        assert bool(asked) == (way == "LOGIN" and "AUTH=LOGIN" not in offers)
    finally:
        server.close()
