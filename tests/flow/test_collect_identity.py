"""One story once: moved hosts, new guids, edited titles, tracking parameters, shared links, first fetches, held
feeds; folders of Markdown; article pages; wrap feeds and wrap inspect."""
import datetime
import json
import os
import subprocess

import pytest

from conftest import WRAP
from http_script import Script, answer
from test_collect import DAY, EPOCH, HOUR, World, feed, http_date


@pytest.fixture
def world(pub):
    w = World(pub)
    yield w
    w.close()


def item(title, guid=None, link=None, days=1.0, text="Some words."):
    date = f"<pubDate>{http_date(int(-days * DAY))}</pubDate>" if days is not None else ""
    return (f"<item><title>{title}</title>" + (f"<link>{link}</link>" if link else "")
            + (f"<guid>{guid}</guid>" if guid else "") + f"{date}<description>{text}</description></item>")


def rss(*items):
    return answer('<rss version="2.0"><channel><title>S</title>' + "".join(items) + "</channel></rss>")


def replay(world, *documents):
    """Poll each document, two days apart. Returns the number of articles after each."""
    counts = []
    world.web.put("/feed", *documents)
    for i in range(len(documents)):
        world.poll(i * 2 * DAY)
        counts.append(len(world.titles()))
    return counts


def stories(host, guid, title="Story {}", path="/2026/{}", days=1.0, query=""):
    return rss(*(item(title.format(n), guid.format(n), f"{host}{path.format(n)}{query}", days) for n in range(4)))


@pytest.mark.parametrize("name,before,after", [
    ("nothing changed", stories("http://a.example", "g{}"), stories("http://a.example", "g{}")),
    ("https", stories("http://a.example", "http://a.example/2026/{}"), stories("https://a.example", "https://a.example/2026/{}")),
    ("moved host", stories("http://a.example", "http://a.example/p/{}"), stories("https://www.b.example", "https://www.b.example/p/{}")),
    ("tag ids of another host", stories("http://a.example", "tag:a.example,2026:/post/{}"),
     stories("http://b.example", "tag:b.example,2027:/post/{}")),
    ("guids minted anew", stories("http://a.example", "id-{}"), stories("http://a.example", "urn:uuid:99-{}")),
    ("guids minted anew with tracking", stories("http://a.example", "id-{}"),
     stories("http://a.example", "new-{}", query="?utm_source=rss&amp;utm_medium=feed")),
    ("edited titles", stories("http://a.example", "id-{}"), stories("http://a.example", "id-{}", title="Story {} (updated)")),
    ("edited links", stories("http://a.example", "id-{}"), stories("http://a.example", "id-{}", path="/moved/{}")),
    ("a counter on the guid", stories("http://a.example", "http://a.example/2026/{}#0"),
     stories("http://a.example", "http://a.example/2026/{}#3")),
    ("no guid, tracking on the link", rss(*(item(f"S{n}", None, f"http://a.example/{n}") for n in range(4))),
     rss(*(item(f"S{n}", None, f"http://www.a.example/{n}/?fbclid=abc&amp;gclid=d") for n in range(4)))),
    ("no guid, no link", rss(*(item(f"S{n}") for n in range(4))), rss(*(item(f"S{n}", text="Other words") for n in range(4)))),
], ids=lambda v: v if isinstance(v, str) else "")
def test_no_story_twice(world, name, before, after):
    assert replay(world, before, after, before, after) == [4, 4, 4, 4]


@pytest.mark.parametrize("name,doc,count", [
    ("one link for every episode", rss(*(item(f"Episode {n}", f"e{n}", "http://pod.example/") for n in range(5))), 5),
    ("one link, no guid", rss(*(item(f"Episode {n}", None, "http://pod.example/", n + 1) for n in range(5))), 5),
    ("one guid for all", rss(*(item(f"Story {n}", "same", f"http://a.example/{n}") for n in range(5))), 5),
    ("one title for all", rss(*(item("Links of the day", f"g{n}", f"http://a.example/{n}", n + 1) for n in range(5))), 5),
    ("the same item twice", rss(item("S", "g", "http://a.example/1"), item("S", "g", "http://a.example/1")), 1),
], ids=lambda v: v if isinstance(v, str) else "")
def test_no_story_lost(world, name, doc, count):
    assert replay(world, doc, doc) == [count, count]


def test_a_title_may_come_back_next_month(world):
    first = rss(item("Open thread", "g1", "http://a.example/open", 1))
    later = rss(item("Open thread", "g2", "http://a.example/open", -40))
    world.web.put("/feed", first, later)
    world.poll()
    world.poll(41 * DAY)
    assert world.titles() == ["Open thread", "Open thread"]


