#!/usr/bin/env python3
"""How fast mail leaves, side by side with the tools known for it, on loopback against Postfix's smtp-sink.

 (a) 30 kB mails without DKIM on 20 connections: wall time, against smtp-source (budget: 1.3 x)
 (b) with RSA-2048 and the ledger, the whole program: CPU a mail, against one OpenSSL signature plus one plain
     libcurl transfer of that size (budget: 1.25 x); mails a second, against nodemailer's pooled transport
     signing with the same key (budget: 10 x). On a processor with ADX also with libcrypto told to do without,
     both sides: some sign faster so. The sink shares the cores with whom it serves, and its part is shown.
 (c) SEND_READERS readers (1,000,000; take less for a look): resident memory (budget 64 MB), CPU a mail against
     that at 1,000 (budget: within 10 %), and the ledger alone: rows frozen a second (budget 200,000)

Postfix's and Node's programs are fetched into build/peers by their ordinary clients and never installed;
no service is started. Figures are medians; what could not be fetched is said and left out.
"""
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
B = pathlib.Path(os.environ.get("B", ROOT / "build/release"))
PEERS = ROOT / "build/peers"
WORK = ROOT / "build/bench-work"
CONNECTIONS = 20
SIZE = 30000
ROUNDS = int(os.environ.get("SEND_ROUNDS", "5"))
MAILS = int(os.environ.get("SEND_MAILS", "5000"))
READERS = int(os.environ.get("SEND_READERS", "1000000"))
NOW = "2026-11-20T18:00:00Z"


def build(*programs):
    subprocess.run(["make", "-s", *("build/release/bench/" + p for p in programs), "build/release/wrap"], cwd=ROOT, check=True)


def postfix():
    """smtp-sink and smtp-source with the environment they need, or None."""
    if shutil.which("smtp-sink") or os.path.exists("/usr/sbin/smtp-sink"):
        return "/usr/sbin/", dict(os.environ)
    root = PEERS / "postfix"
    if not (root / "usr/sbin/smtp-sink").exists():
        root.mkdir(parents=True, exist_ok=True)
        got = subprocess.run(["apt-get", "download", "-qq", "postfix"], cwd=root, capture_output=True, text=True)
        debs = list(root.glob("postfix_*.deb"))
        if got.returncode or not debs:
            return None
        subprocess.run(["dpkg-deb", "-x", debs[0], root], check=True)
    return str(root / "usr/sbin") + "/", {**os.environ, "LD_LIBRARY_PATH": str(root / "usr/lib/postfix")}


