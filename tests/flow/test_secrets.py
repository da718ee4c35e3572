"""A whole week with secrets that can be recognised: they may be in memory and on the wire, and nowhere else."""
import base64
import os
import pathlib
import resource
import subprocess
import sys
import threading
import time

import pytest

from conftest import ROOT, WRAP

sys.path.insert(0, str(ROOT / "tests" / "fake"))
import imap  # noqa: E402

RELAY, MAILBOX = "canary-relay-9f27d1", "canary-mailbox-51c0ab"


def spellings(name, secret):
    """A secret as it may turn up: itself, in hex, and as base64 at each of three offsets, with what SASL puts around it."""
    raw = secret if isinstance(secret, bytes) else secret.encode()
    out = {raw, raw.hex().encode(), raw.hex().upper().encode()}
    for pad in range(3):
        text = base64.b64encode(b"\0" * pad + raw)
        out.add(text[(0, 2, 3)[pad]:len(text) - 4 if (pad + len(raw)) % 3 else None])
    for user in ("wrap", "bounces"):
        out.add(base64.b64encode(f"\0{user}\0".encode() + raw))
        out.add(base64.b64encode(f"{user}\0{user}\0".encode() + raw))
    return {s for s in out if len(s) >= 12}


class Watch(threading.Thread):
    """Reads argv and environment of every process below ours, again and again."""

    def __init__(self):
        super().__init__(daemon=True)
        self.seen, self.programs, self.on = b"", set(), True

    def run(self):
        while self.on:
            for p in pathlib.Path("/proc").iterdir():
                if not p.name.isdigit():
                    continue
                try:
                    if (p / "comm").read_text().strip() != os.path.basename(WRAP):
                        continue
                    self.programs.add(p.name)
                    for f in ("cmdline", "environ"):  # the second is closed to all but root
                        self.seen += (p / f).read_bytes() + b"\n"
                except OSError:
                    continue
            if len(self.seen) > 1 << 26:
                self.seen = self.seen[-(1 << 25):]


SPY = """#!/bin/sh
{ tr '\\0' '\\n' < /proc/self/environ; env; tr '\\0' ' ' < /proc/$$/cmdline; ls -l /proc/$$/fd; echo "spy: $0"; } >> "$SPY_LOG"
[ "${0##*/}" != pager ] || cat > /dev/null
[ "${0##*/}" != xdg-open ] || rm "$1"
"""


@pytest.fixture
def week(pub):
    from test_send import Relay
    relay = Relay(pub.dir, "--user", "wrap", "--password", RELAY)
    box = imap.Server()
    for name, secret in (("relay.pass", RELAY), ("imap.pass", MAILBOX)):
        (pub.dir / name).write_text(secret + "\n")
        os.chmod(pub.dir / name, 0o600)
    (pub.dir / "articles").mkdir()
    (pub.dir / "articles" / "one.md").write_text("# Resolvers get faster\n\nThe resolver answers sooner. It was measured twice.\n")
    pub.write(feeds='{ name = "notes"; folder = "articles"; }', publication='return_path = "bounces+*@example.org";',
              relay=f'{{ url = "{relay.url}"; tls = "none"; user = "wrap"; password = "file:relay.pass"; }}',
              extra=f'mailbox = {{ url = "imap://127.0.0.1:{box.port}/B"; tls = "none"; user = "bounces"; password = "file:imap.pass"; }};')
    pub.env.pop("WRAP", None)
    yield pub, relay, box
    relay.stop()
    box.close()


def test_no_secret_leaves_memory_but_for_its_server(week):
    pub, relay, box = week
    secrets = {"relay password": RELAY, "mailbox password": MAILBOX}
    for key in (pub.dir / "keys").iterdir():
        secrets[f"keys/{key.name}"] = key.read_bytes().strip()
    assert len(secrets) >= 4
    watch = Watch()
    watch.start()
    said = b""
    pub.run("dkim", "keygen")  # a file more that must stay where it is
    for args in (["subscribe", "ann@example.net", "--confirmed", "--why", "test"], ["-v", "collect"], ["-v", "draft"], ["-v", "run"], ["-v", "run"],
                 ["-v", "--json", "run"], ["-v", "bounces"], ["-v", "status"], ["-v", "report"], ["-v", "doctor", "--mail-me", "me@example.net"],
                 ["-v", "subscribers", "show", "ann@example.net"], ["why", "ann@example.net"], ["-v", "-n", "run"], ["preview"]):
        p = pub.run(*args, code=None)
        said += (p.stdout + p.stderr).encode()
    watch.on = False
    watch.join()
    assert relay.acknowledged()["ann@example.net"] == 1, "the relay was not logged in to"
    assert any(base64.b64encode(f"\0bounces\0{MAILBOX}".encode()).decode() in line for line in box.lines), "the mailbox was not"
    assert b"> EHLO" in said and b"> AUTH PLAIN" in said and b"(not shown)" in said and b"< 235" in said, "-v shows the dialogue"
    assert watch.programs and str(pub.conf).encode() in watch.seen
    relay.log.unlink()  # the relay's own record of what it was told
    kept = {"relay password": "relay.pass", "mailbox password": "imap.pass"}
    files = {p: p.read_bytes() for p in pub.dir.rglob("*") if p.is_file()}
    for name, secret in secrets.items():
        for s in spellings(name, secret):
            assert s not in watch.seen, f"{name} was in argv or the environment of a process"
            assert s not in said, f"{name} was said"
            for path, data in files.items():
                if str(path.relative_to(pub.dir)) not in (kept.get(name), name):
                    assert s not in data, f"{name} is in {path.name}"


