"""The commands as scripts and hands use them: words, exit codes, messages, configuration errors."""
import json
import os
import re
import subprocess

import pytest

from conftest import WRAP


def wrap(*args, **kw):
    return subprocess.run([WRAP, *map(str, args)], capture_output=True, text=True, timeout=60, **kw)


def test_help_names_every_command_and_every_exit_code():
    out = wrap("--help").stdout
    for word in ("init", "run", "collect", "draft", "preview", "send", "subscribe", "unsubscribe", "subscribers", "status"):
        assert f"  {word} " in out
        p = wrap(word, "--help")
        assert p.returncode == 0 and f"usage: wrap {word}" in p.stdout
    for code in ("0", "3", "64", "65", "69", "73", "74", "75", "77", "78"):
        assert code in out


@pytest.mark.parametrize("args, says", [
    (("frobnicate",), 'no command "frobnicate"'),
    (("subscribe",), "needs ADDR"),
    (("subscribe", "a@b.org", "c@d.org"), "too much"),
    (("status", "--frob"), "--frob is no option here"),
    (("--now", "yesterday", "status"), "is not a time"),
    (("subscribers", "--state", "happy"), "none of pending"),
    (("subscribe", "--why"), "needs a value"),
    (("statsu",), 'but there is "status"'),
    (("send", "--tset", "a@b.org"), "but --test is"),
    (("--verison",), "but --version is"),
    (("report", "--html", ""), "--html needs a value, and this one is empty"),
    (("--config", "", "status"), "--config needs a value"),
    (("feeds", "remove", "x"), '"remove ..." is not how: say list'),
    (("inspect", "cow"), 'not "cow"'),
    (("why", ""), "needs the address"),
])
def test_wrong_usage_is_64_and_says_what(pub, args, says):
    p = wrap("-c", pub.conf, *args)
    assert p.returncode == 64 and says in p.stderr and p.stdout == ""


def test_help_fits_80_columns_and_is_a_word_too():
    for args in (["--help"], ["help"], *(["help", w] for w in re.findall(r"^  ([a-z]+)  ", wrap("--help").stdout, re.M))):
        p = wrap(*args)
        assert p.returncode == 0 and max(map(len, p.stdout.splitlines())) <= 80, p.stdout
    assert wrap("help", "send").stdout == wrap("send", "--help").stdout
    assert wrap("help", "snd").returncode == 64


@pytest.mark.parametrize("args, code, says", [
    (("draft", "foo"), 65, "there is no edition foo; this week's is 2026-W47"),
    (("draft", "2027-W01"), 65, "this week's is 2026-W47"),
    (("send", "2026-W01"), 65, "there is no edition 2026-W01"),
    (("backup", "wrap.db"), 65, "is the database itself"),
    (("backup", "wrap.conf"), 65, "is no backup; name another file"),
    (("backup", "no/such/folder"), 73, "no/such/folder.keys"),
    (("report", "--html", "no/such/page.html"), 73, "no/such/page.html cannot be written"),
    (("subscribers", "import", "nofile.csv"), 65, "there is no file nofile.csv"),
    (("subscribe", "a@b.org", "--language", "klingonisch"), 65, "write it like en or pt-BR"),
])
def test_what_cannot_be_is_named_and_nothing_is_made(pub, args, code, says):
    before = sorted(p.name for p in pub.dir.iterdir() if "-" not in p.name)
    p = pub.run(*args, code=code)
    assert says in p.stderr and p.stdout == ""
    assert sorted(p.name for p in pub.dir.iterdir() if "-" not in p.name) == before
    assert pub.sql("SELECT count(*) FROM edition") == [(0,)] and pub.sql("SELECT count(*) FROM subscriber") == [(0,)]


def test_the_journal_is_told_how_bad_it_is(tmp_path):
    said = tmp_path / "said"
    with open(said, "w") as f:
        there = os.fstat(f.fileno())
        for stream in (f"{there.st_dev}:{there.st_ino}", f"{there.st_dev}:1", "", None):
            env = {k: v for k, v in os.environ.items() if k != "JOURNAL_STREAM"}
            subprocess.run([WRAP, "-c", "/nonexistent", "status"], stderr=f,
                           env=env if stream is None else {**env, "JOURNAL_STREAM": stream})
    lines = said.read_text().splitlines()
    assert lines[0] == "<3>" + lines[1] and lines[1].startswith("wrap: error: ") and len(set(lines)) == 2


def test_a_folder_is_no_configuration(tmp_path):
    p = wrap("-c", tmp_path, "status")
    assert p.returncode == 78 and str(tmp_path) in p.stderr


def test_no_command_prints_the_help():
    p = wrap()
    assert p.returncode == 64 and "usage: wrap" in p.stdout


def test_missing_configuration_is_78_and_names_the_way_out(tmp_path):
    p = wrap("-c", tmp_path / "none.conf", "status")
    assert p.returncode == 78 and "wrap init" in p.stderr and "none.conf" in p.stderr


