"""make demo: what it shows a newcomer is there."""
import subprocess

from conftest import ROOT, WRAP


def test_the_demonstration_ends_with_an_edition_and_says_where_it_is(tmp_path):
    p = subprocess.run(["sh", ROOT / "tests/demo.sh", WRAP, tmp_path / "demo"], capture_output=True, text=True, timeout=120)
    assert p.returncode == 0, p.stdout + p.stderr
    assert "every reader is accounted for" in p.stdout and "== the text part of 20" in p.stdout
    assert len(list((tmp_path / "demo/outbox/new").iterdir())) == 5
    assert (tmp_path / "demo/edition.html").read_text().startswith("<!DOCTYPE html>")
    assert (tmp_path / "demo/edition.txt").read_text() in p.stdout
