"""Sending by the whole program: hours, signals, an editor who holds, clocks, copies, progress and figures."""
import collections
import datetime
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from conftest import ROOT, WRAP, Publication
from relay import relay  # noqa: F401

READERS = 60


@pytest.fixture(scope="module")
def stencil(tmp_path_factory):
    p = Publication(tmp_path_factory.mktemp("stencil") / "site")
    p.dir.mkdir()
    p.init()
    p.write(feeds='{ name = "notes"; folder = "articles"; }')
    (p.dir / "articles/one.md").write_text("---\ntitle: A resolver learns to wait\nlink: https://example.org/one\n"
                                           "topic: DNS\ndate: 2026-11-15\n---\n\nThe resolver waits now. It did not before.\n")
    p.fill(READERS)
    return p.dir


class Site(Publication):
    def configure(self, r, *, send="patience = 0;", relay="connections = 2;", publication="", extra=""):
        peer = '{ url = "smtp://127.0.0.1:%d"; tls = "none"; timeout = 20; %s }' % (r.port, relay) if r else ""
        self.write(feeds='{ name = "notes"; folder = "articles"; }', relay=peer, publication=publication, extra=extra)
        self.conf.write_text(self.conf.read_text().replace("send = { patience = 0; };", "send = { %s };" % send))

    def start(self, *args, now=True, **kw):
        cmd = [WRAP, "-c", str(self.conf)] + (["--now", self.now] if now else [])
        return subprocess.Popen(cmd + list(args), cwd=self.dir, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)

    def undated(self, day=None):
        """A story of the day that it is."""
        story = self.dir / "articles/one.md"
        story.write_text(re.sub("date: .*\n", "", story.read_text()))
        if day:
            t = datetime.datetime.fromisoformat(day).timestamp()
            os.utime(story, (t, t))

    def states(self):
        return dict(self.sql("SELECT state, count(*) FROM delivery GROUP BY state"))

    def write_sql(self, text):
        with sqlite3.connect(self.dir / "wrap.db", timeout=10) as db:
            db.execute(text)


@pytest.fixture
def site(stencil, tmp_path):
    shutil.copytree(stencil, tmp_path / "site")
    return Site(tmp_path / "site")


def wait_for(what, seconds=10):
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it never came"
        time.sleep(0.02)


def mailed(r):
    """Acknowledged copies of readers; an editor may be written to besides."""
    return {a: n for a, n in r.acknowledged().items() if a.startswith("reader")}


def balanced(site, r):
    """The ledger and the relay's log say the same, and nothing is left on its way."""
    states = site.states()
    assert sum(states.values()) == READERS and "sending" not in states
    assert all(n == 1 for n in mailed(r).values())
    assert len(mailed(r)) == states.get("sent", 0)
    return states


# ---- hours and spread -------------------------------------------------------------------------------------------


def test_mail_begins_within_local_hours_only(site, relay):
    r = relay()
    site.configure(r, send='patience = 0; hours = "07:00-21:00";', publication='time_zone = "Europe/Berlin";')
    site.now = "2026-11-20T21:00:00Z"  # 22:00 there
    report = site.json("run", code=75)
    assert report["end"] == "open" and "send.hours, until 07:00" in report["why"]
    assert site.states() == {"queued": READERS} and not r.events("open")
    site.now = "2026-11-21T05:59:00Z"
    site.run("run", code=75)
    site.now = "2026-11-21T06:00:00Z"
    site.run("run")
    assert balanced(site, r) == {"sent": READERS}


def test_hours_that_end_stop_a_run_in_its_midst(site, relay, tmp_path):
    """A clock that runs: it is three seconds to nine in the evening, and a mail takes its time."""
    shim = tmp_path / "clock.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "tests/fake/clock.c"], check=True)
    r = relay("--fault", "dot:slow:0.4")
    site.configure(r, send='patience = 0; hours = "07:00-21:00";')

    def run(at):
        ahead = int(datetime.datetime.fromisoformat(at).timestamp() - time.time())
        p = site.start("run", now=False, env={**os.environ, "LD_PRELOAD": str(shim), "CLOCK_OFFSET": str(ahead)})
        return p.communicate(timeout=60)[0], p.returncode

    said, code = run("2026-11-20T20:59:57+00:00")
    states = balanced(site, r)
    assert code == 75 and "send.hours, until 07:00" in said
    assert 0 < states["sent"] < READERS and states["queued"] == READERS - states["sent"]
    assert run("2026-11-21T07:00:01+00:00")[1] == 0
    assert balanced(site, r) == {"sent": READERS}


