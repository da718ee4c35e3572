"""The list of readers as JSON: out and in again without a difference, and what others write as JSON."""
import json
import os
import random
import sqlite3
import subprocess

from conftest import *  # noqa: F401,F403
from conftest import WRAP, Publication

NAMES = ['say "hi", they; said', "line\r\nbreak\n", "\tTab", "👩‍💻 Zoë", "שלום \u202eעולם", "=1+1", "'=1+1", "''", "@cmd", "\\ back \\u0041 / slash",
         "ends with space ", "null", "\x7f\u2028\ufeff", "x" * 200, "[a] {b}", "𝔘𝔫𝔦"]
ADDRESSES = ["jürgen@example.net", "用户@例え.jp", "anna@bücher.example", "+plus.tag@example.net", "o'brien@example.net", "UPPER@Example.NET",
             "a@xn--bcher-kva.example"]


def other(pub, name, **kw):
    p = Publication(pub.dir / name)
    p.dir.mkdir()
    p.write(**kw)
    p.init()
    return p


def export(pub, form):
    return pub.run("subscribers", "export", "--format", form).stdout


def fill(pub):
    """Readers of every state with every kind of text in every field, and consents of several steps."""
    r = random.Random(5)
    db = sqlite3.connect(pub.dir / "wrap.db")
    states = "pending active unsubscribed bounced complained".split()
    for i, name in enumerate(NAMES * 3):
        pick = lambda: r.choice(NAMES + [None])  # noqa: E731
        at = r.randrange(1_000_000_000, 1_790_000_000)
        db.execute("INSERT INTO subscriber (address, canonical, name, topics, language, state, created_at, confirmed_at, changed_at, why,"
                   " paused_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                   (f"r{i}@example.net", f"r{i}@example.net", name, r.choice([None, "DNS", "DNS,Security"]), r.choice([None, "de-CH"]),
                    states[i % 5], at, r.choice([None, at + 5]), at + 9, pick(), r.choice([None, 1_900_000_000])))
        for step in range(r.randrange(4)):
            db.execute("INSERT INTO consent (subscriber, at, step, source, detail) VALUES (last_insert_rowid(), ?, ?, ?, ?)"
                       if step == 0 else "INSERT INTO consent (subscriber, at, step, source, detail) VALUES"
                       " ((SELECT max(id) FROM subscriber), ?, ?, ?, ?)", (at + step, "form", f"web:{name}", pick()))
    db.commit()
    db.close()
    for a in ADDRESSES:
        pub.run("subscribe", a, "--topics", "Security", "--confirmed", "--why", "a form, \"signed\"")
    pub.run("subscribe", "waits@example.net")
    pub.run("unsubscribe", "upper@example.net", "--why", "מספיק")


def test_json_comes_back_byte_for_byte(pub):
    fill(pub)
    first, table = export(pub, "json"), export(pub, "csv")
    readers = json.loads(first)
    assert len(readers) == 3 * len(NAMES) + len(ADDRESSES) + 1 and {r["state"] for r in readers} == {
        "pending", "active", "unsubscribed", "bounced", "complained"}
    assert any(len(r["consent"]) > 2 for r in readers)
    texts = {"array.json": first, "lines.jsonl": "\n".join(json.dumps(r, ensure_ascii=True) for r in readers),
             "wide.json": json.dumps(readers, indent=4, ensure_ascii=False), "whatever.csv": first}
    for i, (name, text) in enumerate(texts.items()):
        # Other topics than where they come from: a list is kept as it was, whatever is offered now.
        p = other(pub, f"p{i}", topics='( { name = "Else"; } )')
        (p.dir / name).write_bytes(text.encode("utf-16" if name == "wide.json" else "utf-8"))
        out = p.json("subscribers", "import", p.dir / name)
        assert (out["rows"], out["rejected"], out["bad_dates"]) == (len(readers), 0, 0), (name, out)
        assert export(p, "json") == first and export(p, "csv") == table, name
        again = p.json("subscribers", "import", p.dir / name)
        assert again["same"] + again["stay_out"] == len(readers) and export(p, "json") == first, name
    assert p.json("subscribers", "import", "-", stdin="[\n]\n")["rows"] == 0


