#!/usr/bin/env python3
"""The readers' pages beside nginx, which serves the same archive page as a static file: requests a second with wrk on 32
connections that are kept, medians of 3 rounds side by side. And the one-click POST of RFC 8058, each of another
reader and each on disk (synchronous=FULL) before its answer.

nginx and wrk are Debian's, fetched into build/peers by apt-get and never installed; what could not be fetched is said
and left out. Nothing runs after it has ended."""
import getpass
import grp
import os
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests" / "flow"), str(ROOT / "tests" / "fake")]
B = pathlib.Path(os.environ.get("B", ROOT / "build/release"))
PEERS = ROOT / "build/peers"
os.environ["WRAP"] = str(B / "wrap")
import conftest  # noqa: E402
import readers  # noqa: E402

SECONDS = int(os.environ.get("WEB_SECONDS", "3"))
READERS = int(os.environ.get("WEB_READERS", "20000"))


def fetch(name, packages, program):
    """The program's path, installed or unpacked, and the environment it needs; None when it cannot be had."""
    have = shutil.which(program) or next((p for p in (f"/usr/sbin/{program}",) if os.path.exists(p)), None)
    if have:
        return have, dict(os.environ)
    root = PEERS / name
    if not list(root.glob("usr/*bin/" + program)):
        root.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["apt-get", "download", "-qq", *packages], cwd=root, capture_output=True).returncode:
            return None
        for deb in root.glob("*.deb"):
            subprocess.run(["dpkg-deb", "-x", deb, root], check=True)
    lib = ":".join(str(p) for p in root.glob("usr/lib/*-linux-gnu"))
    return str(next(root.glob("usr/*bin/" + program))), {**os.environ, "LD_LIBRARY_PATH": lib}


def wrk(tool, url, script=None):
    cmd = [tool[0], "-t", "1", "-c", "32", "-d", f"{SECONDS}s", *(["-s", script] if script else []), url]
    out = subprocess.run(cmd, capture_output=True, text=True, env=tool[1]).stdout
    bad = re.search(r"Non-2xx or 3xx responses: (\d+)", out)
    assert not bad, out
    return float(re.search(r"Requests/sec:\s+([\d.]+)", out)[1])


def nginx(tool, folder, page):
    port = readers.free_port()
    (folder / "html").mkdir()
    (folder / "html" / "page").write_text(page)
    conf = folder / "nginx.conf"
    conf.write_text(f"""user {getpass.getuser()} {grp.getgrgid(os.getgid()).gr_name}; daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{ access_log off; default_type text/html; keepalive_requests 1000000;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u;
  scgi_temp_path {folder}/s;
  server {{ listen 127.0.0.1:{port}; root {folder}/html; }} }}
""")
    p = subprocess.Popen([tool[0], "-c", conf, "-p", folder, "-e", f"{folder}/error.log"], env=tool[1])
    time.sleep(0.5)
    return p, f"http://127.0.0.1:{port}/page"


def main():
    load = fetch("wrk", ["wrk", "libluajit-5.1-2", "libluajit-5.1-common"], "wrk")
    peer = fetch("nginx", ["nginx"], "nginx")
    if load is None:
        print("wrk could not be fetched: nothing is measured")
        return 0
    folder = pathlib.Path(tempfile.mkdtemp(prefix="wrap-bench-"))
    pub = conftest.Publication(folder / "site")
    pub.dir.mkdir()
    pub.write()
    pub.init()
    pub.now = None
    (pub.dir / "articles").mkdir()
    for i in range(20):
        (pub.dir / "articles" / f"{i}.md").write_text(
            f"---\ntitle: Resolver number {i} and its neighbour {i * 7}\ntopic: DNS\n---\n\n"
            f"Word{i} of a resolver{i * 3} is that the answer{i * 5} takes {i} ms. It was {i * 11} before.\n")
    pages = readers.Pages(pub, str(B / "wrap"), feeds='{ name = "notes"; folder = "articles"; }', serve="log = false;")
    other = None
    try:
        pub.fill(READERS)
        pub.run("run", timeout=600)
        key = pages.sql("SELECT key FROM edition")[0][0]
        page = pages.ask(f"/archive/{key}")[2]
        ours, theirs = [], []
        if peer:
            (folder / "nginx").mkdir()
            other, url = nginx(peer, folder / "nginx", page)
        for _ in range(3):
            ours.append(wrk(load, f"{pages.base}/archive/{key}"))
            if peer:
                theirs.append(wrk(load, url))
        mine = statistics.median(ours)
        print(f"archive page, {len(page.encode())} bytes: wrap {mine:,.0f} requests/s"
              + (f", nginx (static file) {statistics.median(theirs):,.0f}: {mine / statistics.median(theirs):.2f} of it"
                 if peer else "; nginx could not be fetched"))
        # Each POST is another reader's.
        links = []
        for path in (pub.dir / "outbox" / "new").iterdir():
            links.append(re.search(r"/wrap/leave/[a-z2-7]{40}", path.read_text().replace("=\n", ""))[0])
        script = folder / "post.lua"
        script.write_text("local links = {" + ",".join(f'"{x}"' for x in links) + "}\nlocal n = 0\n"
                          'request = function() n = n + 1; local p = links[(n - 1) % #links + 1]\n'
                          ' return wrk.format("POST", p, {["Content-Type"]="application/x-www-form-urlencoded"},'
                          ' "List-Unsubscribe=One-Click") end\n')
        rate = wrk(load, pages.base, str(script))
        left = pages.sql("SELECT count(*) FROM subscriber WHERE state = 'unsubscribed'")[0][0]
        print(f"one-click POST: wrap {rate:,.0f} requests/s; {left} readers left, each on disk before its answer")
        memory = re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pages.process.pid}/status").read_text())[1]
        print(f"memory of wrap serve: {int(memory) / 1024:.0f} MB (budget 64)")
        return 0 if int(memory) < 64 * 1024 else 1
    finally:
        pages.stop()
        if other is not None:
            other.terminate()
            other.wait()
        shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
