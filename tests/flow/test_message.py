"""The message as others read it: Python's mail reader and HTML parser, dkimpy and OpenDKIM where they are installed.

The editions are tests/golden/*.md, written by hand. Golden copies of some parts stand beside them;
WRAP_GOLDEN=write makes them anew, to be read before they are committed.
"""
import email
import email.policy
import html.parser
import json
import os
import pathlib
import re
import shutil
import subprocess
import unicodedata

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests" / "golden"
MAKE_MESSAGE = ROOT / "build" / "release" / "bench" / "message_make"

OPTIONS = {
    "german": ["language=de", "name=Der Wochenüberblick", "from=Der Wochenüberblick <wrap@news.example.org>"],
    "arabic": ["language=ar", "name=موجز الأسبوع", "from=موجز الأسبوع <wrap@news.example.org>"],
    "hebrew": ["language=he", "name=סיכום השבוע", "from=סיכום השבוע <wrap@news.example.org>"],
    "japanese": ["language=ja", "name=今週のまとめ", "from=今週のまとめ <wrap@news.example.org>"],
}
EDITIONS = sorted(p.stem for p in GOLDEN.glob("*.md"))


@pytest.fixture(scope="session", autouse=True)
def message_make():
    subprocess.run([os.environ.get("MAKE", "make"), "-s", str(MAKE_MESSAGE.relative_to(ROOT))], cwd=ROOT, check=True)


@pytest.fixture(scope="session")
def keys(tmp_path_factory):
    return tmp_path_factory.mktemp("keys")


def make(name, *args):
    p = subprocess.run([MAKE_MESSAGE, GOLDEN / f"{name}.md", *OPTIONS.get(name, []), *args], cwd=ROOT, capture_output=True)
    assert p.returncode == 0, p.stderr
    return p.stdout


def parts(raw):
    m = email.message_from_bytes(raw, policy=email.policy.default)
    return m, m.get_body(("plain",)), m.get_body(("html",))


def width(s):
    return sum(0 if unicodedata.category(c) in ("Mn", "Me", "Cf") else 2 if unicodedata.east_asian_width(c) in "WF" else 1
               for c in s)


VOID = {"meta", "br", "img", "hr", "link", "input"}


