"""Lists in and out: what spreadsheets and newsletter services write, what stays out, and the way back."""
import io
import json
import os
import signal
import subprocess
import time
import zipfile

from conftest import *  # noqa: F401,F403
from conftest import WRAP, Publication

HOSTILE = ["=1+1", "'=1+1", "''-x", "-5", "@cmd", "\uff1dSUM(1)", 'say "hi", they; said', "O'Brien", "'tis", " Ünï ",
           "=HYPERLINK(\"http://x\")", "+41 79", "a|b"]


def put(pub, name, data):
    path = pub.dir / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return path


def load(pub, name, data, *args, code=0):
    path = put(pub, name, data)
    p = pub.run("--json", "subscribers", "import", path, *args, code=code)
    return json.loads(p.stdout.splitlines()[-1]) if code == 0 else p.stderr


def states(pub):
    return dict(pub.sql("SELECT canonical, state FROM subscriber"))


def test_every_spelling_of_csv_is_the_same_list(pub):
    rows = [("Email", "Name", "Status"), ("zoe@example.net", "Zoë, \"Z\" Müller", "active"),
            ("li@example.net", "Line\nbreak", "unsubscribed"), ("o@example.net", "", "pending")]

    def text(sep, end):
        cell = lambda c: '"' + c.replace('"', '""') + '"' if any(x in c for x in sep + '"\n') else c  # noqa: E731
        return end.join(sep.join(map(cell, r)) for r in rows) + end
    for i, data in enumerate([
            text(",", "\n").encode(), text(";", "\r\n").encode("utf-8-sig"), text("\t", "\r").encode("utf-16"),
            text(",", "\r\n").encode("utf-16-be"), text(";", "\n").encode("utf-16-le"), text("|", "\n").encode(),
            ("sep=;\r\n" + text(";", "\r\n")).encode("cp1252"), text(",", "\n").encode("cp1252").rstrip(b"\n")]):
        p = Publication(pub.dir / f"p{i}")
        p.dir.mkdir()
        p.write()
        p.init()
        out = load(p, "list.csv", data)
        assert (out["rows"], out["rejected"]) == (3, 0), (i, out)
        assert p.sql("SELECT canonical, name, state FROM subscriber ORDER BY id") == [
            ("zoe@example.net", 'Zoë, "Z" Müller', "active"), ("li@example.net", "Line break", "unsubscribed"),
            ("o@example.net", None, "pending")], i


def test_mailchimps_zip(pub):
    head = "Email Address,First Name,Last Name,MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,CONFIRM_IP"
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w", zipfile.ZIP_DEFLATED) as f:
        f.writestr("lists/subscribed_members_export_1.csv", f'{head},TAGS\r\nAda@Example.net,Ada,Lovelace,2,'
                   '2019-05-06 07:08:09,192.0.2.1,2019-05-06 07:10:00,192.0.2.2,"""dns"",""VIP"""\r\n')
        f.writestr("lists/unsubscribed_members_export_1.csv",
                   f"{head},UNSUB_TIME,UNSUB_REASON\r\nleft@example.net,,,2,,,,,2020-01-01 00:00:00,too many mails\r\n")
        f.writestr("lists/cleaned_members_export_1.csv", f"{head},CLEAN_TIME\r\nhard@example.net,,,2,,,,,2020-02-02 00:00:00\r\n")
        f.writestr("lists/nonsubscribed_members_export_1.csv", f"{head}\r\nbuyer@example.net,,,2,,,,\r\n")
        f.writestr("readme.html", "<p>")
    out = load(pub, "export.zip", z.getvalue())
    assert out["added"] == dict(pending=1, active=1, unsubscribed=1, bounced=1, complained=0), out
    assert out["unknown_topics"] == ["VIP"] and out["mapping"].count("Mailchimp") == 4
    assert pub.sql("SELECT address, name, topics, created_at, confirmed_at FROM subscriber WHERE state = 'active'") == [
        ("Ada@example.net", "Ada Lovelace", "DNS", 1557126489, 1557126600)]
    assert pub.sql("SELECT changed_at, why FROM subscriber WHERE state = 'unsubscribed'") == [(1577836800, "too many mails")]
    at, detail = pub.sql("SELECT c.at, detail FROM consent c JOIN subscriber s ON s.id = subscriber"
                         " WHERE state = 'active'")[0]
    assert at == 1557126600 and "192.0.2.2" in detail and "2019-05-06 07:08:09" in detail


