"""Fetching, feed by feed: what a server says, what we ask of it, what is kept. Each scenario runs the real
program against a scripted server."""
import datetime
import gzip
import email.utils
import os
import pty
import re
import subprocess
import sys
import time

import pytest

from conftest import WRAP
from http_script import (Script, answer, chunked, drip, dripping_header, endless, endless_headers, gzip_bomb, gzipped, hang_up,
                         silent)

NOW = datetime.datetime(2026, 11, 20, 18, 0, tzinfo=datetime.timezone.utc)
EPOCH = int(NOW.timestamp())
HOUR, DAY = 3600, 86400


def http_date(seconds):
    return email.utils.formatdate(EPOCH + seconds, usegmt=True)


def feed(*titles, days=1, extra="", guid=True, link="http://site.example/{}"):
    items = "".join(
        f"<item><title>{t}</title><link>{link.format(t.replace(' ', '-'))}</link>"
        + (f"<guid>{t.replace(' ', '-')}</guid>" if guid else "")
        + f"<pubDate>{http_date(-days * DAY)}</pubDate><description>About {t}.</description></item>" for t in titles)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>Site</title>{extra}{items}</channel></rss>'


GOOD = answer(feed("One", "Two"), Content_Type="application/rss+xml", ETag='"v1"', Last_Modified="Thu, 19 Nov 2026 10:00:00 GMT")
SAME = answer(b"", 304, "Not Modified", length=False)


