"""One reader's timeline, what inspect makes of a return path, and the ways in and out by mail."""
import os

import pytest

import imap
import sink
from conftest import NOW
from returns import LIST_ID, dsn, key, link_token, token, tokens
from feeds import rss
from test_bounce_imap import configure
from test_bounce_peers import BASE, LATER, seal_an_edition, states

COMPLAINT = """From: <feedback@isp.example>\r
To: <fbl@sender.example>\r
Subject: complaint\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary=ff\r
\r
--ff\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
Version: 1\r
\r
--ff\r
Content-Type: message/rfc822\r
\r
Message-ID: <2026-W47.{token}@example.org>\r
\r
--ff--\r
"""


def mailbox(pub, *messages):
    server = imap.Server(list(messages))
    configure(pub, server)
    try:
        return pub.json("bounces")
    finally:
        server.close()


def test_one_timeline_of_all_that_happened(pub):
    gone, angry = seal_an_edition(pub, 2)
    make = tokens(pub)
    r = mailbox(pub, dsn(make(gone, 1, BASE), "reader000000@example.net", gone=True),
                COMPLAINT.format(token=make(angry, 1, BASE)).encode())
    assert (r["deactivated"], r["complaints"]) == (1, 1)
    pub.now = "2026-11-21T08:00:00Z"
    assert pub.json("bounces", "--undo", r["scan"])["readers"] == 2

    history = pub.json("subscribers", "show", "reader000000@example.net")["history"]
    assert [h["what"] for h in history] == ["sent", "hard", "decided", "undone"]
    assert [h["at"] for h in history] == sorted(h["at"] for h in history)
    sent, hard, decided, undone = history
    assert sent["edition"] == "2026-W47" and sent["kind"] == "delivery"
    assert (hard["reason"], hard["status"], hard["diagnostic"]) == ("unknown-user", "5.1.1", "550 5.1.1 user unknown")
    assert (hard["uidvalidity"], hard["uid"], hard["scan"]) == (7, 1, r["scan"])
    assert hard["mailbox"].startswith("imap://localhost:"), "where the mail lies"
    assert (decided["from"], decided["to"]) == ("active", "bounced")
    assert undone["scan"] == r["scan"]

    text = pub.run("subscribers", "show", "reader000000@example.net").stdout
    for words in ("edition 2026-W47", "unknown-user 5.1.1: 550 5.1.1 user unknown [mail 7.1]",
                  "from active to bounced, by scan 1", "scan 1 was taken back"):
        assert words in text
    history = pub.json("subscribers", "show", "reader000001@example.net")["history"]
    assert [h["what"] for h in history] == ["sent", "complaint", "decided", "undone"]


def test_refusals_while_sending_stand_in_it(pub, site):
    far = sink.Sink()
    far.reply = {"gone@reader.example": "550 5.1.1 <gone@reader.example> no such user here",
                 "tired@reader.example": "554 5.7.1 Client host blocked using a list"}
    try:
        site.put("/feed.xml", rss([dict(title="One", link="https://news.example.com/1", guid="1", category="DNS",
                                        date=BASE - 3600)]), Content_Type="application/rss+xml")
        pub.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', relay=far.relay())
        with open(pub.conf, "a") as f:
            f.write(site.allow())
        pub.subscribe(*far.reply)
        pub.run("run", code=None)
        pub.now = LATER
        pub.run("bounces")
        shown = pub.json("subscribers", "show", "gone@reader.example")
        assert shown["state"] == "bounced"
        assert [h["what"] for h in shown["history"]] == ["confirm", "refused", "hard", "decided"]
        assert shown["history"][0]["detail"] == "test"
        refused = shown["history"][1]
        assert (refused["reply"], refused["status"]) == (550, "5.1.1") and "no such user" in refused["reason"]
        assert shown["history"][2]["mailbox"] == "smtp"
        shown = pub.json("subscribers", "show", "tired@reader.example")
        assert shown["state"] == "active"
        assert [h["what"] for h in shown["history"]] == ["confirm", "queued"], "a block is not the reader's: tried again"
        assert shown["history"][1]["reply"] == 554 and "blocked" in shown["history"][1]["reason"]
    finally:
        far.close()


def test_inspect_tells_valid_from_forged_only_with_the_keys(pub, tmp_path):
    pub.write(publication=f'list_id = "{LIST_ID}";')
    good = tokens(pub)(7, 1, BASE)
    forged = token(b"x" * 32, LIST_ID, 7, 1, BASE)
    other = token(key(pub), "other.example", 7, 1, BASE)
    late = tokens(pub)(7, 1, BASE - 90 * 86400)
    words = {"valid": good, "forged": forged, "other": other, "late": late}
    for name, t in words.items():
        (tmp_path / name).write_bytes(dsn(t, "a@b.example", gone=True))
    (tmp_path / "none").write_bytes(dsn("x", "a@b.example", gone=True))
    paths = [str(tmp_path / n) for n in ("valid", "forged", "other", "late", "none")]
    import json
    import subprocess
    from conftest import WRAP
    with_keys = [json.loads(line)["token"] for line in pub.run("inspect", "bounce", *paths).stdout.splitlines()]
    assert with_keys == ["valid", "forged", "forged", "forged", "absent"]
    env = {k: v for k, v in os.environ.items() if k != "WRAP_CONF"}
    out = subprocess.run([WRAP, "inspect", "bounce", *paths], capture_output=True, text=True, env=env, cwd=pub.dir).stdout
    assert [json.loads(line)["token"] for line in out.splitlines()] == ["absent"] * 5
    assert all(json.loads(line)["rows"][0]["class"] == "hard" for line in out.splitlines())
    pub.run("inspect", "bounce", paths[0], "-c", "/nonexistent.conf", code=78)


