"""A database of the first schema is brought to the present one, with the program killed at every write on the way."""
import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess

import pytest

from conftest import *  # noqa: F401,F403
from conftest import ROOT, WRAP

ROWS = [
    "INSERT INTO meta VALUES ('instance', 'x')",
    "INSERT INTO subscriber VALUES (1, 'A@example.net', 'a@example.net', 'A', 'DNS', 'en', 'active', 1, 2, 3, 'asked')",
    "INSERT INTO subscriber VALUES (2, 'b@example.net', 'b@example.net', NULL, NULL, NULL, 'unsubscribed', 1, 2, 3, 'left')",
    "INSERT INTO consent VALUES (1, 1, 2, 'confirm', 'web', 'yes')",
    "INSERT INTO suppression VALUES (x'aa', 'complaint', 5)",
    "INSERT INTO edition VALUES (1, '2026-W40', 'sent', 1, 2, 'Subject', '# T', NULL, NULL, NULL, 1, 2, 3)",
    "INSERT INTO delivery VALUES (1, 1, NULL, 'sent', 1, 0, 0, 5, 250, '2.0.0', NULL)",
    "INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, class, reason)"
    " VALUES (1, 'm', 1, 1, x'01', 5, 2, 'hard', 'unknown')",
]


def first_schema():
    """The statements of step 1, which is never edited."""
    source = (ROOT / "src" / "store" / "migrate.c").read_text()
    body = re.search(r"schema_1\[\] = \{(.*?)\n\tNULL,\n\};", source, re.S).group(1)
    body = re.sub(r"/\*.*?\*/", "", body, flags=re.S)
    return "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', body)).replace("\\\"", '"')


def dump(path):
    """Every row of the first schema's tables and columns; the version too."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert not db.execute("PRAGMA foreign_key_check").fetchall()
        version = db.execute("PRAGMA user_version").fetchone()[0]
        tables = {n for n, in db.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        rows = [db.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall()
                for t in ("meta", "consent", "suppression", "edition", "delivery")]
        rows.append(db.execute("SELECT id, address, canonical, name, topics, language, state, created_at, confirmed_at,"
                               " changed_at, why FROM subscriber ORDER BY id").fetchall())
        rows.append(db.execute("SELECT mailbox, uid, subscriber, class FROM bounce").fetchall())
        return version, "letter" in tables, rows


def test_an_upgrade_that_is_killed_anywhere_leaves_the_old_schema_or_the_new(pub, killer):
    old = pub.dir / "old.db"
    with contextlib.closing(sqlite3.connect(old)) as db:
        db.executescript("PRAGMA journal_mode=WAL;" + first_schema() + "PRAGMA user_version = 1;")
        for row in ROWS:
            db.execute(row)
        db.commit()
    now = pub.sql("PRAGMA user_version")[0][0]
    before = dump(old)
    assert before[:2] == (1, False) and now >= 2
    seen, kills = set(), 0
    for point in "write-before", "write-after", "sync-before", "sync-after":
        for n in range(1, 500):
            for p in pub.dir.glob("wrap.db*"):
                p.unlink()
            shutil.copy(old, pub.dir / "wrap.db")
            p = subprocess.run([WRAP, "-c", str(pub.conf), "-q", "subscribers", "list"], capture_output=True, text=True,
                               env=dict(os.environ, LD_PRELOAD=killer, KILL_AT=f"{point}:{n}"))
            assert p.returncode in (0, -signal.SIGKILL), (point, n, p.stderr)
            version, letters, rows = dump(pub.dir / "wrap.db")
            assert version in (1, now) or 1 < version < now, (point, n)
            assert letters == (version >= 2) and rows == before[2], (point, n)
            pub.run("subscribers", "list")
            assert dump(pub.dir / "wrap.db") == (now, True, before[2]), (point, n)
            if p.returncode == 0:
                break
            seen.add(version)
            kills += 1
    assert kills > 20 and 1 in seen and now in seen, (kills, seen)
