"""Letters: confirmations and welcomes that wrap run sends, by the rules of an edition."""
import re

from relay import relay  # noqa: F401


def asked(p, *addresses):
    for a in addresses:
        p.run("subscribe", a)


def letters(p):
    return p.sql("SELECT kind, attempts, sent_at IS NOT NULL, next_attempt_at, reason FROM letter ORDER BY id")


def test_a_run_sends_what_was_asked_for(pub):
    asked(pub, "ada@example.net", "bob@example.net")
    report = pub.json("run", code=3)
    assert report["letters"] == {"sent": 2, "later": 0, "dropped": 0}
    mails = [m for m in pub.outbox() if "editor" not in m["To"]]
    assert {m["To"] for m in mails} == {"ada@example.net", "bob@example.net"} and len(mails) == 2
    for m in mails:
        assert m["Auto-Submitted"] == "auto-generated" and "List-Unsubscribe" not in m
        assert "https://example.org/wrap/confirm/" in m.get_body(("plain",)).get_content()
    assert [(k, n, sent, due) for k, n, sent, due, _ in letters(pub)] == [("confirm", 1, 1, None)] * 2
    assert pub.json("run", code=3)["letters"]["sent"] == 0 and len(pub.outbox()) == 2


def test_letters_speak_the_readers_language(pub):
    for address, language in (("ada@example.net", "de-AT"), ("bob@example.net", "sv")):
        pub.run("subscribe", address, "--language", language)
    pub.json("run", code=3)
    told = {m["To"]: (m["Subject"], m["Content-Language"]) for m in pub.outbox()}
    assert told["ada@example.net"] == ("Bitte bestätigen: The Weekly Wrap", "de-AT")
    assert told["bob@example.net"] == ("Please confirm: The Weekly Wrap", "en")  # no words of theirs: the publication's


def test_a_dry_run_sends_none(pub):
    asked(pub, "ada@example.net")
    before = letters(pub)
    assert pub.json("-n", "run", code=3)["letters"]["sent"] == 1
    assert letters(pub) == before and not (pub.dir / "outbox/new").exists() or not pub.outbox()


def test_what_was_overtaken_is_dropped(pub):
    asked(pub, "ada@example.net")
    pub.subscribe("ada@example.net")
    assert pub.json("run", code=3)["letters"] == {"sent": 0, "later": 0, "dropped": 1}
    assert [(k, n, sent, due, why) for k, n, sent, due, why in letters(pub) if k == "confirm"] == \
        [("confirm", 0, 0, None, "they have confirmed")]


def test_without_pages_there_is_no_link(pub):
    asked(pub, "ada@example.net")
    pub.conf.write_text(pub.conf.read_text().replace('url = "https://example.org/wrap";', ""))
    assert pub.json("run", code=3)["letters"]["dropped"] == 1
    assert "publication.url" in letters(pub)[0][4]


def later(p, minutes):
    p.now = "2026-11-20T%02d:%02d:00Z" % (18 + minutes // 60, minutes % 60)


def relayed(pub, relay):
    pub.write(relay='{ url = "smtp://127.0.0.1:%d"; tls = "none"; timeout = 5; }' % relay.port)


def test_deferred_goes_again_as_the_same_mail_and_refused_does_not(pub, relay):
    r = relay("--fault", "rcpt:reply:450 4.2.0 later@1", "--fault", "rcpt:reply:550 5.1.1 unknown@2",
              "--fault", "dot:taken-close@1")
    relayed(pub, r)
    asked(pub, "ada@example.net", "gone@example.net", "eve@example.net")
    assert pub.json("run", code=3)["letters"] == {"sent": 0, "later": 2, "dropped": 1}
    rows = letters(pub)
    assert [(n, sent, due is None) for _, n, sent, due, _ in rows] == [(1, 0, False), (1, 0, True), (1, 0, False)]
    assert "unknown" in rows[1][4]
    later(pub, 20)
    assert pub.json("run", code=3)["letters"] == {"sent": 2, "later": 0, "dropped": 0}
    eve = [e["data"] for e in r.events("message") if e["rcpt"] == ["eve@example.net"]]
    assert len(eve) == 2 and eve[0] == eve[1]
    assert not [e for e in r.events("message") if e["rcpt"] == ["gone@example.net"]]


def test_a_relay_that_is_down_costs_no_attempt(pub, relay):
    r = relay("--fault", "connect:reply:554 5.3.2 no")
    relayed(pub, r)
    asked(pub, "ada@example.net")
    assert pub.json("run", code=3)["letters"] == {"sent": 0, "later": 1, "dropped": 0}
    assert letters(pub)[0][1] == 0


def test_the_return_path_is_the_readers_own(pub, relay):
    r = relay()
    relayed(pub, r)
    pub.conf.write_text(pub.conf.read_text().replace("publication = {", 'publication = { return_path = "b+*@example.org";'))
    asked(pub, "ada@example.net", "bob@example.net")
    pub.json("run", code=3)
    paths = {e["text"] for e in r.events("line") if e["text"].startswith("MAIL FROM:<b+")}
    assert len(paths) == 2 and all(re.match(r"MAIL FROM:<b\+[a-z2-7]{40}@example.org>", p) for p in paths)
