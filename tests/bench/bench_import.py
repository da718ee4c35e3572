"""1,000,000 readers from a CSV file: `wrap subscribers import` beside the sqlite3 shell's own `.import` of the
same rows into the same tables. Each way takes its turn, and the medians are compared.

ROWS and TURNS in the environment change the size. What wrap does besides (addresses checked and folded,
duplicates met, a consent record for each reader, leaving room for other writers) is in its time; the shell's
figure is given for the readers alone, and for readers and consents as wrap writes them.
"""
import csv
import os
import pathlib
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time

B = pathlib.Path(os.environ.get("B", "build/release"))
ROWS, TURNS = int(os.environ.get("ROWS", 1_000_000)), int(os.environ.get("TURNS", 3))
BUDGET = 2.0
AT, STAMP = "2020-01-02T03:04:05Z", 1577934245


def readers():
    r = random.Random(7)
    domains = [f"mail{i}.example.{'org net com'.split()[i % 3]}" for i in range(500)]
    names = "Ada Jane Otto María Søren Jürgen Chloé Ngozi Wei Priya".split()
    for i in range(ROWS):
        yield f"{r.getrandbits(44):x}.{i}@{r.choice(domains)}", f"{r.choice(names)} {r.choice(names)}"


def write(folder):
    with open(folder / "list.csv", "w", newline="") as a, open(folder / "rows.csv", "w", newline="") as b, \
            open(folder / "consents.csv", "w", newline="") as c:
        a, b, c = csv.writer(a), csv.writer(b), csv.writer(c)
        a.writerow(["email", "name", "status", "created_at"])
        for i, (address, name) in enumerate(readers(), 1):
            a.writerow([address, name, "active", AT])
            b.writerow([i, address, address, name, "", "", "active", STAMP, STAMP, STAMP, "import:list.csv", 0])
            c.writerow([i, i, STAMP, "import", "import:list.csv", f"created_at {AT}"])


def fresh(folder, name):
    pub = folder / name
    subprocess.run(["rm", "-rf", pub], check=True)
    subprocess.run([B.resolve() / "wrap", "init", pub], check=True, stdin=subprocess.DEVNULL, capture_output=True)
    return pub


def timed(cmd, **kw):
    began = time.monotonic()
    p = subprocess.run(cmd, capture_output=True, text=True, **kw)
    took = time.monotonic() - began
    if p.returncode != 0:
        sys.exit(f"{cmd}: exit {p.returncode}\n{p.stderr[:500]}")
    return took


def by_wrap(folder):
    pub = fresh(folder, "wrap")
    return timed([B.resolve() / "wrap", "-c", pub / "wrap.conf", "-q", "subscribers", "import", folder / "list.csv"]), pub


def by_shell(folder, consents):
    pub = fresh(folder, "shell")
    script = f".mode csv\n.import {folder}/rows.csv subscriber\n"
    if consents:
        script += f".import {folder}/consents.csv consent\n"
    return timed(["sqlite3", pub / "wrap.db"], input=script), pub


def count(pub, table):
    return int(subprocess.run(["sqlite3", pub / "wrap.db", f"SELECT count(*) FROM {table}"],
                              capture_output=True, text=True, check=True).stdout)


def main():
    with tempfile.TemporaryDirectory() as t:
        folder = pathlib.Path(t)
        write(folder)
        took = {"wrap": [], "readers": [], "readers and consents": []}
        for _ in range(TURNS):
            s, pub = by_wrap(folder)
            took["wrap"].append(s)
            assert count(pub, "subscriber") == count(pub, "consent") == ROWS
            for name, consents in (("readers", False), ("readers and consents", True)):
                s, pub = by_shell(folder, consents)
                took[name].append(s)
                assert count(pub, "subscriber") == ROWS, "the shell refused rows"
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024
        ours = statistics.median(took["wrap"])
        print(f"import of {ROWS} rows: wrap {ours:.2f} s ({ROWS / ours:,.0f} rows/s), medians of {TURNS};"
              f" largest process {peak} MB")
        worst = 0.0
        for name in list(took)[1:]:
            theirs = statistics.median(took[name])
            print(f"  sqlite3 .import of {name}: {theirs:.2f} s; ratio {ours / theirs:.2f} (budget {BUDGET})")
            worst = max(worst, ours / theirs)
        sys.exit(0 if worst <= BUDGET else 1)


main()
