"""The readers' pages: the whole road of one reader, and what must not happen on it."""
import http.client
import json
import os
import re
import socket
import sqlite3
import subprocess
import threading
import time

import pytest
from conftest import ROOT, WRAP  # noqa: F401

import readers


@pytest.fixture
def pages(pub):
    pub.now = None
    p = readers.Pages(pub, WRAP)
    yield p
    p.stop()


def test_a_reader_comes_chooses_leaves_and_returns(pages):
    status, headers, text = pages.sign_up("anna@example.net", topics=["DNS"])
    assert status == 303 and headers["location"] == "/wrap/sent"
    assert "Check your mail" in pages.ask("/sent")[2]
    assert pages.state("anna@example.net") == "pending"
    mail = pages.letters(n=1)[0]
    assert "anna@example.net" in mail["To"] and "Please confirm" in mail["Subject"]

    link = pages.link(mail, "confirm")
    assert "a•••@e•••.net" in pages.ask(link)[2]
    assert pages.state("anna@example.net") == "pending"  # looking is not pressing
    status, _, text = pages.post(link, {"confirm": "1"})
    assert status == 200 and "You are on the list" in text
    assert pages.state("anna@example.net") == "active"
    assert pages.post(link, {"confirm": "1"})[0] == 200  # pressed twice: nothing is wrong
    steps = pages.sql("SELECT step, source, detail FROM consent ORDER BY id")
    assert [s[0] for s in steps] == ["subscribe", "confirm"]
    assert all(s[1] == "web 127.0.0.1" for s in steps) and "Once a week" in steps[0][2]

    welcome = pages.letters(n=2)[1]
    assert "Welcome" in welcome["Subject"]
    choose = pages.link(welcome, "choose")
    f = pages.form(choose)
    assert ("topic", "DNS") in f["fields"] and ("topic", "Security") not in f["fields"]
    status, _, text = pages.post(choose, [("topic", "Security"), ("name", "Anna"), ("language", "de"),
                                          ("pause", "4"), ("save", "1")])
    assert status == 200 and "Gespeichert" in text  # in the language that was just chosen
    name, topics, language, until = pages.sql("SELECT name, topics, language, paused_until FROM subscriber")[0]
    assert (name, topics, language) == ("Anna", "Security", "de")
    assert abs(until - time.time() - 28 * 86400) < 60

    leave = pages.link(welcome, "leave")
    text = pages.ask(leave)[2]
    assert "a•••@e•••.net" in text and "anna" not in text
    assert pages.state("anna@example.net") == "active"
    status, _, text = pages.post(leave, {"leave": "1"})
    assert status == 200 and pages.state("anna@example.net") == "unsubscribed"
    undo = readers.Form(text).forms[0]["action"]
    assert pages.post(undo, {"back": "1"})[0] == 200
    assert pages.state("anna@example.net") == "active"
    assert pages.post(leave, {"leave": "1"})[0] == 200
    # A confirmation that was used brings nobody back; a new one does.
    assert pages.post(link, {"confirm": "1"})[0] == 410
    assert pages.state("anna@example.net") == "unsubscribed"
    assert pages.sign_up("anna@example.net")[0] == 303
    pages.pub.run("subscribe", "anna@example.net", "--confirmed", "--why", "wrote to us")
    assert pages.state("anna@example.net") == "active"


def test_one_click_works_once_twice_and_not_with_a_bad_token(pages):
    pages.join("anna@example.net")
    leave = pages.link(pages.letters(n=2)[1], "leave")
    bad = leave[:-1] + ("a" if leave[-1] != "a" else "b")
    for body, kind in (("List-Unsubscribe=One-Click", None),
                       ('--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n',
                        "multipart/form-data; boundary=x")):
        for _ in range(2):
            status, headers, text = pages.ask(leave, "POST", body, {"Content-Type": kind} if kind else None)
            assert status == 200 and "set-cookie" not in headers and "location" not in headers
            assert pages.state("anna@example.net") == "unsubscribed"
        assert pages.ask(bad, "POST", body, {"Content-Type": kind} if kind else None)[0] == 404
        pages.pub.run("subscribe", "anna@example.net", "--confirmed", "--why", "test")
    # A scanner that posts without a word takes nobody off.
    assert pages.ask(leave, "POST", "")[0] == 200
    assert pages.state("anna@example.net") == "active"