@pytest.mark.parametrize("text, says", [
    ('publication = { nmae = "x"; };', ['wrap.conf:2: unknown key "nmae" in publication', 'did you mean "name"?']),
    ('publication = { frobnicate = "x"; };', ['unknown key "frobnicate" in publication', "allowed are name, from"]),
    ('publcation = { };', ['unknown section "publcation"', 'did you mean "publication"?']),
    ('zebra = { };', ['unknown section "zebra"', "serve, doctor"]),
    ('', ["the section publication is missing", "wrap init"]),
    ('publication = { name = 5; };', ["publication.name must be a text"]),
    ('publication = { name = "x";\n', ["syntax error", "is missing"]),
    ('publication = { name = "x"; from = "a@b.org"; address = "a"; language = "klingonisch"; };', ["no language tag", "pt-BR"]),
    ('publication = { name = "x"; };', ["publication.from is missing"]),
    ('%P edition = { max_stories = 0; };', ["edition.max_stories = 0 is out of range", "from 1 to 1000"]),
    ('%P edition = { max_stories = "many"; };', ["must be a whole number of stories"]),
    ('%P edition = { max_stories = 1.5; };', ["must be a whole number"]),
    ('%P edition = { review = "maybe"; };', ["is not one of automatic|required"]),
    ('%P edition = { min_stories = 30; };', ["min_stories is above"]),
    ('%P feeds = ( { name = "a"; url = "ftp://x/"; } );', ["is not a URL", "https|http://"]),
    ('%P feeds = ( { name = "a"; } );', ["needs either url or folder"]),
    ('%P feeds = ( { name = "a"; folder = "x"; }, { name = "a"; folder = "y"; } );', ['feed "a" stands twice']),
    ('%P feeds = ( { name = "a"; folder = "x"; topic = "T"; } );', ['there is no topic "T"']),
    ('%P topics = ( { name = "A,B"; } );', ["may not hold a comma"]),
    ('%P topics = ( { name = "A"; sponsor = { name = "S"; url = "https://s"; until = "soon"; }; } );', ["is not a date"]),
    ('%P topics = ( { name = "A"; keywords = "x"; } );', ["must be a list of texts"]),
    ('%P relay = ( { url = "smtp://h"; user = "u"; password = "hunter2"; } );', ["a secret may not stand in this file"]),
    ('%P relay = ( { url = "smtp://h"; user = "u"; } );', ["needs user and password (or token) together"]),
    ('%P relay = { url = "smtp://h"; };', ["relay must be a list of groups"]),
    ('publication = { name = "x"; from = "nobody"; address = "a"; };', ["publication.from", "has an @"]),
    ('publication = { name = "x"; from = "a@b.org"; address = "a"; time_zone = "Mars/Base"; };', ["time_zone", "Mars/Base"]),
    ('publication = { name = "x"; from = "a@b.org"; address = "a"; slot = "Someday 9"; };', ["slot", "Fri 09:00"]),
])
def test_wrong_configuration_is_78_with_line_and_what_is_allowed(tmp_path, text, says):
    conf = tmp_path / "wrap.conf"
    conf.write_text("\n" + text.replace("%P", 'publication = { name = "x"; from = "a@b.org"; address = "a"; };\n'))
    p = wrap("-c", conf, "status")
    assert p.returncode == 78, p.stderr
    for s in says:
        assert s in p.stderr
    assert "wrap.conf" in p.stderr
    assert "hunter2" not in p.stderr


def test_line_number_is_that_of_the_key(tmp_path):
    conf = tmp_path / "wrap.conf"
    conf.write_text('publication = {\n  name = "x";\n  from = "a@b.org";\n  address = "a";\n  slto = "Fri 09:00";\n};\n')
    assert f"{conf}:5:" in wrap("-c", conf, "status").stderr


def test_password_file_that_others_can_read_is_refused_when_it_is_needed(pub, site):
    (pub.dir / "relay.pass").write_text("hunter2\n")
    os.chmod(pub.dir / "relay.pass", 0o644)
    pub.write(relay='{ url = "smtps://127.0.0.1"; user = "u"; password = "file:relay.pass"; }')
    pub.run("subscribe", "ann@example.net")  # needs no password
    p = pub.run("run", code=77)
    assert "chmod 600" in p.stderr and "hunter2" not in p.stderr
    pub.write(relay='{ url = "smtps://127.0.0.1"; user = "u"; password = "env:WRAP_NOT_SET"; }')
    assert "WRAP_NOT_SET" in pub.run("run", code=78).stderr


