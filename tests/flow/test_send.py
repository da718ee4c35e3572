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
import time

import pytest

from relay import Relay, relay  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
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
    ("connect:endless@1", ALL), ("connect:huge@1", ALL), ("connect:reply:220@1", ALL),
    # EHLO
    ("ehlo:close@1", ALL), ("ehlo:reset@1", ALL), ("ehlo:reply:421 4.3.2 later@1", ALL), ("ehlo:split", ALL),
    ("ehlo:drop:PIPELINING", ALL), ("ehlo:drop:SIZE", ALL), ("ehlo:bare-lf", ALL), ("ehlo:slow:0.3", ALL),
    ("ehlo:reply:250 fake.example", ALL), ("ehlo:reply:502 5.5.1 no EHLO@1", ALL), ("ehlo:reply:451 4.3.0 not now@1", ALL),
    ("ehlo:reply:250-x\\n250-pIpElInInG\\n250-PIPELINING\\n250-PIPELINING\\n250-size 10\\n250-SIZE 10000000\\n250 8bitMIME", ALL),
    ("ehlo:reply:250-x\\n250-SIZE 99999999999999999999999999\\n250 PIPELININGS", ALL), ("ehlo:reply:250-x\\n250 SIZE -5", ALL),
    ("ehlo:endless@1", ALL), ("ehlo:huge@1", ALL),
    # MAIL
    ("mail:close@1", ALL), ("mail:reset@1", ALL), ("mail:reply:421 4.7.0 slow down@3", ALL),
    ("mail:reply:550 5.7.1 not you", STOP), ("mail:reply:451 4.3.0 later@1", "deferred"),
    ("mail:reply:550 5.7.1 not you@1", "refused_us"), ("mail:garbage@1", ALL), ("mail:multi", ALL),
    ("mail:slow:0.2", ALL), ("mail:split", ALL), ("mail:stall@1", ALL), ("mail:then-close@1", ALL),
    ("mail:lax:451 4.3.0 later@1", "deferred"), ("mail:hold", ALL), ("mail:huge@1", ALL), ("mail:reply:999 what@1", ALL),
    # RCPT
    ("rcpt:reply:550 5.1.1 unknown@1", "refused"), ("rcpt:reply:450 4.2.0 greylisted@1", "deferred"),
    ("rcpt:reply:421 4.7.0 enough@1", ALL), ("rcpt:close@1", ALL), ("rcpt:reset@1", ALL),
    ("rcpt:reply:550-5.1.1 a\\n550-5.1.1 b\\n550 5.1.1 c@1", "refused"), ("rcpt:garbage@1", ALL),
    ("rcpt:reply:554 5.7.1 relay access denied", STOP), ("rcpt:stall@1", ALL), ("rcpt:long@1", ALL),
    ("rcpt:endless@1", ALL), ("rcpt:mixed@1", ALL), ("rcpt:reply:252 will try@1", ALL),
    ("rcpt:hold", ALL), ("rcpt:lax:550 5.1.1 unknown@1", "refused"), ("rcpt:huge@1", ALL), ("rcpt:reply:250@1", ALL),
    ("rcpt:reply:550 2.1.5 fine@1", "refused"), ("rcpt:reply:450 5.1.1 gone@1", "deferred"), ("rcpt:reply:354 go on@1", ALL),
    ("rcpt:reply:550 5.1.1 a\\x00b@1", "refused"), ("rcpt:reply:550 5.99999999999.1 no@1", "refused"), ("rcpt:reply:100 wait@1", ALL),
    ("rcpt:reply:250-never ends@1", ALL),
    # DATA
    ("data:reply:451 4.3.0 later@1", "deferred"), ("data:reply:554 5.5.1 no@1", "refused_us"),
    ("data:close@1", ALL), ("data:reset@1", ALL), ("data:reply:250 wrong@1", ALL), ("data:slow:0.2", ALL),
    ("data:reply:421 4.3.2 closing@1", ALL), ("data:then:250 2.0.0 taken@1", "deferred"), ("data:stall@1", ALL),
    ("data:reply:354-go\\n354 on@1", ALL), ("data:huge@1", ALL), ("data:lax:451 4.3.0 later@1", "deferred"),
    # the message
    ("body:half-close@1", ALL), ("body:reset@1", ALL), ("body:early:552 5.3.4 too big@1", "refused_us"),
    ("body:early:250 2.0.0 taken@1", "deferred"), ("body:early:421 4.3.2 closing@1", ALL),
    ("body:ignore@1", ALL),
    # the dot
    ("dot:close@1", "indoubt"), ("dot:reset@1", "indoubt"), ("dot:taken-close@1", "indoubt"),
    ("dot:taken-reset@1", "indoubt"), ("dot:reply:451 4.3.0 later@1", "deferred"),
    ("dot:reply:554 5.6.0 not this@1", "refused_us"), ("dot:reply:550 5.1.1 late no@1", "refused"),
    ("dot:reply:421 4.3.2 closing@1", ALL), ("dot:garbage@1", "indoubt"), ("dot:then-close@1", ALL),
    ("dot:then-reset@1", ALL), ("dot:slow:0.4", ALL), ("dot:drip:0.01", ALL), ("dot:twice@1", ALL),
    ("dot:multi", ALL), ("dot:then:421 4.4.2 idle@1", ALL), ("dot:bare-lf", ALL), ("dot:mixed@1", "indoubt"),
    ("dot:endless@1", "indoubt"), ("dot:long@1", ALL),
    ("dot:huge@1", "indoubt"), ("dot:bare-cr@1", "indoubt"), ("dot:reply:354 more@1", "indoubt"), ("dot:reply:250@1", ALL),
    ("dot:reply:250 5.7.1 refused@1", ALL), ("dot:reply:550 2.0.0 taken@1", "refused_us"),
    ("dot:reply:200 fine@1", ALL), ("dot:reply:\\x00250 fine@1", "indoubt"), ("dot:reply: 250 fine@1", "indoubt"),
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
        silent = any(word in fault for word in ("stall", "ignore", "bare-cr", "never ends"))
        report, verdicts = drive("count=%d" % (4 if big else READERS), "size=%d" % (9000000 if big else 2000),
                                 *plain(r, timeout=8 if not silent else 4 if big else 1))
        return r, report, verdicts
    finally:
        r.stop()