def test_rows_that_were_refused_come_in_once_they_are_put_right(pub):
    """The file of refused rows keeps what a reader's own row had: texts like formulas, and the history of consent."""
    fill(pub)
    first = export(pub, "json")
    p = other(pub, "p")
    (p.dir / "a.json").write_text(first.replace('"address":"r', '"address":"@r'))
    out = p.json("subscribers", "import", p.dir / "a.json")
    assert out["rejected"] == 3 * len(NAMES)
    path = p.dir / "a.json.rejected.csv"
    path.write_bytes(path.read_bytes().replace(b"'@r", b"r"))
    assert p.json("subscribers", "import", path)["rejected"] == 0
    assert sorted(json.loads(export(p, "json")), key=str) == sorted(json.loads(first), key=str)


def test_json_of_others_is_read_by_its_keys_and_broken_objects_are_named(pub):
    path = pub.dir / "list.json"
    path.write_text('\ufeff[{"email": "a@example.net", "name": "A", "subscribed": true, "status": "enabled", "n": 3},\n'
                    ' {"status": "enabled", "email": "b@example.net", "tags": ["DNS", "cats"], "created_at": "2021-01-02T03:04:05Z"},\n'
                    ' {"email": "c@example.net" "status": "enabled"}, {"email": "d@example.net", "status": "sleeping"},\n'
                    ' {"email": "e@example.net", "status": "enabled"}, oops, {"email": "lost@example.net"},\n'
                    ' {"email": "f\\u0000@example.net"},\n {"email": "g@example.net", "status": "blocklisted", "attribs": {"a": [{}, "]}"]}},\n'
                    ' {"email": "h@example.net')
    out = pub.json("subscribers", "import", path)
    assert pub.sql("SELECT canonical, state, topics, created_at FROM subscriber ORDER BY canonical")[:2] == [
        ("a@example.net", "active", None, pub.sql("SELECT max(created_at) FROM subscriber")[0][0]),
        ("b@example.net", "active", "DNS", 1609556645)]
    assert {r[0] for r in pub.sql("SELECT canonical FROM subscriber")} == {f"{c}@example.net" for c in "abeg"}
    assert (out["rejected"], out["unknown_topics"]) == (5, ["cats"])
    lines = (pub.dir / "list.json.rejected.csv").read_text().splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == ["3", "3", "4", "5", "7"] and "never closed" in lines[-1]
    path.write_text('{"data": {"results": [{"email": "a@example.net"}]}}')
    assert "no column is known to hold addresses" in pub.run("subscribers", "import", path, code=65).stderr


def peak_kb(pub, path):
    p = subprocess.Popen([WRAP, "-c", str(pub.conf), "-q", "subscribers", "import", str(path)])
    _, status, usage = os.wait4(p.pid, 0)
    p.returncode = os.waitstatus_to_exitcode(status)
    assert p.returncode == 0
    return usage.ru_maxrss


def test_it_is_read_in_the_memory_that_a_table_takes(pub):
    """However long the list: what stays in memory is SQLite's cache, for the same readers from CSV as well."""
    n = 60000
    text = "x" * 300
    (pub.dir / "a.json").write_text("[" + ",\n".join(
        f'{{"address":"reader{i}@example.net","name":"Name","state":"active","detail":"{text}"}}' for i in range(n)) + "]")
    table = other(pub, "table")
    (table.dir / "a.csv").write_text("address,name,state,detail\n" + "".join(f"reader{i}@example.net,Name,active,{text}\n" for i in range(n)))
    json_kb, table_kb = peak_kb(pub, pub.dir / "a.json"), peak_kb(table, table.dir / "a.csv")
    assert pub.sql("SELECT count(*) FROM subscriber") == table.sql("SELECT count(*) FROM subscriber") == [(n,)]
    assert json_kb < table_kb + 4096 < (pub.dir / "a.json").stat().st_size // 1024 + table_kb, (json_kb, table_kb)