def test_equal_guids_in_two_feeds_are_two_stories(world):
    world.web.put("/a", rss(item("From A", "1", "http://a.example/1")))
    world.web.put("/b", rss(item("From B", "1", "http://b.example/1")))
    world.configure(feeds=", ".join(f'{{ name = "{n}"; url = "{world.web.url("/" + n)}"; pages = false; }}' for n in "ab"))
    world.poll()
    assert world.titles() == ["From A", "From B"]


def old(n, generation):
    return item(f"Piece {n} of {generation}", f"{generation}-{n}", f"http://a.example/{generation}/{n}", 20 + n)


def test_a_past_that_looks_new_is_held_and_named(world):
    world.web.put("/feed", rss(*(old(n, "x") for n in range(6))), rss(*(old(n, "y") for n in range(6))))
    world.poll()
    out = world.poll(2 * DAY)
    assert "1 held" in out and "--force f" in out and len(world.titles()) == 6
    world.poll(4 * DAY)
    assert len(world.web.requests) == 2, "not asked while it is held"
    world.poll(5 * DAY, "--force", "f")
    assert len(world.titles()) == 12 and world.row()["hold"] is None


def test_a_busy_week_is_not_held(world):
    world.web.put("/feed", rss(*(item(f"A{n}", f"a{n}", f"http://a.example/a{n}", 1) for n in range(9))),
                  rss(*(item(f"B{n}", f"b{n}", f"http://a.example/b{n}", -6) for n in range(9))))
    world.poll()
    assert "9 new" in world.poll(7 * DAY)


def test_a_first_fetch_does_not_flood(world):
    world.web.put("/feed", rss(*(item(f"N{n:02}", f"g{n}", f"http://a.example/{n}", 0.5 + n * 3) for n in range(50))))
    world.poll()
    news = world.pub.sql(f"SELECT count(*) FROM article WHERE seen_at > {EPOCH - DAY}")[0][0]
    assert len(world.titles()) == 50 and 1 <= news <= 8


def test_undated_first_fetch_does_not_flood(world):
    world.web.put("/feed", rss(*(item(f"N{n:02}", f"g{n}", f"http://a.example/{n}", None) for n in range(50))))
    world.poll()
    assert world.pub.sql(f"SELECT count(*) FROM article WHERE seen_at > {EPOCH - DAY}")[0][0] == 10


def test_a_date_in_the_future_is_no_date(world):
    world.web.put("/feed", rss(item("Soon", "g", "http://a.example/1", -30)))
    world.poll()
    assert world.pub.sql("SELECT published_at FROM article")[0][0] in (None, 0)


# ---- folders ------------------------------------------------------------------------------------------------------

@pytest.fixture
def folder(world):
    path = world.pub.dir / "notes"
    path.mkdir()
    world.configure(feeds='{ name = "notes"; folder = "notes"; }')
    return path


def test_folder_of_markdown(world, folder):
    (folder / "a.md").write_text("---\ntitle: \"A: *story*\"\ndate: 2026-11-19\nauthor: Jane Doe\ntopic: DNS\n"
                                 "link: https://a.example/1\ntags: [x, y]\n---\n\nFirst **words**.\n\nSecond.\n")
    (folder / "b.md").write_text("title: B\nsummary: In short.\n\nText of b.\n")
    (folder / "2026-11-18-a-named-file.md").write_text("Only text.\n")
    (folder / "c.md").write_text("# From the heading\n\nText of c.\n")
    world.poll()
    rows = {t: r for t, *r in world.pub.sql(
        "SELECT title, byline, topic, url, categories, text, summary, published_at FROM article")}
    assert rows["A: *story*"][:6] == ["Jane Doe", "DNS", "https://a.example/1", "x\ny", "First words.\n\nSecond.", None]
    assert rows["B"][5] == "In short." and rows["From the heading"][4] == "Text of c."
    assert rows["A named file"][6] == int(datetime.datetime(2026, 11, 18, tzinfo=datetime.timezone.utc).timestamp())


def test_bad_files_are_named_and_skipped(world, folder, tmp_path):
    (folder / "good.md").write_text("Good text.\n")
    (folder / "date.md").write_text("date: rubbish\n\nx\n")
    (folder / "open.md").write_text("---\ntitle: x\n")
    (folder / "bytes.md").write_bytes(b"\xff\xfe\x00")
    (folder / "large.md").write_text("x" * 100000)
    (folder / "link.md").write_text("link: javascript:alert(1)\n\nx\n")
    (folder / "empty.md").write_text("")
    (folder / "draft.md").write_text("draft: true\n\nNot yet.\n")
    (folder / "later.md").write_text("date: 2027-05-05\n\nNot yet.\n")
    (folder / "_hidden.md").write_text("x")
    (folder / "other.txt").write_text("x")
    (folder / "dir.md").mkdir()
    os.symlink("/etc/passwd", folder / "out.md")
    os.mkfifo(folder / "pipe.md")
    out = world.poll()
    assert world.titles() == ["Good"]
    for name in ("date", "open", "bytes", "large", "link", "empty", "dir", "out", "pipe"):
        assert name + ".md" in out or name in ("out", "pipe", "open", "link", "large"), name