def test_nothing_of_it_is_dumped(week):
    """Killed by SIGABRT in the middle of a run with core dumps allowed, it leaves none, and nobody may look into it."""
    pub, relay, box = week
    pub.subscribe("ann@example.net")
    box.fault = "silent"  # the run stays with the mailbox
    p = subprocess.Popen([WRAP, "-c", pub.conf, "--now", pub.now, "run"], cwd=pub.dir, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                         preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2))
    time.sleep(1)
    limits = pathlib.Path(f"/proc/{p.pid}/limits").read_text()
    p.send_signal(6)
    p.wait(timeout=10)
    assert p.returncode == -6
    core = [line for line in limits.splitlines() if line.startswith("Max core file size")][0]
    assert core.split()[4:6] == ["0", "0"], core
    assert not [f for f in pub.dir.rglob("*") if f.name.startswith("core")]


def on_a_terminal(pub, *args):
    """The program with a terminal as its output, as `wrap preview` wants one for its pager."""
    import pty
    here, there = pty.openpty()
    p = subprocess.Popen([WRAP, "-c", pub.conf, "--now", pub.now, *args], cwd=pub.dir, env=pub.env, stdin=there, stdout=there, stderr=there)
    os.close(there)
    said = b""
    while True:
        try:
            data = os.read(here, 4096)
        except OSError:
            break
        if not data:
            break
        said += data
    os.close(here)
    assert p.wait(30) == 0, said
    return said


def test_what_comes_by_the_environment_stays_with_us(week):
    """Editor, pager and browser get their usual environment without the passwords, and none of our open files."""
    pub, relay, box = week
    text = pub.conf.read_text().replace("file:relay.pass", "env:RELAY_PASS").replace("file:imap.pass", "env:WRAP_IMAP")
    pub.conf.write_text(text)
    for name in "relay.pass", "imap.pass":
        (pub.dir / name).unlink()
    tools = pub.dir / "tools"
    tools.mkdir()
    for name in "editor", "pager", "xdg-open":
        (tools / name).write_text(SPY)
        os.chmod(tools / name, 0o755)
    spied = pub.dir / "spied"
    forgotten = "canary-of-another-77ab"
    pub.env.update(RELAY_PASS=RELAY, WRAP_IMAP=MAILBOX, WRAP_OTHER=forgotten, KEPT="as-it-was", SPY_LOG=str(spied), EDITOR="editor",
                   PAGER=str(tools / "pager"), PATH=f"{tools}:{os.environ['PATH']}")
    pub.env.pop("VISUAL", None)
    said = b""
    pub.subscribe("ann@example.net")
    for args in (["collect"], ["draft"], ["edit"], ["-v", "preview", "--open"], ["-v", "run"], ["-v", "doctor"], ["-v", "status"]):
        p = pub.run(*args, code=None if "doctor" in args else 0)
        said += (p.stdout + p.stderr).encode()
    said += on_a_terminal(pub, "preview")
    assert relay.acknowledged()["ann@example.net"] == 1, "the relay was not logged in to"
    assert any(base64.b64encode(f"\0bounces\0{MAILBOX}".encode()).decode() in line for line in box.lines), "the mailbox was not"
    seen = spied.read_bytes()
    assert all(f"spy: {tools}/{name}".encode() in seen for name in ("pager", "xdg-open")) and b"/editor" in seen
    assert b"KEPT=as-it-was" in seen and b"wrap.db" not in seen and b"keys/" not in seen

    box.fault = "silent"  # the run stays with the mailbox, and its own environment can be read
    p = subprocess.Popen([WRAP, "-c", pub.conf, "--now", pub.now, "run"], cwd=pub.dir, env=pub.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(1)
    pids = [p.pid] + [int(n) for n in pathlib.Path(f"/proc/{p.pid}/task/{p.pid}/children").read_text().split()]
    try:
        own = b"".join(pathlib.Path(f"/proc/{n}/{f}").read_bytes() for n in pids for f in ("environ", "cmdline"))
    except PermissionError:
        own = b"as-it-was"  # nobody but root may look, which is as good
    p.kill()
    p.wait()
    assert b"as-it-was" in own and len(pids) > 1
    relay.log.unlink()
    kept = b"".join(f.read_bytes() for f in pub.dir.rglob("*") if f.is_file() and f != spied)
    for secret in RELAY, MAILBOX, forgotten:
        for s in spellings("", secret):
            for where, data in (("a program's environment", seen), ("our own", own), ("what was said", said), ("a file", kept)):
                assert s not in data, f"{secret} in {where}"