def test_services_are_known_by_their_header(pub):
    lists = {
        "Substack": "email,active_subscription,expiry,email_disabled,created_at\n"
                    "a@example.net,false,,false,2021-01-01T00:00:00Z\nb@example.net,true,,true,2021-01-01T00:00:00Z\n",
        "Ghost": "id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,created_at,deleted_at,"
                 "labels\n1,a@example.net,A,,true,false,,2021-01-01T00:00:00Z,,Security\n"
                 "2,b@example.net,B,,false,false,,2021-01-01T00:00:00Z,,\n",
        "listmonk": "uuid,email,name,attributes,status,created_at,updated_at\n"
                    'x,a@example.net,A,"{""city"":""X""}",enabled,2021-01-01 00:00:00,\n'
                    "y,b@example.net,B,{},blocklisted,2021-01-01 00:00:00,\n",
        "Buttondown": "email_address,notes,metadata,tags,subscriber_type,creation_date\n"
                      "a@example.net,,{},\"Security, old\",regular,2021-01-01\nb@example.net,,{},,unsubscribed,2021-01-01\n",
        "Mailman": "list_id,email,display_name,delivery_mode,delivery_status\n"
                   "l.example.org,a@example.net,A,regular,enabled\nl.example.org,b@example.net,B,regular,by_bounces\n",
    }
    for kind, data in lists.items():
        p = Publication(pub.dir / kind)
        p.dir.mkdir()
        p.write()
        p.init()
        out = load(p, "list.csv", data)
        assert kind in out["mapping"] and out["rejected"] == 0, (kind, out)
        assert states(p)["a@example.net"] == "active" and states(p)["b@example.net"] in ("unsubscribed", "bounced"), kind


def test_a_file_that_does_not_say_who_agreed_is_not_guessed_at(pub):
    err = load(pub, "list.csv", "Kunde;E-Mail-Adresse\nOtto;otto@example.net\n", code=65)
    assert "--status" in err and pub.sql("SELECT count(*) FROM subscriber") == [(0,)]
    assert "--why" in load(pub, "list.csv", "Kunde;E-Mail-Adresse\nOtto;otto@example.net\n", "--status", "active", code=65)
    assert "what=Column" in load(pub, "l.csv", "a;b\n1;2\n", "--map", "email", code=65)
    assert "no column" in load(pub, "l.csv", "a;b\n1;2\n", "--map", "email=c", code=65)
    assert "--map email=" in load(pub, "l.csv", "a;b\n1;2\n", code=65)
    out = load(pub, "list.csv", "Kunde;E-Mail-Adresse;Typ\nOtto;otto@example.net;VIP\nUte;ute@example.net;Weg\n",
               "--map", "name=Kunde,status=3", "--status", "VIP=active,Weg=unsubscribed")
    assert out["rejected"] == 0
    assert pub.sql("SELECT canonical, name, state FROM subscriber ORDER BY id") == [
        ("otto@example.net", "Otto", "active"), ("ute@example.net", "Ute", "unsubscribed")]
    out = load(pub, "plain.txt", "Jane Doe <jane@example.net>\nbob@example.net\n", "--status", "active", "--why", "a paper form")
    assert out["added"]["active"] == 2
    assert pub.sql("SELECT name FROM subscriber WHERE canonical = 'jane@example.net'") == [("Jane Doe",)]


def test_refused_rows_are_named_with_their_reason(pub):
    data = ("email,name,status,joined\nok@example.net,Fine,active,2020-01-01\nno at,X,active,\na@b@example.net,Y,active,\n"
            "x@example.net,Z,sleeping,\n,Nobody,active,\nlong@example.net," + "n" * 300 + ",active,\n"
            "date@example.net,D,active,soon\n\"open@example.net,never closed,active\nlast@example.net,L,active,\n"
            "nul@example.net,\0,active,\nnone@example.net\r\n\"a\r\nRCPT TO:<x@example.net>\",E,active,\n")
    out = load(pub, "list.csv", data)
    assert out["rejected"] == 9 and out["bad_dates"] == 1, out
    assert set(states(pub)) == {"ok@example.net", "date@example.net", "last@example.net"}
    import csv
    rows = list(csv.reader(open(out["rejected_file"], newline="")))
    assert rows[0] == ["file", "line", "reason", "email", "name", "status", "joined"]
    assert {r[1]: r[2][:22] for r in rows[1:]} == {
        "3": "an address has an @, l", "4": "an address has only on", "5": 'the status "sleeping" ',
        "6": "an empty text is not a", "7": "the name is longer tha", "9": "a quote is opened and ",
        "11": "a NUL stands in it", "12": "it has no status; say ", "13": "a control character st"}
    assert os.stat(out["rejected_file"]).st_mode & 0o777 == 0o600