def test_edits_are_picked_up_and_removals_too(world, folder):
    (folder / "a.md").write_text("title: One\n\nText.\n")
    (folder / "b.md").write_text("title: Two\n\nText.\n")
    world.poll()
    (folder / "a.md").write_text("title: One, mended\n\nBetter text.\n")
    (folder / "b.md").unlink()
    world.poll(60)
    assert world.pub.sql("SELECT title, text FROM article") == [("One, mended", "Better text.")]


def test_a_missing_folder_is_a_failure_of_that_feed(world):
    world.configure(feeds='{ name = "notes"; folder = "nowhere"; }')
    assert "1 failed" in world.poll()


# ---- pages ------------------------------------------------------------------------------------------------------------

STORY = "The council met on Monday, as it does each week, and after a long debate it chose a plan. " * 6


def page(text=STORY):
    return answer(f"<html><head><title>Plan chosen - Site</title><meta name=author content='Jane Doe'>"
                  f"<meta property='og:image' content='/p.jpg'></head><body><nav><a href=/>Home</a></nav>"
                  f"<article><h1>Plan chosen</h1><p>{text}</p><p>{text}</p></article><footer>Imprint</footer></body></html>",
                  Content_Type="text/html")


def test_a_teaser_is_completed_from_its_page_once(world):
    world.configure(pages="true")
    link = world.web.url("/story")
    world.web.put("/feed", rss(item("Plan chosen", "g", link)), rss(item("Plan chosen", "g", link), item("New", "h", None)))
    world.web.put("/story", page())
    world.poll()
    text, byline, image = world.pub.sql("SELECT text, byline, image FROM article")[0]
    assert "The council met" in text and "Imprint" not in text and byline == "Jane Doe" and image == world.web.url("/p.jpg")
    world.poll(2 * DAY)
    assert [r[0] for r in world.web.requests].count("/story") == 1
    assert "The council met" in world.pub.sql("SELECT text FROM article WHERE guid = 'g'")[0][0]


def test_a_whole_story_needs_no_page(world):
    world.configure(pages="true")
    world.web.put("/feed", rss(item("Long", "g", world.web.url("/story"), text=STORY * 3)))
    world.poll()
    assert [r[0] for r in world.web.requests] == ["/feed"]


@pytest.mark.parametrize("say", [answer("no", 404, "No"), answer(b"\x00\x01" * 3000), answer("<div>" * 50000)],
                         ids=["gone", "bytes", "deep"])
def test_a_page_that_fails_leaves_the_teaser(world, say):
    world.configure(pages="true")
    world.web.put("/feed", rss(item("Plan", "g", world.web.url("/story"))))
    world.web.put("/story", say)
    assert "0 failed" in world.poll()
    assert world.titles() == ["Plan"]


def test_a_page_at_a_private_address_is_not_fetched(world):
    inner = Script("127.0.0.2")
    world.more.append(inner)
    world.configure(pages="true")
    world.web.put("/feed", rss(item("Plan", "g", inner.url("/story"))))
    world.poll()
    assert inner.requests == [] and world.titles() == ["Plan"]


# ---- wrap feeds ---------------------------------------------------------------------------------------------------------

def test_feeds_list_tells_health(world):
    world.web.put("/feed", answer(feed("One"), ETag='"1"'), answer("oops", 500, "Oops"))
    world.poll()
    world.poll(2 * HOUR)
    out = world.pub.run("feeds").stdout
    assert "failing" in out and "500" in out and "1 time in a row" in out
    row, = world.pub.json("feeds", "list")
    assert row["state"] == "failing" and row["failures"] == 1 and row["last_good"]


def test_add_finds_the_feed_of_a_page(world):
    world.web.put("/", answer("<html><head><base href='/sub/'><link rel='stylesheet' href='x.css'>"
                              "<link rel='alternate' type='application/rss+xml' title='Comments' href='/comments/feed'>"
                              "<link rel='home alternate' type='application/atom+xml' title='All' href='main.xml'></head></html>"))
    world.web.put("/sub/main.xml", answer(feed("One", "Two")))
    found, = world.pub.json("feeds", "add", world.web.url("/"))
    assert found["url"] == world.web.url("/sub/main.xml")
    assert found["stanza"] == f'{{ name = "site"; url = "{found["url"]}"; }}'
    assert [r[0] for r in world.web.requests] == ["/", "/sub/main.xml"]


