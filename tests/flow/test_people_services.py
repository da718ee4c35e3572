"""Lists as newsletter services, contact books and spreadsheets write them: every row is taken right or named."""
import csv
import io
import json
import zipfile

import pytest

from conftest import *  # noqa: F401,F403
from conftest import Publication

A, P, U, B, C = "active", "pending", "unsubscribed", "bounced", "complained"


def load(pub, name, data, *args, code=0):
    path = pub.dir / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    p = pub.run("--json", "subscribers", "import", path, *args, code=code)
    return json.loads(p.stdout.splitlines()[-1]) if code == 0 else p.stderr


def readers(pub, what="state"):
    return dict(pub.sql(f"SELECT canonical, {what} FROM subscriber"))


def table(head, *rows, sep=","):
    out = io.StringIO()
    w = csv.writer(out, delimiter=sep)
    w.writerow(head.split("|"))
    w.writerows(r.split("|") for r in rows)
    return out.getvalue()


SERVICES = {
    "listmonk": (table("uuid|email|name|attributes|status|created_at|updated_at",
                       '7f|a@x.example|Ann, "B"|{"city": "Genf; CH", "tags": ["x,y"]}|enabled|2021-01-02 10:00:00+00|2022-01-01',
                       "8f|b@x.example||{}|blocklisted|2021-01-02|", "9f|c@x.example||{}|disabled|2021-01-02|"),
                 (), {"a": A, "b": U, "c": U}, {}),
    # A subscription of its own beside the status of the person: who left it is out.
    "listmonk, of one list": (table("uuid|email|status|subscription_status", "1|a@x.example|enabled|confirmed", "2|b@x.example|enabled|unsubscribed",
                                    "3|c@x.example|enabled|unconfirmed"), (), {"a": A, "b": U, "c": P}, {}),
    "Substack": (table("Email|Name|Stripe plan|Cancel date|Start date|Emails received (6mo)|Type|email_disabled",
                       "a@x.example|Ann|||2021-03-04|12|Free|false", "b@x.example||year|2022-01-01|2021-03-04|3|Comp|true"), (), {"a": A, "b": U}, {}),
    "Ghost": (table("id|email|name|note|subscribed_to_emails|complimentary_plan|stripe_customer_id|created_at|deleted_at|labels|tiers",
                    '1|a@x.example|Ann|"likes, commas"|true|false||2021-01-02T10:00:00.000Z||DNS,vip|', "2|b@x.example|||false|true||2021-01-02T10:00:00.000Z|||"),
              (), {"a": A, "b": U}, {"a": "DNS"}),
    "Buttondown": (table("id|email_address|notes|metadata|tags|type|source|creation_date|secondary_id|referrer_url|unsubscription_date",
                         '1|a@x.example||{"a": 1}|DNS|regular|api|2021-01-02 10:00:00|1||', "2|b@x.example||{}||unsubscribed|import|2021-01-02|2||2022-01-01",
                         "3|c@x.example||{}||unactivated||2021-01-02|3||", "4|d@x.example||{}||complained||2021-01-02|4||"), (), {"a": A, "b": U, "c": P, "d": C},
                   {"a": "DNS"}),
    "Mailman 2, with names": ('Ann Bee <a@x.example>\n"Bee, Bob" <b@x.example>\nc@x.example\n', ("--status", "active", "--why", "moved from Mailman"),
                              {"a": A, "b": A, "c": A}, {}),
    "Mailman 3": (table("list_id|email|display_name|role|delivery_mode|delivery_status|moderation_action",
                        "l.x.example|a@x.example|Ann|member|regular|enabled|", "l.x.example|b@x.example||member|regular|by_bounces|",
                        "l.x.example|c@x.example||member|regular|by_user|"), (), {"a": A, "b": B, "c": U}, {}),
    "Kit": (table("Email|First Name|Status|Created At|Tags", "a@x.example|Ann|active|2021-01-02 10:00:00 UTC|DNS, x", "b@x.example||cancelled|2021-01-02|",
                  "c@x.example||complained|2021-01-02|", "d@x.example||bounced|2021-01-02|"), (), {"a": A, "b": U, "c": C, "d": B}, {"a": "DNS"}),
    "MailerLite": (table("Subscriber|Status|Sent|Opens|Clicks|Subscribed|Location|Unsubscribed", "a@x.example|Active|3|1|0|2021-01-02 10:00:00|Bern|",
                         "b@x.example|Unsubscribed|3|1|0|2021-01-02 10:00:00||2022-02-02 10:00:00", "c@x.example|Junk|3|0|0|2021-01-02 10:00:00||",
                         "d@x.example|Unconfirmed|0|0|0|2021-01-02 10:00:00||"), (), {"a": A, "b": U, "c": C, "d": P}, {}),
    "Brevo": (table("CONTACT ID|EMAIL|FIRSTNAME|LASTNAME|SMS|EMAIL_BLACKLISTED|ADDED_TIME", "1|a@x.example|Ann|Bee||FALSE|02-01-2021 10:00:00",
                    "2|b@x.example||||TRUE|02-01-2021 10:00:00", sep=";"), (), {"a": A, "b": U}, {}),
    "Beehiiv": (table("id|email|status|subscription_tier|subscribed_at|utm_source", "1|a@x.example|active|free|2021-01-02T10:00:00Z|",
                      "2|b@x.example|inactive|free|2021-01-02T10:00:00Z|", "3|c@x.example|validating|free|2021-01-02T10:00:00Z|"), (), {"a": A, "b": U, "c": P}, {}),
    "Google Contacts": (table("First Name|Middle Name|Last Name|Organization Name|Labels|E-mail 1 - Label|E-mail 1 - Value|E-mail 2 - Label|E-mail 2 - Value",
                              "Ann||Bee||* myContacts ::: DNS|* Work|a@x.example|Home|other@x.example", "|||Shop|* myContacts||b@x.example||"),
                        ("--status", "active", "--why", "friends"), {"a": A, "b": A}, {"a": "DNS"}),
    "Outlook": (table("Title|First Name|Last Name|Company|Home Street|State|Categories|E-mail Address|E-mail Type|E-mail 2 Address",
                      "Dr|Ann|Bee|X|Main St 1|CA|DNS;vip|a@x.example|SMTP|", "|Bob|||||.|b@x.example|SMTP|"), ("--status", "pending"), {"a": P, "b": P}, {"a": "DNS"}),
    # The postal address first, the consent as a yes or a no, and someone who said nothing.
    "a shop": (table("Name|Address|State|Contact|Accepts Marketing", "Ann|Main St 1|CA|a@x.example|yes", "Bob|Side St 2|NY|b@x.example|no", "Cat|Rd 3|TX|c@x.example|"),
               (), {"a": A, "b": U}, {}),
    "German": (table("Vorname|Nachname|E-Mail-Adresse|Status|Anmeldedatum|Abmeldedatum|Schlagwörter", "Änn|Büß|a@x.example|angemeldet|02.01.2021||DNS",
                     "||b@x.example|Abgemeldet|02.01.2021|03.02.2022|", "||c@x.example|unbestätigt|02.01.2021||", sep=";"), (), {"a": A, "b": U, "c": P}, {"a": "DNS"}),
    "French": (table("Nom|Prénom|Adresse e-mail|Statut|Date d'inscription", "Bé|Ann|a@x.example|Inscrit|02/01/2021", "||b@x.example|Désabonné|02/01/2021",
                     "||c@x.example|En attente|25/12/2021", sep=";"), (), {"a": A, "b": U, "c": P}, {}),
    "Spanish": (table("Nombre|Apellidos|Correo electrónico|Estado|Fecha de alta", "Ann|Bé|a@x.example|Activo|02/01/2021", "||b@x.example|Dado de baja|25/01/2021",
                      sep="\t"), (), {"a": A, "b": U}, {}),
}