def test_subscribe_is_idempotent_and_says_what_it_did(pub):
    first = pub.json("subscribe", "Ann <Ann@Example.NET>")
    assert first["result"] == "pending" and first["subscriber"]["name"] == "Ann"
    assert pub.json("subscribe", "ann@example.net")["result"] == "was-pending"
    assert pub.json("subscribe", "ANN@EXAMPLE.NET", "--confirmed", "--why", "card")["result"] == "active"
    again = pub.json("subscribe", "ann@example.net", "--confirmed", "--why", "card")
    assert again["result"] == "was-active" and again["changed"] is False
    moved = pub.json("subscribe", "ann@example.net", "--topics", "security, dns")
    assert moved["changed"] is False, "all topics is no choice"
    moved = pub.json("subscribe", "ann@example.net", "--topics", "security")
    assert moved["changed"] is True and moved["subscriber"]["topics"] == "Security"
    assert pub.sql("SELECT count(*) FROM subscriber") == [(1,)]
    assert "there is no topic" in pub.run("subscribe", "ann@example.net", "--topics", "Cooking", code=65).stderr
    assert "--why" in pub.run("subscribe", "bob@example.net", "--confirmed", code=65).stderr


@pytest.mark.parametrize("spelling", ["jürgen@bücher.example", "JÜRGEN@BÜCHER.EXAMPLE", "Jürgen <jürgen@xn--bcher-kva.example>",
                                      "ju\u0308rgen@bu\u0308cher.example", "  jürgen@bücher.example "])
def test_unsubscribe_finds_every_spelling(pub, spelling):
    pub.subscribe("Jürgen@Bücher.example")
    assert "SMTPUTF8" in pub.run("subscribers", "show", "Jürgen@Bücher.example").stdout
    assert pub.json("unsubscribe", spelling, "--why", "by letter")["result"] == "unsubscribed"
    assert pub.json("unsubscribe", spelling)["result"] == "was-out"
    shown = pub.json("subscribers", "show", "jürgen@bücher.example")
    assert shown["state"] == "unsubscribed" and shown["why"] == "by letter" and shown["changed"] == "2026-11-20T18:00:00Z"


def test_whoever_left_comes_back_only_by_a_new_confirmation(pub):
    pub.subscribe("ann@example.net")
    pub.run("unsubscribe", "ann@example.net")
    assert pub.json("subscribe", "ann@example.net")["result"] == "stays-out"
    assert pub.json("subscribe", "ann@example.net", "--confirmed", "--why", "wrote to us")["result"] == "returned"


def test_unsubscribing_a_stranger_is_65(pub):
    assert "nobody is known as who@example.net" in pub.run("unsubscribe", "who@example.net", code=65).stderr


def test_init_can_be_repeated_and_writes_a_configuration_that_loads(tmp_path):
    p = wrap("init", tmp_path / "a", "--name", 'The "Quoted" \\ Wrap', "--from", "W <w@example.org>", "--feed", "https://example.org/rss")
    assert p.returncode == 0, p.stderr
    before = (tmp_path / "a" / "wrap.conf").read_text()
    assert wrap("init", tmp_path / "a").returncode == 0
    assert (tmp_path / "a" / "wrap.conf").read_text() == before
    out = json.loads(wrap("--json", "-c", tmp_path / "a" / "wrap.conf", "status").stdout)
    assert out["subscribers"]["active"] == 0 and out["edition"] is None
    for f in ("wrap.conf", "wrap.db", "keys/token.key"):
        assert os.stat(tmp_path / "a" / f).st_mode & 0o077 == 0, f"{f} can be read by others"
    assert wrap("init", tmp_path / "b", "--from", "nobody").returncode == 65
    assert not (tmp_path / "b" / "wrap.conf").exists()
    (tmp_path / "file").write_text("")
    assert wrap("init", tmp_path / "file" / "x").returncode in (73, 74)


def test_list_and_quiet_and_json(pub):
    pub.subscribe("ann@example.net", "bob@example.net")
    pub.run("subscribe", "pat@example.net")
    lines = [json.loads(line) for line in pub.run("--json", "subscribers").stdout.splitlines()]
    assert [s["address"] for s in lines] == ["ann@example.net", "bob@example.net", "pat@example.net"]
    assert pub.run("-q", "subscribers").stdout == ""
    assert "pat@example.net" in pub.run("subscribers", "list", "--state", "pending").stdout
    assert "ann@example.net" not in pub.run("subscribers", "list", "--state", "pending").stdout


def test_a_newer_database_is_refused_politely(pub):
    import sqlite3
    with sqlite3.connect(pub.dir / "wrap.db") as db:
        db.execute("PRAGMA user_version = 9999")
    p = pub.run("status", code=78)
    assert "newer version" in p.stderr


def test_every_key_is_in_the_manual_and_the_example():
    from conftest import ROOT
    manual = (ROOT / "config" / "wrap.conf.5").read_text()
    example = (ROOT / "config" / "wrap.conf.example").read_text()
    table = (ROOT / "src" / "config" / "keys.c").read_text()
    import re
    keys = re.findall(r'^\t\{ "([a-z.]+)", "([a-z_]+)", KEY_', table, re.M)
    assert len(keys) > 60
    for section, name in keys:
        assert re.search(rf"^\.It Ic {name}\b", manual, re.M), f"{section}.{name} is not in wrap.conf.5"
        assert re.search(rf"\b{name} = ", example), f"{section}.{name} is not in wrap.conf.example"