class World:
    """A publication with one feed at a scripted server."""

    def __init__(self, pub):
        self.pub, self.web = pub, Script()
        self.more = []
        self.at = 0
        self.configure()

    def configure(self, url=None, fetch="", allow=None, feeds=None, pages="false"):
        allow = allow if allow is not None else f'"127.0.0.1:{self.web.port}"'
        self.pub.write(feeds=feeds or f'{{ name = "f"; url = "{url or self.web.url("/feed")}"; pages = {pages}; }}',
                       extra=f"fetch = {{ allow = [{allow}]; {fetch} }};")

    def poll(self, after=None, *args):
        """Collect, so many seconds after the start of the story. Returns the report as text."""
        if after is not None:
            self.at = after
        self.pub.now = (NOW + datetime.timedelta(seconds=self.at)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self.pub.run("collect", *args, code=None).stdout

    def row(self, name="f"):
        keys = "etag last_modified next_check_at last_good_at failures error hold fetch_url moved_to".split()
        got = self.pub.sql(f"SELECT {', '.join(keys)} FROM feed WHERE name = '{name}'")[0]
        return dict(zip(keys, got))

    def wait(self):
        """Seconds until the feed is asked again."""
        return self.row()["next_check_at"] - EPOCH - self.at

    def titles(self):
        return sorted(t for t, in self.pub.sql("SELECT title FROM article"))

    def close(self):
        for s in [self.web] + self.more:
            s.close()


@pytest.fixture
def world(pub):
    w = World(pub)
    yield w
    w.close()


# ---- conditional requests ---------------------------------------------------------------------------------

def test_validators_go_back_as_they_came(world):
    world.web.put("/feed", answer(feed("One"), ETag='W/"a b-1"', Last_Modified="Thu, 19 Nov 2026 10:00:00 GMT"), SAME)
    world.poll()
    assert "if-none-match" not in world.web.requests[0][1]
    out = world.poll(2 * DAY)
    asked = world.web.requests[1][1]
    assert asked["if-none-match"] == 'W/"a b-1"'
    assert asked["if-modified-since"] == "Thu, 19 Nov 2026 10:00:00 GMT"
    assert "1 unchanged" in out and world.titles() == ["One"]


@pytest.mark.parametrize("headers,sent", [
    ({"ETag": '"x"'}, {"if-none-match": '"x"'}),
    ({"ETag": "bare"}, {"if-none-match": "bare"}),
    ({"ETag": ""}, {}),
    ({"Last_Modified": "yesterday"}, {"if-modified-since": "yesterday"}),
    ({}, {}),
])
def test_what_is_sent_back(world, headers, sent):
    world.web.put("/feed", answer(feed("One"), **headers))
    world.poll()
    world.poll(3 * DAY)
    asked = world.web.requests[1][1]
    assert {k: v for k, v in asked.items() if k in ("if-none-match", "if-modified-since")} == sent


def test_second_run_within_the_hour_asks_nothing(world):
    world.web.put("/feed", GOOD)
    world.poll()
    assert len(world.web.requests) == 1
    for minute in (1, 30, 59):
        assert "1 not due" in world.poll(minute * 60)
    assert len(world.web.requests) == 1


def test_force_asks_at_once(world):
    world.web.put("/feed", GOOD, SAME)
    world.poll()
    world.poll(60, "--force")
    assert len(world.web.requests) == 2


def test_same_body_without_validators_is_not_read_again(world):
    world.web.put("/feed", answer(feed("One")))
    world.poll()
    assert "1 unchanged" in world.poll(3 * DAY)


def test_304_may_bring_new_validators(world):
    world.web.put("/feed", GOOD, answer(b"", 304, "Not Modified", length=False, ETag='"v2"'))
    world.poll()
    world.poll(2 * DAY)
    assert world.row()["etag"] == '"v2"'


def test_304_to_a_question_without_condition_is_a_failure(world):
    world.web.put("/feed", SAME)
    assert "1 failed" in world.poll()


def test_validators_are_not_kept_when_the_document_cannot_be_read(world):
    world.web.put("/feed", answer("<html><body>Log in</body></html>", ETag='"bad"'), GOOD)
    world.poll()
    assert world.row()["etag"] is None
    world.poll(2 * DAY)
    assert "if-none-match" not in world.web.requests[1][1] and world.titles() == ["One", "Two"]


# ---- when to ask again ----------------------------------------------------------------------------------------

@pytest.mark.parametrize("name,headers,extra,least,most", [
    ("nothing said, validator", {"ETag": '"1"'}, "", HOUR, 1.2 * HOUR),
    ("nothing said, no validator", {}, "", DAY, 1.2 * DAY),
    ("max-age", {"ETag": '"1"', "Cache_Control": "max-age=7200"}, "", 2 * HOUR, 2.3 * HOUR),
    ("max-age less Age", {"ETag": '"1"', "Cache_Control": "public, max-age=14400", "Age": "7200"}, "", 2 * HOUR, 2.3 * HOUR),
    ("max-age of a year", {"ETag": '"1"', "Cache_Control": "max-age=31536000"}, "", DAY, 1.2 * DAY),
    ("max-age below our own minimum", {"ETag": '"1"', "Cache_Control": "max-age=5"}, "", HOUR, 1.2 * HOUR),
    ("no-cache", {"ETag": '"1"', "Cache_Control": "no-cache, max-age=7200"}, "", HOUR, 1.2 * HOUR),
    ("Expires", {"ETag": '"1"', "Expires": http_date(3 * HOUR), "Date": http_date(0)}, "", 3 * HOUR, 3.4 * HOUR),
    ("Expires: 0", {"ETag": '"1"', "Expires": "0"}, "", HOUR, 1.2 * HOUR),
    ("ttl", {"ETag": '"1"'}, "<ttl>180</ttl>", 3 * HOUR, 3.4 * HOUR),
    ("sy:update", {"ETag": '"1"'}, '<sy:updatePeriod xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">daily'
     '</sy:updatePeriod><sy:updateFrequency xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">4</sy:updateFrequency>',
     6 * HOUR, 6.7 * HOUR),
    ("skipHours", {"ETag": '"1"'}, "<skipHours><hour>19</hour><hour>20</hour></skipHours>", 3 * HOUR, 3.3 * HOUR),
    ("skipDays", {"ETag": '"1"'}, "<skipDays><day>Saturday</day></skipDays><ttl>600</ttl>", 30 * HOUR, 31 * HOUR),
    ("every hour skipped", {"ETag": '"1"'}, "<skipHours>" + "".join(f"<hour>{h}</hour>" for h in range(24)) + "</skipHours>",
     HOUR, 1.2 * HOUR),
    ("Retry-After beside 200", {"ETag": '"1"', "Retry_After": "10800"}, "", 3 * HOUR, 3.4 * HOUR),
], ids=lambda v: v if isinstance(v, str) and len(v) < 40 and "<" not in v else "")
def test_next_check(world, name, headers, extra, least, most):
    world.web.put("/feed", answer(feed("One", extra=extra), **headers))
    world.poll()
    assert least <= world.wait() <= most, name


@pytest.mark.parametrize("retry,least,most", [
    ("7200", 2 * HOUR, 2.3 * HOUR), (http_date(5 * HOUR), 5 * HOUR, 5.6 * HOUR), ("0", HOUR, 1.2 * HOUR),
    ("99999999", 7 * DAY, 7.8 * DAY), ("soon", HOUR, 1.2 * HOUR), (http_date(-HOUR), HOUR, 1.2 * HOUR)])
@pytest.mark.parametrize("status", [429, 503])
def test_retry_after(world, status, retry, least, most):
    world.web.put("/feed", answer("slow down", status, "No", Retry_After=retry), GOOD)
    assert "1 failed" in world.poll()
    assert least <= world.wait() <= most
    world.poll(min(world.wait(), HOUR) - 60)
    assert len(world.web.requests) == 1, "never at once"


def test_429_holds_its_host_over_restarts(world):
    world.web.put("/a", answer("no", 429, "Too Many", Retry_After="7200"))
    world.web.put("/b", GOOD)
    feeds = ", ".join(f'{{ name = "{n}"; url = "{world.web.url("/" + n)}"; pages = false; }}' for n in "ab")
    world.configure(feeds=feeds)
    world.poll()
    assert [r[0] for r in world.web.requests] == ["/a"]
    out = world.poll(HOUR)
    assert len(world.web.requests) == 1 and "left alone" in out
    world.poll(2 * HOUR + 60, "--force")
    assert len(world.web.requests) >= 2


@pytest.mark.parametrize("status,slow", [(500, False), (502, False), (418, False), (404, True), (401, True), (403, True)])
def test_failures_back_off_and_keep_what_there_is(world, status, slow):
    world.web.put("/feed", GOOD, answer("oops", status, "Oops"))
    world.poll()
    waits, at = [], 2 * HOUR
    for _ in range(3):
        assert "1 failed" in world.poll(at)
        waits.append(world.wait())
        at = world.at + world.wait() + 1
    assert waits[0] < waits[1] < waits[2]
    assert waits[2] >= (7 * DAY if slow else 4 * HOUR)
    assert world.row()["failures"] == 3 and world.titles() == ["One", "Two"] and str(status) in world.row()["error"]
    world.web.put("/feed", GOOD)
    world.poll(at)
    assert world.row()["failures"] == 0 and world.row()["error"] is None


def test_410_ends_it_and_says_so(world):
    world.web.put("/feed", answer("gone", 410, "Gone"), GOOD)
    assert "gone for good" in world.poll() and world.row()["hold"]
    world.poll(30 * DAY)
    assert len(world.web.requests) == 1
    world.poll(31 * DAY, "--force", "f")
    assert world.row()["hold"] is None and world.titles() == ["One", "Two"]


# ---- redirects ---------------------------------------------------------------------------------------------------

def go(status, to):
    return answer("", status, "Over there", Location=to)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_followed(world, status):
    world.web.put("/feed", go(status, "/new"))
    world.web.put("/new", GOOD)
    world.poll()
    assert world.titles() == ["One", "Two"] and (world.row()["moved_to"] is not None) == (status in (301, 308))


@pytest.mark.parametrize("status", [301, 308])
def test_permanent_redirect_is_believed_after_seven_days(world, status):
    world.web.put("/feed", go(status, "/new"))
    world.web.put("/new", answer(feed("One"), ETag='"1"'))
    for day in (0, 3, 6):
        world.poll(day * DAY)
        assert world.row()["fetch_url"] is None
    world.poll(8 * DAY)
    assert world.row()["fetch_url"].endswith("/new")
    before = len(world.web.requests)
    world.poll(10 * DAY)
    assert [r[0] for r in world.web.requests[before:]] == ["/new"]


def test_a_permanent_redirect_that_ends_is_forgotten(world):
    world.web.put("/feed", go(301, "/new"), answer(feed("One"), ETag='"1"'), go(301, "/new"))
    world.web.put("/new", answer(feed("One"), ETag='"1"'))
    for day in (0, 4, 9):
        world.poll(day * DAY)
    assert world.row()["fetch_url"] is None


def test_a_temporary_hop_breaks_the_chain(world):
    world.web.put("/feed", go(302, "/b"))
    world.web.put("/b", go(301, "/c"))
    world.web.put("/c", GOOD)
    world.poll()
    assert world.row()["moved_to"] is None and world.titles() == ["One", "Two"]


def test_redirect_to_what_is_no_feed_moves_nothing(world):
    world.web.put("/feed", go(301, "/new"))
    world.web.put("/new", answer("<html><body>Parked</body></html>"))
    for day in (0, 2, 9, 20):
        world.poll(day * DAY, "--force")
    assert world.row()["fetch_url"] is None


def test_when_the_new_address_dies_the_old_one_is_asked(world):
    world.web.put("/feed", go(308, "/new"))
    world.web.put("/new", answer(feed("One"), ETag='"1"'))
    world.poll()
    world.poll(8 * DAY)
    world.web.put("/new", answer("gone", 404, "No"))
    world.web.put("/feed", answer(feed("One", "Two")))
    world.poll(10 * DAY)
    world.poll(12 * DAY)
    assert world.titles() == ["One", "Two"]


@pytest.mark.parametrize("to,says", [
    ("/feed", "five redirects"), ("file:///etc/passwd", "something else"), ("gopher://x.example/1", "something else"),
    ("javascript:alert(1)", "something else"), ("", "nowhere"), ("ftp://127.0.0.1/x", "something else"),
    ("dict://127.0.0.1:11211/stats", "something else"), ("http://", "something else"), ("http:///x", "something else"),
    ("http://x.example:99999/", "cannot be read"), ("http://[::1/", "nowhere|something else|cannot be read"), ("/long" * 4000, "longer")], ids=lambda v: v[:30])
def test_redirects_that_are_not_followed(world, to, says):
    world.web.put("/feed", go(301, to))
    assert re.search(says, world.poll()) and len(world.web.requests) <= 6


def test_a_redirect_cannot_smuggle_a_second_request(world):
    """Bare line ends in Location, and coded ones, never become lines of what we send."""
    world.web.put("/feed", b"HTTP/1.1 302 Found\r\nLocation: /next?a=%0d%0aX-Injected:1\rX-Injected: 2\r\nConnection: close\r\n\r\n")
    world.poll()
    assert len(world.web.requests) <= 2
    for path, headers, _ in world.web.requests:
        assert "x-injected" not in headers and "\r" not in path


def test_a_redirect_cannot_make_us_log_in(world):
    other = Script()
    world.more.append(other)
    world.configure(allow=f'"127.0.0.1:{world.web.port}", "127.0.0.1:{other.port}"')
    world.web.put("/feed", go(302, f"http://root:toor@127.0.0.1:{other.port}/feed"))
    other.put("/feed", GOOD)
    world.poll()
    assert len(other.requests) == 1 and "authorization" not in other.requests[0][1]
    assert world.titles() == ["One", "Two"]


def test_an_owner_may_log_in_and_nobody_sees_the_password(world):
    world.configure(url=f"http://me:s3cret@127.0.0.1:{world.web.port}/feed?key=t0ken")
    world.web.put("/feed?key=t0ken", GOOD, answer("no", 500, "Oops"))
    world.poll()
    assert world.web.requests[0][1]["authorization"].startswith("Basic ") and world.titles() == ["One", "Two"]
    out = world.poll(2 * DAY)
    assert "answered 500" in out and "s3cret" not in out and "s3cret" not in world.row()["error"]


def test_verbose_shows_the_dialogue_without_its_secrets(world):
    world.configure(url=f"http://me:s3cret@127.0.0.1:{world.web.port}/feed?key=t0ken")
    world.web.put("/feed?key=t0ken", answer(b"", 302, "Found", Location="/next?sig=h1dden", Set_Cookie="c=cr0wn"))
    world.web.put("/next?sig=h1dden", answer(feed("One"), ETag='"v1"', X_Note="n0te", Content_Type="text/xml; x=\x1b[31m"))
    said = world.pub.run("-v", "collect").stderr
    at = re.escape(f"wrap: debug: http://127.0.0.1:{world.web.port}")
    for line in [r"/feed\?... #1 > GET /feed\?... HTTP/1.1", r"/feed\?... #1 > Authorization: \(not shown\)",
                 r"/feed\?... #1 > User-Agent: wrap/\S+ .*", r"/feed\?... #1 < HTTP/1.1 302 Found", r"/feed\?... #1 < Location: /next\?...",
                 r"/next\?... #2 > GET /next\?... HTTP/1.1", r"/next\?... #2 < HTTP/1.1 200 OK", r'/next\?... #2 < ETag: "v1"',
                 r"/next\?... #2 < \(\d\d\d bytes of body\)"]:
        assert re.search(f"^{at}{line}$", said, re.M), (line, said)
    for secret in ("s3cret", "t0ken", "h1dden", "cr0wn", "n0te", "bWU6", "\x1b"):
        assert secret not in said
    assert "GET" not in world.pub.run("collect", "--force").stderr


def test_verbose_says_why_a_request_ended(world):
    world.configure(url="http://127.0.0.2:80/feed")
    assert "#1 < (ended: an address that is not asked)" in world.pub.run("-v", "collect", code=None).stderr


def test_cookies_and_where_we_come_from_are_kept_to_ourselves(world):
    world.web.put("/feed", answer(b"", 302, "Found", Location="/next", Set_Cookie="a=b; Path=/"))
    world.web.put("/next", answer(feed("One"), Set_Cookie="c=d"))
    world.poll()
    world.poll(3 * DAY)
    assert len(world.web.requests) == 4
    for _, headers, _ in world.web.requests:
        assert "cookie" not in headers and "referer" not in headers


def test_a_validator_beyond_measure_is_forgotten(world):
    """It must not stand in the way of every later run."""
    world.web.put("/feed", answer(feed("One"), ETag='"' + "x" * 20000 + '"', Last_Modified="y" * 20000))
    world.poll()
    assert world.titles() == ["One"] and world.row()["etag"] is None and world.row()["last_modified"] is None
    assert "1 unchanged" in world.poll(3 * DAY)


# ---- addresses ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("host", ["127.0.0.2", "2130706434", "0x7f.0.0.2", "0177.0.0.2", "127.2", "[::ffff:127.0.0.2]",
                                  "user@127.0.0.2", "127.0.0.2.", "localhost"])