def test_add_takes_a_feed_as_it_is_and_tries_usual_places(world):
    world.web.put("/feed", answer(feed("One")))
    assert world.pub.json("feeds", "add", world.web.url("/feed"))[0]["url"] == world.web.url("/feed")
    world.web.put("/blog/", answer("<html><body>No links here</body></html>"))
    world.web.put("/atom.xml", answer(feed("One")))
    world.web.put("/feed", answer("", 404, "No"))
    assert world.pub.json("feeds", "add", world.web.url("/blog/"))[0]["url"] == world.web.url("/atom.xml")


def test_add_says_when_there_is_none(world):
    world.web.put("/", answer("<html><body>Nothing</body></html>"))
    assert "no feed found" in world.pub.run("feeds", "add", world.web.url("/"), code=65).stderr
    assert world.pub.run("feeds", "add", world.web.url("/gone"), code=69).stderr
    assert world.pub.run("feeds", "add", "file:///etc/passwd", code=65).stderr


def test_opml_goes_out_and_comes_in(world, tmp_path):
    opml = world.pub.run("feeds", "export").stdout
    assert world.web.url("/feed") in opml
    path = tmp_path / "list.opml"
    path.write_text(f"<opml version='1.1'><body><outline text='Group'><outline text='A &amp; B' xmlUrl='http://x.example/f'/>"
                    f"<outline title='A B' xmlUrl='http://y.example/f'/><outline xmlUrl='{world.web.url('/feed')}'/>"
                    f"<outline xmlUrl='file:///etc/passwd'/></outline></body></opml>")
    new = world.pub.json("feeds", "import", path)
    assert [(n["name"], n["url"]) for n in new] == [("a-b", "http://x.example/f"), ("a-b-2", "http://y.example/f")]
    path.write_text("<html></html>")
    assert world.pub.run("feeds", "import", path, code=65)


# ---- wrap inspect ----------------------------------------------------------------------------------------------------------

def inspect(what, *args, stdin=None):
    p = subprocess.run([WRAP, "inspect", what, *args], capture_output=True, input=stdin, timeout=60)
    assert p.returncode == 0, p.stderr
    return [json.loads(line) for line in p.stdout.splitlines()]


def test_inspect_feed_answers_line_by_line(tmp_path):
    (tmp_path / "a.xml").write_text(feed("One", "Two"))
    (tmp_path / "b.xml").write_text("no feed")
    lines = [{"path": str(tmp_path / "a.xml"), "url": "http://site.example/feed", "content_type": None},
             {"path": str(tmp_path / "b.xml")}, {"path": str(tmp_path / "none.xml")}, {"nothing": 1}]
    got = inspect("feed", stdin="\n".join(map(json.dumps, lines)).encode())
    assert [e["title"] for e in got[0]["entries"]] == ["One", "Two"] and got[0]["error"] is None
    assert got[0]["feed"]["title"] == "Site" and got[0]["entries"][0]["published"] == EPOCH - DAY
    assert all(g["error"] for g in got[1:]) and len(got) == 4
    assert inspect("feed", str(tmp_path / "a.xml"))[0]["entries"] == got[0]["entries"]


def test_inspect_page_finds_the_article(tmp_path):
    (tmp_path / "p.html").write_bytes(page().split(b"\r\n\r\n", 1)[1])
    got, = inspect("page", stdin=json.dumps({"id": 7, "file": str(tmp_path / "p.html"), "url": "https://s.example/1"}).encode())
    assert got["title"] == "Plan chosen" and got["byline"] == "Jane Doe" and got["text"].startswith("The council met")


def test_a_feed_that_we_refused_is_asked_as_soon_as_it_is_allowed(pub, site):
    site.put("/feed.xml", b'<rss version="2.0"><channel><title>t</title><item><title>One</title><link>https://s.example/1</link></item></channel></rss>')
    feed = f'{{ name = "mine"; url = "{site.url("/feed.xml")}"; }}'
    pub.write(feeds=feed)
    out = pub.run("collect").stdout
    assert f'fetch = {{ allow = ["127.0.0.1:{site.port}"]; }};' in out and site.requests == []
    pub.write(feeds=feed, extra=f'fetch = {{ allow = ["127.0.0.1:{site.port}"]; }};')
    assert "1 new article; of 1 feed 1 read" in pub.run("collect").stdout