@pytest.fixture(scope="module")
def played(request, tmp_path_factory):
    """All the selected faults, several at a time: most of their time is waiting."""
    wanted = [i.callspec.params["fault"] for i in request.session.items
              if i.module is request.module and "fault" in getattr(getattr(i, "callspec", None), "params", {})]
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


# ---- several relays, rates, canary, signals ---------------------------------------------------------------------


def test_weights_share_the_mail(relay):
    a, b = relay(), relay()
    report, _ = drive("count=400", *plain(a, weight=3, connections=4), *plain(b, weight=1, connections=4))
    assert report["accepted"] == 400
    assert 270 <= len(a.acknowledged()) <= 330
    assert not set(a.acknowledged()) & set(b.acknowledged())


def test_another_relay_takes_over(relay):
    a, b = relay("--fault", "rcpt:reply:421 4.3.2 going down@20+", "--fault", "connect:close@4+"), relay()
    report, verdicts = drive("count=200", *plain(a), *plain(b))
    assert outcomes(verdicts) == {"accepted": 200}
    assert len(a.acknowledged()) + len(b.acknowledged()) == 200
    fair(a)
    fair(b)


def test_spare_relay_is_used_only_in_need(relay):
    a, spare = relay(), relay()
    report, _ = drive("count=50", *plain(a, weight=1), *plain(spare, weight=0))
    assert report["accepted"] == 50 and not spare.events("open")
    broken = relay("--fault", "connect:reply:554 5.3.2 no")
    report, _ = drive("count=50", *plain(broken, weight=1), *plain(spare, weight=0))
    assert report["accepted"] == 50 and len(spare.acknowledged()) == 50


def test_rate_of_a_relay_is_kept(relay):
    r = relay()
    start = time.monotonic()
    report, _ = drive("count=40", *plain(r, rate=20, connections=4))
    took = time.monotonic() - start
    assert report["accepted"] == 40
    assert 1.7 <= took <= 4


def test_rate_of_an_hour_is_kept_evenly(relay):
    r = relay()
    start = time.monotonic()
    report, _ = drive("count=40", *plain(r, rate=100, hour=72000, connections=4))
    assert report["accepted"] == 40
    assert 1.7 <= time.monotonic() - start <= 4


