"""Backups made while mail goes out, and old ones put back: nobody is mailed twice without being told to."""
import contextlib
import gc
import os
import pathlib
import sqlite3
import subprocess
import sys
import time

from conftest import *  # noqa: F401,F403
from conftest import WRAP
from test_people import publish


def mails(pub):
    """Copies for readers; the editor is told of held editions by mail too."""
    return sum(b"\nList-Unsubscribe:" in p.read_bytes() for p in (pub.dir / "outbox" / "new").iterdir())


def clear(pub):
    """A repeat has the same name in a Maildir and would not show."""
    for p in (pub.dir / "outbox" / "new").iterdir():
        p.unlink()


def backup(pub, name="copy.db"):
    path = pub.dir / name
    out = pub.json("backup", path)
    assert path.stat().st_mode & 0o777 == 0o600 and not pathlib.Path(f"{path}.part").exists()
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    return path, out


def test_a_copy_made_while_mail_goes_out_holds_what_was_open(pub, site):
    publish(pub, site)
    pub.fill(4000)
    run = subprocess.Popen([WRAP, "-c", str(pub.conf), "--now", pub.now, "-q", "run"], cwd=pub.dir)
    for _ in range(600):
        with contextlib.closing(sqlite3.connect(f"file:{pub.dir}/wrap.db?mode=ro", uri=True)) as db:
            sent = db.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()[0]
        if sent > 100:
            break
        time.sleep(0.02)
    path, out = backup(pub)
    assert run.wait(120) == 0 and out["readers"] == 4000 and mails(pub) == 4000
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        open_then = db.execute("SELECT count(*) FROM delivery WHERE state IN ('queued', 'sending')").fetchone()[0]
    assert open_then > 0, "the backup was made too late to show anything"

    gc.collect()  # a reader of ours that is still open would be one too many
    r = pub.json("restore", path)
    assert r["held"] == open_then and r["readers"] == 4000
    clear(pub)
    assert pub.json("run", code=3)["deliveries"]["held"] == open_then
    assert mails(pub) == 0
    said = pub.run("send", "2026-W47", "--settled").stdout
    assert f"{open_then} held deliveries count as sent" in said and mails(pub) == 0
    assert pub.sql("SELECT state FROM edition") == [("sent",)]


def test_an_edition_that_went_out_after_the_backup_waits_for_a_word(pub, site):
    publish(pub, site)
    pub.subscribe("a@example.net", "b@example.net")
    path, _ = backup(pub)
    pub.run("run")
    assert mails(pub) == 2
    said = pub.run("restore", path).stdout
    assert "waits for you" in said and "kept as" in said
    assert "wrap approve 2026-W47" in pub.run("run", code=3).stdout + pub.run("run", code=3).stderr
    assert mails(pub) == 2
    clear(pub)
    pub.run("run", code=3)
    assert mails(pub) == 0
    pub.run("approve", "2026-W47")
    pub.run("run")
    assert mails(pub) == 2
    pub.now = "2026-11-27T18:00:00Z"  # the next week's goes by itself again
    site.put("/feed.xml", (b"<rss version='2.0'><channel><title>S</title><item><title>New</title><guid>n</guid>"
                           b"<link>https://example.org/n</link><category>DNS</category><description>x.</description>"
                           b"</item></channel></rss>"))
    pub.run("run")
    assert mails(pub) == 4


def test_held_readers_are_mailed_when_told_to(pub, site):
    publish(pub, site)
    pub.subscribe("a@example.net", "b@example.net")
    pub.run("run")
    path, _ = backup(pub)
    with sqlite3.connect(path) as db:  # as if it had been made in the middle of sending
        db.execute("DROP TRIGGER delivery_forward")
        db.execute("UPDATE delivery SET state = 'sending' WHERE subscriber = 1")
        db.execute("UPDATE edition SET state = 'sending', ended_at = NULL")
    assert "wrap send 2026-W47 --held" in pub.run("restore", path).stdout
    clear(pub)
    pub.run("run", code=3)
    assert mails(pub) == 0
    pub.run("send", "2026-W47", "--held", "--settled", code=64)
    pub.run("send", "--held", code=64)
    pub.run("send", "2026-W47", "--held")
    assert mails(pub) == 1 and pub.sql("SELECT state, count(*) FROM delivery GROUP BY 1") == [("sent", 2)]


def test_who_left_since_stays_out(pub):
    pub.subscribe("stays@example.net", "left@example.net", "gone@example.net")
    path, _ = backup(pub)
    pub.run("unsubscribe", "left@example.net")
    pub.run("subscribers", "forget", "gone@example.net")
    pub.subscribe("new@example.net")
    r = pub.json("restore", path)
    assert (r["carried"], r["left"], r["forgotten"]) == (True, 1, 1)
    assert pub.sql("SELECT canonical, state FROM subscriber ORDER BY id") == [
        ("stays@example.net", "active"), ("left@example.net", "unsubscribed")]
    with sqlite3.connect(f"file:{r['replaced']}?mode=ro", uri=True) as db:
        assert db.execute("SELECT count(*) FROM subscriber").fetchone() == (3,)
    assert not list(pub.dir.glob("wrap.db-restoring*"))


