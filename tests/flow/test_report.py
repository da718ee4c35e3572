"""wrap status and wrap report: figures that add up, bars that are as long as they say, and nobody's name."""
import fcntl
import html
import html.parser
import json
import os
import pty
import re
import shutil
import sqlite3
import struct
import subprocess
import termios

import pytest

from conftest import WRAP

DAY = 86400
FRIDAY = 1795197600  # 2026-11-20T18:00:00Z


@pytest.fixture
def week(pub):
    """A real week of three readers: two get it, one has nothing in their topics."""
    (pub.dir / "articles").mkdir()
    (pub.dir / "articles" / "one.md").write_text("# Resolvers get faster\n\nThe resolver answers sooner. It was measured twice.\n")
    pub.write(feeds='{ name = "notes"; folder = "articles"; topic = "DNS"; }')
    pub.subscribe("ann@example.net", "bob@example.net")
    pub.subscribe("carla@example.net", topics="Security")
    pub.run("run")
    return pub


def add_history(pub, n=10):
    """n earlier editions with deliveries, bounces and a forgotten reader, straight into the tables."""
    db = sqlite3.connect(pub.dir / "wrap.db")
    for i in range(1, 61):
        db.execute("INSERT INTO subscriber (id, address, canonical, state, created_at, confirmed_at, changed_at)"
                   " VALUES (?, ?, ?, 'active', 1, ?, 1)", (1000 + i, f"r{i}@mail{i % 3}.example", f"r{i}@mail{i % 3}.example", FRIDAY - i * DAY))
    for w in range(n):
        at = FRIDAY - (n - w) * 7 * DAY
        db.execute("INSERT INTO edition (id, key, state, window_from, window_to, subject, markdown, created_at, sealed_at, ended_at)"
                   " VALUES (?, ?, 'sent', ?, ?, 'An earlier one', '# x', ?, ?, ?)", (100 + w, f"2026-W{36 + w:02}", at - 7 * DAY, at, at, at, at))
        for i in range(1, 61):
            db.execute("INSERT INTO delivery (edition, subscriber, state, next_attempt_at, changed_at, reply_code, enhanced, reason)"
                       " VALUES (?, ?, ?, 0, ?, ?, ?, ?)",
                       (100 + w, 1000 + i, "failed" if i <= w else "sent", at, 550 if i <= w else None, "5.1.1" if i <= w else None,
                        f"550 5.1.1 <r{i}@mail.example> who?" if i <= w else None))
        db.execute("INSERT INTO forgotten VALUES (?, 'sent', 4)", (100 + w,))
    for i in range(1, 10):
        db.execute("INSERT INTO bounce (scan, mailbox, uidvalidity, uid, fingerprint, at, subscriber, edition, class, reason)"
                   " VALUES (1, 'smtp', 1, ?, ?, ?, ?, 109, ?, 'x')", (i, os.urandom(8), FRIDAY, 1000 + i, "hard" if i < 6 else "soft"))
    db.commit()
    db.close()