def test_rate_of_a_domain_holds_up_nobody_else(relay):
    r = relay()
    to = ["to=s%d@slow.example" % i if i % 2 else "to=f%d@fast.example" % i for i in range(60)]
    report, verdicts = drive("count=60", "slow=SLOW.example:20", *to, *plain(r, connections=4))
    assert report["accepted"] == 60
    times = {e["rcpt"][0]: e["t"] for e in r.events("message")}
    slow = sorted(t for a, t in times.items() if "slow" in a)
    fast = sorted(t for a, t in times.items() if "fast" in a)
    assert slow[-1] - slow[0] >= 1.2
    assert fast[-1] - fast[0] < 0.7


def test_messages_per_connection(relay):
    r = relay()
    report, _ = drive("count=30", *plain(r, per=7, connections=1))
    assert report["accepted"] == 30
    per = collections.Counter(e["c"] for e in r.events("message"))
    assert sorted(per.values()) == [2, 7, 7, 7, 7]
    assert sum(e["text"] == "QUIT\r\n" for e in r.events("line")) == 5


def test_canary_stops_and_shows_the_replies(relay):
    r = relay("--fault", "dot:reply:451 4.7.1 we do not know you@4+")
    report, verdicts = drive("count=500", "canary=20", "limit=10", *plain(r, connections=4))
    assert report["canary"] and report["stopped"]
    assert "451 4.7.1 we do not know you" in report["reason"]
    assert len(verdicts) == 20
    assert outcomes(verdicts) == {"accepted": 3, "deferred": 17}


def test_canary_sings_and_all_go(relay):
    r = relay("--fault", "dot:reply:451 4.7.1 later@4")
    report, _ = drive("count=100", "canary=20", "limit=10", *plain(r, connections=4))
    assert not report["stopped"] and report["accepted"] == 99 and report["deferred"] == 1


def test_term_finishes_what_is_handed_over(relay):
    r = relay("--fault", "dot:slow:1")
    p = subprocess.Popen([DRIVE, "count=50", *plain(r, connections=4, timeout=10)], stdout=subprocess.PIPE, text=True)
    time.sleep(0.6)
    p.send_signal(signal.SIGTERM)
    out, _ = p.communicate(timeout=20)
    report = json.loads(out.splitlines()[-1])
    verdicts = [line.split(" ", 4) for line in out.splitlines()[:-1]]
    assert outcomes(verdicts)["accepted"] == 4 and report["indoubt"] == 0
    assert report["reason"] == "asked to stop"
    assert len(r.acknowledged()) == 4


def test_second_signal_leaves_at_once(relay):
    r = relay("--fault", "dot:slow:20")
    p = subprocess.Popen([DRIVE, "count=50", *plain(r, connections=4, timeout=60)], stdout=subprocess.PIPE, text=True)
    time.sleep(0.6)
    p.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    p.send_signal(signal.SIGTERM)
    start = time.monotonic()
    out, _ = p.communicate(timeout=20)
    assert time.monotonic() - start < 3
    report = json.loads(out.splitlines()[-1])
    assert report["indoubt"] == 4 and report["accepted"] == 0


def test_threads_make_messages_and_a_spoilt_one_is_set_aside(relay):
    r = relay()
    report, verdicts = drive("count=100", "threads=3", "spoil=10", *plain(r, connections=4))
    assert outcomes(verdicts) == {"accepted": 90, "refused_us": 10}
    assert {v[3] for v in verdicts if v[1] == "refused_us"} == {"5.6.0"}
    fair(r, 90)


def test_three_alike_stop_the_run_and_one_reader_does_not(relay):
    r = relay()
    to = ["to=%s%d@reader.example" % ("policy+" if i in (5, 6, 7) else "r", i) for i in range(30)]
    report, verdicts = drive("count=30", *to, *plain(r, connections=1))
    assert report["stopped"] and "5.7.1" in report["reason"]
    assert outcomes(verdicts)["refused"] == 0
    to = ["to=%s%d@reader.example" % ("policy+" if i in (5, 9, 13) else "unknown+" if i == 20 else "r", i) for i in range(30)]
    report, verdicts = drive("count=30", *to, *plain(relay(), connections=1))
    assert not report["stopped"]
    assert outcomes(verdicts) == {"accepted": 26, "refused_us": 3, "refused": 1}


