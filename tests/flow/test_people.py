"""People's own rights: what we keep of them, and that forgetting leaves nothing behind."""
import json
import pathlib
import random
import sqlite3

from conftest import *  # noqa: F401,F403

FEED = b"""<rss version="2.0"><channel><title>Site</title>
<item><title>Resolvers</title><link>https://example.org/a</link><guid>a</guid><category>DNS</category>
<pubDate>Thu, 19 Nov 2026 10:00:00 GMT</pubDate><description>One resolver fewer.</description></item>
</channel></rss>"""


def publish(pub, site):
    site.put("/feed.xml", FEED)
    pub.write(feeds=f'{{ name = "site"; url = "{site.url("/feed.xml")}"; }}',
              extra='fetch = { allow = ["127.0.0.1:%d"]; };' % site.port)


def files(pub):
    """Every file of the database as one text."""
    return b"".join(p.read_bytes() for p in pathlib.Path(pub.dir).glob("wrap.db*"))


def counts(pub):
    """The figures of an edition as `wrap run` reports them."""
    return pub.json("send")["deliveries"]


def test_what_shows_everything_and_forget_leaves_nothing(pub, site):
    publish(pub, site)
    pub.subscribe("Maria.Vanishing@example.net", "other@example.net", "third@example.net")
    pub.run("subscribe", "maria.vanishing@EXAMPLE.net", "--name", "Maria Vergessen")
    assert pub.json("run")["deliveries"]["sent"] == 3
    db = sqlite3.connect(pub.dir / "wrap.db")
    maria, = db.execute("SELECT id FROM subscriber WHERE name IS NOT NULL").fetchone()
    db.execute("INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, class, reason,"
               " recipient, diagnostic) VALUES (1, 'in', 1, 7, x'00', 5, ?, 'soft', 'full',"
               " 'MARIA.VANISHING@example.net', '452 maria.vanishing@example.net is full')", (maria,))
    db.execute("INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, class, reason, diagnostic)"
               " VALUES (1, 'in', 1, 8, x'01', 5, 'other', 'other', 'seen Maria.Vanishing@example.net')")
    db.execute("INSERT INTO letter (subscriber, kind, created_at) VALUES (?, 'welcome', 5)", (maria,))
    db.commit()
    db.close()
    what = json.loads(pub.run("subscribers", "what", "maria.vanishing@example.net").stdout)
    assert what["subscriber"]["address"] == "Maria.Vanishing@example.net" and what["suppressed"] is None
    assert what["deliveries"][0]["state"] == "sent" and what["letters"][0]["kind"] == "welcome"
    assert what["bounces"][0]["recipient"] and [c["step"] for c in what["consent"]] == ["confirm", "choose"]

    before = counts(pub)
    gone = pub.json("subscribers", "forget", "Maria.Vanishing@example.net")
    assert gone == dict(known=True, consents=2, letters=1, bounces=2, deliveries=1, left=False, busy=False)
    for word in (b"vanishing", b"Vergessen"):
        assert word.lower() not in files(pub).lower()
    assert counts(pub) == before
    assert pub.sql("SELECT state, n FROM forgotten") == [("sent", 1)]
    what = json.loads(pub.run("subscribers", "what", "maria.vanishing@example.net").stdout)
    assert what == {"suppressed": "forgotten"}
    # twice is harmless; who was never known is named
    assert not pub.json("subscribers", "forget", "Maria.Vanishing@example.net")["known"]
    assert "nobody is known" in pub.run("subscribers", "forget", "x@example.net", code=65).stderr


def test_the_forgotten_come_back_by_their_own_confirmation_only(pub):
    pub.subscribe("a@example.net", "last@example.net")
    pub.run("subscribers", "forget", "last@example.net")
    assert pub.json("subscribe", "last@example.net")["result"] == "stays-out"
    assert pub.json("subscribe", "last@example.net", "--confirmed", "--why", "asked")["result"] == "active"
    # their old number went to nobody: an old link must not open another's page
    assert pub.sql("SELECT id FROM subscriber ORDER BY id") == [(1,), (3,)]
    assert pub.sql("SELECT count(*) FROM suppression") == [(0,)]