class Sink:
    def __init__(self, tools):
        self.path, self.env = tools
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        user = ["-u", "nobody"] if os.geteuid() == 0 else []
        self.process = subprocess.Popen([self.path + "smtp-sink", *user, "127.0.0.1:%d" % self.port, "1000"], env=self.env,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise SystemExit("smtp-sink does not start")

    def cpu(self):
        """Seconds it has used so far."""
        fields = open("/proc/%d/stat" % self.process.pid).read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.terminate()
        self.process.wait()


def timed(cmd, **kw):
    """Wall and CPU seconds and peak kB of a command that must succeed."""
    start = time.monotonic()
    p = subprocess.Popen([str(c) for c in cmd], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **kw)
    out = p.stdout.read()
    _, status, usage = os.wait4(p.pid, 0)
    wall = time.monotonic() - start
    if status != 0:
        raise SystemExit("%s failed:\n%s" % (cmd, out[-2000:]))
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, out


def say(what, value, budget, good):
    print("%-64s %12s   %-22s %s" % (what, value, budget, "ok" if good else "OVER"))


def bench_wall(sink):
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(timed([sink.path + "smtp-source", "-d", "-s", CONNECTIONS, "-m", MAILS, "-l", SIZE, "127.0.0.1:%d" % sink.port], env=sink.env)[0])
        ours.append(timed([B / "bench/send_drive", "quiet=1", "count=%d" % MAILS, "size=%d" % SIZE, "relay=smtp://127.0.0.1:%d" % sink.port,
                           "tls=none", "connections=%d" % CONNECTIONS])[0])
    a, b = statistics.median(ours), statistics.median(theirs)
    print("(a) %d mails of %d bytes on %d connections, median of %d" % (MAILS, SIZE, CONNECTIONS, ROUNDS))
    say("    wrap / smtp-source: %.2f s / %.2f s" % (a, b), "%.2f x" % (a / b), "budget 1.30 x", a / b <= 1.3)


def site(name, readers, port, key, stories, words):
    folder = WORK / name
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([B / "wrap", "init", folder], check=True, stdout=subprocess.DEVNULL)
    dkim = 'dkim = ( { selector = "bench"; domain = "example.org"; key = "%s"; } );' % key if key else ""
    relay = 'relay = ( { url = "smtp://127.0.0.1:%d"; tls = "none"; connections = %d; per_connection = 100000; } );' % (port, CONNECTIONS) if port else ""
    (folder / "wrap.conf").write_text(f'''
        publication = {{ name = "The Weekly Wrap"; from = "The Weekly Wrap <wrap@example.org>"; address = "1 Main Street, Springfield";
            url = "https://example.org/wrap"; }};
        topics = ( {{ name = "DNS"; keywords = ["resolver"]; }} );
        feeds = ( {{ name = "notes"; folder = "articles"; }} );
        edition = {{ min_stories = 1; max_stories = 40; per_topic = 40; per_source = 40; words = 90; }};
        {relay} {dkim}''')
    os.chmod(folder / "wrap.conf", 0o600)
    things = ["registry", "cable", "router", "archive", "satellite", "exchange", "library", "harbour", "protocol", "ledger", "antenna",
              "compiler", "museum", "reactor", "orchard", "tunnel", "beacon", "turbine", "glacier", "canal"]
    for i in range(stories):
        text = " ".join("The %s of district %d met the %s number %d and wrote report %d about it." %
                        (things[(i + k) % 20], i * 31 + k, things[(i * 7 + k * 3) % 20], k, i * 100 + k) for k in range(words // 14))
        (folder / "articles" / ("s%02d.md" % i)).write_text("---\ntitle: The %s of %s number %d\nlink: https://example.org/story/%d\ntopic: DNS\n"
                                                            "date: 2026-11-19\n---\n\n%s\n" % (things[i % 20], things[(i * 3 + 1) % 20], i, i, text))
    db = sqlite3.connect(folder / "wrap.db")
    db.execute("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO subscriber"
               " (address, canonical, state, created_at, changed_at) SELECT 'reader' || i || '@reader.example',"
               " 'reader' || i || '@reader.example', 'active', 1, 1 FROM n", (readers,))
    db.commit()
    db.close()
    wrap = [B / "wrap", "-c", folder / "wrap.conf", "--now", NOW]
    timed([*wrap, "collect"])
    timed([*wrap, "draft"])
    return folder, wrap


def send(name, readers, port, key, stories=25, words=200, env=None):
    folder, wrap = site(name, readers, port, key, stories, words)
    return folder, timed([*wrap, "send"], env={**os.environ, **(env or {})})


def make_key():
    key = WORK / "rsa.pem"
    if not key.exists():
        WORK.mkdir(parents=True, exist_ok=True)
        subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
        os.chmod(key, 0o600)
    return key


def message_size(key):
    folder, _ = send("one", 1, 0, key)
    return next((folder / "outbox/new").iterdir()).stat().st_size


def nodemailer(sink, key, size, count, env):
    """Mails a second of nodemailer's pooled transport with DKIM, and its CPU seconds a mail; or None."""
    folder = PEERS / "nodemailer"
    if not shutil.which("npm"):
        return None
    if not (folder / "node_modules/nodemailer").exists():
        folder.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, "nodemailer"], capture_output=True).returncode:
            return None
    script = folder / "pool.js"
    script.write_text("""
        const nodemailer = require('nodemailer'), fs = require('fs');
        const [port, count, size, key] = process.argv.slice(2);
        const t = nodemailer.createTransport({ host: '127.0.0.1', port: +port, secure: false, ignoreTLS: true, pool: true,
            maxConnections: %d, maxMessages: Infinity,
            dkim: { domainName: 'example.org', keySelector: 'bench', privateKey: fs.readFileSync(key, 'utf8') } });
        const line = 'x'.repeat(75) + '\\n', half = line.repeat(Math.ceil(size / 2 / 77));
        const one = i => t.sendMail({ from: 'wrap@example.org', to: 'reader' + i + '@reader.example', subject: 'wrap', text: half, html: half });
        (async () => {
            await one(0);
            const start = process.hrtime.bigint();
            let next = 1, bad = 0;
            const lane = async () => { while (next <= +count) await one(next++).catch(() => bad++); };
            await Promise.all(Array.from({ length: %d }, lane));
            console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - start) / 1e9, bad }));
            t.close();
        })();""" % (CONNECTIONS, 2 * CONNECTIONS))
    _, cpu, _, out = timed(["node", script, sink.port, count, size, key], env={**os.environ, **env})
    got = json.loads(out.splitlines()[-1])
    return None if got["bad"] else (count / got["seconds"], cpu / count)


def settings():
    """How libcrypto may be told to sign, all of it fair to both sides: it is the same library on both."""
    yield "as it comes", {}
    if re.search(r"^flags.*\badx\b", pathlib.Path("/proc/cpuinfo").read_text(), re.M):
        yield "OPENSSL_ia32cap=:~0x80000", {"OPENSSL_ia32cap": ":~0x80000"}


class Signed:
    """What one setting was measured to be, a value for each round."""

    def __init__(self, env):
        self.env, self.cost, self.rate, self.sink, self.curl, self.sign, self.node, self.node_cost = env, [], [], [], [], [], [], []

    def round(self, sink, key, size):
        base = send("few", 10, sink.port, key, env=self.env)[1]
        before = sink.cpu()
        full = send("many", MAILS, sink.port, key, env=self.env)[1]
        self.sink.append((sink.cpu() - before) / MAILS)
        self.cost.append((full[1] - base[1]) / (MAILS - 10))
        self.rate.append((MAILS - 10) / max(0.001, full[0] - base[0]))
        self.curl.append(json.loads(timed([B / "bench/send_curl", "smtp://127.0.0.1:%d" % sink.port, MAILS, size, CONNECTIONS])[3])["cpu_us"] / 1e6 / MAILS)
        speed = subprocess.run(["openssl", "speed", "-seconds", "2", "rsa2048"], capture_output=True, text=True, env={**os.environ, **self.env}).stdout
        self.sign.append(float(re.search(r"2048 bits +([0-9.]+)s", speed).group(1)))
        got = nodemailer(sink, key, size, 1000, self.env)
        if got:
            self.node.append(got[0])
            self.node_cost.append(got[1])

    def show(self, name):
        cost, rate, sink, curl, sign = (statistics.median(v) for v in (self.cost, self.rate, self.sink, self.curl, self.sign))
        part = statistics.median(c + s for c, s in zip(self.curl, self.sign))
        print("  %s" % name)
        say("    CPU a mail: %.0f us; signature %.0f us + libcurl %.0f us" % (cost * 1e6, sign * 1e6, curl * 1e6),
            "%.2f x" % (cost / part), "budget 1.25 x", cost / part <= 1.25)
        if not self.node:
            print("    nodemailer could not be fetched: no comparison of rates (%.0f mails a second)" % rate)
            return
        node, node_cost = statistics.median(self.node), statistics.median(self.node_cost)
        say("    mails a second: %.0f; nodemailer %.0f" % (rate, node), "%.1f x" % (rate / node), "budget 10 x", rate / node >= 10)
        print("    CPU a mail of nodemailer %.0f us (%.1f x); of smtp-sink, on the same cores, %.0f us" %
              (node_cost * 1e6, node_cost / cost, sink * 1e6))


def bench_signed(sink):
    key = make_key()
    size = message_size(key)
    measured = {name: Signed(env) for name, env in settings()}
    for _ in range(max(3, ROUNDS // 2)):
        for m in measured.values():
            m.round(sink, key, size)
    print("(b) %d mails of %d bytes, RSA-2048, ledger on, %d connections, median of %d" % (MAILS, size, CONNECTIONS, max(3, ROUNDS // 2)))
    for name, m in measured.items():
        m.show(name)


def bench_scale(sink):
    # Small mails and no signature: what grows with the number of readers is the ledger's part.
    few = [send("scale-few", n, sink.port, None, 3, 60)[1] for n in (10, 1000, 10, 1000, 10, 1000)]
    at_1000 = (sum(f[1] for f in few[1::2]) - sum(f[1] for f in few[0::2])) / 3 / 990
    full = send("scale-many", READERS, sink.port, None, 3, 60)[1]
    each = (full[1] - statistics.mean(f[1] for f in few[0::2])) / READERS
    print("(c) %d readers" % READERS)
    say("    resident at most", "%.0f MB" % (full[2] / 1024), "budget 64 MB", full[2] <= 64 * 1024)
    say("    CPU a mail: %.0f us; at 1,000 readers %.0f us" % (each * 1e6, at_1000 * 1e6), "%.2f x" % (each / at_1000), "budget 1.10 x", each <= 1.1 * at_1000)
    print("    %.0f mails a second" % (READERS / full[0]))
    db = WORK / "ledger.db"
    for f in WORK.glob("ledger.db*"):
        f.unlink()
    got = json.loads(timed([B / "bench/send_ledger", READERS, db])[3])
    say("    ledger alone: rows frozen a second", "%d" % got["freeze_per_s"], "budget 200,000", got["freeze_per_s"] >= 200000)
    print("    %.1f us CPU a row frozen, %.1f us claimed and finished (%d a second)" %
          (got["freeze_cpu_us"], got["claim_and_finish_cpu_us"], got["claim_and_finish_per_s"]))


def main():
    WORK.mkdir(parents=True, exist_ok=True)
    tools = postfix()
    if tools is None:
        print("bench_send: Postfix's smtp-sink is not installed and cannot be fetched; nothing measured")
        return 0
    build("send_drive", "send_curl", "send_ledger")
    sink = Sink(tools)
    try:
        wanted = sys.argv[1:] or ["a", "b", "c"]
        for name, run in (("a", bench_wall), ("b", bench_signed), ("c", bench_scale)):
            if name in wanted:
                run(sink)
    finally:
        sink.stop()
        shutil.rmtree(WORK, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
