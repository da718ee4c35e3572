"""One edition from feed to inbox, and what happens when a part of the road is out."""
import calendar
import email
import hashlib
import html
import os
import re
import resource
import socket
import subprocess
import time

import pytest

from conftest import NOW, WRAP
from feeds import rss

BASE = calendar.timegm(time.strptime(NOW, "%Y-%m-%dT%H:%M:%SZ"))
DAY = 86400

ITEMS = [
    dict(title="Resolvers get faster & safer", link="https://news.example.com/a", guid="a", category="DNS",
         date=BASE - 1 * DAY, text="A resolver that asks less knows more. Operators measured it for a month in four countries."),
    dict(title="Patch of the month", link="https://news.example.com/b", guid="b", category="Security",
         date=BASE - 2 * DAY, text="The patch closes a hole that was open for nine years. Every vendor ships it this week."),
    dict(title="Über alles: ein *Stern* [hier] <da>", link="https://news.example.com/c?x=1&amp;y=2", guid="c",
         category="DNS", date=BASE - 3 * DAY, text="Ein Satz mit Umlauten: äöü. Noch ein Satz, der hier sein Ende findet."),
]
# As a feed writes it: markup characters escaped once for XML.
FEED = rss([dict(i, title=i["title"].replace("&", "&amp;").replace("<", "&lt;")) for i in ITEMS])


def digest(folder):
    """Every file under a folder, by name and content."""
    out = {}
    for root, _, files in os.walk(folder):
        for f in files:
            p = os.path.join(root, f)
            out[p] = hashlib.sha256(open(p, "rb").read()).hexdigest()
    return out


@pytest.fixture
def week(pub, site):
    site.put("/feed.xml", FEED, ETag='"one"', Content_Type="application/rss+xml")
    pub.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow())
    pub.subscribe("ann@example.net", "bob@example.net")
    return pub


def parts(msg):
    return (msg.get_body(("plain",)).get_content(), msg.get_body(("html",)).get_content())


def test_an_edition_reaches_the_outbox_as_good_mail(week):
    out = week.run("run").stdout
    assert "is sent" in out and "2 sent" in out
    box = week.outbox()
    assert len(box) == 2
    assert {str(m["To"]) for m in box} == {"ann@example.net", "bob@example.net"}
    assert len({m["Message-ID"] for m in box}) == 2
    for m in box:
        assert not m.defects
        assert m["From"].addresses[0].addr_spec == "wrap@example.org"
        assert m["From"].addresses[0].display_name == "The Weekly Wrap"
        assert str(m["Subject"]) == "The Weekly Wrap: 20 November 2026"
        assert m["Date"].datetime.timestamp() == BASE
        assert re.fullmatch(r"<2026-W47\.[a-z2-7]+@example\.org>", m["Message-ID"])
        assert "<the-weekly-wrap.example.org>" in m["List-Id"]
        assert re.search(r"<https://example\.org/wrap/leave/[a-z2-7]{40}>", m["List-Unsubscribe"])
        assert m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert m.get_content_type() == "multipart/alternative"
        assert [p.get_content_type() for p in m.iter_parts()] == ["text/plain", "text/html"]
        text, html = parts(m)
        for it in ITEMS:
            assert re.sub(r"\s+", " ", it["title"]) in re.sub(r"\s+", " ", text)
        assert "https://news.example.com/c?x=1&y=2" in text
        assert 'href="https://news.example.com/c?x=1&amp;y=2"' in html
        assert "<da>" not in html and "&lt;da&gt;" in html
        assert "1 Main Street, Springfield" in text and "1 Main Street, Springfield" in html
        for line in text.splitlines():
            assert len(line) <= 78 or "://" in line


def test_a_second_run_in_the_week_sends_nothing_and_says_so(week):
    week.run("run")
    out = week.run("run").stdout
    assert "was sent before: nothing to do" in out
    assert len(week.outbox()) == 2
    week.now = "2026-11-22T23:00:00Z"  # Sunday of the same week
    assert week.json("run")["end"] == "already-sent"


def test_next_week_tells_only_what_is_new(week, site):
    week.run("run")
    week.now = "2026-11-27T18:00:00Z"
    new = dict(title="Something new", link="https://news.example.com/d", guid="d", category="DNS",
               date=BASE + 5 * DAY, text="It happened this week and it matters. More will be known soon, they said.")
    site.put("/feed.xml", rss(ITEMS[:2] + [new]), ETag='"two"')
    week.run("run")
    fresh = [m for m in week.outbox() if "27 November" in str(m["Subject"])]
    assert len(fresh) == 2
    text, _ = parts(fresh[0])
    assert "Something new" in text
    assert "Patch of the month" not in text and "Resolvers get faster" not in text