class Page(html.parser.HTMLParser):
    """Elements in order, strict about nesting, with the text each link and heading holds."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.elements, self.links, self.headings, self.text = [], [], [], [], ""
        self.sheet = ""
        self.feed(text)
        self.close()
        assert self.open == [], "left open"

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        el = {"tag": tag, "attrs": attrs, "text": "", "path": list(self.open)}
        self.elements.append(el)
        if tag not in VOID:
            self.open.append(el)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1]["tag"] == tag, f"</{tag}> crosses {[e['tag'] for e in self.open[-3:]]}"
        el = self.open.pop()
        if tag == "a":
            self.links.append((el["text"], el["attrs"]["href"]))
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((tag, el["text"]))

    def handle_data(self, data):
        for el in self.open:
            el["text"] += data
        if any(e["tag"] == "style" for e in self.open):
            self.sheet += data
        elif any(e["tag"] == "body" for e in self.open):
            self.text += data
            if data.strip():
                self.elements.append({"tag": "#text", "attrs": {}, "text": data, "path": list(self.open)})


@pytest.mark.parametrize("name", EDITIONS)
def test_every_edition_is_a_sound_message_for_python(name, keys):
    raw = make(name, f"keys={keys}")
    m, text, page = parts(raw)
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r") and b"\0" not in raw
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78
    assert all(b < 128 for b in raw)
    assert not m.defects and all(not p.defects for p in m.walk())
    for _, value in m.items():
        assert not getattr(value, "defects", ())
    assert [p.get_content_type() for p in m.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    for h in ("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "List-Id", "List-Unsubscribe", "List-Unsubscribe-Post",
              "List-Owner", "Archived-At", "Feedback-ID", "Precedence", "Auto-Submitted", "Content-Language", "MIME-Version"):
        assert len(m.get_all(h)) == 1, h
    assert m["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "\ufffd" not in text.get_content() + page.get_content() + m["Subject"]
    # What was encoded is what the preview shows.
    assert text.get_content().replace("\r\n", "\n") == make(name, "out=text").decode()
    assert page.get_content().replace("\r\n", "\n") == make(name, "out=html").decode()
    assert len(make(name, "out=html")) < 60_000


@pytest.mark.parametrize("name", EDITIONS)
def test_html_is_well_formed_and_means_what_it_looks_like(name):
    p = Page(make(name, "out=html").decode())
    levels = [int(t[1]) for t, _ in p.headings]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(b <= a + 1 for a, b in zip(levels, levels[1:]))
    root = p.elements[0]
    assert root["tag"] == "html" and root["attrs"]["lang"] and root["attrs"]["dir"] in ("ltr", "rtl")
    assert root["attrs"]["dir"] == ("rtl" if name in ("arabic", "hebrew") else "ltr")
    assert len(p.sheet) < 8192 and "@import" not in p.sheet and "url(" not in p.sheet
    for el in p.elements:
        tag, attrs = el["tag"], el["attrs"]
        assert tag not in ("script", "iframe", "form", "object", "embed", "base", "link", "svg")
        assert not any(a.startswith("on") for a in attrs)
        if tag in ("p", "a", "h1", "h2", "h3", "h4", "li", "blockquote") and not (tag == "a" and "class" not in attrs):
            assert attrs["style"], tag
        if tag == "table":
            assert attrs["role"] == "presentation"
        if tag == "a":
            assert re.match(r"(https?://|mailto:)[!-~]+$", attrs["href"]), attrs["href"]
            assert el["text"].strip() or any(e["tag"] == "img" and el in e["path"] for e in p.elements)
        if tag == "img":
            assert attrs["src"].startswith("https://") and attrs["width"]
            assert attrs["alt"] or "no-alt" in attrs["src"]


@pytest.mark.parametrize("name", EDITIONS)
def test_text_part_tells_the_same_story(name):
    text = make(name, "out=text").decode()
    p = Page(make(name, "out=html").decode())
    at = text.index("\n\n") if text.startswith(p.links[0][0]) else 0
    for _, url in p.links[1:]:  # the first is the web copy, which the text names at its head
        want = url.removeprefix("mailto:")
        assert want in text, want
    # An address that is its own text stands in its line, not under the paragraph.
    stories = [u for t, u in p.links[1:] if t != u and not u.startswith("mailto:") and "news.example.org" not in u]
    found = [at]
    for url in stories:
        found.append(text.find(url, found[-1]))
        assert found[-1] >= 0, f"out of order: {url}"
    squeeze = lambda s: re.sub(r"[\W_]+", "", s).lower()
    for _, h in p.headings:
        assert squeeze(h) in squeeze(text)
    for line in text.split("\n"):
        assert width(line) <= 76 or " " not in line.strip() or re.match(r"\s*(\[\d+\] )?(https?|mailto):\S+$", line), line
        assert line == line.rstrip() or line == "-- "
    assert "\n\n\n\n" not in text
    for url in ("https://news.example.org/wrap/u/", "https://news.example.org/wrap/p/"):
        assert url in text
    assert "1 Main Street, Springfield" in text


# ---- contrast, in both schemes -------------------------------------------------------------------------

def luminance(colour):
    v = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in v)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(a, b):
    x, y = sorted((luminance(a), luminance(b)), reverse=True)
    return (x + 0.05) / (y + 0.05)


def declared(css):
    return dict((k.strip(), v.replace("!important", "").strip()) for k, _, v in (d.partition(":") for d in css.split(";")) if v)


def dark_rules(sheet):
    block = re.search(r"prefers-color-scheme:dark\)\{\n(.*?)\n\}\n", sheet, re.S).group(1)
    rules = {}
    for selectors, body in re.findall(r"([^{}]+)\{([^}]*)\}", block):
        for s in selectors.strip().split(","):
            rules[s.lstrip(".")] = declared(body)
    return rules


@pytest.mark.parametrize("name", EDITIONS)
def test_contrast_holds_in_light_and_dark(name):
    p = Page(make(name, "out=html").decode())
    dark = dark_rules(p.sheet)
    checked = 0
    for scheme in ("light", "dark"):
        for el in (e for e in p.elements if e["tag"] == "#text"):
            colour = back = None
            hidden = False
            for up in reversed(el["path"]):
                style = declared(up["attrs"].get("style", ""))
                if scheme == "dark":
                    style.update(dark.get(up["attrs"].get("class", ""), {}))
                hidden = hidden or style.get("display") == "none"
                colour = colour or style.get("color")
                back = back or style.get("background-color")
            if hidden:
                continue
            assert colour and back, el["text"]
            assert contrast(colour, back) >= 4.5, (scheme, colour, back, el["text"][:40])
            checked += 1
    assert checked > 30


# ---- golden copies ------------------------------------------------------------------------------------

@pytest.mark.parametrize("name, out", [("plain", "text"), ("plain", "html"), ("plain", "eml"), ("plain", "web"), ("mixed", "text"),
                                       ("mixed", "html"), ("arabic", "html"), ("japanese", "text"), ("japanese", "eml"),
                                       ("hostile", "text"), ("hostile", "html"), ("everything", "text"), ("everything", "html")])
def test_golden(name, out):
    path = GOLDEN / f"{name}.{out}"
    got = make(name, f"out={out}")
    if os.environ.get("WRAP_GOLDEN") == "write":
        path.write_bytes(got)
    assert got == path.read_bytes(), f"{path.name} differs; WRAP_GOLDEN=write makes it anew"


def test_the_web_copy_holds_nothing_personal():
    page = make("plain", "out=web").decode()
    Page(page)
    for secret in ("jane", "Jane", "/wrap/u/", "/wrap/p/", "unsubscribe", "k3v9x2m7q4"):
        assert secret not in page
    assert "Root zone operators agree" in page and "Sponsored by" in page


# ---- signatures, by other people's programs -----------------------------------------------------------

def zone(keys):
    return json.loads((keys / "zone.json").read_text())


@pytest.mark.parametrize("name", EDITIONS)
def test_dkimpy_verifies_both_signatures(name, keys):
    dkim = pytest.importorskip("dkim")
    raw = make(name, f"keys={keys}")
    records = zone(keys)

    def dns(query, timeout=5):
        return records[(query.decode() if isinstance(query, bytes) else query).rstrip(".")].encode()

    def holds(message, i):
        try:
            return dkim.DKIM(message).verify(idx=i, dnsfunc=dns)
        except dkim.ValidationError:
            return False

    for i in (0, 1):
        assert holds(raw, i), f"signature {i}"
        for header in (b"From", b"Subject", b"To", b"Reply-To", b"List-Unsubscribe"):
            assert not holds(header + b": evil@example.net\r\n" + raw, i)
        assert not holds(raw + b"more\r\n", i)


@pytest.mark.skipif(not os.path.exists("/usr/sbin/opendkim"), reason="OpenDKIM is not installed")
def test_opendkim_verifies_both_signatures(keys, tmp_path):
    eml = tmp_path / "m.eml"
    eml.write_bytes(make("plain", f"keys={keys}"))
    (tmp_path / "keys").write_text("".join(f"{k} {v}\n" for k, v in zone(keys).items()))
    (tmp_path / "conf").write_text(f"Mode v\nTestPublicKeys {tmp_path}/keys\nSyslog no\nSocket inet:0@127.0.0.1\n"
                                   "ClockDrift 1000000000\n")
    p = subprocess.run(["/usr/sbin/opendkim", "-x", tmp_path / "conf", "-t", eml, "-vv"], capture_output=True, text=True,
                       timeout=60)
    said = p.stdout + p.stderr
    assert len(re.findall(r"dkim=pass.{0,30} header\.d=news\.example\.org", said)) == 2, said


def test_the_same_message_is_signed_the_same_way_twice(keys):
    assert make("plain", f"keys={keys}") == make("plain", f"keys={keys}")