def test_forgetting_out_of_many_leaves_no_bytes_behind(pub):
    """Cells that SQLite moved about leave copies in free space: here many, by inserts in no order."""
    names = [f"reader.{i:05d}.{random.Random(i).getrandbits(64):x}@mail{i % 7}.example.net" for i in range(6000)]
    random.Random(5).shuffle(names)
    db = sqlite3.connect(pub.dir / "wrap.db")
    db.execute("PRAGMA secure_delete=OFF")
    db.executemany("INSERT INTO subscriber (address, canonical, state, created_at, changed_at)"
                   " VALUES (?, ?, 'active', 1, 1)", ((a.upper(), a) for a in names))
    db.commit()
    db.executemany("UPDATE subscriber SET name = ? WHERE canonical = ?", (("n" * 60, a) for a in names[::3]))
    db.execute("INSERT INTO consent (subscriber, at, step, source, detail)"
               " SELECT id, 1, 'import', 'x', address FROM subscriber")
    db.commit()
    db.close()
    for a in (names[10], names[500], names[5999]):
        pub.run("subscribers", "forget", a)
        assert a.encode() not in files(pub).lower()
    assert pub.sql("PRAGMA integrity_check") == [("ok",)]


def test_who_never_confirms_is_erased_in_the_end(pub):
    """Thirty days after the last letter nothing of them is left; they never agreed to anything."""
    def at(day):
        pub.now = f"2026-{'11-20' if day == 0 else '12-19' if day == 29 else '12-21' if day == 31 else '12-31'}T18:00:00Z"
    at(0)
    pub.run("subscribe", "never.confirms@example.net", "--name", "Nele Nimmer")
    pub.run("subscribe", "asks.again@example.net")
    pub.subscribe("stays@example.net", "left@example.net")
    pub.run("unsubscribe", "left@example.net")
    pub.run("subscribe", "left@example.net")  # asked anew, and did not confirm: their no stands
    (pub.dir / "l.csv").write_text("email,status,created\nimported@example.net,pending,2019-01-01\n")
    pub.run("subscribers", "import", pub.dir / "l.csv")
    pub.json("run", code=None)
    at(29)
    pub.run("subscribe", "asks.again@example.net")
    assert pub.json("run", code=None)["unconfirmed_erased"] == 0
    assert pub.sql("SELECT count(*) FROM subscriber") == [(5,)]
    ids = dict(pub.sql("SELECT canonical, id FROM subscriber"))
    db = sqlite3.connect(pub.dir / "wrap.db")
    db.execute("INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, class, reason, recipient, diagnostic)"
               " VALUES (1, 'in', 1, 7, x'00', 5, ?, 'soft', 'full', 'never.confirms@example.net', '452 never.confirms@example.net is full')",
               (ids["never.confirms@example.net"],))
    db.commit()
    db.close()
    at(31)
    before = files(pub)
    assert pub.json("-n", "run", code=None)["unconfirmed_erased"] == 2 and files(pub) == before
    assert "2 who never confirmed were erased" in pub.run("run", code=None).stdout
    assert {r[0] for r in pub.sql("SELECT canonical FROM subscriber")} == {"asks.again@example.net", "stays@example.net", "left@example.net"}
    for path in (pub.dir / "outbox").rglob("*"):
        if path.is_file():
            path.unlink()
    left = files(pub)
    assert b"never.confirms" not in left and b"Nele Nimmer" not in left and b"imported@" not in left
    assert pub.sql("SELECT count(*) FROM suppression") == [(0,)] and pub.sql("SELECT subscriber, class FROM bounce") == [(None, "soft")]
    # They may ask again, as somebody new, whose links are not the old one's.
    pub.run("subscribe", "never.confirms@example.net")
    assert pub.sql("SELECT state, id > (SELECT max(id) FROM subscriber WHERE canonical <> 'never.confirms@example.net') FROM subscriber"
                   " WHERE canonical = 'never.confirms@example.net'") == [("pending", 1)]
    assert pub.sql("SELECT id FROM subscriber WHERE canonical = 'never.confirms@example.net'")[0][0] > max(ids.values())
    pub.conf.write_text(pub.conf.read_text() + "serve = { pending_days = 0; };")
    at(99)
    pub.now = "2029-12-31T18:00:00Z"
    assert pub.json("run", code=None)["unconfirmed_erased"] == 0
    pub.conf.write_text(pub.conf.read_text().replace("pending_days = 0", "pending_days = 6"))
    assert "pending_days is below 7" in pub.run("status", code=78).stderr
