"""The editor's desk, with the real program: edit, approve, hold, cancel, resume, why, and inspect."""
import json
import os
import subprocess

import pytest

from conftest import WRAP

STORIES = [
    ("Resolver cache doubles in a year", "The cache of the city's resolver holds twice as many names as it did last "
     "autumn, the operator said on Tuesday, and answers arrive in half the time they took before the change."),
    ("Old resolver retired at last", "After nineteen years of service the university has switched off its oldest "
     "machine for names. Students held a small party beside the rack and took the front panel home."),
    ("Patch closes a hole in the harbour gate", "A patch published this week closes a hole through which anybody near "
     "the harbour could have opened the gate with a telephone. The council installs it before the fair."),
]


@pytest.fixture
def desk(pub):
    articles = pub.dir / "articles"
    articles.mkdir(exist_ok=True)
    pub.write(feeds='{ name = "notes"; folder = "articles"; }')
    for i, (title, text) in enumerate(STORIES, 1):
        (articles / f"{i}.md").write_text(
            f"---\ntitle: {title}\ndate: 2026-11-1{i + 4}\nlink: https://example.net/{i}\n---\n{text}\n")
    pub.run("collect")
    pub.run("draft")
    return pub


def edition(pub):
    return pub.sql("SELECT state, markdown, hold FROM edition")[0]


def edit(pub, script, code=0):
    """Run wrap edit with a sed script for an editor."""
    pub.env["EDITOR"] = f"sed -i -e '{script}'"
    return pub.run("edit", code=code)


def test_an_edit_is_taken_and_survives_the_next_draft(desk):
    p = edit(desk, "s/Old resolver retired at last/Nineteen years/")
    assert "1 retitled" in p.stdout
    assert "Nineteen years" in edition(desk)[1]
    desk.run("draft", code=None)
    desk.run("run", code=None)
    assert "Nineteen years" in edition(desk)[1]
    assert not (desk.dir / "2026-W47.md").exists()


def test_mistakes_are_named_and_nothing_typed_is_lost(desk):
    before = edition(desk)[1]
    p = edit(desk, "s/^## Security/## Securty/; s/Patch closes/Patch really closes/", code=65)
    assert '2026-W47.md:' in p.stderr and 'did you mean "Security"?' in p.stderr
    assert edition(desk)[1] == before
    assert "Patch really closes" in (desk.dir / "2026-W47.md").read_text()
    p = edit(desk, "s/^## Securty/## Security/")  # the next edit opens what was left
    assert "opening what you left" in p.stdout
    assert "Patch really closes" in edition(desk)[1]


def test_a_mark_of_the_encoding_is_no_part_of_the_text(desk):
    edit(desk, "1s/^/\\xef\\xbb\\xbf/; s/Old resolver/Ancient resolver/")
    assert edition(desk)[1].startswith("# ") and "Ancient resolver" in edition(desk)[1]


def test_a_failing_editor_changes_nothing(desk):
    before = edition(desk)[1]
    desk.env["EDITOR"] = "false"
    p = desk.run("edit", code=65)
    assert "nothing was taken" in p.stderr and edition(desk)[1] == before


def test_an_edition_made_anew_under_the_editors_hands_loses_neither(desk):
    """The hourly run rebuilds the draft while the editor is open."""
    script = desk.dir / "editor.sh"
    script.write_text(f"""#!/bin/sh
        printf -- '---\\ntitle: A resolver for the moon\\ndate: 2026-11-18\\nlink: https://example.net/moon\\n---\\nIt is far.\\n' >'{desk.dir}/articles/8.md'
        '{WRAP}' -c '{desk.conf}' --now {desk.now} collect --force && '{WRAP}' -c '{desk.conf}' --now {desk.now} draft
        sed -i -e 's/Old resolver/Ancient resolver/' "$1"
        """)
    script.chmod(0o755)
    desk.env["EDITOR"] = str(script)
    p = desk.run("edit", code=75)
    assert "was made anew while you wrote" in p.stderr and "2026-W47.md" in p.stderr
    assert "for the moon" in edition(desk)[1] and "Ancient" not in edition(desk)[1]
    assert "Ancient resolver" in (desk.dir / "2026-W47.md").read_text()
    p = desk.run("edit", "--file", desk.dir / "2026-W47.md")  # the editor's word, knowing it
    assert "1 taken out" in p.stdout and "Ancient resolver" in edition(desk)[1]
    desk.run("draft")
    assert "Ancient resolver" in edition(desk)[1]