def reply(to, subject="Re: please confirm", extra=""):
    return (f"From: new@reader.example\r\nTo: {to}\r\nSubject: {subject}\r\n{extra}\r\nyes\r\n").encode()


def test_a_reply_confirms_where_there_are_no_pages_and_nothing_else_does(pub):
    pub.write(publication=f'return_path = "bounces+*@bounce.example"; list_id = "{LIST_ID}";')
    pub.run("subscribe", "new@reader.example")
    pub.run("subscribe", "other@reader.example")
    (new,), (other,) = pub.sql("SELECT id FROM subscriber ORDER BY id")
    good = link_token(key(pub), LIST_ID, 2, new)
    wrong = [good[:-1] + ("a" if good[-1] != "a" else "b"), link_token(key(pub), LIST_ID, 3, other),
             link_token(b"y" * 32, LIST_ID, 2, other), link_token(key(pub), "other.example", 2, other)]
    mailbox(pub, *[reply(f"bounces+{t}@bounce.example") for t in wrong],
            reply(f"bounces+{good}@bounce.example", extra="Auto-Submitted: auto-replied\r\n"))
    assert set(states(pub).values()) == {"pending"}, "neither altered tokens nor machines confirm"
    r = mailbox(pub, *[reply("x@bounce.example")] * 5, reply(f"bounces+{good}@bounce.example"))
    assert r["confirmed"] == 1
    assert states(pub) == {"new@reader.example": "active", "other@reader.example": "pending"}
    history = pub.json("subscribers", "show", "new@reader.example")["history"]
    assert [h["what"] for h in history if h["kind"] == "consent"][-1] == "confirm"


@pytest.mark.parametrize("kind", ["rsa", "both"])
def test_a_signature_that_does_not_hold_seals_nothing(pub, site, tmp_path, kind):
    import subprocess
    lib = tmp_path / "badsign.so"
    source = os.path.join(os.path.dirname(__file__), "..", "fake", "badsign.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", lib, source, "-ldl"], check=True)
    site.put("/feed.xml", rss([dict(title="One", link="https://news.example.com/1", guid="1", category="DNS",
                                    date=BASE - 3600)]), Content_Type="application/rss+xml")
    keys = []
    for k in ("rsa", "ed25519") if kind == "both" else ("rsa",):
        path = tmp_path / f"{k}.pem"
        subprocess.run(["openssl", "genpkey", "-algorithm", k.upper(), "-out", path]
                       + (["-pkeyopt", "rsa_keygen_bits:2048"] if k == "rsa" else []), check=True, capture_output=True)
        os.chmod(path, 0o600)
        keys.append(f'{{ selector = "{k}"; domain = "example.org"; key = "{path}"; }}')
    pub.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}',
              extra=f'dkim = ( {", ".join(keys)} );')
    with open(pub.conf, "a") as f:
        f.write(site.allow())
    pub.subscribe("ann@example.net")
    pub.env["LD_PRELOAD"] = str(lib)
    p = pub.run("run", code=None)
    assert p.returncode not in (0, 75) and "DKIM signature" in p.stderr and "nothing was sent" in p.stderr
    assert pub.sql("SELECT count(*) FROM delivery") == [(0,)]
    assert pub.sql("SELECT state, sealed_at FROM edition") == [("draft", None)] and pub.outbox() == []
    del pub.env["LD_PRELOAD"]
    pub.run("run")
    assert len(pub.outbox()) == 1
    assert len(pub.outbox()[0].get_all("DKIM-Signature")) == len(keys)


def test_an_edition_too_large_to_arrive_whole_is_held_with_the_story_to_shorten(pub, site, tmp_path):
    site.put("/feed.xml", rss([dict(title="A short one", link="https://news.example.com/1", guid="1", category="DNS",
                                    date=BASE - 3600)]), Content_Type="application/rss+xml")
    pub.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}')
    with open(pub.conf, "a") as f:
        f.write(site.allow())
    pub.subscribe("ann@example.net")
    pub.run("collect")
    pub.run("draft")
    edited = tmp_path / "edited.md"
    md = pub.sql("SELECT markdown FROM edition")[0][0]
    edited.write_text(md + "\n\nAnd " + "so many more words " * 6000 + "\n")
    pub.env["EDITOR"] = f"cp {edited}"
    pub.run("edit", code=None)
    r = pub.json("run", code=3)
    assert r["end"] == "held" and "A short one" in r["why"], r["why"]
    assert pub.sql("SELECT count(*) FROM delivery") == [(0,)]
    edited.write_text(md + "\n\nAnd " + "so many more words " * 4400 + "\n")
    pub.run("edit", code=None)
    pub.run("approve")
    r = pub.json("send", code=None)
    assert r["end"] == "sent" and "kB of HTML" in r["notes"], (r["end"], r["why"], r["notes"])