def test_a_person_may_send_at_any_hour(site, relay):
    r = relay()
    site.configure(r, send='patience = 0; hours = "20:00-06:00";')
    site.run("run", code=75)
    assert not r.events("open")
    site.run("send")
    assert balanced(site, r) == {"sent": READERS}


@pytest.mark.parametrize("hours", ["7-21", "07:00-07:00", "07:00-24:00", "morning", "07:00"])
def test_hours_that_are_none_are_refused(site, hours):
    site.configure(None, send='hours = "%s";' % hours)
    assert "send.hours" in site.run("status", code=78).stderr


def test_the_start_is_spread_and_a_signal_ends_the_wait(site, relay):
    r = relay()
    site.configure(r, send="patience = 0; spread = 180;")
    site.undated()
    p = site.start("run", now=False)
    time.sleep(1.2)
    assert p.poll() is None and not r.events("open") and not site.states()
    p.send_signal(signal.SIGTERM)
    out, _ = p.communicate(timeout=5)
    assert p.returncode == 75 and "asked to stop before it began" in out
    site.run("send", now=False)
    assert len(mailed(r)) == READERS


# ---- signals ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_finishes_what_is_handed_over(site, relay, sig):
    r = relay("--fault", "dot:slow:0.3")
    site.configure(r)
    p = site.start("run")
    wait_for(lambda: len(r.read_log()) > 30)
    p.send_signal(sig)
    begun = time.monotonic()
    out, _ = p.communicate(timeout=20)
    assert p.returncode == 75 and "asked to stop" in out and time.monotonic() - begun < 3
    states = balanced(site, r)
    assert set(states) == {"sent", "queued"}
    r.stop()


def test_a_second_signal_commits_and_goes(site, relay):
    r = relay("--fault", "dot:slow:15@5+")
    site.configure(r)
    p = site.start("run")
    wait_for(lambda: sum(e["what"] == "message" for e in r.read_log()) >= 4)
    time.sleep(0.3)
    for _ in range(2):
        p.send_signal(signal.SIGTERM)
        time.sleep(0.2)
    begun = time.monotonic()
    p.communicate(timeout=20)
    assert p.returncode == 75 and time.monotonic() - begun < 3
    states = site.states()
    assert states["sent"] == 4 and states["indoubt"] == 2 and states["queued"] == READERS - 6


# ---- an editor in a second process ------------------------------------------------------------------------------


def test_hold_stops_a_run_and_resume_lets_it_go_on(site, relay):
    r = relay()
    site.configure(r, relay="connections = 2; rate = 20;")
    p = site.start("run")
    wait_for(lambda: any(e["what"] == "message" for e in r.read_log()))
    site.run("hold", "--why", "a wrong headline", code=None)
    begun = time.monotonic()
    out, _ = p.communicate(timeout=20)
    assert time.monotonic() - begun < 2.5 and p.returncode == 3, out
    states = balanced(site, r)
    assert 0 < states["sent"] < READERS and states["queued"] == READERS - states["sent"]
    assert site.run("run", code=3) and len(mailed(r)) == states["sent"]
    site.run("resume")
    site.configure(r)
    site.run("run")
    assert balanced(site, r) == {"sent": READERS}


def test_cancel_stops_a_run_for_good(site, relay):
    r = relay()
    site.configure(r, relay="connections = 2; rate = 20;")
    p = site.start("run")
    wait_for(lambda: any(e["what"] == "message" for e in r.read_log()))
    site.run("cancel", code=None)
    begun = time.monotonic()
    out, _ = p.communicate(timeout=20)
    assert time.monotonic() - begun < 2.5 and p.returncode == 0, out
    states = site.states()
    assert 0 < len(mailed(r)) == states["sent"] < READERS
    site.run("run")
    states = balanced(site, r)
    assert states == {"sent": states["sent"], "skipped": READERS - states["sent"]}