@pytest.mark.parametrize("redirected", [False, True])
def test_no_spelling_of_a_private_address_is_reached(world, host, redirected):
    inner = Script("127.0.0.1" if host == "localhost" else "127.0.0.2")
    world.more.append(inner)
    inner.put("/secret", GOOD)
    url = f"http://{host}:{inner.port}/secret"
    if redirected:
        world.web.put("/feed", go(302, url))
        world.poll()
    else:
        world.configure(url=url)
        world.poll()
    assert inner.requests == [] and world.titles() == [] and world.row()["failures"] == 1


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://[::1]/x", "http://169.254.169.254/latest", "http://[fd00::1]/",
                                 "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "http://100.64.0.1/", "http://0.0.0.0/",
                                 "http://[::ffff:169.254.169.254]/", "http://[fe80::1]/", "http://[::]/", "http://0/", "http://224.0.0.1/",
                                 "http://255.255.255.255/", "http://192.168.1.1/"])
def test_private_networks_are_refused_at_once(world, url):
    world.configure(url=url)
    began = time.monotonic()
    assert "private" in world.poll() and time.monotonic() - began < 5


def test_no_proxy_from_the_environment(world):
    proxy = Script()
    world.more.append(proxy)
    proxy.put("http://" + f"127.0.0.1:{world.web.port}/feed", GOOD)
    world.web.put("/feed", GOOD)
    world.pub.env.update(http_proxy=f"http://127.0.0.1:{proxy.port}", ALL_PROXY=f"http://127.0.0.1:{proxy.port}")
    world.poll()
    assert proxy.requests == [] and len(world.web.requests) == 1


