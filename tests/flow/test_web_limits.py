"""The readers' pages under strangers: floods, forged links, forms in a victim's name, titles that would be markup."""
import asyncio
import fcntl
import os
import pathlib
import random
import re
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

import pytest
from conftest import WRAP

import readers

STORIES = '{ name = "notes"; folder = "articles"; }'


def write_story(pub, name, title, text="A resolver answers a question that was asked of it. It then waits for the next."):
    folder = pub.dir / "articles"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.md").write_text(f"---\ntitle: '{title}'\ntopic: DNS\n---\n\n{text}\n")


def make_edition(p):
    """Collect and send the stories to whoever is active; returns the edition's key."""
    p.pub.run("run", timeout=300)
    rows = p.sql("SELECT key, state FROM edition")
    assert rows and rows[0][1] == "sent", rows
    return rows[0][0]


@pytest.fixture
def pages(pub):
    pub.now = None
    p = readers.Pages(pub, WRAP, feeds=STORIES)
    yield p
    p.stop()


def keep_asking(port, requests, answers):
    """Requests over one connection that is kept; answers get (status, body)."""
    with socket.create_connection(("127.0.0.1", port)) as s:
        f = s.makefile("rb")
        for r in requests:
            s.sendall(r)
            status = int(f.readline().split()[1])
            length, closing = 0, False
            while (line := f.readline().strip()):
                if line.lower().startswith(b"content-length:"):
                    length = int(line.split(b":")[1])
                closing = closing or line.lower() == b"connection: close"
            body = b"" if r.startswith(b"HEAD") else f.read(length)
            answers.append((status, body))
            if closing:
                s.close()
                s = socket.create_connection(("127.0.0.1", port))
                f = s.makefile("rb")