def settled(site, r):
    """A cancelled edition after its sender died: every reader is accounted for, nothing goes again, and it stays so."""
    site.now = "2026-11-20T18:01:00Z"
    site.run("run")
    states, report = site.states(), site.json("report", site.sql("SELECT key FROM edition")[0][0])["edition"]
    assert set(states) <= {"sent", "indoubt", "skipped"} and sum(states.values()) == READERS
    # A 250 that we had no time to write down is in doubt too.
    assert states.get("sent", 0) <= len(mailed(r)) <= states.get("sent", 0) + states["indoubt"]
    assert {k: n for k, n in report["deliveries"].items() if n} == states and report["ended"]
    reasons = dict(site.sql("SELECT DISTINCT state, reason FROM delivery WHERE state <> 'sent'"))
    assert "no answer came, and nothing is repeated: the edition was cancelled" == reasons["indoubt"]
    for day in (21, 22):  # long after a row in doubt would have been repeated
        site.now = "2026-11-%dT18:00:00Z" % day
        site.run("run")
        assert site.states() == states
    copies = collections.Counter(e["rcpt"][0] for e in r.events("message"))
    assert set(copies.values()) == {1}
    assert site.sql("PRAGMA integrity_check") == [("ok",)]


def test_a_kill_right_after_cancel_leaves_nothing_open(site, relay):
    r = relay("--fault", "dot:slow:5@4+")
    site.configure(r)
    p = site.start("run")
    wait_for(lambda: sum(e["what"] == "message" for e in r.read_log()) >= 3 and site.states().get("sending", 0) > 1)
    site.run("cancel", code=None)
    p.kill()
    p.communicate(timeout=20)
    assert site.states()["sending"] > 0
    settled(site, r)


@pytest.mark.parametrize("point", ["body-before:9", "body-after:9", "reply-after:9", "sync-before:12", "sync-after:12"])
def test_a_cancel_right_after_a_kill_leaves_nothing_open(site, relay, killer, point):
    r = relay()
    site.configure(r)
    p = site.start("run", env={**os.environ, "LD_PRELOAD": killer, "KILL_AT": point})
    p.communicate(timeout=20)
    assert p.returncode == -signal.SIGKILL and site.states()["sending"] > 0
    site.run("cancel", code=None)
    settled(site, r)


def test_results_beside_the_database_count_before_a_cancelled_edition_is_closed(site, relay):
    """A run that could not write kept what it knew in a file: that is no doubt."""
    r = relay()
    site.configure(r)
    site.run("run")
    site.write_sql("DROP TRIGGER delivery_forward")
    site.write_sql("UPDATE delivery SET state = 'sending' WHERE subscriber IN (3, 4)")
    site.write_sql("UPDATE edition SET state = 'cancelled', ended_at = NULL")
    (edition,), = site.sql("SELECT id FROM edition")
    (site.dir / "wrap.db-spill").write_text("wrap-spill 1\n%d 3 sent 1 0 1763661600 250 2.0.0 taken\n" % edition)
    site.run("run")
    assert site.states() == {"sent": READERS - 1, "indoubt": 1}
    assert not (site.dir / "wrap.db-spill").exists()


def test_one_sender_at_a_time(site, relay):
    r = relay()
    site.configure(r)
    all_of_them = [site.start("run") for _ in range(20)]
    ends = [(p.communicate(timeout=60)[0], p.returncode) for p in all_of_them]
    assert {code for _, code in ends} <= {0, 75}
    assert sum(code == 0 for _, code in ends) >= 1
    assert all("another run is at work" in out for out, code in ends if code == 75), ends
    assert balanced(site, r) == {"sent": READERS}


# ---- clocks and copies ------------------------------------------------------------------------------------------