# ---- bodies --------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("name,say", [("gzip", gzipped(feed("One"))), ("wrong type", answer(feed("One"), Content_Type="text/html")),
                                      ("no type", answer(feed("One"))), ("plain", answer(feed("One"), Content_Type="text/plain")),
                                      ("until close", answer(feed("One"), length=False))], ids=lambda v: v if isinstance(v, str) else "")
def test_bodies_that_are_read(world, name, say):
    world.web.put("/feed", say)
    world.poll()
    assert world.titles() == ["One"]


@pytest.mark.parametrize("name,say,says", [
    ("empty", answer(""), "empty"),
    ("blanks", answer("  \n "), "empty"),
    ("login page", answer("<!doctype html><html><head><title>Log in</title></head><body>x</body></html>"), "web page"),
    ("json of another kind", answer('{"a": 1}'), "no JSON Feed"),
    ("broken json", answer('{"version": '), "bad JSON"),
    ("garbage", answer(bytes(range(256)) * 40), "no feed"),
    ("gzip bomb", gzip_bomb(60), "larger than"),
    ("gzip in gzip", answer(gzip.compress(gzip.compress(bytes(4 << 20))), Content_Encoding="gzip, gzip"), "larger than"),
    ("gzip without end", answer(gzip.compress(b"x"), Content_Encoding=", ".join(["gzip"] * 100)), ""),
    ("endless", endless, "larger than"),
    ("endless headers", endless_headers, "headers"),
    ("a header of a megabyte", answer(feed("One"), X_Long="x" * 1000000), ""),
    ("chunk of no size", chunked(b"zz\r\n" + b"x" * 100), ""),
    ("chunk of all sizes", chunked(b"ffffffffffffffffff\r\nx"), ""),
    ("chunk below zero", chunked(b"-1\r\nx\r\n0\r\n\r\n"), ""),
    ("two lengths", answer(feed("One"), Content_Length=["5", "6"], length=False), ""),
    ("hang up", hang_up, ""),
    ("cut off", answer(feed("One")).replace(b"Content-Length: ", b"Content-Length: 9"), ""),
    ("no http", b"hello\r\n\r\n", ""),
    ("bad gzip", answer(b"\x1f\x8bnonsense", Content_Encoding="gzip"), ""),
], ids=lambda v: v if isinstance(v, str) and v else "")
def test_bodies_that_are_refused(world, name, say, says):
    world.configure(fetch="max_kilobytes = 512;")
    world.web.put("/feed", say)
    began = time.monotonic()
    out = world.poll()
    assert "1 failed" in out and says in out and world.titles() == [] and time.monotonic() - began < 10