@pytest.mark.parametrize("script, line, says", [
    ("1s/^# .*//", None, "an edition starts with its title"),
    ("s/^## Security/## Securty/", "## Securty", 'did you mean "Security"?'),
    ("s/^## Security/## DNS/", "## DNS", "is there twice"),
    ("s/^## Security/##/", "##", "a topic without a name"),
    ("s|(https://example.net/3)|(https://example.net/3|", "/3", "no closing )"),
    ("s|(https://example.net/3)|(javascript:alert)|", "javascript", "no address that mail can link to"),
    ("s|example.net/3|example.net/1|", "### [Resolver", "the same link as the story in line"),
    ("s|^### .*net/3.*|###|", "###", "a story without a title"),
    ("2s/.*/### Early/", "### Early", "stands under no topic"),
    ("$a ---", "---", "makes a heading of the text above it"),
    ("$a ```", "```", "is not closed"),
    ("/^## Security/a *Sponsored by Nobody*", "*Sponsored", "has no sponsor"),
])
def test_each_kind_of_mistake_is_named_with_its_line(desk, script, line, says):
    before = edition(desk)[1]
    p = edit(desk, script, code=65)
    said = next(m for m in p.stderr.splitlines() if says in m)
    number = int(said.split("2026-W47.md:")[1].split(":")[0])
    saved = (desk.dir / "2026-W47.md").read_text().split("\n")
    if line is not None:
        assert line in saved[number - 1], (said, saved[number - 1])
    assert edition(desk)[1] == before


def test_approval_is_for_one_text(desk):
    desk.run("approve")
    assert edition(desk)[0] == "approved"
    p = edit(desk, "s/Old resolver/Ancient resolver/")
    assert "wrap approve gives it anew" in p.stdout
    assert edition(desk)[0] == "draft"


def test_required_review_waits_for_approval_and_then_sends(desk):
    desk.write(feeds='{ name = "notes"; folder = "articles"; }', edition='review = "required";')
    desk.subscribe("reader@example.net")
    p = desk.run("run", code=3)
    assert "approve" in p.stdout + p.stderr
    desk.run("approve")
    desk.run("run")
    assert len(desk.outbox()) == 1


def ask_for_nine(pub, **more):
    pub.write(feeds='{ name = "notes"; folder = "articles"; }', **more)
    pub.conf.write_text(pub.conf.read_text().replace("min_stories = 1", "min_stories = 9"))


def test_the_editor_is_told_of_a_hold_once(desk):
    ask_for_nine(desk, edition='editor = "The Editor <desk@example.org>";')
    desk.subscribe("reader@example.net")
    out = desk.run("run", code=3).stdout
    assert "desk@example.org was told by mail" in out
    mail, = desk.editor_mail()
    text = mail.get_body(("plain",)).get_content()
    assert mail["To"] == "The Editor <desk@example.org>" and "2026-W47: waits for you" in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated" and mail["List-Unsubscribe"] is None
    assert "3 stories, fewer than the 9 asked for (edition.min_stories)" in " ".join(text.split())
    for command in ("preview --why", "edit", "approve", "cancel"):
        assert f"wrap {command} 2026-W47" in text
    assert "wrap approve 2026-W47" in mail.get_body(("html",)).get_content()
    # another story, another count: the same hold
    (desk.dir / "articles" / "4.md").write_text("---\ntitle: A new resolver\ndate: 2026-11-18\n---\nIt is fast.\n")
    desk.json("run", code=3)
    assert len(desk.editor_mail()) == 1
    # taken up by the editor and held again: another hold
    desk.run("resume")
    desk.run("--now", "2026-11-20T12:00:00Z", "run", code=3)
    assert len(desk.editor_mail()) == 2
    # held by the editor's own hand: no news to anybody
    desk.run("hold")
    desk.run("run", code=3)
    assert len(desk.editor_mail()) == 2 and desk.outbox() == []


def test_the_editor_is_told_when_the_first_readers_refuse(desk, smtp):
    """The canary pauses a sending: the letter says how to see why and how to go on."""
    desk.write(feeds='{ name = "notes"; folder = "articles"; }', relay=smtp.relay())
    desk.conf.write_text(desk.conf.read_text().replace("patience = 0;", "patience = 0; canary = 4; canary_limit = 20;"))
    for i in range(12):
        desk.subscribe(f"r{i}@example.net")
        smtp.reply[f"r{i}@example.net"] = "550 5.1.1 nobody of that name"
    assert desk.json("run", code=3)["editor_told"] == "editor@example.org"
    mail, = [m for m in smtp.messages if ".held." in m["Message-ID"]]
    said = mail.get_body(("plain",)).get_content()
    assert mail["To"].endswith("editor@example.org")
    assert "wrap report 2026-W47" in said and "wrap resume 2026-W47" in said and "wrap edit" not in said
    desk.json("run", code=3)
    assert sum(".held." in m["Message-ID"] for m in smtp.messages) == 1