@pytest.mark.parametrize("name", SERVICES)
def test_service(pub, name):
    data, args, states, topics = SERVICES[name]
    out = load(pub, "list.csv", data, *args)
    got = {k.split("@")[0]: v for k, v in readers(pub).items()}
    assert got == states, out
    assert out["rows"] == len(states) + out["rejected"] and out["rejected"] == (1 if name == "a shop" else 0) and out["bad_dates"] == 0, out
    for who, topic in topics.items():
        assert readers(pub, "topics")[f"{who}@x.example"] == topic
    if "a@x.example" in readers(pub, "name") and name not in ("MailerLite", "Beehiiv", "Buttondown", "listmonk, of one list"):
        assert readers(pub, "name")["a@x.example"].startswith(("Ann", "Änn")), readers(pub, "name")
    if name in ("German", "French", "Spanish", "Brevo"):
        assert readers(pub, "created_at")["a@x.example"] // 86400 == 18629, "2 January 2021"


def test_a_zip_with_more_than_readers_in_it(pub):
    """Substack puts tables of posts and of who opened them beside the readers: they are passed over, and that is said."""
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("posts.csv", "post_id,title,is_published\n1,Hello,true\n")
        f.writestr("posts/1.opens.csv", "post_id,timestamp,email,post_type\n1,2021-01-01T00:00:00Z,reader@x.example,newsletter\n")
        f.writestr("email_list.x.csv", "email,active_subscription,expiry,email_disabled,created_at\na@x.example,false,,false,2021-01-01T00:00:00Z\n")
        f.writestr("posts/1.html", "<p>")
    out = load(pub, "e.zip", z.getvalue())
    assert readers(pub) == {"a@x.example": A} and out["mapping"].count("passed over") == 2
    z = io.BytesIO()
    with zipfile.ZipFile(z, "w") as f:
        f.writestr("posts.csv", "post_id,title\n1,Hello\n")
    assert "no column is known to hold addresses" in load(pub, "e.zip", z.getvalue(), code=65)