def test_a_second_import_and_a_dry_run_change_nothing(pub):
    data = "email,name,status\na@example.net,A,active\nA@EXAMPLE.net,Other,active\nb@example.net,,unsubscribed\nbad,,active\n"
    path = put(pub, "list.csv", data)
    before = {p: p.read_bytes() for p in pub.dir.glob("wrap.db*")}
    out = pub.json("-n", "subscribers", "import", path)
    assert out["added"]["active"] == 1 and out["same"] == 1 and out["rejected"] == 1 and out["rejected_file"] is None
    assert {p: p.read_bytes() for p in pub.dir.glob("wrap.db*")} == before and not list(pub.dir.glob("*.rejected.csv"))
    pub.run("subscribers", "import", path)
    first = pub.run("subscribers", "export").stdout
    out = pub.json("subscribers", "import", path)
    assert sum(out["added"].values()) == 0 and pub.run("subscribers", "export").stdout == first


def test_nobody_who_is_out_is_brought_back_and_leaving_elsewhere_counts(pub):
    for who in "left", "bounced", "complained", "gone", "own", "waits":
        pub.subscribe(f"{who}@example.net") if who != "waits" else pub.run("subscribe", "waits@example.net")
    pub.run("unsubscribe", "left@example.net")
    import sqlite3
    with sqlite3.connect(pub.dir / "wrap.db") as db:
        for s in "bounced", "complained":
            db.execute("UPDATE subscriber SET state = ? WHERE canonical = ?", (s, f"{s}@example.net"))
    pub.run("subscribers", "forget", "gone@example.net")
    out = load(pub, "in.csv", "email,status\n" + "".join(f"{w}@example.net,active\n" for w in (
        "left", "bounced", "complained", "gone", "waits")) + "old@example.net,active\nnew@example.net,unsubscribed\n")
    assert (out["stay_out"], out["suppressed"], out["confirmed"]) == (3, 1, 1), out
    assert states(pub) == {"left@example.net": "unsubscribed", "bounced@example.net": "bounced", "own@example.net": "active",
                           "complained@example.net": "complained", "waits@example.net": "active", "old@example.net": "active",
                           "new@example.net": "unsubscribed"}
    # who came by a list leaves by one; who agreed here after that stays; who agreed here before it leaves
    out = load(pub, "out.csv", "email,status,unsubscribed_at\nold@example.net,unsubscribed,\nown@example.net,unsubscribed,2020-01-01\n")
    assert (out["left"], out["kept"]) == (1, 1)
    assert load(pub, "o.csv", "email,status,unsubscribed_at\nown@example.net,unsubscribed,2026-11-20T20:00:00Z\n")["left"] == 1
    assert states(pub)["old@example.net"] == states(pub)["own@example.net"] == "unsubscribed"
    assert load(pub, "in.csv", "email,status\nold@example.net,active\n")["stay_out"] == 1


def test_export_is_safe_for_spreadsheets_and_comes_back_byte_for_byte(pub):
    for i, name in enumerate(HOSTILE):
        pub.run("subscribe", f"r{i}@example.net", "--name", name, "--confirmed", "--why", f"{name}\n\"x\"",
                *(["--topics", "DNS"] if i % 2 else []))
    pub.run("subscribe", "+tag@example.net")
    pub.run("subscribe", "müller@bücher.example")
    import sqlite3
    with sqlite3.connect(pub.dir / "wrap.db") as db:
        db.execute("UPDATE subscriber SET paused_until = 1800000000 WHERE id = 3")
    pub.run("unsubscribe", "r1@example.net", "--why", "=cmd|' /C calc'!A0")
    for args in [], ["--raw"]:
        first = pub.run("subscribers", "export", *args).stdout
        other = Publication(pub.dir / ("raw" if args else "safe"))
        other.dir.mkdir()
        other.write(topics='( { name = "Other"; } )')
        other.init()
        (other.dir / "list.csv").write_text(first, newline="")
        out = other.json("subscribers", "import", other.dir / "list.csv", *args)
        assert out["rejected"] == 0, out
        assert other.run("subscribers", "export", *args).stdout == first
        assert other.run("subscribers", "export", "--format", "json").stdout == \
            pub.run("subscribers", "export", "--format", "json").stdout
        import csv
        cells = [c for r in list(csv.reader(io.StringIO(first)))[1:] for c in r]
        assert any(c[:1] in list("=+-@\t\r\uff1d") for c in cells if c) == bool(args)
    assert len(json.loads(pub.run("subscribers", "export", "--format", "json", "--state", "active").stdout)) == len(HOSTILE) - 1