def test_refused_readers_cost_no_connection(relay):
    r = relay()
    to = ["to=%s%d@reader.example" % ("unknown+" if i % 3 else "r", i) for i in range(90)]
    report, verdicts = drive("count=90", *to, *plain(r, connections=2))
    assert outcomes(verdicts) == {"accepted": 30, "refused": 60}
    assert report["connections"] == 2


def test_smtputf8_only_where_offered(relay):
    to = ["to=jörg@reader.example", "to=plain@reader.example"]
    yes, no = relay("--utf8"), relay()
    report, _ = drive("count=2", *to, *plain(yes, connections=1))
    assert report["accepted"] == 2
    mails = [e["text"] for e in yes.events("line") if e["text"].startswith("MAIL")]
    assert ["SMTPUTF8" in m for m in mails] == [True, False]
    report, verdicts = drive("count=2", *to, *plain(no, connections=1))
    assert {(v[1], v[3]) for v in verdicts} == {("refused_us", "5.6.7"), ("accepted", "2.0.0")}


def test_address_with_a_line_end_never_reaches_the_wire(relay):
    r = relay()
    report, verdicts = drive("count=2", "to=a@b.example>\r\nRCPT TO:<evil@b.example", "to=ok@b.example", *plain(r, connections=1))
    assert {(v[1], v[3]) for v in verdicts} == {("refused", "5.1.3"), ("accepted", "2.0.0")}
    assert not any("evil" in e["text"] for e in r.events("line"))


# ---- TLS and logins ---------------------------------------------------------------------------------------------


def secret(r, **more):
    return plain(r, tls="required", **more)


def test_starttls_is_required_and_checked(relay, certificate):
    cert, key = certificate["good"]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key)
    report, _ = drive("count=3", *secret(r, ca=cert))
    assert report["accepted"] == 3 and all(e["secure"] for e in r.events("message"))


def test_implicit_tls(relay, certificate):
    cert, key = certificate["good"]
    r = relay("--tls", "implicit", "--cert", cert, "--key", key)
    r.url = r.url.replace("smtp:", "smtps:")
    report, _ = drive("count=3", *secret(r, ca=cert))
    assert report["accepted"] == 3 and all(e["secure"] for e in r.events("message"))


@pytest.mark.parametrize("why,arguments", [
    ("stripped", ["--fault", "ehlo:drop:STARTTLS"]),
    ("refused", ["--fault", "starttls:reply:454 4.7.0 not now"]),
    ("injected", ["--fault", "starttls:then:250 2.0.0 injected"]),
    ("lost", ["--fault", "starttls:then-close"]),
    ("unknown authority", []),
    ("wrong name", ["other"]),
])
def test_without_good_tls_nothing_goes_out(relay, certificate, why, arguments):
    name = "other" if arguments == ["other"] else "good"
    cert, key = certificate[name]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key, "--user", "wrap", "--password", "sesame", *(a for a in arguments if a != "other"))
    ca = {} if why == "unknown authority" else {"ca": cert}
    report, verdicts = drive("count=3", *secret(r, user="wrap", password="sesame", **ca))
    assert report["stopped"] and outcomes(verdicts) == {"not_tried": 3}
    lines = [e["text"] for e in r.events("line")]
    assert not any(w in line for line in lines for w in ("AUTH", "MAIL", "sesame"))
    assert not r.events("message")


@pytest.mark.parametrize("offer", ["", "AUTH", "AUTH X-OURS", "AUTH=PLAIN"])
def test_what_was_offered_before_tls_counts_for_nothing(relay, certificate, offer):
    """A login is offered in clear and, once it is safe, no more: then there is none."""
    cert, key = certificate["good"]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key,
              "--fault", "ehlo:reply:250-x\\n250-STARTTLS\\n250 AUTH PLAIN LOGIN@1",
              "--fault", "ehlo:reply:250-x\\n250 %s@2+" % (offer or "PIPELINING"))
    report, verdicts = drive("count=3", *secret(r, ca=cert, user="wrap", password="sesame", connections=1))
    assert outcomes(verdicts) == {"not_tried": 3}
    assert not any("sesame" in e["text"] or "AUTH" in e["text"] for e in r.events("line")) and not r.events("message")


