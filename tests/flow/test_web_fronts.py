"""The readers' pages behind the web servers people have: the lines of our own examples, in real nginx, Apache and
Caddy."""
import re
import socket
import time

import fronts
import pytest
import readers
from conftest import WRAP


@pytest.fixture(params=["nginx", "apache", "caddy"])
def pages(request, pub, tmp_path):
    if fronts.program(request.param) is None:
        pytest.skip(f"neither installed nor to be had: {request.param}")
    pub.now = None
    port = readers.free_port()
    p = readers.Pages(pub, WRAP, front=port)
    front = fronts.Front(request.param, tmp_path / "front", port, p.port)
    try:
        p.front = front.start()
        yield p
    finally:
        front.stop()
        p.stop()


def test_the_whole_road_of_a_reader_behind_a_web_server(pages):
    # The visitor's address is the one the web server saw, whatever the visitor claims.
    me, claim = {"source": "127.0.0.9"}, {"X-Forwarded-For": "203.0.113.7", "Forwarded": "for=203.0.113.8"}
    f = pages.form("/", **me)
    time.sleep(2.1)
    fields = [(k, "anna@example.net" if k == "email" else v) for k, v in f["fields"]]
    status, headers, _ = pages.post(f["action"], fields, headers=claim, **me)
    assert status == 303 and re.fullmatch(rf"({pages.base})?(/wrap)?/sent", headers["location"])
    assert pages.ask(headers["location"], **me)[0] == 200
    confirm = pages.link(pages.letters(n=1)[0], "confirm")
    assert f":{pages.front.port}/" in confirm
    assert pages.ask(confirm, "HEAD", **me)[0] == 200 and pages.state("anna@example.net") == "pending"
    assert pages.post(confirm, {"confirm": "1"}, headers=claim, **me)[0] == 200
    assert pages.state("anna@example.net") == "active"
    assert {s for s, in pages.sql("SELECT source FROM consent")} == {"web 127.0.0.9"}

    leave = pages.link(pages.letters(n=2)[1], "leave")
    assert pages.ask(leave)[0] == 200 and pages.state("anna@example.net") == "active"
    status, headers, _ = pages.ask(leave, "POST", "List-Unsubscribe=One-Click", **me)
    assert status == 200 and "location" not in headers and pages.state("anna@example.net") == "unsubscribed"
    # Links hold tokens: whoever reads the web server's logs takes nobody off.
    token = leave.rsplit("/", 1)[1]
    assert token not in pages.front.logs() and token not in pages.log()


def test_a_web_server_passes_pages_and_refusals_on_unchanged(pages):
    direct = readers.http.client.HTTPConnection("127.0.0.1", pages.port, timeout=10)
    for path in ("/wrap/", "/wrap/archive/", "/wrap/leave/no-such-token", "/wrap/nothing"):
        direct.request("GET", path)
        r = direct.getresponse()
        want = (r.status, r.read().decode())
        kept = {k.lower(): v for k, v in r.getheaders()}
        status, headers, text = pages.ask(path)
        without = lambda t: re.sub(r'name="stamp" value="[^"]*"', "", t)
        assert (status, without(text)) == (want[0], without(want[1])), path
        for name in ("content-security-policy", "referrer-policy", "cache-control", "content-type"):
            assert headers.get(name) == kept.get(name), (path, name)
    assert pages.ask(pages.form("/")["action"], "POST", "email=" + "a" * 200_000)[0] == 413
    assert pages.ask("/wrap/%2e%2e/wrap.conf")[0] in (400, 403, 404)
    with socket.create_connection(("127.0.0.1", pages.door), timeout=10) as s:
        s.sendall(b"GET /wrap HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = s.makefile("rb").read().decode("utf-8", "replace")
    assert re.match(r"HTTP/1.1 (301|308) ", answer) and re.search(r"(?i)^location: \S*/wrap/\r?$", answer, re.M) \
        or answer.startswith("HTTP/1.1 200 "), answer[:400]
