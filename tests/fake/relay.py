"""The scripted mail server as a process, its log, and a fixture that starts some."""
import collections
import json
import pathlib
import subprocess
import sys
import time

import pytest

SERVER = pathlib.Path(__file__).with_name("smtp_server.py")


class Relay:
    def __init__(self, folder, *arguments, name="wire"):
        self.log = folder / (name + ".jsonl")
        self.process = subprocess.Popen([sys.executable, SERVER, "--log", self.log, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())
        self.url = "smtp://127.0.0.1:%d" % self.port

    def events(self, what=None):
        """What the log has, once every connection in it is closed: the relay writes a moment after it answers."""
        for _ in range(100):
            seen = self.read_log()
            if self.process.poll() is not None or sum(e["what"] == "open" for e in seen) == sum(e["what"] == "close" for e in seen):
                break
            time.sleep(0.02)
        return [e for e in seen if what is None or e["what"] == what]

    def read_log(self):
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def acknowledged(self):
        return collections.Counter(e["rcpt"][0] for e in self.events("message") if e["acknowledged"])

    def taken(self):
        return collections.Counter(e["rcpt"][0] for e in self.events("message"))

    def stop(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def relay(tmp_path):
    started = []

    def start(*arguments, name=None):
        r = Relay(tmp_path, *arguments, name=name or "wire%d" % len(started))
        started.append(r)
        return r

    yield start
    for r in started:
        r.stop()
