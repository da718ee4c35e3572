"""wrap init as a newcomer meets it: five questions on a terminal, or flags; then a first edition in an inbox."""
import json
import os
import pty
import re
import select
import subprocess
import time

import pytest

from conftest import WRAP

ZONE = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8"}


def talk(args, answers, cwd):
    """Answer each question on a terminal; returns all that was shown, and the exit code."""
    master, slave = pty.openpty()
    p = subprocess.Popen([WRAP, *map(str, args)], stdin=slave, stdout=slave, stderr=slave, cwd=cwd, env=ZONE)
    os.close(slave)
    shown, answers, seen, end = "", list(answers), 0, time.monotonic() + 60
    while time.monotonic() < end:
        if select.select([master], [], [], 0.2)[0]:
            try:
                piece = os.read(master, 65536)
            except OSError:
                break
            if not piece:
                break
            shown += piece.decode()
        asked = shown[seen:].rstrip()
        if answers and asked and (asked.endswith("?") or asked.endswith("]")):
            seen = len(shown)
            os.write(master, (answers.pop(0) + "\n").encode())
    os.close(master)
    return shown, p.wait(timeout=30), answers


def test_five_questions_make_a_publication_that_sends(tmp_path, smtp):
    shown, code, left = talk(["init", "weekly"], ["My News", "My News <news@mine.example>", "Street 1, Town", "",
                                                  f"smtp://127.0.0.1:{smtp.port}"], tmp_path)
    assert code == 0 and left == [], shown
    assert [int(n) for n in re.findall(r"^(\d)\. ", shown, re.M)] == [1, 2, 3, 4, 5]
    here = tmp_path / "weekly"
    (here / "articles" / "a.md").write_text("# The first story\n\nIt is told here. It has two sentences.\n")
    (here / "articles" / "b.md").write_text("# The second story\n\nThis one is about something else. It is longer than one line, too.\n")
    (here / "articles" / "c.md").write_text("# A third\n\nNothing in common with the others. Bees and honey in spring.\n")
    # What it said to type next, typed as it stands, with an address of one's own.
    said = [line.split("#")[0].strip().replace("you@example.org", "me@inbox.example")
            for line in shown.replace("\r", "").split("Next:\n")[1].splitlines() if line.startswith("  wrap")]
    assert [s.split()[1] for s in said] == ["subscribe", "run", "preview", "doctor"]
    for line in said[:3]:
        p = subprocess.run(["bash", "-c", line.replace("wrap ", f"'{WRAP}' ", 1)], cwd=here, capture_output=True, text=True, env={**ZONE, "PAGER": "cat"})
        assert p.returncode == 0, p.stdout + p.stderr
    assert "The first story" in p.stdout and "More stories" in p.stdout.title().replace("Stories", "stories")
    assert len(smtp.messages) == 1 and smtp.messages[0]["To"] == "me@inbox.example"
    assert "d=mine.example" in smtp.messages[0]["DKIM-Signature"]


def test_a_password_is_asked_for_and_not_shown(tmp_path):
    shown, code, left = talk(["init", "w", "--name", "N", "--from", "news@mine.example", "--address", "A", "--feed", "https://mine.example/rss"],
                             ["smtps://me@mine.example@smtp.mine.example:465", "s3cret-word"], tmp_path)
    assert code == 0 and left == [] and "s3cret" not in shown, shown
    conf = (tmp_path / "w" / "wrap.conf").read_text()
    assert 'url = "smtps://smtp.mine.example:465"; user = "me@mine.example"; password = "file:relay.pass"' in conf and "s3cret" not in conf
    assert (tmp_path / "w" / "relay.pass").read_text().strip() == "s3cret-word"
    assert os.stat(tmp_path / "w" / "relay.pass").st_mode & 0o777 == 0o600


def test_a_wrong_answer_is_explained_and_asked_again(tmp_path):
    shown, code, left = talk(["init", "w"], ["N", "nobody", "news@mine.example", "A", "ftp://x/", "mine.example/rss", "smtp.mine.example", ""], tmp_path)
    assert code == 0 and left == [], shown
    assert [int(n) for n in re.findall(r"^(\d)\. ", shown, re.M)] == [1, 2, 2, 3, 4, 4, 5, 5]
    assert shown.count("Not so: ") == 3 and "has an @" in shown and "write it like smtps://" in shown
    conf = (tmp_path / "w" / "wrap.conf").read_text()
    assert 'url = "https://mine.example/rss"' in conf and 'from = "news@mine.example"' in conf