def test_a_mail_larger_than_offered_never_leaves(relay):
    r = relay("--size", "1500")
    report, verdicts = drive("count=5", "size=2000", *plain(r))
    assert report["stopped"] and "the relay takes 1500" in report["reason"]
    assert outcomes(verdicts) == {"refused_us": 3, "not_tried": 2} and not any("MAIL" in e["text"] for e in r.events("line"))


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_logins(relay, certificate, mechanism):
    cert, key = certificate["good"]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key, "--user", "wrap", "--password", "sésame 1", "--mechanisms", mechanism)
    report, _ = drive("count=3", *secret(r, ca=cert, user="wrap", password="sésame 1"))
    assert report["accepted"] == 3
    assert {(e["mechanism"], e["ok"], e["secure"]) for e in r.events("auth")} == {(mechanism, True, True)}


def test_token_in_place_of_a_password(relay, certificate):
    cert, key = certificate["good"]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key, "--user", "wrap", "--password", "t0ken", "--mechanisms", "XOAUTH2")
    report, _ = drive("count=3", *secret(r, ca=cert, user="wrap", token="t0ken"))
    assert report["accepted"] == 3
    assert {(e["mechanism"], e["ok"], e["secure"]) for e in r.events("auth")} == {("XOAUTH2", True, True)}
    report, _ = drive("count=3", *secret(r, ca=cert, user="wrap", token="expired"))
    assert report["stopped"] and report["accepted"] == 0 and "expired" not in report["reason"]


def test_wrong_password_stops_at_once(relay, certificate):
    cert, key = certificate["good"]
    r = relay("--tls", "starttls", "--cert", cert, "--key", key, "--user", "wrap", "--password", "sesame")
    report, verdicts = drive("count=3", *secret(r, ca=cert, user="wrap", password="wrong"))
    assert report["stopped"] and "535 5.7.8" in report["reason"] and "wrong" not in report["reason"]
    assert outcomes(verdicts) == {"not_tried": 3}
    assert len(r.events("auth")) <= 2


def test_login_that_is_not_offered_stops(relay):
    r = relay()
    report, verdicts = drive("count=3", *plain(r, user="wrap", password="sesame"))
    assert report["stopped"] and "login" in report["reason"]
    assert not r.events("message")


def test_password_in_clear_goes_to_loopback_only(relay):
    r = relay("--user", "wrap", "--password", "sesame")
    report, _ = drive("count=1", *plain(r, user="wrap", password="sesame"))
    assert report["accepted"] == 1
    # 192.0.2.1 is nobody's (RFC 5737): the refusal comes before a packet leaves.
    report, verdicts = drive("count=1", "relay=smtp://192.0.2.1:25", "tls=none", "user=wrap", "password=sesame", "timeout=5")
    assert report["stopped"] and "in clear" in report["reason"] and report["wall_ms"] < 1500


def test_client_certificate(relay, certificate):
    cert, key = certificate["good"]
    r = relay("--tls", "implicit", "--cert", cert, "--key", key, "--ca", cert)
    r.url = r.url.replace("smtp:", "smtps:")
    report, _ = drive("count=2", *secret(r, ca=cert, cert=cert, key=key))
    assert report["accepted"] == 2
    report, _ = drive("count=2", *secret(r, ca=cert))
    assert report["stopped"] and report["accepted"] == 0


# ---- Maildir ----------------------------------------------------------------------------------------------------


def test_maildir_holds_each_message_once(tmp_path):
    box = tmp_path / "box"
    for _ in range(2):
        report, verdicts = drive("count=40", "maildir=%s" % box)
        assert report["accepted"] == 40
    files = list((box / "new").iterdir())
    assert len(files) == 40 and not list((box / "tmp").iterdir())
    text = files[0].read_bytes()
    assert b"\r" not in text
    assert text.startswith(b"Return-Path: <wrap@sender.example>\nDelivered-To: reader")
    assert all(oct(p.stat().st_mode & 0o777) == "0o700" for p in (box, box / "new", box / "cur", box / "tmp"))
    # A reader has moved one: it does not come back.
    files[0].rename(box / "cur" / (files[0].name + ":2,S"))
    drive("count=40", "maildir=%s" % box)
    assert len(list((box / "new").iterdir())) == 39


def test_maildir_that_cannot_be_written_is_a_failure(tmp_path):
    (tmp_path / "file").write_text("")
    report, _ = drive("count=3", "maildir=%s/file/box" % tmp_path, expect=1)
    assert report["rc"] != 0 and "Maildir" in report["error"] and report["accepted"] == 0