def test_looking_changes_nothing_over_every_link_of_a_thousand_mails(pages):
    pages.pub.fill(1000)
    write_story(pages.pub, "one", "How a resolver works")
    make_edition(pages)
    links = set()
    for path in (pages.pub.dir / "outbox" / "new").iterdir():
        text = path.read_text().replace("=\n", "").replace("=3D", "=")
        links |= set(re.findall(re.escape(pages.base) + r"/[A-Za-z0-9/.-]+", text))
    words = [urllib.parse.urlsplit(x).path.split("/")[2] for x in links]
    assert words.count("leave") == 1000 and words.count("choose") == 1000 and words.count("archive") == 1
    before = pages.fingerprint()
    requests = [f"{method} {urllib.parse.urlsplit(x).path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                for x in sorted(links) for method in ("GET", "HEAD")]
    answers = []
    keep_asking(pages.port, requests, answers)
    assert len(answers) == len(requests) and {s for s, _ in answers} == {200}
    assert pages.fingerprint() == before
    # Any of them works when it is pressed.
    leave = next(x for x in sorted(links) if "/leave/" in x)
    assert pages.ask(leave, "POST", "List-Unsubscribe=One-Click")[0] == 200
    assert pages.sql("SELECT count(*) FROM subscriber WHERE state = 'unsubscribed'") == [(1,)]


def test_mutated_paths_are_not_found_and_nothing_else(pages):
    pages.join("anna@example.net")
    choose = urllib.parse.urlsplit(pages.link(pages.letters(n=2)[1], "choose")).path
    good = [choose, choose.replace("choose", "leave"), "/wrap/archive", "/wrap/archive/2026-W47", "/wrap/feed.atom",
            "/wrap/style.css", "/wrap/sent", "/wrap/subscribe", "/wrap/health"]
    fixed = {"/", "/wrap", "/wrap/", "/health", "/metrics", *good}
    rng, seen, requests = random.Random(7), set(), []
    alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/%:@!$&'()*+,;="
    bits = ["..", "../", "%2e%2e/", "%00", "//", "/./", "%2F", "etc/passwd", "wrap.db", "%25", ";", "'", "%c0%ae", "{{x}}",
            "<script>", "\\", "%0d%0a"]
    while len(requests) < 5000:
        path = rng.choice(good)
        for _ in range(rng.randint(1, 3)):
            at = rng.randint(1, len(path))
            what = rng.random()
            if what < 0.4:
                path = path[:at] + rng.choice(alphabet) + path[at + 1:]
            elif what < 0.6:
                path = path[:at] + path[at + 1:]
            elif what < 0.9:
                path = path[:at] + rng.choice(bits) + path[at:]
            else:
                path = path[at:] if path[at:].startswith("/") else "/" + path[at:]
        path = path.replace(" ", "")
        # A token that is right in another spelling would be a finding; a page that is there is none.
        if path in fixed or path in seen:
            continue
        seen.add(path)
        requests.append(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    before, answers = pages.fingerprint(), []
    keep_asking(pages.port, requests, answers)
    wrong = [(r, s) for r, (s, _) in zip(requests, answers) if s != 404]
    assert not wrong, wrong[:5]
    assert pages.fingerprint() == before


def test_ten_thousand_forms_in_one_name_cause_one_mail(pages):
    f = pages.form("/")
    time.sleep(2.1)
    body = urllib.parse.urlencode([(k, "victim@example.net" if k == "email" else v) for k, v in f["fields"]])
    done = []

    async def client(n):
        reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        for i in range(50):
            who = f"198.18.{(n * 50 + i) % 500 // 250}.{(n * 50 + i) % 250 + 1}"
            writer.write((f"POST {f['action']} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {who}\r\n"
                          f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}").encode())
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])
            await reader.readexactly(length)
            done.append(int(head.split()[1]))
            if b"connection: close" in head.lower():
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", pages.port)
        writer.close()

    async def everybody():
        await asyncio.gather(*(client(n) for n in range(200)))

    asyncio.run(everybody())
    assert len(done) == 10000 and set(done) <= {303, 429, 503} and done.count(303) > 5000, {s: done.count(s) for s in set(done)}
    time.sleep(1)
    assert len(pages.letters(to="victim@example.net", n=1)) == 1
    assert pages.sql("SELECT count(*) FROM letter") == [(1,)]
    assert pages.sql("SELECT count(*) FROM consent") == [(1,)]
    # One client more: it has had its share.
    assert done.count(429) == 0
    for _ in range(2):
        status = pages.post(f["action"], urllib.parse.parse_qsl(body), headers={"X-Forwarded-For": "198.18.0.1"})[0]
    assert status == 429


FLOOD = """
import socket, sys, time
port, source, seconds = int(sys.argv[1]), sys.argv[2], float(sys.argv[3])
until, n = time.time() + seconds, 0
while time.time() < until:
    try:
        with socket.create_connection(("127.0.0.1", port), 5, (source, 0)) as s:
            for _ in range(50):
                s.sendall(b"GET /wrap/archive HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n")
                if not s.recv(65536): break
                n += 1
    except OSError:
        pass
print(n)
"""


def test_slow_connections_and_a_flood_do_not_keep_a_good_client_waiting(pub):
    pub.now = None
    pages = readers.Pages(pub, WRAP, serve='trusted_proxy = ["127.9.9.9"];')
    slow, took = [], []
    try:
        for i in range(1000):
            s = socket.socket()
            s.bind((f"127.1.0.{i % 50 + 1}", 0))
            s.connect(("127.0.0.1", pages.port))
            s.sendall(b"GET /wrap/ HTTP/1.1\r\nHost: x\r\nX-A: ")
            slow.append(s)
        floods = [subprocess.Popen([sys.executable, "-c", FLOOD, str(pages.port), f"127.2.0.{i}", "6"],
                                   stdout=subprocess.PIPE, text=True) for i in range(2)]
        drip = threading.Event()

        def drop_by_drop():
            while not drip.wait(1):
                for s in slow:
                    try:
                        s.send(b"a")
                    except OSError:
                        pass

        threading.Thread(target=drop_by_drop, daemon=True).start()
        for _ in range(300):
            began = time.monotonic()
            assert pages.ask("/archive")[0] == 200
            took.append(time.monotonic() - began)
            time.sleep(0.01)
        counts = [int(f.communicate(timeout=30)[0]) for f in floods]
        drip.set()
        memory = int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pages.process.pid}/status").read_text())[1])
        took.sort()
        print(f"p99 {took[296] * 1000:.1f} ms, most {took[-1] * 1000:.1f} ms, flood {sum(counts)} answers, {memory} kB")
        assert took[296] < 1 and memory < 64 * 1024 and sum(counts) > 1000
        # No address has more than its share, and none of the slow is waited for longer than patience lasts.
        crowd = []
        for _ in range(40):
            s = socket.socket()
            s.bind(("127.3.0.1", 0))
            s.connect(("127.0.0.1", pages.port))
            s.settimeout(0.3)
            crowd.append(s)
        time.sleep(0.3)
        gone = 0
        for s in crowd:
            try:
                gone += s.recv(1) == b""
            except (TimeoutError, socket.timeout):
                pass
            except ConnectionError:
                gone += 1
        assert gone == 8
        slow += crowd
    finally:
        for s in slow:
            s.close()
        assert pages.stop() == 0


def test_nobody_sees_a_locked_database(pages):
    pages.pub.fill(300)
    write_story(pages.pub, "one", "How a resolver works")
    pages.join("anna@example.net")
    leave = pages.link(pages.letters(to="anna", n=2)[1], "leave")
    db = sqlite3.connect(pages.pub.dir / "wrap.db", isolation_level=None, timeout=30)
    db.execute("BEGIN IMMEDIATE")
    answer = []
    t = threading.Thread(target=lambda: answer.append(pages.ask(leave, "POST", "List-Unsubscribe=One-Click")[0]))
    t.start()
    began = time.monotonic()
    while time.monotonic() - began < 2:
        asked = time.monotonic()
        assert pages.ask("/")[0] == 200
        assert time.monotonic() - asked < 0.5
    assert answer == []
    db.execute("COMMIT")
    t.join(30)
    assert answer == [200] and pages.state("anna@example.net") == "unsubscribed"
    # And beside a run that seals and sends.
    run = subprocess.Popen([WRAP, "-c", str(pages.pub.conf), "run"], stdout=subprocess.DEVNULL, cwd=pages.pub.dir)
    codes = set()
    while run.poll() is None:
        codes.add(pages.ask(leave, "POST", "List-Unsubscribe=One-Click")[0])
        codes.add(pages.ask("/archive")[0])
    assert run.returncode == 0 and codes == {200}
    assert "locked" not in pages.log() and "busy" not in pages.log()