def test_a_clock_set_back_sends_nothing_twice(site, relay):
    r = relay()
    site.configure(r)
    site.run("run")
    for now in ("2026-11-20T17:00:00Z", "2026-11-19T18:00:00Z", "2026-11-12T18:00:00Z", "2026-11-20T18:30:00Z"):
        site.now = now
        site.run("run", code=None)
        site.run("send", code=None)
        assert len(mailed(r)) == READERS and balanced(site, r)
    assert len(site.sql("SELECT 1 FROM edition WHERE sealed_at IS NOT NULL")) == 1


def test_what_waited_under_a_wrong_clock_does_not_wait_for_it(site, relay):
    r = relay("--fault", "dot:reply:451 4.3.0 later@1", "--fault", "dot:close@2")
    site.configure(r)
    site.now = "2026-12-20T18:00:00Z"
    site.undated("2026-12-19")
    site.run("run", code=75)
    assert site.states() == {"sent": READERS - 2, "queued": 1, "indoubt": 1}
    site.now = "2026-11-20T18:00:00Z"  # a month back
    site.run("run", code=None)
    site.now = "2026-11-20T18:16:00Z"
    site.run("run", code=None)
    assert site.states() == {"sent": READERS}
    assert len(mailed(r)) == READERS


def test_a_copy_on_another_machine_refuses_until_it_is_adopted(site, relay):
    r = relay()
    site.configure(r)
    site.json("run")
    assert len(mailed(r)) == READERS
    site.write_sql("UPDATE meta SET value = 'another' WHERE name = 'host'")
    site.write_sql("UPDATE meta SET value = 'old.example' WHERE name = 'host_name'")
    site.write_sql("UPDATE edition SET state = 'sending'")
    site.write_sql("DELETE FROM delivery WHERE subscriber = 1")
    site.write_sql("INSERT INTO delivery (edition, subscriber, message, state, next_attempt_at, changed_at)"
                   " SELECT edition, 1, message, 'queued', 0, 1 FROM delivery LIMIT 1")
    site.run("subscribe", "new@example.net")
    for command in ("run", "send"):
        p = site.run(command, code=77)
        assert "old.example" in p.stderr and "wrap send --adopt" in p.stderr
    assert site.run("-n", "run").returncode == 0
    assert sum(a.startswith("reader") for a in r.taken()) == READERS
    assert "1 open edition is held" in site.run("send", "--adopt", code=3).stdout
    assert site.json("run", code=3)["letters"]["sent"] == 1
    assert r.taken()["reader000000@example.net"] == 1
    site.run("resume")
    site.run("run")
    assert r.taken()["reader000000@example.net"] == 2
    assert site.run("send", "--adopt").stdout.startswith("This machine sends")


# ---- again, and to one ------------------------------------------------------------------------------------------


def test_send_again_reaches_only_those_who_did_not_get_it(site, relay):
    r = relay("--fault", "rcpt:reply:450 4.2.0 later@3", "--fault", "rcpt:reply:550 5.1.1 unknown@5")
    site.configure(r)
    site.run("run", code=75)
    assert site.states() == {"sent": READERS - 2, "queued": 1, "failed": 1}
    site.now = "2026-11-20T18:20:00Z"
    site.run("send", "2026-W47")
    assert balanced(site, r) == {"sent": READERS - 1, "failed": 1}
    site.run("send", "2026-W47")
    assert len(mailed(r)) == READERS - 1


def test_a_test_copy_changes_nobodys_delivery(site, relay):
    r = relay("--fault", "rcpt:reply:550 5.1.1 unknown@2")
    site.configure(r)
    site.run("collect")
    site.run("draft")
    assert "accepted" in site.run("send", "--test", "editor@example.net").stdout
    message = r.events("message")[0]
    assert message["rcpt"] == ["editor@example.net"] and "Subject: [test] " in message["data"]
    assert not site.states() and not site.sql("SELECT 1 FROM edition WHERE sealed_at IS NOT NULL")
    assert "unknown" in site.run("send", "--test", "nobody@example.net", code=65).stdout
    assert "is no address" in site.run("send", "--test", "a@b>\r\nDATA", code=65).stderr
    site.run("-n", "send", "--test", "editor@example.net")
    assert len(r.events("message")) == 1


# ---- what it shows ----------------------------------------------------------------------------------------------