def test_a_killed_import_is_finished_by_another_and_others_may_write_meanwhile(pub):
    n = 60000
    path = put(pub, "big.csv", "email,status\n" + "".join(f"reader{i}@example.net,active\n" for i in range(n)))
    cmd = [WRAP, "-c", str(pub.conf), "-q", "subscribers", "import", str(path)]
    p = subprocess.Popen(cmd)
    time.sleep(0.5)
    p.send_signal(signal.SIGKILL)
    p.wait()
    p = subprocess.Popen(cmd)
    pub.run("subscribe", "other@example.org")
    assert p.wait(120) == 0
    assert pub.sql("SELECT count(*), count(DISTINCT canonical) FROM subscriber") == [(n + 1, n + 1)]
    assert pub.sql("SELECT count(*) FROM consent") == [(n + 1,)] and pub.sql("PRAGMA integrity_check") == [("ok",)]


def test_progress_fits_the_terminal(pub):
    """One line that is written over, whatever the width; a dumb terminal is sent no sequences."""
    import fcntl
    import pty
    import struct
    import termios
    path = put(pub, "big.csv", "email,status\n" + "".join(f"reader{i}@example.net,active\n" for i in range(30000)))
    for columns, term in ((40, "xterm"), (80, "xterm"), (200, "xterm"), (60, "dumb")):
        here, there = pty.openpty()
        fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        p = subprocess.Popen([WRAP, "-c", str(pub.conf), "-n", "subscribers", "import", str(path)], stdin=there, stdout=subprocess.DEVNULL,
                             stderr=there, env={**pub.env, "TERM": term})
        os.close(there)
        said = b""
        while True:
            try:
                said += os.read(here, 4096)
            except OSError:
                break
        os.close(here)
        assert p.wait(30) == 0
        text = said.decode()
        assert "import: [" in text and "\n" not in text and ("\033" in text) == (term != "dumb"), (columns, text[:200])
        lines = [part.replace("\033[K", "") for part in text.split("\r")]
        assert max(map(len, lines)) < columns and ("rows" in text) == (columns > 40) and lines[-1].strip() == "", (columns, lines[-3:])


def test_two_imports_at_once_and_one_that_is_killed_count_right(pub):
    """The same list twice at the same time, a third time killed and done again: each reader once, and the figures add up."""
    n = 20000
    path = put(pub, "big.csv", "email,status\n" + "".join(f"reader{i}@example.net,active\n" for i in range(n)))
    cmd = [WRAP, "-c", str(pub.conf), "--json", "subscribers", "import", str(path)]
    both = [subprocess.Popen(cmd, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    outs = [json.loads(p.communicate(timeout=120)[0]) for p in both]
    assert [p.returncode for p in both] == [0, 0]
    assert sum(o["added"]["active"] for o in outs) == n and sum(o["same"] for o in outs) == n
    more = put(pub, "more.csv", "email,status\n" + "".join(f"reader{i}@example.net,active\n" for i in range(2 * n)))
    cmd[-1] = str(more)
    p = subprocess.Popen(cmd, stdout=subprocess.DEVNULL)
    time.sleep(0.2)
    p.kill()
    p.wait()
    came = pub.sql("SELECT count(*) FROM subscriber")[0][0] - n
    out = pub.json("subscribers", "import", more)
    assert (out["added"]["active"], out["same"]) == (n - came, n + came)
    assert pub.sql("SELECT count(*), count(DISTINCT canonical) FROM subscriber") == [(2 * n, 2 * n)]
    assert pub.sql("SELECT count(*) FROM consent") == [(2 * n,)] and pub.sql("PRAGMA integrity_check") == [("ok",)]
