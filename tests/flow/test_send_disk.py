"""Trouble with the disk and with company while mail is on its way: nothing that a relay took is forgotten,
the exit code says what happened, and the run after it takes up where this one had to stop.
"""
import concurrent.futures
import os
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import WRAP
from test_send_kills import READERS, Relay, again_sends_nothing, at, copy, finish, judge, start, stencil  # noqa: F401

EIO, ENOSPC = 5, 28


@pytest.fixture
def slow_relay(tmp_path):
    r = Relay(tmp_path, "dot:slow:0.02")
    r.storm = False
    yield r
    r.stop()


@pytest.mark.parametrize("code", [ENOSPC, EIO])
def test_a_disk_that_recovers_costs_nothing(tmp_path, stencil, slow_relay, killer, code):  # noqa: F811
    """Writes fail for a while: sending waits, keeps the answers, and goes on."""
    p = copy(stencil, tmp_path / "site", slow_relay)
    trigger = tmp_path / "full"
    env = {"LD_PRELOAD": killer, "FAIL_AT": "1:0:%d" % code, "TRIGGER": str(trigger)}
    r = start(p, at(0), env)
    time.sleep(0.5)
    trigger.write_text("")
    time.sleep(1)
    trigger.unlink()
    out, _ = r.communicate(timeout=60)
    assert r.returncode == 0, out
    assert "cannot be written" in out
    repeats, _ = judge(p, slow_relay, slow_relay.messages(), 0)
    assert repeats == 0


def test_results_that_cannot_be_written_are_kept_for_the_next_run(tmp_path, stencil, slow_relay, killer):  # noqa: F811
    p = copy(stencil, tmp_path / "site", slow_relay)
    trigger = tmp_path / "full"
    r = start(p, at(0), {"LD_PRELOAD": killer, "FAIL_AT": "1:0:%d" % ENOSPC, "TRIGGER": str(trigger)})
    time.sleep(0.5)
    trigger.write_text("")
    time.sleep(0.5)
    r.send_signal(signal.SIGTERM)
    out, _ = r.communicate(timeout=60)
    assert r.returncode in (73, 74), (r.returncode, out)
    assert "kept in" in out and (p.dir / "wrap.db-spill").exists()
    finish(p, 1)
    repeats, _ = judge(p, slow_relay, slow_relay.messages(), 0)
    assert repeats == 0
    assert not (p.dir / "wrap.db-spill").exists()
    again_sends_nothing(p, slow_relay, 60)


def test_twenty_runs_at_once_send_each_mail_once(tmp_path, stencil, slow_relay):  # noqa: F811
    p = copy(stencil, tmp_path / "site", slow_relay)
    runs = [start(p, at(0), {}) for _ in range(20)]
    codes = []
    for r in runs:
        out, _ = r.communicate(timeout=120)
        codes.append(r.returncode)
    assert set(codes) <= {0, 75} and 0 in codes
    repeats, _ = judge(p, slow_relay, slow_relay.messages(), 0)
    assert repeats == 0


def test_term_gives_back_what_was_not_begun(tmp_path, stencil, slow_relay):  # noqa: F811
    p = copy(stencil, tmp_path / "site", slow_relay)
    r = start(p, at(0), {})
    time.sleep(0.6)
    r.send_signal(signal.SIGTERM)
    out, _ = r.communicate(timeout=60)
    assert r.returncode in (69, 75), out
    left = dict(p.sql("SELECT state, count(*) FROM delivery GROUP BY state"))
    assert set(left) == {"queued", "sent"} and left["sent"] > 0
    finish(p, 1)
    repeats, _ = judge(p, slow_relay, slow_relay.messages(), 0)
    assert repeats == 0


def edition_state(p, state):
    with sqlite3.connect(p.dir / "wrap.db", timeout=10) as db:
        db.execute("UPDATE edition SET state = ?", (state,))


def test_hold_while_sending_stops_the_rest(tmp_path, stencil, slow_relay):  # noqa: F811
    p = copy(stencil, tmp_path / "site", slow_relay)
    r = start(p, at(0), {})
    time.sleep(0.5)
    edition_state(p, "held")
    out, _ = r.communicate(timeout=60)
    assert r.returncode in (3, 69, 75), out
    sent = dict(p.sql("SELECT state, count(*) FROM delivery GROUP BY state"))
    assert 0 < sent["sent"] < READERS
    edition_state(p, "sending")
    finish(p, 1)
    repeats, _ = judge(p, slow_relay, slow_relay.messages(), 0)
    assert repeats == 0


def test_whoever_leaves_before_the_claim_gets_nothing(tmp_path, stencil, slow_relay):  # noqa: F811
    p = copy(stencil, tmp_path / "site", slow_relay)
    r = start(p, at(0), {})
    time.sleep(0.35)
    p.run("unsubscribe", "reader%06d@example.net" % (READERS - 1), now=False)
    out, _ = r.communicate(timeout=60)
    assert r.returncode == 0, out
    got = {m["rcpt"][0] for m in slow_relay.messages()}
    assert "reader%06d@example.net" % (READERS - 1) not in got and len(got) == READERS - 1
    assert p.sql("SELECT count(*) FROM delivery WHERE state = 'skipped'") == [(1,)]