def test_a_damaged_database_is_replaced_and_kept(pub):
    pub.subscribe("a@example.net")
    path, _ = backup(pub)
    keys = (pub.dir / "keys" / "token.key").read_bytes()
    (pub.dir / "wrap.db").write_bytes(b"garbage" * 1000)
    for p in (pub.dir / "keys").iterdir():
        p.unlink()
    r = pub.json("restore", path)
    assert not r["carried"] and pathlib.Path(r["replaced"]).read_bytes().startswith(b"garbage")
    assert pub.json("subscribers", "show", "a@example.net")["state"] == "active"
    assert (pub.dir / "keys" / "token.key").read_bytes() == keys
    assert (pub.dir / "wrap.db").stat().st_mode & 0o777 == 0o600


def test_restore_refuses_what_would_lose_something(pub):
    pub.subscribe("a@example.net")
    path, _ = backup(pub)
    before = (pub.dir / "wrap.db").read_bytes()
    (pub.dir / "junk").write_bytes(b"SQLite format 3\0" + b"x" * 4096)
    assert "no backup of wrap" in pub.run("restore", pub.dir / "junk", code=65).stderr
    pub.run("restore", pub.dir / "none", code=65)
    holder = subprocess.Popen([sys.executable, "-c", "import sqlite3, sys; db = sqlite3.connect(sys.argv[1]);"
                               "print(db.execute('SELECT count(*) FROM subscriber').fetchall(), flush=True);"
                               "sys.stdin.read()", str(pub.dir / "wrap.db")],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    holder.stdout.readline()
    assert "has the database" in pub.run("restore", path, code=75).stderr
    holder.stdin.close()
    holder.wait()
    (pub.dir / "keys" / "suppression.key").write_bytes((pub.dir / "keys" / "token.key").read_bytes())
    assert "another key" in pub.run("restore", path, code=78).stderr
    assert (pub.dir / "wrap.db").read_bytes() == before and not list(pub.dir.glob("wrap.db.replaced*"))
    assert os.listdir(pub.dir / "keys")


def rows(pub, query):
    """As pub.sql, but nothing of ours has the database open afterwards, which a restore would refuse."""
    out = pub.sql(query)
    gc.collect()
    return out


def test_a_number_is_nobody_elses_after_a_restore(pub):
    """Who came after the backup may have mail with links in it: their number goes to nobody who comes later."""
    pub.subscribe("a@example.net")
    path, _ = backup(pub)
    pub.subscribe("b@example.net", "c@example.net")
    last = rows(pub, "SELECT max(id) FROM subscriber")[0][0]
    said = pub.run("restore", path).stdout
    assert "2 who came since then are only in that file" in said
    pub.subscribe("d@example.net")
    assert rows(pub, "SELECT id FROM subscriber WHERE canonical = 'd@example.net'")[0][0] == last + 1
    (pub.dir / "wrap.db").write_bytes(b"garbage" * 1000)  # and when nothing is known of who came
    for p in pub.dir.glob("wrap.db-*"):
        p.unlink()
    pub.now = "2026-11-20T18:00:09Z"
    assert not pub.json("restore", path)["carried"]
    pub.subscribe("e@example.net")
    assert rows(pub, "SELECT max(id) FROM subscriber")[0][0] > last + 1000


def test_a_backup_that_cannot_be_is_told_and_the_last_one_stays(pub):
    """A disk that fills up in the middle: nothing half is left, and neither the last backup nor the database is lost."""
    pub.subscribe("a@example.net")
    path, _ = backup(pub)
    good, ours = path.read_bytes(), rows(pub, "SELECT * FROM subscriber")
    for what in ("backup", "restore"):
        p = subprocess.run(["sh", "-c", 'ulimit -f 100; exec "$@"', "sh", WRAP, "-c", str(pub.conf), what, str(path)], capture_output=True, text=True)
        assert p.returncode == 74 and "is there room on that disk?" in p.stderr, p.stderr
        assert path.read_bytes() == good and rows(pub, "SELECT * FROM subscriber") == ours
        assert not list(pub.dir.glob("*.part")) and not list(pub.dir.glob("wrap.db-restoring*")) and not list(pub.dir.glob("*replaced*"))
    newer, torn = pub.dir / "newer.db", pub.dir / "torn.db"
    newer.write_bytes(good)
    with contextlib.closing(sqlite3.connect(newer)) as db:
        db.execute("PRAGMA user_version = 99")
    torn.write_bytes(good[:len(good) // 2])
    for bad, words, code in ((newer, f"{newer} has schema 99", 78), (torn, f"{torn} is damaged", 65), (pub.dir, "is no file", 65)):
        assert words in pub.run("restore", bad, code=code).stderr
    assert rows(pub, "SELECT * FROM subscriber") == ours and not list(pub.dir.glob("wrap.db-restoring*"))
    pub.run("restore", path)
    assert rows(pub, "SELECT * FROM subscriber") == ours