def test_curl_unsubscribes_in_one_click(pages):
    pages.join("anna@example.net")
    leave = pages.link(pages.letters(n=2)[1], "leave")
    r = subprocess.run(["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-d", "List-Unsubscribe=One-Click", leave],
                       capture_output=True, text=True, timeout=30)
    assert r.stdout == "200" and pages.state("anna@example.net") == "unsubscribed"


def test_the_answer_does_not_tell_who_is_known(pages):
    pages.join("known@example.net")
    f = pages.form("/")
    time.sleep(2.1)
    took, said = {}, {}
    for who in ("known", "other") * 6:
        address = f"{who}@example.net" if who == "known" else f"other{len(took.get(who, []))}@example.net"
        fields = [(k, address if k == "email" else v) for k, v in f["fields"]]
        began = time.monotonic()
        status, headers, text = pages.post(f["action"], fields)
        took.setdefault(who, []).append(time.monotonic() - began)
        headers.pop("date")
        said.setdefault(who, set()).add((status, text, tuple(sorted(headers.items()))))
    assert said["known"] == said["other"] and len(said["known"]) == 1
    middle = {who: sorted(v)[3] for who, v in took.items()}
    assert min(middle.values()) > 0.14
    assert abs(middle["known"] - middle["other"]) < 0.03, took


def test_machines_are_told_apart_kindly(pages):
    f = pages.form("/")
    fields = dict(f["fields"], email="robot@example.net")
    # At once: the form again, with what was typed; in the trap: the usual answer and no mail; no stamp: the form.
    status, _, text = pages.post(f["action"], fields)
    assert status == 200 and 'value="robot@example.net"' in text and "once more" in text
    assert pages.post(f["action"], dict(fields, website="http://spam.example"))[0] == 303
    assert pages.post(f["action"], {"email": "robot@example.net"})[0] == 200
    forged = re.sub(r"\..*", ".aaaaaaaaaaaaaaaaaaaaaaaaaa", fields["stamp"])
    time.sleep(2.1)
    assert pages.post(f["action"], dict(fields, stamp=forged))[0] == 200
    assert pages.sql("SELECT count(*) FROM subscriber") == [(0,)]
    assert pages.post(f["action"], dict(fields, email="no address"))[0] == 422
    assert pages.post(f["action"], dict(fields, email=""))[0] == 422
    assert pages.post(f["action"], fields)[0] == 303


def test_what_we_keep_is_shown_downloaded_and_erased_by_mail_only(pages):
    pages.join("anna@example.net")
    choose = pages.link(pages.letters(n=2)[1], "choose")
    assert "anna@example.net" not in pages.ask(choose)[2]
    status, _, text = pages.post(choose, {"data": "1"})
    assert status == 200 and "on its way" in text
    data = pages.link(pages.letters(n=3)[2], "data")
    text = pages.ask(data)[2]
    assert "anna@example.net" in text and "web 127.0.0.1" in text
    status, headers, text = pages.post(data, {"download": "1"})
    assert headers["content-type"] == "application/json" and "attachment" in headers["content-disposition"]
    assert json.loads(text)["subscriber"]["address"] == "anna@example.net"
    assert pages.post(data, {"erase": "1"})[0] == 422
    assert pages.state("anna@example.net") == "active"
    assert pages.post(data, {"erase": "1", "sure": "1"})[0] == 200
    assert pages.state("anna@example.net") is None
    assert pages.ask(data)[0] == 404 and pages.ask(choose)[0] == 404


