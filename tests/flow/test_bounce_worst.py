"""No message costs more than 50 ms of CPU or 64 MB, whatever a stranger put into it; reports are read apace."""
import os
import subprocess

from test_message import ROOT


def test_the_worst_messages_stay_within_their_budget(tmp_path):
    subprocess.run([os.environ.get("MAKE", "make"), "-s", "build/release/bench/bounce"], cwd=ROOT, check=True)
    for attempt in range(3):  # other work on the machine may slow one message; all of them three times it does not
        p = subprocess.run([ROOT / "build/release/bench/bounce", tmp_path, "worst"], cwd=ROOT, capture_output=True, text=True)
        if p.returncode == 0:
            break
    assert p.returncode == 0, p.stdout + p.stderr
    assert len(p.stdout.splitlines()) >= 20