def test_a_feed_is_asked_conditionally_and_not_before_it_is_due(week, site):
    week.run("collect")
    n = len(site.requests)
    week.run("collect")
    assert len(site.requests) == n, "polled again within its interval"
    week.now = "2026-11-22T18:00:00Z"
    out = week.run("collect").stdout
    assert site.requests[-1][1].get("If-None-Match") == '"one"'
    assert "1 unchanged" in out
    assert week.sql("SELECT count(*) FROM article") == [(3,)]


def test_a_reader_of_one_topic_gets_that_topic_only(week):
    week.subscribe("carla@example.net", topics="Security")
    week.run("run")
    carla = [m for m in week.outbox() if "carla" in m["To"]][0]
    text, html = parts(carla)
    assert "Patch of the month" in text and "Resolvers get faster" not in text
    assert "Patch of the month" in html and "Resolvers get faster" not in html


def test_a_reader_with_nothing_in_their_topics_is_skipped_and_counted(week, site):
    site.put("/feed.xml", rss(ITEMS[:1]))
    week.subscribe("carla@example.net", topics="Security")
    report = week.json("run")
    assert report["deliveries"]["skipped"] == 1 and report["deliveries"]["sent"] == 2
    assert week.sql("SELECT reason FROM delivery WHERE state = 'skipped'") == [("nothing in their topics this week",)]


def test_pending_and_gone_readers_get_nothing(week):
    week.run("subscribe", "pending@example.net")
    week.run("unsubscribe", "BOB@Example.NET", "--why", "asked by phone")
    week.run("run")
    mails = {str(m["To"]): str(m["Subject"]) for m in week.outbox()}
    assert set(mails) == {"ann@example.net", "pending@example.net"}
    assert "onfirm" in mails["pending@example.net"]  # the question whether they asked, and no edition
    shown = week.json("subscribers", "show", "bob@example.net")
    assert shown["state"] == "unsubscribed" and shown["why"] == "asked by phone"
    assert [h["what"] for h in shown["history"] if h["kind"] == "consent"] == ["confirm", "unsubscribe"]


def test_a_dry_run_changes_not_a_byte(week):
    week.run("collect")
    before = digest(week.dir)
    out = week.run("-n", "run").stdout
    assert "2 sent" in out
    assert digest(week.dir) == before
    week.run("-n", "subscribe", "new@example.net", "--confirmed", "--why", "x")
    week.run("--dry-run", "collect", "--force")
    assert digest(week.dir) == before
    week.run("run")
    assert len(week.outbox()) == 2


def test_two_runs_at_once_one_works_the_other_leaves_with_75(week, site):
    def slow(handler):
        time.sleep(2)
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(FEED.encode())))
        handler.end_headers()
        handler.wfile.write(FEED.encode())
    site.pages["/feed.xml"] = slow
    cmd = [WRAP, "-c", str(week.conf), "--now", NOW, "run"]
    first = subprocess.Popen(cmd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    time.sleep(0.7)
    second = week.run("run", code=75)
    assert "another run is at work (process %d" % first.pid in second.stderr
    out, errors = first.communicate(timeout=60)
    assert first.returncode == 0, errors
    assert len(week.outbox()) == 2


def test_a_failing_feed_costs_one_line_and_nothing_else(week, site):
    site.put("/broken.xml", "go away", status=500)
    site.put("/garbage.xml", bytes(range(256)) * 40)
    dead = socket.socket()
    dead.bind(("127.0.0.1", 0))  # bound, not listening: connections are refused
    gone = dead.getsockname()[1]
    week.write(feeds=f'{{ name = "broken"; url = "{site.url("/broken.xml")}"; }},'
                     f'{{ name = "garbage"; url = "{site.url("/garbage.xml")}"; }},'
                     f'{{ name = "gone"; url = "http://127.0.0.1:{gone}/x"; }},'
                     f'{{ name = "forbidden"; url = "http://127.0.0.2:{site.port}/feed.xml"; }},'
                     f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}',
               extra=f'fetch = {{ allow = ["127.0.0.1:{site.port}", "127.0.0.1:{gone}"]; }};',
               edition="failed_share = 100;")
    report = week.json("run")
    feeds = {f["name"]: f for f in report["feeds"]}
    assert [n for n in feeds if feeds[n]["result"] == "failed"] == ["broken", "garbage", "gone", "forbidden"]
    assert all(feeds[n]["error"] for n in ("broken", "garbage", "gone", "forbidden"))
    assert "500" in feeds["broken"]["error"]
    assert feeds["news"]["added"] == 3
    assert report["end"] == "sent" and len(week.outbox()) == 2
    dead.close()