@pytest.mark.parametrize("say", [silent, drip, dripping_header], ids=["silent", "dripping", "dripping headers"])
def test_slow_servers_cost_their_time_and_no_more(world, say):
    world.configure(fetch="timeout = 2;")
    world.web.put("/feed", say)
    began = time.monotonic()
    assert "too long" in world.poll() and time.monotonic() - began < 6


def bomb(kind):
    head = '<?xml version="1.0"?>'
    if kind == "entities":
        return head + "<!DOCTYPE r [" + "".join(
            f'<!ENTITY e{i} "{"&e%d;" % (i - 1) * 20 if i else "lol"}">' for i in range(9)) + "]>" + feed("One &e8;")[21:]
    if kind == "external":
        return head + '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + feed("One &x;")[21:]
    if kind == "attributes":
        return feed("One").replace("<item>", "<item " + " ".join(f'a{i}="{i}"' for i in range(40000)) + ">")
    if kind == "depth":
        return feed("One").replace("<description>", "<description>" + "<b>" * 100000)
    if kind == "html depth":
        return feed("One").replace("About", "&lt;div&gt;" * 100000)
    if kind == "nul":
        return feed("One").replace("About", "Ab\0out")
    if kind == "comments":
        return feed("One").replace("About", "<!--" * 200000)
    if kind == "sections":
        return feed("One").replace("About", "<![CDATA[" * 200000)
    if kind == "references":
        return feed("One").replace("About", "&amp;lt;" * 300000)
    if kind == "items":
        return feed("One").replace("</channel>", "<item><title>x</title></item>" * 100000 + "</channel>")
    if kind == "namespaces":
        return feed("One").replace("About", "<a:b xmlns:a='u'>" * 50000)
    if kind == "zeros":
        return feed("One").encode() + b"\0" * 4000000
    return feed("One").replace("About", "&lt;font color=%d&gt;&lt;p&gt;" * 3000 % tuple(range(3000)))