@pytest.mark.parametrize("flags, says", [(["--from", "nobody"], 'from "nobody": an address has an @'), (["--feed", "no feed"], "https://example.org/feed.xml")])
def test_a_wrong_flag_is_named_and_no_folder_is_made(tmp_path, flags, says):
    p = subprocess.run([WRAP, "init", tmp_path / "w", *flags], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 65 and says in p.stderr and not (tmp_path / "w").exists()


def test_a_folder_in_nowhere_is_73(tmp_path):
    p = subprocess.run([WRAP, "init", tmp_path / "no" / "such"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 73 and "no/such cannot be made" in p.stderr


def test_what_is_switched_off_can_be_switched_on_as_it_stands(tmp_path):
    """Every line that is off has a value of the right kind, so that taking the slashes away gives no syntax error."""
    subprocess.run([WRAP, "init", tmp_path / "w", "--language", "pt-BR"], capture_output=True, stdin=subprocess.DEVNULL, check=True)
    conf = tmp_path / "w" / "wrap.conf"
    text = conf.read_text()
    assert 'language = "pt-BR"' in text
    for name in ("allow", "trusted_proxy"):
        assert f'// {name} = ["...", "..."];' in text
        one = re.sub(rf"// ({name} = )\[.*?\]", r'\1["127.0.0.1", "localhost:81"]', text)
        conf.write_text(one)
        p = subprocess.run([WRAP, "-c", conf, "status"], capture_output=True, text=True)
        assert p.returncode == 0, p.stderr


def test_flags_make_the_same_without_a_question(tmp_path):
    p = subprocess.run([WRAP, "init", tmp_path / "w", "--name", "N", "--from", "N <news@mine.example>", "--address", "A",
                        "--relay", "smtps://me@smtp.mine.example"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 0 and "?" not in p.stdout and "cat > relay.pass" in p.stdout
    records = (tmp_path / "w" / "dns-records.txt").read_text()
    assert all(r in p.stdout for r in records.splitlines())
    assert "v=spf1 mx a:smtp.mine.example ~all" in records and "_dmarc.mine.example." in records
    shown = json.loads(subprocess.run([WRAP, "-c", tmp_path / "w" / "wrap.conf", "--json", "dkim", "record"], capture_output=True, text=True).stdout)
    assert len(shown) == 2 and all(r["zone"] in records for r in shown)


def test_without_an_address_of_ones_own_no_keys_are_made(tmp_path):
    p = subprocess.run([WRAP, "init", tmp_path / "w"], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 0 and not (tmp_path / "w" / "dns-records.txt").exists()
    assert "\ndkim = " not in (tmp_path / "w" / "wrap.conf").read_text()


@pytest.mark.parametrize("relay, says", [("smtp.mine.example", "write it like smtps://"), ("smtps://me:pw@smtp.mine.example", "a password does not belong")])
def test_a_wrong_relay_is_named_and_nothing_is_left(tmp_path, relay, says):
    p = subprocess.run([WRAP, "init", tmp_path / "w", "--relay", relay], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert p.returncode == 65 and says in p.stderr and "pw" not in p.stderr.replace("password", "")
    assert not (tmp_path / "w" / "wrap.conf").exists()


def test_the_written_configuration_shows_every_key(tmp_path):
    subprocess.run([WRAP, "init", tmp_path / "w"], capture_output=True, stdin=subprocess.DEVNULL, check=True)
    conf = (tmp_path / "w" / "wrap.conf").read_text()
    from conftest import ROOT
    table = re.findall(r'^\t\{ "([a-z.]+)", "([a-z_]+)", KEY_', (ROOT / "src/config/keys.c").read_text(), re.M)
    for section, name in table:
        if section in ("publication", "edition", "rank", "send", "mailbox", "bounces", "fetch", "serve", "doctor", "paths"):
            assert re.search(rf"^    (// )?{name} = ", conf, re.M), f"{section}.{name}"
