"""The sending engine against a relay that misbehaves to order.

Each row of FAULTS is one misbehaviour: what the relay does, what every reader's verdict must be, and what
must have arrived. The relay's own log is the judge: nobody missed, nobody mailed again after a 250.
"""
import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "tests/fake/smtp_server.py"
VARIANT = os.environ.get("VARIANT", "release")
DRIVE = ROOT / "build" / VARIANT / "bench/send_drive"


@pytest.fixture(scope="session", autouse=True)
def drive_program():
    if not DRIVE.exists() or not os.environ.get("WRAP_NO_BUILD"):
        subprocess.run([os.environ.get("MAKE", "make"), "-s", "VARIANT=" + VARIANT, str(DRIVE.relative_to(ROOT))], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    made = {}
    for name, subject in (("good", "127.0.0.1"), ("other", "192.0.2.1")):
        cert, key = folder / (name + ".pem"), folder / (name + ".key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-subj", "/CN=fake.example", "-addext", "subjectAltName=IP:" + subject,
                        "-keyout", key, "-out", cert], check=True, capture_output=True)
        made[name] = (str(cert), str(key))
    return made


class Relay:
    def __init__(self, folder, *arguments, name="wire"):
        self.log = folder / (name + ".jsonl")
        self.process = subprocess.Popen([sys.executable, SERVER, "--log", self.log, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = "smtp://127.0.0.1:%d" % self.port

    def events(self, what=None):
        if not self.log.exists():
            return []
        lines = [json.loads(line) for line in self.log.read_text().splitlines()]
        return [e for e in lines if what is None or e["what"] == what]

    def acknowledged(self):
        return collections.Counter(e["rcpt"][0] for e in self.events("message") if e["acknowledged"])

    def taken(self):
        return collections.Counter(e["rcpt"][0] for e in self.events("message"))

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def relay(tmp_path):
    started = []

    def start(*arguments, name=None):
        r = Relay(tmp_path, *arguments, name=name or "wire%d" % len(started))
        started.append(r)
        return r

    yield start
    for r in started:
        r.stop()


def drive(*words, timeout=40, expect=0):
    p = subprocess.run([DRIVE, *map(str, words)], capture_output=True, text=True, timeout=timeout)
    assert p.returncode == expect, p.stderr + p.stdout
    lines = p.stdout.splitlines()
    report = json.loads(lines[-1])
    verdicts = [line.split(" ", 4) for line in lines[:-1]]
    return report, verdicts


def plain(r, **more):
    words = {"tls": "none", "connections": 2, "timeout": 2, **more}
    return ["relay=" + r.url] + ["%s=%s" % (k, v) for k, v in words.items()]


def outcomes(verdicts):
    return collections.Counter(v[1] for v in verdicts)


def fair(r, count=None):
    """No reader got a second copy after an acknowledged one, and the wire was clean."""
    assert not r.events("violation"), r.events("violation")[:3]
    assert all(n == 1 for n in r.acknowledged().values()), r.acknowledged()
    if count is not None:
        assert len(r.acknowledged()) == count


# fault, verdict of the one reader it hits, whether the other readers get theirs all the same.
# Ten readers on two connections; where the fault is bound to one occasion (@1) it hits one message.
READERS = 10
ALL = "all"      # every reader accepted in the end, nothing to be seen of the fault
STOP = "stop"    # the run stops and charges nobody
FAULTS = [
    # the connection
    ("connect:close@1", ALL), ("connect:reset@1", ALL), ("connect:reply:421 4.3.2 too busy@1", ALL),
    ("connect:reply:554 5.3.2 no mail service here", STOP), ("connect:reply:450 wait@1", ALL),
    ("connect:garbage", STOP), ("connect:slow:0.3", ALL), ("connect:split", ALL), ("connect:multi", ALL),
    ("connect:drip:0.01", ALL), ("connect:stall@1", ALL), ("connect:then-close@1", ALL),
    # EHLO
    ("ehlo:close@1", ALL), ("ehlo:reset@1", ALL), ("ehlo:reply:421 4.3.2 later@1", ALL), ("ehlo:split", ALL),
    ("ehlo:drop:PIPELINING", ALL), ("ehlo:drop:SIZE", ALL), ("ehlo:bare-lf", ALL), ("ehlo:slow:0.3", ALL),
    ("ehlo:reply:250 fake.example", ALL), ("ehlo:reply:502 5.5.1 no EHLO@1", ALL),
    # MAIL
    ("mail:close@1", ALL), ("mail:reset@1", ALL), ("mail:reply:421 4.7.0 slow down@3", ALL),
    ("mail:reply:550 5.7.1 not you", STOP), ("mail:reply:451 4.3.0 later@1", "deferred"),
    ("mail:reply:550 5.7.1 not you@1", "refused_us"), ("mail:garbage@1", ALL), ("mail:multi", ALL),
    ("mail:slow:0.2", ALL), ("mail:split", ALL), ("mail:stall@1", ALL), ("mail:then-close@1", ALL),
    # RCPT
    ("rcpt:reply:550 5.1.1 unknown@1", "refused"), ("rcpt:reply:450 4.2.0 greylisted@1", "deferred"),
    ("rcpt:reply:421 4.7.0 enough@1", ALL), ("rcpt:close@1", ALL), ("rcpt:reset@1", ALL),
    ("rcpt:reply:550-5.1.1 a\\n550-5.1.1 b\\n550 5.1.1 c@1", "refused"), ("rcpt:garbage@1", ALL),
    ("rcpt:reply:554 5.7.1 relay access denied", STOP), ("rcpt:stall@1", ALL), ("rcpt:long@1", ALL),
    ("rcpt:endless@1", ALL), ("rcpt:mixed@1", ALL), ("rcpt:reply:252 will try@1", ALL),
    # DATA
    ("data:reply:451 4.3.0 later@1", "deferred"), ("data:reply:554 5.5.1 no@1", "refused_us"),
    ("data:close@1", ALL), ("data:reset@1", ALL), ("data:reply:250 wrong@1", ALL), ("data:slow:0.2", ALL),
    ("data:reply:421 4.3.2 closing@1", ALL), ("data:then:250 2.0.0 taken@1", "deferred"), ("data:stall@1", ALL),
    # the message
    ("body:half-close@1", ALL), ("body:reset@1", ALL), ("body:early:552 5.3.4 too big@1", "refused_us"),
    ("body:early:250 2.0.0 taken@1", "deferred"), ("body:early:421 4.3.2 closing@1", ALL),
    # the dot
    ("dot:close@1", "indoubt"), ("dot:reset@1", "indoubt"), ("dot:taken-close@1", "indoubt"),
    ("dot:taken-reset@1", "indoubt"), ("dot:reply:451 4.3.0 later@1", "deferred"),
    ("dot:reply:554 5.6.0 not this@1", "refused_us"), ("dot:reply:550 5.1.1 late no@1", "refused"),
    ("dot:reply:421 4.3.2 closing@1", ALL), ("dot:garbage@1", "indoubt"), ("dot:then-close@1", ALL),
    ("dot:then-reset@1", ALL), ("dot:slow:0.4", ALL), ("dot:drip:0.01", ALL), ("dot:twice@1", ALL),
    ("dot:multi", ALL), ("dot:then:421 4.4.2 idle@1", ALL), ("dot:bare-lf", ALL), ("dot:mixed@1", "indoubt"),
    ("dot:endless@1", "indoubt"), ("dot:long@1", ALL),
    # between messages
    ("idle:close@1", ALL), ("idle:reset@1", ALL), ("idle:reply:421 4.4.2 idle too long@1", ALL), ("idle:close", ALL),
    ("rset:reply:500 no@1", ALL), ("quit:close", ALL), ("quit:stall", ALL), ("quit:garbage", ALL),
]
# With a time of its own: a relay that takes a message and never says so is in doubt after DOT_PATIENCE.
SLOW = [("dot:taken-stall@1", "indoubt"), ("dot:stall@1", "indoubt")]


def test_the_table_is_as_long_as_promised():
    assert len({f for f, _ in FAULTS + SLOW}) >= 40


def play(folder, fault):
    """One relay with one fault, and what became of its readers."""
    folder.mkdir()
    r = Relay(folder, "--fault", fault)
    try:
        # Only a message larger than the kernel's buffers can be cut off while it is being written.
        big = fault.startswith("body:")
        report, verdicts = drive("count=%d" % (4 if big else READERS), "size=%d" % (9000000 if big else 2000),
                                 *plain(r, timeout=1 if "stall" in fault else 3))
        return r, report, verdicts
    finally:
        r.stop()


@pytest.fixture(scope="module")
def played(request, tmp_path_factory):
    """All the selected faults, several at a time: most of their time is waiting."""
    wanted = [i.callspec.params["fault"] for i in request.session.items if "fault" in getattr(getattr(i, "callspec", None), "params", {})]
    folder = tmp_path_factory.mktemp("faults")
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        futures = {f: pool.submit(play, folder / str(n), f) for n, f in enumerate(wanted)}
    return futures


@pytest.mark.parametrize("fault,expected", FAULTS + SLOW, ids=[f for f, _ in FAULTS + SLOW])
def test_relay_misbehaves(played, fault, expected):
    r, report, verdicts = played[fault].result()
    count = 4 if fault.startswith("body:") else READERS
    seen = outcomes(verdicts)
    assert sum(seen.values()) == len({v[0] for v in verdicts})
    fair(r)
    if expected == ALL:
        assert seen == {"accepted": count}, (seen, report)
        assert not report["stopped"]
        fair(r, count)
    elif expected == STOP:
        assert report["stopped"] and report["reason"]
        assert seen["accepted"] == 0 and seen["refused"] == 0 and seen["deferred"] == 0
        assert seen["not_tried"] + seen["refused_us"] == sum(seen.values())
        assert not r.acknowledged()
    else:
        assert seen == {expected: 1, "accepted": count - 1}, (seen, report)
        assert len(r.acknowledged()) == count - 1
        # Whoever is in doubt may have it, everyone else must not.
        assert len(r.taken()) == count - 1 + ("taken" in fault and expected == "indoubt")