def test_addresses_as_hands_and_programs_leave_them(pub):
    """The same few people with what clings to an address; two in one cell are refused, with the reason."""
    cells = ["a@x.example", " A@X.example ", "a@x.example\u00a0", "\u200bb@x.example", "mailto:b@x.example", "<c@x.example>", "Cat <mailto:c@x.example>",
             "\ufeffc@X.EXAMPLE\u3000", "a@x.example; b@x.example", "d@x.example,", "e@x", "f@x..example", "g @x.example"]
    data = "email;status;\n" + "".join(f'"{c}";active;{"x;" * (i % 3)}\n' for i, c in enumerate(cells)) + "short@x.example\n;;;;;\n"
    out = load(pub, "list.csv", data)
    assert set(readers(pub)) == {"a@x.example", "b@x.example", "c@x.example"}
    rows = list(csv.reader(open(out["rejected_file"], newline="")))[1:]
    assert [int(r[1]) - 2 for r in rows] == [6, 8, 9, 10, 11, 12, 13, 14] and all(len(r[2]) > 10 for r in rows), rows
    assert out["same"] == 4 and out["added"]["active"] == 3


def day(pub, who="a@x.example"):
    import datetime
    at = readers(pub, "created_at")[who]
    return datetime.datetime.fromtimestamp(at, datetime.timezone.utc).isoformat()[:16]


@pytest.mark.parametrize("cell, is_, others, args, said", [
    ("03/04/2020", "2020-04-03T00:00", ["25/12/2019"], (), "day/month, as line 3 shows"),
    ("03/04/2020 10:11", "2020-03-04T10:11", ["12/25/2019"], (), "month/day, as line 3 shows"),
    ("03/04/2020", "2020-03-04T00:00", ["05/06/2020"], (), "month/day, for no row shows it; --dates dmy"),
    ("03/04/2020", "2020-04-03T00:00", ["05/06/2020"], ("--dates", "dmy"), "day/month"),
    ("3/4/20", "2020-03-04T00:00", ["12/25/2019"], ("--dates", "mdy"), "month/day"),
    ("03.04.2020", "2020-04-03T00:00", ["12/25/2019"], (), "month/day"),
    ("2020-04-03 10:11:12", "2020-04-03T10:11", [], (), None),
    ("43924", "2020-04-03T00:00", [], (), None),            # a spreadsheet's count of days
    ("43924.424305556", "2020-04-03T10:11", [], (), None),
    ("1585908660", "2020-04-03T10:11", [], (), None),
    ("1585908660123", "2020-04-03T10:11", [], (), None),
    ("Apr 3, 2020 10:11 AM", "2020-04-03T10:11", [], (), None)])
def test_dates(pub, cell, is_, others, args, said):
    data = table("email|status|subscribed_at", f"a@x.example|active|{cell}", *(f"o{i}@x.example|active|{d}" for i, d in enumerate(others)))
    out = load(pub, "list.csv", data, *args)
    assert day(pub) == is_ and out["bad_dates"] == 0
    assert said in out["mapping"] if said else "dates like" not in out["mapping"]


def test_dates_that_nothing_shows_follow_the_language(pub):
    p = Publication(pub.dir / "p")
    p.dir.mkdir()
    p.write(publication='language = "en-GB";')
    p.init()
    out = load(p, "list.csv", "email,status,created\na@x.example,active,03/04/2020\n")
    assert day(p) == "2020-04-03T00:00" and "day/month, for no row shows it; --dates mdy" in out["mapping"]
    out = load(pub, "list.csv", "email;status;created\na@x.example;active;03/04/2020\n")
    assert day(pub) == "2020-04-03T00:00"  # such a spreadsheet is no American one
    assert "neither dmy" in load(p, "list.csv", "x", "--dates", "ymd", code=64)


def test_what_cannot_be_judged_is_not_mailed(pub):
    """Words that nobody knows under "unsubscribed" or as a status refuse their row; nobody becomes a reader by them."""
    out = load(pub, "list.csv", "email,status,unsubscribed\na@x.example,active,no\nb@x.example,active,peut-être\nc@x.example,dormant,\nd@x.example,,\n"
                                "e@x.example,active,2021-02-03\nf@x.example,active,ja\n")
    assert readers(pub) == {"a@x.example": A, "e@x.example": U, "f@x.example": U} and out["rejected"] == 3
    assert any("neither yes nor no" in e for e in out["examples"]) and any('--status "dormant=active"' in e for e in out["examples"])
