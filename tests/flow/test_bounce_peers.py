"""What comes back, with the real servers: an edition goes out through Postfix, Postfix's own reports come
back to the signed return path into Dovecot, and wrap acts on them rightly and once."""
import calendar
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

import peers
import sink
from conftest import NOW, WRAP
from returns import LIST_ID, dsn, tokens
from feeds import rss

BASE = calendar.timegm(time.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ"))
LATER = "2026-11-20T20:00:00Z"

FEED = rss([dict(title=f"Story {i}", link=f"https://news.example.com/{i}", guid=str(i), category="DNS",
                 date=BASE - 86400) for i in range(3)])


@pytest.fixture(scope="module")
def shared():
    # The servers run as others, and every pytest that starts closes the folder of all pytests to others.
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wrap-peers-"))
    try:
        os.chmod(folder, 0o755)
        why = peers.why_not(folder)
        if why is not None:
            pytest.skip(why)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mailbox(shared, tmp_path):
    d = peers.Dovecot(shared / tmp_path.name).start()
    yield d
    d.stop()


def configure(pub, box, scheme="imap", host="localhost", more="", **kw):
    port = box.imaps if scheme == "imaps" else box.imap
    (pub.dir / "imap.pass").write_text(box.password)
    os.chmod(pub.dir / "imap.pass", 0o600)
    pub.write(publication=f'return_path = "bounces+*@bounce.example"; list_id = "{LIST_ID}";',
              extra=f'mailbox = {{ url = "{scheme}://{host}:{port}/INBOX"; user = "{box.user}";'
                    f' password = "file:imap.pass"; ca = "{box.ca}"; {more} }};', **kw)


def states(pub):
    return dict(pub.sql("SELECT address, state FROM subscriber"))


def scan(pub, *args, code=0):
    pub.now = LATER
    return pub.json("bounces", *args, code=code)


def wait_for(what, seconds=40):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.2)
    raise AssertionError("it did not come")


def test_an_edition_through_postfix_and_its_reports_back_through_dovecot(pub, site, mailbox, shared, tmp_path):
    far = sink.Sink()
    far.reply = {
        "gone@reader.example": "550 5.1.1 <gone@reader.example>: Recipient address rejected: User unknown",
        "full@reader.example": "552 5.2.2 mailbox is full",
        "slow@reader.example": "451 4.3.0 come back later, disk trouble",
        "hard@reader.example": "554 5.7.1 Client host blocked using zen.dnsbl.example",
        "Umlaut-Gone@reader.example": "550 5.1.1 no such user here",
    }
    near = peers.Postfix(shared / (tmp_path.name + "-pf"), "bounce.example", mailbox.mail,
                         {"reader.example": far.port})
    try:
        near.start()
        site.put("/feed.xml", FEED, Content_Type="application/rss+xml")
        configure(pub, mailbox, feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}',
                  relay=f'{{ url = "smtp://127.0.0.1:{near.port}"; tls = "none"; }}')
        with open(pub.conf, "a") as f:
            f.write(site.allow())
        pub.subscribe("good@reader.example", *far.reply)
        pub.run("run")
        wait_for(lambda: len(mailbox.messages()) == 5)
        sent_from = [m for m, _, _ in far.taken]
        assert len(sent_from) == 1 and re.fullmatch(r"bounces\+[a-z2-7]{40}@bounce\.example", sent_from[0])
        mailbox.deliver(b"From: Ann <ann@friend.example>\r\nTo: bounces@bounce.example\r\n"
                        b"Subject: hello\r\n\r\nA letter that is nobody's report.\r\n")

        told = scan(pub, "--dry-run")
        assert (told["hard"], told["soft"], told["deactivated"]) == (2, 3, 2)
        assert set(states(pub).values()) == {"active"} and len(mailbox.messages()) == 6

        r = scan(pub)
        assert (r["messages"], r["ours"], r["unknown"], r["hard"], r["soft"]) == (6, 5, 0, 2, 3)
        assert r["deactivated"] == 2 and not r["stopped"]
        assert any("reader.example refuses us (blocked)" in line for line in r["lines"])
        s = states(pub)
        assert s.pop("gone@reader.example") == s.pop("Umlaut-Gone@reader.example") == "bounced"
        assert set(s.values()) == {"active"}
        assert len(mailbox.messages("Done")) == 5, "what was acted on is moved"
        assert len(mailbox.messages()) == 1, "the letter stays, and stays unread"
        assert mailbox.messages()[0].name.endswith(":2,") or mailbox.messages()[0].parent.name == "new"
        why = dict(pub.sql("SELECT address, why FROM subscriber"))["gone@reader.example"]
        assert "unknown-user" in why
        kept = pub.sql("SELECT class, reason, status, diagnostic FROM bounce WHERE recipient = 'full@reader.example'")
        assert kept == [("soft", "mailbox-full", "5.2.2", "552 5.2.2 mailbox is full")]

        again = scan(pub)
        assert again["messages"] == 0 and again["scan"] == 0, "twice is once"

        # Somebody copies the folder back, and the mailbox is renumbered: nothing counts twice.
        for m in mailbox.messages("Done"):
            shutil.copy2(m, mailbox.mail / "new" / m.name.split(":")[0])
            shutil.chown(mailbox.mail / "new" / m.name.split(":")[0], "nobody")
        mailbox.renumber()
        r = scan(pub)
        assert (r["ours"], r["repeated"], r["hard"], r["soft"], r["deactivated"]) == (5, 5, 0, 0, 0)
        assert pub.sql("SELECT count(*) FROM bounce") == [(5,)]
        assert len(mailbox.messages()) == 1

        scan_id = pub.sql("SELECT max(scan) FROM bounce")[0][0]
        undone = pub.json("bounces", "--undo", scan_id)
        assert undone["readers"] == 2
        assert set(states(pub).values()) == {"active"}
        assert "undo" in dict(pub.sql("SELECT address, why FROM subscriber"))["gone@reader.example"]
        assert scan(pub)["deactivated"] == 0, "what was undone counts no more"
    finally:
        near.stop()
        far.close()