# A small process of its own: what is measured counts the memory of the one it was forked from, too.
MEASURE = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
u = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, u.ru_utime + u.ru_stime, u.ru_maxrss / 1024)
"""


def measured(pub, *args):
    """Run a command; what it took, its children included: seconds of processor, megabytes of memory at most."""
    p = subprocess.run([sys.executable, "-S", "-c", MEASURE, WRAP, "-c", str(pub.conf), "--now", pub.now, *args],
                       capture_output=True, text=True, env=pub.env, cwd=pub.dir)
    code, seconds, megabytes = p.stdout.split()
    assert code == "0", p.stderr
    return float(seconds), float(megabytes)


@pytest.mark.parametrize("kind", ["entities", "external", "attributes", "depth", "html depth", "nul", "formatting", "comments", "sections",
                                  "references", "items", "namespaces", "zeros", "gzip", "json depth"])
def test_hostile_documents_are_read_or_refused_in_a_second_and_64_megabytes(world, kind):
    if kind == "gzip":
        world.web.put("/feed", gzip_bomb(60))
    elif kind == "json depth":
        world.web.put("/feed", answer('{"version":"https://jsonfeed.org/version/1","items":[' + "[" * 2000000))
    else:
        world.web.put("/feed", answer(bomb(kind)))
    world.web.put("/other", GOOD)
    world.configure(feeds=f'{{ name = "f"; url = "{world.web.url("/feed")}"; pages = false; }},'
                          f'{{ name = "g"; url = "{world.web.url("/other")}"; pages = false; }}')
    seconds, megabytes = measured(world.pub, "collect")
    sanitized = "san" in WRAP
    assert seconds < (10 if sanitized else 1) and (sanitized or megabytes < 64), f"{seconds:.2f} s, {megabytes:.0f} MB"
    assert set(world.titles()) >= {"One", "Two"}  # the other feed's, and what came before the bomb
    assert not any("root:" in str(r) for r in world.pub.sql("SELECT title, summary, text FROM article"))


# ---- manners ---------------------------------------------------------------------------------------------------------

def test_headers_name_us_and_ask_for_feeds(world):
    world.web.put("/feed", GOOD)
    world.poll()
    h = world.web.requests[0][1]
    assert "wrap" in h["user-agent"].lower() and "http" in h["user-agent"]
    assert "application/rss+xml" in h["accept"] and "*/*" in h["accept"] and "gzip" in h["accept-encoding"]
    assert not {"cookie", "referer", "authorization"} & set(h)


def test_one_connection_a_host(world):
    feeds = []
    for i in range(6):
        world.web.put(f"/{i}", answer(feed(f"Story {i}")))
        feeds.append(f'{{ name = "f{i}"; url = "{world.web.url(f"/{i}")}"; pages = false; }}')
    world.configure(feeds=", ".join(feeds))
    world.poll()
    assert len(world.web.requests) == 6 and world.web.most_at_once == 1 and len(world.titles()) == 6


def test_a_failing_feed_does_not_hold_up_the_others(world):
    world.web.put("/good", GOOD)
    world.configure(feeds=f'{{ name = "bad"; url = "{world.web.url("/none")}"; }}, {{ name = "odd"; url = "http://127.0.0.2:9/"; }},'
                          f'{{ name = "f"; url = "{world.web.url("/good")}"; pages = false; }}')
    out = world.poll()
    assert "2 failed" in out and world.titles() == ["One", "Two"]
    assert "bad:" in out and "odd:" in out


def test_progress_is_drawn_on_a_terminal_only(world):
    world.web.put("/good", GOOD)
    world.configure(feeds=f'{{ name = "bad"; url = "{world.web.url("/none")}"; }}, {{ name = "f"; url = "{world.web.url("/good")}"; pages = false; }}')
    assert world.pub.run("collect").stderr == ""
    master, slave = pty.openpty()
    p = subprocess.Popen([WRAP, "-c", str(world.pub.conf), "--now", world.pub.now, "collect", "--force"], stderr=slave,
                         stdout=subprocess.DEVNULL, env=world.pub.env, cwd=world.pub.dir)
    os.close(slave)
    drawn = b""
    try:
        while piece := os.read(master, 4096):
            drawn += piece
    except OSError:
        pass  # a terminal whose other end is closed
    os.close(master)
    assert p.wait() == 0
    assert b"0 of 2 feeds, 0 new, 0 failed; fetching bad and others" in drawn
    assert b"2 of 2 feeds, 0 new, 1 failed" in drawn and drawn.endswith(b"\r\x1b[K")


def test_unknown_name_is_refused(world):
    assert world.pub.run("collect", "nobody", code=None).returncode != 0


def test_dry_run_changes_nothing(world):
    world.web.put("/feed", GOOD)
    before = (world.pub.dir / "wrap.db").read_bytes()
    world.pub.run("--dry-run", "collect", code=None)
    assert (world.pub.dir / "wrap.db").read_bytes() == before