def test_a_required_feed_that_fails_holds_the_edition_until_it_works(week, site):
    site.put("/must.xml", "go away", status=503)
    week.write(feeds=f'{{ name = "must"; url = "{site.url("/must.xml")}"; required = true; }},'
                     f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow())
    out = week.run("run", code=3).stdout
    assert "HELD" in out and "must" in out
    assert week.outbox() == []
    site.put("/must.xml", rss([dict(ITEMS[0], guid="z", title="It is back", link="https://m.example.com/z")]))
    week.run("collect", "--force")
    assert week.json("run")["end"] == "sent"
    assert "It is back" in parts(week.outbox()[0])[0]


def test_too_few_stories_hold_the_edition_until_there_are_more(week, site):
    site.put("/feed.xml", rss(ITEMS[:1]))
    week.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow(),
               edition="")
    week.conf.write_text(week.conf.read_text().replace("min_stories = 1", "min_stories = 2"))
    assert "fewer than the 2" in week.run("run", code=3).stdout
    site.put("/feed.xml", FEED)
    week.run("collect", "--force")
    assert week.json("run")["end"] == "sent"


def test_an_unreachable_relay_ends_in_69_and_the_next_run_goes_on(week, site, smtp):
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        port = s.getsockname()[1]
    relay = f'{{ url = "smtp://127.0.0.1:{port}"; tls = "none"; timeout = 5; }}'
    feed = f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}'
    week.write(feeds=feed, relay=relay, extra=site.allow())
    out = week.run("run", code=69)
    assert "not finished" in out.stdout and str(port) in out.stdout
    assert week.sql("SELECT state, attempts, count(*) FROM delivery GROUP BY 1, 2") == [("queued", 0, 2)]
    week.write(feeds=feed, relay=smtp.relay(), extra=site.allow())
    week.now = "2026-11-20T19:00:00Z"
    assert week.json("run")["end"] == "sent"
    assert sorted(r[0] for _, r, _ in smtp.taken) == ["ann@example.net", "bob@example.net"]


def test_a_refused_reader_fails_alone_and_a_deferred_one_waits(week, site, smtp):
    week.subscribe("carla@example.net")
    smtp.reply = {"bob@example.net": "550 5.1.1 no such user", "carla@example.net": "451 4.7.1 greylisted"}
    week.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', relay=smtp.relay(), extra=site.allow())
    report = week.json("run", code=75)
    assert report["deliveries"]["sent"] == 1 and report["deliveries"]["failed"] == 1 and report["deliveries"]["queued"] == 1
    assert week.sql("SELECT reply_code, enhanced FROM delivery WHERE state = 'failed'") == [(550, "5.1.1")]
    smtp.reply = {}
    week.now = "2026-11-20T18:20:00Z"
    assert week.json("run")["end"] == "sent"
    assert sorted(r[0] for _, r, _ in smtp.taken) == ["ann@example.net", "carla@example.net"]


ENDS = [before + "." + after for before in ("\r\n", "\n", "\r", "\r\r\n", "\n\r", "\r\n\n") for after in ("\r\n", "\n", "\r", "\r\r\n")]


@pytest.mark.parametrize("source", ["feed", "folder", "editor"])
def test_no_story_ends_its_mail_and_begins_another(pub, site, smtp, source):
    """SMTP smuggling: each of the 24 ways to write a line of one dot, and the next mail's commands behind it."""
    assert len(set(ENDS)) == 24
    (pub.dir / "stories").mkdir()
    items, document = "", "# The Weekly Wrap\n\n## News\n\n"
    for i, end in enumerate(ENDS):
        line = end[end.index(".") + 1:]
        text = (f"The registry counts number {i} here and says so at some length.{end}MAIL FROM:<evil@example.net>{line}"
                f"RCPT TO:<victim@example.net>{line}DATA is what a story says.")
        (pub.dir / "stories" / f"{i}.md").write_bytes(f"---\ntitle: Way {i}\n---\n\n{text}\n".encode())
        coded = html.escape(text).replace("\r", "&#13;").replace("\n", "&#10;")
        items += (f"<item><title>Way {i}</title><link>https://way{i}.example/</link><guid>w{i}</guid>"
                  f"<description>{coded}</description></item>")
        document += f"### [Way {i}](https://way{i}.example/)\n\n{html.escape(text)}\n\n"
    site.put("/smuggle.xml", f'<rss version="2.0"><channel><title>W</title>{items}</channel></rss>')
    where = f'url = "{site.url("/smuggle.xml")}"; pages = false' if source == "feed" else 'folder = "stories"'
    pub.write(feeds=f'{{ name = "s"; {where}; }}', relay=smtp.relay(), extra=site.allow(),
              edition='other = "News"; max_stories = 30; per_topic = 30; per_source = 30;')
    pub.subscribe("ann@example.net", "bob@example.net")
    if source == "editor":
        (pub.dir / "mine.md").write_bytes(document.encode())
        pub.env["EDITOR"] = f"cp {pub.dir / 'mine.md'}"
        pub.run("collect")
        pub.run("draft")
        pub.run("edit")
    pub.run("run")
    assert sorted(to for _, to, _ in smtp.taken) == [["ann@example.net"], ["bob@example.net"]]
    assert all("evil" not in sender for sender, _, _ in smtp.taken)
    for _, _, raw in smtp.taken:
        bare = raw.replace(b"\r\n", b"")
        assert b"\r" not in bare and b"\n" not in bare and b"\0" not in bare
    for m in smtp.messages:
        for part in parts(m):
            told = part.count("victim@example.net")
            assert told == 24 if source == "editor" else told > 0  # digest tells what is alike once


