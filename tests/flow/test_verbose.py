"""-v shows the dialogue with relay and mailbox: all of it that helps, in lines fit for a journal, and no secret."""
import base64
import hashlib
import hmac
import os
import re

import pytest

import imap
from relay import relay  # noqa: F401
from returns import LIST_ID, dsn, tokens
from test_bounce_peers import BASE, LATER, seal_an_edition

SECRET = "Se-same+1"


def spelt(secret):
    """The secret as it may stand on a wire: bare, quoted, in base 64 at each of its three offsets, and in a digest."""
    yield secret
    for lead in (b"", b"x", b"xx"):
        whole = base64.b64encode(lead + secret.encode() + b"xx").decode()
        yield whole[4 if lead else 0:len(whole) // 4 * 4 - 8]
    yield hmac.new(secret.encode(), b"<1.2@fake.example>", "md5").hexdigest()
    yield hashlib.md5(secret.encode()).hexdigest()


def dialogue(process, secret, *unwanted):
    """What -v said of the peer; nothing secret, no letter's text, nothing that a terminal would obey."""
    said = process.stdout + process.stderr
    for word in [*spelt(secret), *unwanted]:
        assert word not in said, (word, said)
    assert not re.search("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]", said)
    lines = [line for line in process.stderr.splitlines() if " > " in line or " < " in line]
    assert all(line.startswith("wrap: debug: ") for line in lines)
    return lines


@pytest.fixture
def site(pub):
    (pub.dir / "articles").mkdir(exist_ok=True)
    (pub.dir / "articles/one.md").write_text("---\ntitle: A resolver learns\nlink: https://example.org/one\ntopic: DNS\n"
                                             "date: 2026-11-19\n---\n\nThe resolver waits a little longer now.\n")
    pub.fill(3)
    pub.now = "2026-11-20T18:00:00Z"
    return pub


def configure_relay(pub, r, secret="password"):
    (pub.dir / "relay.pass").write_text(SECRET)
    os.chmod(pub.dir / "relay.pass", 0o600)
    pub.write(feeds='{ name = "notes"; folder = "articles"; }',
              relay=f'{{ url = "{r.url}"; tls = "none"; connections = 1; user = "wrap"; {secret} = "file:relay.pass"; }}')


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2"])
def test_the_relay_is_heard_and_no_login(site, relay, mechanism):
    r = relay("--user", "wrap", "--password", SECRET, "--mechanisms", mechanism)
    configure_relay(site, r, "token" if mechanism == "XOAUTH2" else "password")
    lines = dialogue(site.run("-v", "run"), SECRET, "waits a little longer")
    text = "\n".join(lines)
    assert r.events("auth")[0]["ok"] and f"> AUTH {mechanism}" in text and "(not shown)" in text
    assert all(line.startswith(f"wrap: debug: {r.url} #1 ") for line in lines)
    for part in ("< 220 fake.example", "> EHLO", "< 235 ", "> RCPT TO:<reader000002@example.net>", "< 354 ", "> QUIT", "< 221 "):
        assert part in text, part
    assert text.count("> MAIL FROM:<") == text.count(" bytes of message)") == text.count("< 250 2.0.0 taken") == 3
    # Which message it was stands before its dialogue, by the name that its Message-ID has.
    assert len(re.findall("#1: message \\S+ to reader00000[0-2]@example.net", site.run("-v", "run").stderr)) == 0


@pytest.mark.parametrize("more", [[], ["--fault", "ehlo:drop:PIPELINING"]])
def test_each_command_is_shown_once(site, relay, more):
    r = relay("--user", "wrap", "--password", SECRET, *more)
    configure_relay(site, r)
    said = site.run("-v", "run").stderr
    for command in ("MAIL FROM", "RCPT TO", "DATA"):
        assert said.count(f" > {command}") == 3, said
    assert said.count(" bytes of message)") == 3


def test_a_message_is_named_before_its_dialogue(site, relay):
    r = relay("--user", "wrap", "--password", SECRET, "--fault", "rcpt:reply:550 5.1.1 no such reader@2")
    configure_relay(site, r)
    said = site.run("-v", "run").stderr
    names = re.findall(re.escape(r.url) + r" #1: message (\S+) to (\S+)", said)
    assert {to for _, to in names} == {"reader00000%d@example.net" % i for i in range(3)}
    sent = [re.search("Message-ID:\\s+<(\\S+)@", e["data"]).group(1) for e in r.events("message")]
    assert sent == [names[0][0], names[2][0]] and "< 550 5.1.1 no such reader" in said and "> RSET" in said


def test_a_relay_that_repeats_our_password_is_not_believed_into_the_log(site, relay):
    r = relay("--user", "wrap", "--password", SECRET, "--fault", f"auth:reply:535 5.7.8 {SECRET} is not the word")
    configure_relay(site, r)
    p = site.run("-v", "run", code=None)
    assert p.returncode == 69 and dialogue(p, SECRET)
    assert "535" in p.stdout + p.stderr and SECRET not in site.run("status", code=None).stdout
    assert not site.sql(f"SELECT 1 FROM run WHERE report LIKE '%{SECRET}%'")


ESCAPES = r"\x1b]0;owned\x07 \x1b[31mred \x9b2J \xc2\x9b2J \xff\xfe \xe2\x80\xae done"


@pytest.mark.parametrize("stage", ["connect", "ehlo", "mail", "rcpt", "data", "dot"])
def test_escape_sequences_of_a_relay_reach_no_terminal(site, relay, stage):
    code = {"connect": 554, "ehlo": 554, "rcpt": 550}.get(stage, 451)
    r = relay("--fault", f"{stage}:reply:{code} {ESCAPES}")
    site.write(feeds='{ name = "notes"; folder = "articles"; }', relay=f'{{ url = "{r.url}"; tls = "none"; connections = 1; }}')
    p = site.run("-v", "run", code=None)
    said = dialogue(p, SECRET)
    assert any("done" in line and " < " in line for line in said)
    report = site.run("report", site.sql("SELECT key FROM edition")[0][0]).stdout
    assert "\x1b" not in report.replace("\x1b[0m", "") and "\u202e" not in report and "\x9b" not in report
    assert site.json("report", site.sql("SELECT key FROM edition")[0][0])
    for reason, in site.sql("SELECT reason FROM delivery WHERE reason IS NOT NULL"):
        assert not re.search("[\\x00-\\x1f\\x7f-\\x9f\\u202e]", reason), reason


# ---- the mailbox ------------------------------------------------------------------------------------------------


def configure_mailbox(pub, server, secret="password"):
    (pub.dir / "imap.pass").write_text(SECRET)
    os.chmod(pub.dir / "imap.pass", 0o600)
    pub.write(publication=f'return_path = "bounces+*@bounce.example"; list_id = "{LIST_ID}";',
              extra=f'mailbox = {{ url = "imap://localhost:{server.port}/INBOX"; user = "bounces";'
                    f' {secret} = "file:imap.pass"; tls = "none"; }};')
    pub.now = LATER


@pytest.mark.parametrize("offers, way", [
    ("SASL-IR AUTH=PLAIN", "AUTHENTICATE PLAIN"), ("AUTH=PLAIN LOGINDISABLED", "AUTHENTICATE PLAIN"),
    ("AUTH=LOGIN LOGINDISABLED", "AUTHENTICATE LOGIN"), ("", "LOGIN"), ("SASL-IR AUTH=XOAUTH2", "AUTHENTICATE XOAUTH2"),
    ("AUTH=XOAUTH2 LOGINDISABLED", "AUTHENTICATE XOAUTH2")])
def test_the_mailbox_is_heard_and_no_login(pub, offers, way):
    reader = seal_an_edition(pub, 1)[0]
    told = {"PLAIN": f"\0bounces\0{SECRET}", "LOGIN": ("bounces", SECRET),
            "XOAUTH2": f"user=bounces\1auth=Bearer {SECRET}\1\1"}[way.split()[-1]]
    server = imap.Server([dsn(tokens(pub)(reader, 1, BASE), "reader000000@example.net", gone=True)], offers=offers,
                         credentials=(way.split()[-1], told))
    try:
        configure_mailbox(pub, server, "token" if "XOAUTH2" in way else "password")
        text = "\n".join(dialogue(pub.run("-v", "bounces"), SECRET, "Final-Recipient"))
    finally:
        server.close()
    here = f"wrap: debug: imap://localhost:{server.port}/INBOX "
    assert all(line.startswith(here) for line in text.splitlines())
    assert re.search(r"> \d+ %s( \(not shown\)$|$)" % way, text, re.M) and "(not shown)" in text, text
    for part in ("< * OK IMAP4rev1 ready", "CAPABILITY", "EXAMINE", "FETCH", "< * 1 FETCH (UID 1 BODY[]<0> {", "LOGOUT"):
        assert part in text, part


def test_a_mailbox_that_repeats_our_password_is_not_shown(pub):
    server = imap.Server([], "no", "LOGIN", offers="")
    try:
        configure_mailbox(pub, server)
        server.refusal = f"NO {SECRET} \x1b[31m is wrong"
        p = pub.run("-v", "bounces", code=69)
        assert any("(not shown)" in line for line in dialogue(p, SECRET))
    finally:
        server.close()


def test_a_server_without_end_fills_no_journal(pub):
    server = imap.Server([], "endless lines")
    try:
        configure_mailbox(pub, server)
        p = pub.run("-v", "bounces", code=69, timeout=100)
        assert 1000 < len(p.stderr.splitlines()) < 2100 and "the rest of this session is not shown" in p.stderr
    finally:
        server.close()
