"""The edition's one picture: of a story at the top, over https, with words for those who block it, and an opt-out."""
import re

import pytest


ITEM = """<item><title>{title}</title><link>https://news.example.com/{n}</link><guid>{n}</guid><category>DNS</category>
<pubDate>Fri, 20 Nov 2026 1{n}:00:00 GMT</pubDate><description>{words}</description>{image}</item>"""
FEED = """<?xml version="1.0"?><rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel><title>Feed</title>
<link>https://news.example.com/</link><description>d</description>{items}</channel></rss>"""


def picture(url):
    return f'<media:content url="{url}" medium="image"/>'


@pytest.fixture
def week(pub, site):
    def make(*images, more=""):
        titles = ["Root keys change hands", "Ports that nobody closed", "A census of resolvers", "Cables under the ice"]
        items = "".join(ITEM.format(title=titles[i], n=i + 1, words=f"{titles[i]} and what came of it in {i} places. " * 3, image=x)
                        for i, x in enumerate(images))
        site.put("/feed.xml", FEED.format(items=items).encode(), Content_Type="application/rss+xml")
        pub.write(feeds=f'{{ name = "News Site"; url = "{site.url("/feed.xml")}"; pages = false; }}', edition=more)
        with open(pub.conf, "a") as f:
            f.write(site.allow())
        pub.subscribe("ann@example.net")
        pub.run("run")
        m = pub.outbox()[0]
        return (pub.sql("SELECT markdown FROM edition")[0][0], m.get_body(("html",)).get_content(),
                m.get_body(("plain",)).get_content())
    return make


def test_one_picture_near_the_top_with_words_in_its_place(week):
    md, html, text = week(picture("https://pictures.example.com/a.jpg"), picture("https://pictures.example.com/b.jpg"),
                          picture("https://pictures.example.com/c.jpg"))
    shown = re.findall(r"<img\b[^>]*>", html)
    assert len(shown) == 1 and "https://pictures.example.com/" in shown[0]
    assert 'alt="Picture: News Site"' in shown[0] and re.search(r'width="5\d\d"', shown[0])
    assert re.search(r"max-width:\s*\d+px", shown[0])
    assert html.index("<img") < html.index("</h3>", html.index("</h3>") + 1), "with the first story"
    assert md.count("![") == 1 and "![" not in text and "pictures.example.com" not in text


@pytest.mark.parametrize("url", ["http://pictures.example.com/a.jpg", "javascript:alert(1)", "https://x y/\"><script>"])
def test_only_safe_pictures(week, url):
    md, html, _ = week(picture(url.replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")))
    assert "<img" not in html and "<script" not in html and "javascript:" not in html


def test_the_owner_may_want_none(week):
    md, html, _ = week(picture("https://pictures.example.com/a.jpg"), more="lead_image = false;")
    assert "![" not in md and "<img" not in html