def test_every_answer_is_safe(pages):
    pages.join("anna@example.net")
    welcome = pages.letters(n=2)[1]
    for path in ("/", "/archive", "/sent", "/nothing", "/feed.atom", "/style.css", pages.link(welcome, "leave"),
                 pages.link(welcome, "choose")):
        status, headers, text = pages.ask(path)
        csp = headers["content-security-policy"]
        assert "default-src 'none'" in csp and "frame-ancestors 'none'" in csp and "script" not in csp
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"
        assert "<script" not in text.lower() and " style=" not in text
        if "/leave/" in path or "/choose/" in path:
            assert headers["cache-control"] == "no-store" and headers["x-robots-tag"] == "noindex"
    assert pages.ask("/", "DELETE")[0] == 405 and pages.ask("/archive", "POST", "x=1")[0] == 405
    assert pages.ask("/subscribe", "POST", "x=" + "y" * 20000)[0] == 413
    # Who sends all before listening, as web servers do that pass a form on, still gets to read it.
    with socket.create_connection(("127.0.0.1", pages.port), timeout=10) as c:
        c.sendall(b"POST /wrap/subscribe HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
        for _ in range(9):
            c.sendall(b"y" * 100_000)
            time.sleep(0.05)
        assert c.recv(12) == b"HTTP/1.1 413"
    log = pages.log()
    assert "anna" not in log and "127.0.0.1" not in log.split("\n", 1)[1]
    assert not re.search(r"[a-z2-7]{40}", log)


def test_a_trusted_proxy_says_who_asks_and_nobody_else_does(pages):
    assert pages.ask("/", source="127.0.0.1")[0] == 200
    pages.sign_up("anna@example.net", headers={"X-Forwarded-For": "203.0.113.9, 198.51.100.7"})
    assert pages.sql("SELECT source FROM consent") == [("web 198.51.100.7",)]
    # Figures are for this machine, not for those a proxy lets through.
    c = http.client.HTTPConnection("127.0.0.1", pages.port)
    c.request("GET", "/metrics")
    text = c.getresponse().read().decode()
    assert 'wrap_readers{state="pending"} 1' in text and 'wrap_requests_total{page="signup",status="3xx"} 1' in text
    c.request("GET", "/metrics", headers={"X-Forwarded-For": "198.51.100.7"})
    assert c.getresponse().status == 404


def test_an_administrator_asks_for_the_confirmation_too(pages):
    p = pages.pub.json("subscribe", "anna@example.net")
    assert p["result"] == "pending" and p["asked"] == "queued"
    assert pages.pub.json("subscribe", "anna@example.net")["asked"] == "within-a-day"
    pages.pub.run("run", code=None)
    mail = pages.letters(to="anna@example.net", n=1)
    assert len(mail) == 1 and pages.post(pages.link(mail[0], "confirm"), {"confirm": "1"})[0] == 200
    assert pages.state("anna@example.net") == "active"


def test_it_finishes_what_is_begun_and_stops(pages):
    pages.join("anna@example.net")
    leave = pages.link(pages.letters(n=2)[1], "leave")
    db = sqlite3.connect(pages.pub.dir / "wrap.db", isolation_level=None)
    db.execute("BEGIN IMMEDIATE")
    answer = []
    t = threading.Thread(target=lambda: answer.append(pages.ask(leave, "POST", "List-Unsubscribe=One-Click")[0]))
    t.start()
    time.sleep(0.5)
    pages.process.terminate()
    time.sleep(0.3)
    assert pages.process.poll() is None and answer == []
    db.execute("COMMIT")
    t.join(20)
    assert answer == [200] and pages.process.wait(20) == 0
    assert pages.state("anna@example.net") == "unsubscribed"


def test_systemd_may_hand_over_the_socket(pages):
    pages.stop()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        p = subprocess.Popen(["sh", "-c", 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"', "sh", WRAP, "-c", str(pages.pub.conf), "serve"],
                             preexec_fn=lambda: os.dup2(s.fileno(), 3), close_fds=False, stdout=subprocess.PIPE, text=True)
        try:
            assert "handed over" in p.stdout.readline()
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
            c.request("GET", "/health")
            assert c.getresponse().read() == b"ok\n"
            c.close()
        finally:
            p.terminate()
            assert p.wait(20) == 0
            p.stdout.close()


def test_what_is_wrong_is_said_before_anything_is_served(pub):
    pub.now = None
    for text, code, says in (('serve = { listen = "here"; };', 78, "no address and port"),
                             ('serve = { listen = "127.0.0.1:99999999"; };', 78, "no address and port"),
                             ('paths = { templates = "mine"; };', 78, "page_note.html:2")):
        pub.write(extra=text)
        (pub.dir / "mine").mkdir(exist_ok=True)
        (pub.dir / "mine" / "page_note.html").write_text("<p>\n{{nobody_knows_this}}\n")
        p = pub.run("serve", code=code)
        assert says in p.stderr, p.stderr