def seal_an_edition(pub, n):
    """n active readers and one edition sent to all of them, straight into the tables."""
    import sqlite3
    pub.fill(n)
    db = sqlite3.connect(pub.dir / "wrap.db")
    db.execute("INSERT INTO edition (id, key, state, window_from, window_to, subject, markdown,"
               " created_at, sealed_at, ended_at) VALUES (1, '2026-W47', 'sent', 0, 1, 's', 'm', ?, ?, ?)", (BASE, BASE, BASE))
    db.execute("INSERT INTO delivery (edition, subscriber, state, attempts, next_attempt_at, changed_at)"
               " SELECT 1, id, 'sent', 1, 0, ? FROM subscriber", (BASE,))
    db.commit()
    db.close()
    return [r[0] for r in pub.sql("SELECT id FROM subscriber ORDER BY id")]


def test_two_thousand_reports_in_ten_seconds_and_a_kill_anywhere(pub, mailbox):
    configure(pub, mailbox)
    readers = seal_an_edition(pub, 2000)
    make = tokens(pub)
    for i, reader in enumerate(readers):
        mailbox.deliver(dsn(make(reader, 1, BASE), f"reader{i:06d}@example.net", gone=i % 20 == 0))
    # 100 of 2,000 are gone: more than is likely, so the breaker asks first, and nothing is changed.
    r = scan(pub, code=3)
    assert r["stopped"] and "100 of 2000" in r["lines"][0]
    assert pub.sql("SELECT count(*) FROM bounce") == [(0,)] and len(mailbox.messages()) == 2000

    began = time.monotonic()
    scan(pub, "--accept", "--dry-run")
    assert time.monotonic() - began < 10

    # Killed at ever later moments, it loses and doubles nothing.
    for i in range(12):
        p = subprocess.Popen([WRAP, "-c", pub.conf, "--now", LATER, "bounces", "--accept"],
                             stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.1 + 0.25 * i)
        p.send_signal(signal.SIGKILL)
        p.wait()
        done = pub.sql("SELECT count(*) FROM bounce")[0][0]
        assert done in (0, 2000), "a scan is there as a whole or not at all"
    began = time.monotonic()
    scan(pub, "--accept")
    assert time.monotonic() - began < 10
    assert pub.sql("SELECT count(*), count(DISTINCT subscriber), count(act) FROM bounce") == [(2000, 2000, 100)]
    assert pub.sql("SELECT count(*) FROM subscriber WHERE state = 'bounced'") == [(100,)]
    assert len(mailbox.messages()) == 0 and len(mailbox.messages("Done")) == 2000
    assert scan(pub)["messages"] == 0


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_the_server_must_be_who_it_says(pub, mailbox, tmp_path, scheme):
    configure(pub, mailbox, scheme)
    assert scan(pub)["messages"] == 0, "the right certificate and name"
    configure(pub, mailbox, scheme, host="127.0.0.1")
    assert "not to be trusted: IP address mismatch" in scan(pub, code=69)["error"]
    other, _, _ = peers.certificate(tmp_path)
    good, mailbox.ca = mailbox.ca, other
    configure(pub, mailbox, scheme)
    assert "not to be trusted" in scan(pub, code=69)["error"]
    mailbox.ca = good
    mailbox.password = "wrong"
    configure(pub, mailbox, scheme)
    assert "log in: refused" in scan(pub, code=69)["error"]


def test_flags_instead_of_moving(pub, mailbox):
    configure(pub, mailbox, more='mark = "flag";')
    reader = seal_an_edition(pub, 1)[0]
    mailbox.deliver(dsn(tokens(pub)(reader, 1, BASE), "reader000000@example.net", gone=True))
    assert scan(pub)["deactivated"] == 1
    assert len(mailbox.messages()) == 1 and mailbox.messages()[0].name.endswith(":2,S")
    assert scan(pub)["messages"] == 0
