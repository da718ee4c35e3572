"""The whole program, killed. After any kill -9, at a named point or at random, the runs that follow must
leave nobody out, give nobody a second copy beyond the bound, keep bytes and Message-ID over repeats, and
the database sound. WRAP_KILLS is the number of kills (20 in the quick run, 200 in the full one).

The bound on repeats: what the relay took without saying so, and for each kill the connections in flight
and one group of 64 uncommitted results.
"""
import collections
import datetime
import json
import os
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from conftest import ROOT, WRAP, Publication

KILLS = int(os.environ.get("WRAP_KILLS", "20"))
READERS = 200
CONNECTIONS = 4
START = datetime.datetime(2026, 11, 16, 6, 0, tzinfo=datetime.timezone.utc)
POINTS = ["envelope-before", "envelope-after", "body-before", "body-after", "reply-after",
          "write-before", "write-after", "sync-before", "sync-after", "connect-before", "connect-after",
          "reserve-before", "reserve-after", "drop-before", "drop-after", "truncate-before", "truncate-after"]
FEW = {"write": 12, "sync": 12, "connect": 4, "reserve": 1, "drop": 1, "truncate": 2}  # times that a run reaches them, at least


class Relay:
    def __init__(self, folder, *faults):
        self.log = folder / "wire.jsonl"
        arguments = [a for f in faults for a in ("--fault", f)]
        self.process = subprocess.Popen([sys.executable, ROOT / "tests/fake/smtp_server.py", "--log", self.log, *arguments],
                                        stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.read = 0

    def messages(self):
        """What was taken since the last call, once every connection is closed: the log comes after the answer."""
        for _ in range(200):
            with open(self.log) as f:
                f.seek(self.read)
                events = [json.loads(line) for line in f]
                end = f.tell()
            if sum(e["what"] == "open" for e in events) == sum(e["what"] == "close" for e in events):
                break
            time.sleep(0.02)
        self.read = end
        assert not [e for e in events if e["what"] == "violation"]
        return [e for e in events if e["what"] == "message"]

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture(scope="module", params=["clean", "storm"])
def relay(request, tmp_path_factory):
    storm = ["dot:taken-close@p3", "dot:close@p2", "rcpt:reply:450 4.2.0 later@p4", "mail:close@p2", "connect:close@p2",
             "dot:reply:451 4.3.0 later@p3", "idle:close@p3", "data:reply:421 4.3.2 closing@p2"]
    r = Relay(tmp_path_factory.mktemp("relay"), *(storm if request.param == "storm" else []))
    r.storm = request.param == "storm"
    yield r
    r.stop()


@pytest.fixture(scope="module")
def stencil(tmp_path_factory):
    """A publication with its readers and one story, to be copied."""
    p = Publication(tmp_path_factory.mktemp("stencil") / "site")
    p.dir.mkdir()
    p.init()
    p.write(feeds='{ name = "notes"; folder = "articles"; }')
    (p.dir / "articles" / "one.md").write_text("---\ntitle: A resolver learns to wait\nlink: https://example.org/one\n"
                                               "topic: DNS\ndate: 2026-11-15\n---\n\nThe resolver waits now. It did not before.\n")
    p.fill(READERS)
    return p.dir


def copy(stencil, folder, relay):
    shutil.copytree(stencil, folder)
    p = Publication(folder)
    p.write(feeds='{ name = "notes"; folder = "articles"; }',
            relay='{ url = "smtp://127.0.0.1:%d"; tls = "none"; connections = %d; timeout = 5; }' % (relay.port, CONNECTIONS))
    return p


def at(hours):
    return (START + datetime.timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ")


def start(p, now, env):
    return subprocess.Popen([WRAP, "-c", str(p.conf), "--now", now, "run"], env={**os.environ, **env}, cwd=p.dir,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(p, hours):
    """Run until the edition is sent; the clock moves on, so that what waits falls due. What was in doubt three
    times is held for the administrator, who says here: send it again."""
    for i in range(40):
        r = start(p, at(hours + i), {})
        out, _ = r.communicate(timeout=60)
        assert r.returncode in (0, 3, 69, 75), (r.returncode, out)
        if r.returncode == 3:
            assert "deliveries wait" in out, out
            with sqlite3.connect(p.dir / "wrap.db", timeout=10) as db:
                db.execute("UPDATE delivery SET state = 'queued' WHERE state = 'held'")
        if r.returncode == 0:
            return i
    raise AssertionError("never sent: " + out)


def judge(p, relay, messages, kills):
    messages = [m for m in messages if m["rcpt"] != ["editor@example.org"]]  # told that something is held
    readers = {"reader%06d@example.net" % i for i in range(READERS)}
    copies = collections.Counter(m["rcpt"][0] for m in messages)
    acknowledged = collections.Counter(m["rcpt"][0] for m in messages if m["acknowledged"])
    withheld = sum(not m["acknowledged"] for m in messages)
    assert set(acknowledged) == readers, "missed: %s" % sorted(readers - set(acknowledged))[:5]
    repeats = sum(copies.values()) - len(copies)
    assert repeats <= withheld + kills * (CONNECTIONS + 64), (repeats, withheld)
    bodies = collections.defaultdict(set)
    for m in messages:
        bodies[m["rcpt"][0]].add(m["data"])
    assert all(len(b) == 1 for b in bodies.values()), "a repeat had other bytes"
    with sqlite3.connect(p.dir / "wrap.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall() == [("sent", READERS)]
    return repeats, withheld


def again_sends_nothing(p, relay, hours):
    r = start(p, at(hours), {})
    out, _ = r.communicate(timeout=60)
    assert r.returncode == 0, out
    assert not relay.messages()


def kills():
    """Every named point once, then half at random moments; the same list in every run."""
    rnd = random.Random(7)
    for i in range(KILLS):
        if i >= len(POINTS) and i % 2:
            yield "random", rnd.random()
        else:
            name = POINTS[i % len(POINTS)]
            yield name, rnd.randint(1, FEW.get(name.split("-")[0], READERS - 20))


def test_nobody_is_missed_and_repeats_are_bounded(tmp_path, stencil, relay, killer):
    total = collections.Counter()
    for n, (point, when) in enumerate(k for i, k in enumerate(kills()) if (i % 3 == 2) == relay.storm):
        p = copy(stencil, tmp_path / str(n), relay)
        if point == "random":
            r = start(p, at(0), {})
            time.sleep(0.02 + when * 0.45)
            r.kill()
        else:
            r = start(p, at(0), {"LD_PRELOAD": killer, "KILL_AT": "%s:%d" % (point, when)})
        r.communicate(timeout=60)
        assert r.returncode in (-signal.SIGKILL, 0, 75), (point, when, r.returncode)
        died = r.returncode == -signal.SIGKILL
        total["killed"] += died
        rounds = finish(p, 1)
        repeats, withheld = judge(p, relay, relay.messages(), 1)
        again_sends_nothing(p, relay, 60)
        total["repeats"] += repeats
        total["withheld"] += withheld
        total["rounds"] += rounds
        shutil.rmtree(p.dir)
    print("\n%s: %s" % ("storm" if relay.storm else "clean", dict(total)))
    assert total["killed"] > 0


@pytest.mark.parametrize("point", ["rename-before", "rename-after", "folder-before", "folder-after", "sync-before", "sync-after"])
def test_a_maildir_holds_each_once_after_a_kill(tmp_path, stencil, killer, point):
    shutil.copytree(stencil, tmp_path / "site")
    p = Publication(tmp_path / "site")
    for i, when in enumerate((1, 2, 30)):
        r = start(p, at(i), {"LD_PRELOAD": killer, "KILL_AT": "%s:%d" % (point, when)})
        r.communicate(timeout=60)
    finish(p, 4)
    names = [f.name for f in (p.dir / "outbox/new").iterdir()]
    assert len(names) == READERS and not list((p.dir / "outbox/tmp").iterdir())
    with sqlite3.connect(p.dir / "wrap.db") as db:
        assert db.execute("SELECT state, count(*) FROM delivery GROUP BY state").fetchall() == [("sent", READERS)]