def test_a_disk_without_room_ends_in_74_and_nothing_is_lost(week):
    big = "x" * 2000
    week.run("collect")

    def small():  # no file may grow past two pages
        resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
    p = subprocess.run([WRAP, "-c", str(week.conf), "--now", NOW, "run"], capture_output=True, text=True,
                       preexec_fn=small, timeout=60)
    assert p.returncode == 74, (p.returncode, p.stdout, p.stderr)
    assert "wrap: error:" in p.stderr and "wrap.db" in p.stderr
    p = subprocess.run([WRAP, "-c", str(week.conf), "subscribe", "z@example.net", "--name", big[:100]],
                       capture_output=True, text=True, preexec_fn=small, timeout=60)
    assert p.returncode == 74
    assert week.json("run")["deliveries"]["sent"] == 2
    assert len(week.outbox()) == 2
    assert week.sql("PRAGMA integrity_check") == [("ok",)]


def test_a_thousand_readers_get_a_thousand_messages_once(week, site, smtp):
    week.fill(998)
    week.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', relay=smtp.relay(connections=8),
               extra=site.allow(), publication='return_path = "bounces+*@example.org";')
    report = week.json("run")
    assert report["deliveries"]["sent"] == 1000
    assert len(smtp.taken) == 1000
    assert len({r[0] for _, r, _ in smtp.taken}) == 1000
    ids, senders = set(), set()
    for sender, rcpt, raw in smtp.taken:
        assert b"\r\n" in raw and not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
        assert max(len(line) for line in raw.split(b"\r\n")) <= 998
        m = email.message_from_bytes(raw, policy=email.policy.default)
        assert not m.defects and str(m["To"]) == rcpt[0]
        ids.add(m["Message-ID"])
        senders.add(sender)
        assert re.fullmatch(r"bounces\+[a-z2-7]{40}@example\.org", sender)
    assert len(ids) == 1000 and len(senders) == 1000
    assert week.json("run")["end"] == "already-sent"
    assert len(smtp.taken) == 1000


def test_preview_shows_the_reader_what_they_will_get_and_sends_nothing(week):
    week.run("collect")
    week.run("draft")
    text = week.run("preview", "--for", "ann@example.net").stdout
    assert "Patch of the month" in text and "ann@example.net" in text
    week.run("preview", "--html", week.dir / "p.html", "--text", week.dir / "p.txt", "--eml", week.dir / "p.eml")
    m = email.message_from_bytes((week.dir / "p.eml").read_bytes(), policy=email.policy.default)
    assert not m.defects and parts(m)[1].startswith("<!DOCTYPE html>")
    assert week.outbox() == []
    assert "nobody is known as" in week.run("preview", "--for", "who@example.net", code=65).stderr


def test_the_clock_goes_forward_by_slot(week, site):
    week.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow(),
               publication='slot = "Fri 09:00"; time_zone = "Etc/GMT+8";')
    week.now = "2026-11-20T16:59:00Z"  # 08:59 there
    report = week.json("run")
    assert report["end"] == "not-due" and report["due"] == "2026-11-20T17:00:00Z"
    week.now = "2026-11-20T17:00:00Z"
    assert week.json("run")["end"] == "sent"


def test_an_edition_far_past_its_slot_is_held(week, site):
    week.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow(),
               publication='slot = "Tue 09:00";')
    assert "past its slot" in week.run("run", code=3).stdout


def test_nobody_subscribed_keeps_the_stories_for_later(pub, site):
    site.put("/feed.xml", FEED)
    pub.write(feeds=f'{{ name = "news"; url = "{site.url("/feed.xml")}"; }}', extra=site.allow())
    assert pub.json("run")["end"] == "no-readers"
    pub.subscribe("ann@example.net")
    assert pub.json("run")["end"] == "sent"
    assert len(pub.outbox()) == 1
