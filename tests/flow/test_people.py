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
