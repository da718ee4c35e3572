"""What the flow tests share: the program, a publication in a folder, and peers on loopback.

Every test runs the real program against real peers on ports the system picked, with a fixed clock where
time matters, and looks at what came out with Python's own mail reader.
"""
import email
import email.policy
import json
import os
import pathlib
import subprocess
import sys
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "fake"))

import feeds  # noqa: E402
import sink   # noqa: E402

WRAP = os.environ.get("WRAP", str(ROOT / "build" / "release" / "wrap"))
NOW = "2026-11-20T18:00:00Z"  # a Friday


class Publication:
    """A folder with wrap.conf, database, keys and outbox, and the program on it."""

    def __init__(self, folder):
        self.dir = pathlib.Path(folder)
        self.conf = self.dir / "wrap.conf"
        self.now = NOW
        # The same everywhere, whatever whoever runs the tests has set.
        self.env = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "JOURNAL_STREAM", "WRAP_CONF")}
        self.env["TERM"] = "xterm"

    def write(self, *, feeds="", topics=None, relay="", extra="", publication="", edition=""):
        topics = topics or '( { name = "DNS"; categories = ["DNS"]; keywords = ["resolver"]; },' \
                           '  { name = "Security"; categories = ["Security"]; keywords = ["patch"]; } )'
        self.conf.write_text(f"""
            publication = {{ name = "The Weekly Wrap"; from = "The Weekly Wrap <wrap@example.org>";
                address = "1 Main Street, Springfield"; reply_to = "editor@example.org";
                url = "https://example.org/wrap"; {publication} }};
            topics = {topics};
            feeds = ( {feeds} );
            {f"relay = ( {relay} );" if relay else ""}
            edition = {{ min_stories = 1; {edition} }};
            send = {{ patience = 0; }};
            {extra}
            """)
        os.chmod(self.conf, 0o600)

    def run(self, *args, code=0, now=True, stdin=None, timeout=120):
        cmd = [WRAP, "-c", str(self.conf)]
        if now and self.now:
            cmd += ["--now", self.now]
        p = subprocess.run(cmd + [str(a) for a in args], capture_output=True, text=True, input=stdin,
                           timeout=timeout, env=self.env, cwd=self.dir)
        if code is not None:
            assert p.returncode == code, f"{args}: exit {p.returncode}\n{p.stdout}\n{p.stderr}"
        return p

    def json(self, *args, **kw):
        return json.loads(self.run("--json", *args, **kw).stdout.splitlines()[-1])

    def init(self):
        p = subprocess.run([WRAP, "init", str(self.dir)], capture_output=True, text=True, env=self.env)
        assert p.returncode == 0, p.stderr

    def subscribe(self, *addresses, topics=None):
        for a in addresses:
            extra = ["--topics", topics] if topics else []
            self.run("subscribe", a, "--confirmed", "--why", "test", *extra)

    def outbox(self):
        """Every message to a reader in the Maildir, parsed by Python."""
        return [m for m in self.maildir() if ".held." not in m["Message-ID"]]

    def editor_mail(self):
        """Every letter to the editor about an edition that is held."""
        return [m for m in self.maildir() if ".held." in m["Message-ID"]]

    def maildir(self):
        return [email.message_from_bytes(p.read_bytes(), policy=email.policy.default)
                for p in sorted((self.dir / "outbox" / "new").iterdir())]

    def sql(self, query):
        import sqlite3
        with sqlite3.connect(f"file:{self.dir}/wrap.db?mode=ro", uri=True) as db:
            return db.execute(query).fetchall()

    def fill(self, n):
        """n active readers, straight into the table: making a thousand by hand is not what is tested."""
        import sqlite3
        db = sqlite3.connect(self.dir / "wrap.db")
        db.executemany("INSERT INTO subscriber (address, canonical, state, created_at, changed_at)"
                       " VALUES (?, ?, 'active', 1, 1)",
                       ((f"reader{i:06d}@example.net",) * 2 for i in range(n)))
        db.commit()
        db.close()


@pytest.fixture
def pub(tmp_path):
    p = Publication(tmp_path)
    p.write()
    p.init()
    return p


@pytest.fixture
def site():
    """A web server on loopback: site.put("/feed.xml", bytes), site.url("/feed.xml"), site.requests."""
    s = feeds.Site()
    yield s
    s.close()


@pytest.fixture
def smtp():
    """A mail server on loopback that keeps what it takes: smtp.relay() for wrap.conf, smtp.messages."""
    s = sink.Sink()
    yield s
    s.close()


@pytest.fixture(scope="session")
def killer(tmp_path_factory):
    """Death to order, for LD_PRELOAD: tests/fake/killer.c."""
    lib = tmp_path_factory.mktemp("killer") / "killer.so"
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-shared", "-fPIC", "-o", lib, ROOT / "tests/fake/killer.c", "-ldl"], check=True)
    return str(lib)