def test_stored_content_never_becomes_markup(pub):
    pub.now = None
    bad = "<script>alert(1)</script><img src=x onerror=alert(2)> {{name}} & \"quoted\""
    topics = ('( { name = "DNS <b>bold</b>"; keywords = ["resolver"]; sponsor = { name = "<i>Sponsor</i>"; '
              'url = "https://example.com/?a=1&b=2"; }; }, { name = "Two"; } )')
    pages = readers.Pages(pub, WRAP, feeds=STORIES, topics=topics, serve='quote = "<u>quote</u>"; quote_by = "<s>by</s>";')
    try:
        folder = pub.dir / "articles"
        folder.mkdir()
        (folder / "one.md").write_text(f"---\ntitle: '{bad}'\nauthor: '{bad}'\ntopic: 'DNS <b>bold</b>'\n---\n\n"
                                       f"A resolver {bad} answers a question. It waits for the next one.\n")
        pages.join("anna@example.net", topics=["DNS <b>bold</b>", "Two"])
        welcome = pages.letters(to="anna", n=2)[1]
        choose = pages.link(welcome, "choose")
        assert pages.post(choose, [("topic", "DNS <b>bold</b>"), ("name", bad), ("save", "1")])[0] == 200
        key = make_edition(pages)
        time.sleep(0.1)
        for path in ("/", "/archive", f"/archive/{key}", "/feed.atom", choose):
            status, _, text = pages.ask(path)
            assert status == 200
            for tag in ("<script", "<img src=x", "onerror=alert(2)>", "<i>Sp", "<b>bo", "<u>", "<s>"):
                assert tag not in text, (path, tag)
        text = pages.ask(f"/archive/{key}")[2]
        assert "&lt;script&gt;alert(1)" in text
        assert not re.search(r"/(leave|choose|confirm)/[a-z2-7]", text)
        assert "anna" not in text
        pages.post(choose, {"data": "1"})
        data = pages.link(pages.letters(to="anna", n=4)[-1], "data")
        assert "<script" not in pages.ask(data)[2]
    finally:
        pages.stop()


def test_pages_are_kept_by_caches_only_when_they_are_everybodys(pages):
    pages.pub.fill(1)
    write_story(pages.pub, "one", "How a resolver works")
    key = make_edition(pages)
    status, headers, text = pages.ask(f"/archive/{key}")
    assert status == 200 and "How a resolver works" in text and "public" in headers["cache-control"]
    status, again, text = pages.ask(f"/archive/{key}", headers={"If-None-Match": headers["etag"]})
    assert status == 304 and text == ""
    text = pages.ask("/feed.atom")[2]
    assert f"{pages.base}/archive/{key}" in text
    import xml.etree.ElementTree as tree
    assert len(tree.fromstring(text).findall("{http://www.w3.org/2005/Atom}entry")) == 1


def test_pages_speak_the_visitors_language(pages):
    for asked, language, title in (("sv;q=0.9, de-AT;q=0.8, en;q=0.1", "de", "Frühere Ausgaben"),
                                   ("fr-CA, en;q=0.5", "fr", "Éditions précédentes"), ("es", "es", "Ediciones anteriores"),
                                   ("it", "it", "Edizioni passate"), ("nl-BE", "nl", "Eerdere edities"),
                                   ("pt-BR", "pt", "Edições anteriores"), ("sv", "en", "Past editions")):
        text = pages.ask("/archive", headers={"Accept-Language": asked})[2]
        assert f'<html lang="{language}"' in text and f"<h1>{title}</h1>" in text


def test_links_of_old_editions_outlive_two_changes_of_the_key(pages):
    pages.join("anna@example.net")
    leave = pages.link(pages.letters(n=2)[1], "leave")
    choose = pages.link(pages.letters(n=2)[1], "choose")
    keys = pages.pub.dir / "keys"
    for _ in range(2):
        pages.pub.run("keys", "rotate")
    pages.stop()
    pages2 = readers.Pages(pages.pub, WRAP)
    try:
        move = lambda url: urllib.parse.urlsplit(url).path  # noqa: E731
        assert pages2.ask(move(choose))[0] == 404  # may do more than leave: two keys, no more
        assert pages2.ask(move(leave), "POST", "List-Unsubscribe=One-Click")[0] == 200
        assert pages2.state("anna@example.net") == "unsubscribed"
        os.unlink(keys / "token.old.2")
    finally:
        pages2.stop()
    pages3 = readers.Pages(pages.pub, WRAP)
    try:
        assert pages3.ask(move(leave))[0] == 404  # a key that is gone is revoked
    finally:
        pages3.stop()