def on_terminal(pub, *args, columns=80, **env):
    """What the program draws on a terminal of so many columns."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    p = subprocess.Popen([WRAP, "-c", pub.conf, "--now", pub.now, *args], stdout=slave, stderr=slave,
                         env={**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", **env})
    os.close(slave)
    out = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(master)
    assert p.wait(timeout=30) == 0
    return out.decode().replace("\r\n", "\n")


def test_status_of_a_new_publication(pub):
    out = pub.run("status").stdout
    assert "none yet" in out and "active" in out
    v = pub.json("status")
    assert v["edition"] is None and v["run"] is None and v["subscribers"]["active"] == 0
    assert v["next"]["key"] == "2026-W47" and v["next"]["state"] == "none"


def test_status_after_a_week_speaks_of_the_next(week):
    v = week.json("status")
    assert v["edition"]["key"] == "2026-W47" and v["edition"]["deliveries"]["sent"] == 2
    assert v["next"]["key"] == "2026-W48" and v["this_week"]["key"] == "2026-W47"
    assert v["run"]["command"] == "run" and v["run"]["exit"] == 0
    assert v["feeds"][0]["articles_4_weeks"] == 1
    out = " ".join(week.run("status").stdout.split())
    assert "for 3 readers: 2 sent, 0 failed, 1 skipped, 0 open, 0 held" in out and "exit code 0" in out


def test_every_reader_of_an_edition_is_accounted_for(week):
    v = week.json("report", "2026-W47")
    e = v["edition"]
    assert e["readers"] == 3 == sum(e["deliveries"].values()) and e["accounted"] is True and e["missed"] == 0
    assert e["deliveries"]["sent"] == 2 and e["deliveries"]["skipped"] == 1 and e["stories"] == 1
    assert v["reasons"] == [{"state": "skipped", "reply": None, "status": None, "why": "nothing in their topics this week", "n": 1}]
    assert "Every reader is accounted for, 3 in all." in week.run("report", "2026-W47").stdout


def test_a_reader_without_a_delivery_is_seen(week):
    with sqlite3.connect(week.dir / "wrap.db") as db:
        db.execute("UPDATE subscriber SET created_at = created_at - 9, changed_at = changed_at - 9")
        db.execute("DELETE FROM delivery WHERE subscriber = 1")
    e = week.json("report", "2026-W47")["edition"]
    assert e["missed"] == 1 and e["accounted"] is False
    assert "1 reader was active when it was sealed and has no delivery" in " ".join(week.run("report", "2026-W47").stdout.split())


def test_readers_who_came_later_are_not_missed(week):
    week.now = "2026-11-21T18:00:00Z"
    week.subscribe("late@example.net")
    with sqlite3.connect(week.dir / "wrap.db") as db:  # an import carries old dates along
        db.execute("UPDATE subscriber SET created_at = 1, confirmed_at = 1, changed_at = 1 WHERE address LIKE 'late%'")
    assert week.json("report", "2026-W47")["edition"]["missed"] == 0


def test_forgotten_readers_stay_in_the_sums(week):
    add_history(week)
    v = week.json("report")
    assert [e["key"] for e in v["editions"]] == ["2026-W47"] + [f"2026-W{w}" for w in range(36, 46)]
    for e in v["editions"][1:]:
        assert e["readers"] == 64 == sum(e["deliveries"].values()) and e["forgotten"] == 4
    assert [e["deliveries"]["failed"] for e in v["editions"]] == [0, *range(10)]
    assert sum(p["hard"] for p in v["bounces"]) == 5 and sum(p["soft"] for p in v["bounces"]) == 4
    assert {p["provider"] for p in v["bounces"]} == {"mail0.example", "mail1.example", "mail2.example"}
    assert sum(w["joined"] for w in v["weeks"]) == 63 and len(v["weeks"]) == 12


def test_an_edition_that_is_not_there_is_65(pub):
    assert "there is no edition 2031-W01" in pub.run("report", "2031-W01", code=65).stderr


def bars(text):
    """(value, columns) of each drawn bar."""
    eighths = {c: i / 8 for i, c in enumerate(" ▏▎▍▌▋▊▉█")}
    out = []
    for line in text.splitlines():
        m = re.match(r"  .*?  +([\d,]+)  ([█▓▒░▏▎▍▌▋▊▉]+)", line)
        if m:
            out.append((int(m[1].replace(",", "")), sum(1 if c in "▓▒░" else eighths[c] for c in m[2])))
    return out


def test_bars_begin_at_zero_and_are_as_long_as_they_say(week):
    add_history(week)
    for section in re.split(r"\n\n", week.run("report").stdout):
        drawn = [b for b in bars(section) if b[0] > 0]
        if len(drawn) < 2:
            continue
        value, columns = max(drawn)
        for v, c in drawn:
            assert abs(c - v / value * columns) <= 1.1, section
    assert bars(week.run("report", "2026-W45").stdout), "no bar was drawn"


@pytest.mark.parametrize("columns", [60, 80, 132])
def test_a_terminal_gets_its_own_width_and_colours(week, columns):
    add_history(week)
    for args in (["status"], ["report"], ["report", "2026-W45"]):
        out = on_terminal(week, *args, columns=columns)
        assert "\033[32m" in out or args == ["status"]
        lines = re.sub(r"\033\[\d*m", "", out).splitlines()
        assert max(map(len, lines)) <= columns
        assert "█" in out


def test_no_colour_when_nobody_looks_or_nobody_wants_it(week):
    assert "\033" not in week.run("report").stdout
    assert "\033" not in on_terminal(week, "report", NO_COLOR="1")
    assert "\033" not in on_terminal(week, "report", TERM="dumb")
    plain = on_terminal(week, "report", LC_ALL="C")
    assert "█" not in plain and "###" in plain


class Page(html.parser.HTMLParser):
    """What a page holds: charts as [number, percent of the width that is filled] of each bar, and its text."""
    VOID = ("meta", "br")

    def __init__(self):
        super().__init__()
        self.tags, self.open, self.charts, self.text = [], [], [], ""

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        if tag == "table":
            self.charts.append([])
        if tag == "th":
            self.charts[-1].append(["", 0.0])
        if tag == "rect" and "x" in attrs:
            assert abs(float(attrs["x"].rstrip("%")) - self.charts[-1][-1][1]) < 0.01, "parts lie end to end"
            self.charts[-1][-1][1] += float(attrs["width"].rstrip("%"))
        if tag not in self.VOID:
            self.open.append((tag, attrs.get("class")))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        self.text += data
        if self.open and self.open[-1] == ("td", "n"):
            self.charts[-1][-1][0] += data

    def bars(self):
        return [[(int(re.sub(r"\D", "", n)), w) for n, w in chart] for chart in self.charts]


def test_the_html_page_stands_alone_and_its_bars_are_honest(week):
    add_history(week)
    week.run("report", "--html", week.dir / "r.html")
    text = (week.dir / "r.html").read_text()
    page = Page()
    page.feed(text)
    assert page.open == [] and len(page.charts) >= 5
    assert not [a for _, a in page.tags if "src" in a or "href" in a] and "url(" not in text and "<script" not in text
    assert "@media print" in text and "prefers-color-scheme" in text
    for chart in page.bars():
        drawn = [(v, w) for v, w in chart if v > 0]
        assert all(w == 0 for v, w in chart if v == 0) and all(w <= 100.01 for _, w in chart)
        if len(drawn) > 1:
            value, width = max(drawn)
            for v, w in drawn:
                assert abs(w - v / value * width) <= 0.8, drawn  # what is not zero is never drawn as nothing
    assert "Every reader is accounted for" in page.text
    assert week.run("report", "2026-W45", "--html", "-").stdout.startswith("<!DOCTYPE html>")
    before = (week.dir / "r.html").read_bytes()
    assert "would write" in week.run("-n", "report", "--html", week.dir / "r.html").stdout
    assert (week.dir / "r.html").read_bytes() == before


@pytest.mark.parametrize("language, lang, heading, accounted, number, day", [
    ("en", "en", "Editions and their readers", "Every reader is accounted for, 64 in all.", "1,234", "6 Nov"),
    ("de", "de", "Ausgaben und ihre Leser", "Jeder Leser ist erfasst, 64 insgesamt.", "1.234", "6. Nov."),
    ("fr-CA", "fr-CA", "Les éditions et leurs lecteurs", "Chaque lecteur est compté, 64 en tout.", "1 234", "6 nov."),
    ("es", "es", "Las ediciones y sus lectores", "Todos los lectores constan, 64 en total.", "1234", "6 nov"),
    ("it", "it", "Le edizioni e i loro lettori", "Ogni lettore è contato, 64 in tutto.", "1.234", "6 nov"),
    ("pt-BR", "pt-BR", "As edições e os seus leitores", "Todos os leitores estão contados, 64 ao todo.", "1.234", "6 de nov."),
    ("nl", "nl", "De edities en hun lezers", "Elke lezer is verantwoord, 64 in totaal.", "1.234", "6 nov."),
    ("cy", "en", "Editions and their readers", "Every reader is accounted for, 64 in all.", "1,234", "6 Nov"),  # no words: English, and says so
])
def test_the_page_speaks_the_publications_language(week, language, lang, heading, accounted, number, day):
    add_history(week)
    week.fill(1234 - 3 - 60)
    week.write(publication=f'language = "{language}";')
    page = Page()
    page.feed(week.run("report", "--html", "-").stdout)
    text = page.text.replace("\u202f", " ").replace("\xa0", " ")
    assert page.tags[0] == ("html", {"lang": lang})
    assert heading in text and accounted in text and number in text and day in text
    if lang != "en":
        for english in ("Readers", "Growth", "None", "unsubscribed", "Bounces", "skipped", "report_"):
            assert english not in text, english
    one = Page()
    one.feed(week.run("report", "2026-W45", "--html", "-").stdout)
    assert accounted in one.text.replace("\u202f", " ").replace("\xa0", " ") and "report_" not in one.text and "{{" not in one.text
    assert ("14.1" if lang == "en" else "14,1") in one.text  # 9 of 64 failed
    terminal = week.run("report").stdout
    assert "Editions and their readers" in terminal and "1,234" in terminal  # the terminal stays English


def test_an_empty_publication_has_words_in_place_of_empty_charts(pub):
    out = pub.run("report").stdout
    assert "wrap run makes and sends the first one" in out and "Nobody came or went in 12 weeks." in out
    page = Page()
    page.feed(pub.run("report", "--html", "-").stdout)
    assert len(page.charts) == 1 and page.bars()[0] == [(0, 0.0)] * 5 and page.open == []
    assert all(line == line.rstrip() for line in out.splitlines())


def test_a_reason_to_hold_is_told_once(pub):
    pub.subscribe("ann@example.net")
    pub.run("run", code=3)
    assert pub.run("status").stdout.count("HELD") == 1


@pytest.mark.skipif(shutil.which("chromium") is None, reason="needs chromium")
@pytest.mark.parametrize("width", [375, 1280])
def test_nothing_of_the_page_is_wider_than_its_window(week, width):
    add_history(week)
    with sqlite3.connect(week.dir / "wrap.db") as db:
        db.execute("UPDATE feed SET name = 'a-name-without-a-blank-' || hex(zeroblob(40)), failures = 2, error = 'https://x.example/' || hex(zeroblob(60))")
    week.write(publication='language = "de";')
    page = week.dir / "r.html"
    week.run("report", "--html", page)
    # A window in a window has exactly the width asked for; a browser's own may not be so narrow.
    frame = week.dir / "frame.html"
    text = page.read_text().replace("</body>", "<script>parent.document.title = document.documentElement.scrollWidth + ' ' + "
                                    "Math.max(...[...document.querySelectorAll('svg text')].map(t => t.getBoundingClientRect().right))</script></body>")
    frame.write_text(f'<iframe width="{width}" height="900" style="border:0" srcdoc="{html.escape(text)}"></iframe>')
    out = subprocess.run(["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--dump-dom",
                          f"--user-data-dir={week.dir / 'chromium'}", frame.as_uri()], capture_output=True, text=True, timeout=60).stdout
    wide, text_end = map(float, re.search(r"<title>([\d.]+) ([\d.]+)</title>", out).groups())
    assert wide <= width and text_end <= width


def test_numbers_only(week):
    add_history(week)
    for args in (["status"], ["report"], ["report", "2026-W45"], ["report", "--html", "-"], ["report", "2026-W45", "--html", "-"],
                 ["--json", "report"], ["--json", "report", "2026-W45"], ["--json", "status"]):
        out = week.run(*args).stdout
        assert not re.search(r"[\w.]+@[\w.]+", out), args


def test_quiet_says_nothing(week):
    for cmd in ("status", "report"):
        assert week.run("-q", cmd).stdout == ""


def test_hostile_names_stay_text(week):
    with sqlite3.connect(week.dir / "wrap.db") as db:
        db.execute("UPDATE feed SET name = '\x1b[32m<script>alert(1)</script>', failures = 2, error = '\x1b[31m<b>'")
    text = week.run("report", "--html", "-").stdout
    assert "<script>" not in text and "&lt;script&gt;" in text
    assert "\x1b" not in week.run("report").stdout
    json.loads(week.run("--json", "report").stdout)