def test_an_editor_who_cannot_be_told_is_a_line_in_the_report(desk):
    ask_for_nine(desk, relay='{ url = "smtp://127.0.0.1:9"; tls = "none"; }')
    report = desk.json("run", code=3)
    assert report["end"] == "held" and "the editor could not be told" in report["editor_error"]
    ask_for_nine(desk)
    assert desk.json("--dry-run", "run", code=3)["editor_told"] == "editor@example.org"
    assert desk.editor_mail() == []
    assert desk.json("run", code=3)["editor_told"] == "editor@example.org"
    assert len(desk.editor_mail()) == 1
    assert desk.json("run", code=3)["editor_told"] is None


def test_hold_cancel_and_resume(desk):
    desk.subscribe("reader@example.net")
    desk.run("hold", "--why", "the editor is ill")
    p = desk.run("run", code=3)
    assert "the editor is ill" in p.stdout
    assert desk.outbox() == []
    desk.run("cancel")
    assert edition(desk)[0] == "cancelled"
    desk.run("edit", "--discard", code=65)
    desk.run("resume")
    assert edition(desk)[0] == "draft"


def test_discarded_changes_are_kept_aside(desk):
    first = edition(desk)[1]
    edit(desk, "s/Old resolver/Ancient resolver/")
    desk.run("edit", "--discard")
    assert "Ancient resolver" in (desk.dir / "2026-W47.md.old").read_text()
    desk.run("draft")
    assert edition(desk)[1] == first


def test_why_answers_for_stories_and_readers(desk):
    p = desk.run("why", "http://www.example.net/3/?utm_source=mail")
    assert "2026-W47 (draft): in" in p.stdout and "under Security by keywords" in p.stdout
    facts = desk.json("why", "https://example.net/1")
    assert facts[0]["editions"][0]["why"].startswith("chosen: under DNS")
    desk.run("why", "https://example.net/none", code=65)
    desk.subscribe("reader@example.net")
    assert "gets editions" in desk.run("why", "Reader@Example.net").stdout
    desk.run("why", "nobody@example.net", code=65)


def test_preview_shows_the_reasons_beside_the_stories(desk):
    edit(desk, "$a ### [Our own](https://example.net/own)\\n\\nWords of ours.")
    (desk.dir / "articles" / "9.md").write_text(
        "---\ntitle: A cake for the *harbour*\ndate: 2026-11-17\nlink: https://example.net/9\n---\nFlour and eggs.\n")
    plain = desk.run("preview").stdout
    shown = desk.run("preview", "--why").stdout
    assert "chosen" not in plain
    story = shown.index("Patch closes")
    assert story < shown.index("chosen: under Security by keywords", story) < shown.index("Our own")
    assert shown.index("the editor's own") > shown.index("Words of ours")
    assert shown.count("chosen: under") == 3
    assert "Left out" not in shown
    assert "chosen: under" in desk.run("preview", "--why", "--html", "-").stdout
    desk.run("preview", "--why", "--eml", "-", code=65)
    desk.run("edit", "--discard")
    desk.run("collect", "--force")
    desk.run("draft")
    shown = desk.run("preview", "--why").stdout
    assert shown.index("Left out (1)") < shown.index("A cake for the *harbour*") < shown.index("no-topic:")


def test_a_dry_edit_changes_nothing(desk):
    before = desk.sql("SELECT * FROM edition")
    desk.run("--dry-run", "approve")
    desk.run("--dry-run", "hold")
    assert desk.sql("SELECT * FROM edition") == before


@pytest.mark.parametrize("kind, given, key", [
    ("sentences", {"id": 7, "lang": "en", "text": "Version 1.2 of example.org is out. Dr. Smith knows."}, "sentences"),
    ("summary", {"id": 7, "lang": "en", "title": "x", "text": STORIES[0][1]}, "summary"),
    ("stories", {"id": 7, "lang": "en", "title": "x", "text": "y", "date": ""}, "group"),
])
def test_inspect_answers_line_by_line(kind, given, key):
    lines = json.dumps(given) + "\nno json\n" + json.dumps({**given, "id": 8}) + "\n"
    p = subprocess.run([WRAP, "inspect", kind], input=lines, capture_output=True, text=True, timeout=60)
    out = [json.loads(line) for line in p.stdout.splitlines()]
    assert len(out) == 3
    assert sum("error" in o for o in out) == 1
    assert [o["id"] for o in out if key in o] == [7, 8]
    if kind == "sentences":
        assert out[0]["sentences"] == ["Version 1.2 of example.org is out.", "Dr. Smith knows."]