def on_terminal(site, *args):
    control, terminal = pty.openpty()
    p = subprocess.Popen([WRAP, "-c", str(site.conf), "--now", site.now, *args], cwd=site.dir, stdout=subprocess.PIPE, stderr=terminal,
                         env={**os.environ, "TERM": "xterm"})
    os.close(terminal)
    seen = b""
    while True:
        try:
            piece = os.read(control, 4096)
        except OSError:
            break
        if not piece:
            break
        seen += piece
    out = p.stdout.read()
    p.stdout.close()
    assert p.wait() in (0, 75)
    os.close(control)
    return seen.decode(), out.decode()


def test_progress_on_a_terminal_and_a_summary_elsewhere(site, relay):
    r = relay("--fault", "rcpt:reply:450 4.2.0 later@3")
    site.configure(r, relay="connections = 2; rate = 20;")
    shown, out = on_terminal(site, "run")
    lines = [line for line in re.split(r"\r\x1b\[K", shown) if line.startswith("send: [")]
    assert len(lines) >= 3
    assert re.fullmatch(r"send: \[#{24}\] 60 of 60, \d+ a second(, \d+:\d\d left)?; 59 accepted, 1 deferred", lines[-1].rstrip("\r\n")), lines[-1]
    assert any(re.search(r", \d+:\d\d left;", line) for line in lines)
    assert shown.endswith("\r\x1b[K")
    assert "readers   60 in all: 59 sent" in out and "\x1b" not in out
    site.now = "2026-11-20T18:20:00Z"
    p = site.run("run")
    assert p.stderr == "" and "60 sent" in p.stdout
    assert site.run("-q", "run").stdout == ""


FIGURE = re.compile(r'wrap_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[0-9.e+]+')


def test_figures_for_prometheus(site, relay):
    r = relay("--fault", "rcpt:reply:550 5.1.1 unknown@3")
    site.configure(r, extra='paths = { metrics = "figures/wrap.prom"; };')
    (site.dir / "figures").mkdir()
    site.run("-n", "run")
    assert not list((site.dir / "figures").iterdir())
    site.run("run")
    assert [p.name for p in (site.dir / "figures").iterdir()] == ["wrap.prom"]
    text = (site.dir / "figures/wrap.prom").read_text()
    values, typed = {}, set()
    for line in text.splitlines():
        if line.startswith("# TYPE"):
            assert line.split()[2] not in typed
            typed.add(line.split()[2])
        elif not line.startswith("#"):
            assert FIGURE.fullmatch(line), line
            name, value = line.rsplit(" ", 1)
            assert name.split("{")[0] in typed
            values[name] = float(value)
    assert values['wrap_edition_deliveries{edition="2026-W47",state="sent"}'] == READERS - 1
    assert values['wrap_edition_deliveries{edition="2026-W47",state="failed"}'] == 1
    assert values['wrap_last_run_messages{verdict="accepted"}'] == READERS - 1
    assert values['wrap_subscribers{state="active"}'] == READERS
    assert values["wrap_last_run_exit_code"] == 0 and values["wrap_edition_complete"] == 1
    assert values["wrap_last_run_connections"] == 2


def test_figures_that_cannot_be_written_stop_nothing(site, relay):
    r = relay()
    site.configure(r, extra='paths = { metrics = "nowhere/wrap.prom"; };')
    assert "paths.metrics" in site.run("run").stderr
    assert balanced(site, r) == {"sent": READERS}


def test_the_report_accounts_for_every_reader(site, relay):
    r = relay("--fault", "rcpt:reply:450 4.2.0 later@3", "--fault", "rcpt:reply:550 5.1.1 unknown@5", "--fault", "dot:close@7")
    site.configure(r)
    report = site.json("run", code=75)
    want = collections.Counter(dict.fromkeys(("queued", "sending", "sent", "indoubt", "failed", "skipped", "held"), 0))
    want.update(sent=READERS - 3, queued=1, failed=1, indoubt=1)
    assert report["deliveries"] == dict(want)
    text = site.run("report", "2026-W47").stdout
    for word in ("450", "550"):
        assert word in text, text
