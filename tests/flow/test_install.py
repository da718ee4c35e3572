"""What an administrator installs: manuals that miss nothing, completion, units, and make install itself."""
import json
import os
import pathlib
import re
import shutil
import subprocess

import pytest

from conftest import ROOT, WRAP

UNITS = sorted((ROOT / "config").glob("*.service")) + sorted((ROOT / "config").glob("*.timer"))
MANUAL = (ROOT / "src" / "wrap.1").read_text()
PLAIN = re.sub(r'\\-', "-", MANUAL)


def out(*args):
    return subprocess.run([WRAP, *args], capture_output=True, text=True, timeout=60).stdout


def commands():
    return re.findall(r"^  ([a-z]+) +\S", out("--help").split("Commands:")[1].split("Options of every")[0], re.M)


def options(command):
    text = out(command, "--help").split("Options of every")[0]
    return re.findall(r"^  --([a-z-]+)", text, re.M)


def paragraph(command):
    """What the manual says of a command: every .It Ic of that name up to the next other one."""
    found = re.findall(rf"^\.It Ic {command}\b.*?(?=^\.It Ic (?!{command}\b)|^\.El)", MANUAL, re.M | re.S)
    return "\n".join(found)


def test_the_manual_has_every_command_and_every_option():
    names = commands()
    assert len(names) > 20
    for c in names:
        text = paragraph(c)
        assert text, f"wrap {c} is not in wrap.1"
        for o in options(c):
            assert f"Fl -{o}" in text, f"wrap {c} --{o} is not in wrap.1"
    for o in re.findall(r"--([a-z-]+)", out("--help").split("Options of every command:")[1].split("Exit codes")[0]):
        assert f"Fl -{o}" in MANUAL, f"--{o} is not in wrap.1"


def test_the_manual_has_every_exit_code():
    codes = set(re.findall(r"= (\d+)[,\s]", (ROOT / "src/cli/internal.h").read_text().split("enum cli_exit {")[1].split("};")[0]))
    listed = set(re.findall(r"^\.It (\d+)$", MANUAL.split(".Sh EXIT STATUS")[1].split(".Sh ")[0], re.M))
    assert codes == listed and len(codes) >= 11


def test_the_manual_has_every_file_and_variable(pub):
    (pub.dir / "articles").mkdir(exist_ok=True)
    (pub.dir / "articles/a.md").write_text("# A\n\nA text. It is short.\n")
    pub.write(feeds='{ name = "n"; folder = "articles"; topic = "DNS"; }')
    pub.subscribe("ann@example.net")
    pub.run("run")
    for f in sorted(p.name for p in pub.dir.iterdir()):
        assert f"Pa {f}" in MANUAL, f"{f} is not in wrap.1"
    source = "".join(p.read_text() for p in ROOT.glob("src/*/*.c"))
    for name in set(re.findall(r'getenv\("(\w+)"\)', source)):
        assert re.search(rf"Ev {name}\b", MANUAL), f"${name} is not in wrap.1"


@pytest.mark.parametrize("page", ["src/wrap.1", "config/wrap.conf.5"])
def test_manuals_are_sound(page):
    if shutil.which("mandoc") is None:
        pytest.skip("mandoc is not installed")
    p = subprocess.run(["mandoc", "-Tlint", "-Wwarning", ROOT / page], capture_output=True, text=True)
    assert p.stdout + p.stderr == ""


def complete(line):
    """What bash offers behind line."""
    words = line.split(" ")
    script = f"""source <("{WRAP}" completion bash)
        COMP_WORDS=({" ".join(f"'{w}'" for w in words)}); COMP_CWORD={len(words) - 1}
        _wrap; printf '%s\\n' "${{COMPREPLY[@]}}" """
    p = subprocess.run(["bash", "-c", script], capture_output=True, text=True, cwd="/proc/self/fd")
    assert p.stderr == "", p.stderr
    return set(p.stdout.split())


def test_bash_completes_commands_options_and_choices():
    assert set(commands()) <= complete("wrap ")
    assert complete("wrap sub") == {"subscribe", "subscribers"}
    assert complete("wrap -c /etc/wrap.conf rep") == {"report"}
    assert complete("wrap report --h") == {"--html", "--help"}
    assert {"list", "show"} <= complete("wrap subscribers ")
    assert complete("wrap subscribe --conf") == {"--confirmed", "--config"}
    for c in commands():
        assert {"--" + o for o in options(c)} <= complete(f"wrap {c} --")


def test_zsh_has_the_same_words(tmp_path):
    text = out("completion", "zsh")
    for c in commands():
        assert re.search(rf"^\t\t'{c}:", text, re.M)
        line = re.search(rf"^\t{c}\) options=\(([^)]*)\)", text, re.M)[1]
        assert {"--" + o for o in options(c)} <= set(line.split())
    if shutil.which("zsh") is not None:
        (tmp_path / "_wrap").write_text(text)
        subprocess.run(["zsh", "-n", tmp_path / "_wrap"], check=True)
    assert subprocess.run([WRAP, "completion", "fish"], capture_output=True).returncode == 64


def unit_folder(tmp_path):
    for u in UNITS:
        (tmp_path / u.name).write_text(u.read_text().replace("/usr/local/bin/wrap", WRAP))
    return [tmp_path / u.name for u in UNITS]


def test_units_are_sound(tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    p = subprocess.run(["systemd-analyze", "verify", "--man=no", *unit_folder(tmp_path)], capture_output=True, text=True)
    assert p.returncode == 0 and p.stdout + p.stderr == ""


def test_services_expose_little(tmp_path):
    """systemd's own measure, 0 to 10, where 10 is a service without any hardening."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed")
    for u in unit_folder(tmp_path):
        if u.suffix == ".service":
            p = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", u], capture_output=True, text=True)
            assert p.returncode == 0, p.stdout.splitlines()[-1]


def test_units_and_crontab_name_commands_that_are():
    for text in [u.read_text() for u in UNITS] + [(ROOT / "config/crontab.example").read_text()]:
        for c in re.findall(r"wrap\.conf (?:-q )?([a-z]+)$", text, re.M):
            assert c in commands() or c == "serve"
    assert (ROOT / "config/crontab.example").read_text().count("wrap -q -c") == 5


def test_make_install_puts_all_of_it_below_destdir(tmp_path):
    if "completion bash" not in (ROOT / "Makefile").read_text():
        pytest.skip("this Makefile installs no completion")
    if not (ROOT / "build/release/wrap").exists():
        pytest.skip("no release build to install")
    dest = tmp_path / "root"
    p = subprocess.run(["make", "-s", "install", f"DESTDIR={dest}", "PREFIX=/opt/wrap"], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert p.returncode == 0, p.stderr
    got = {str(f.relative_to(dest / "opt/wrap")) for f in dest.rglob("*") if f.is_file()}
    assert {str(f.relative_to(dest)).split("/")[0] for f in dest.rglob("*")} == {"opt"}, "something went beside PREFIX"
    assert got >= {"bin/wrap", "share/man/man1/wrap.1", "share/man/man5/wrap.conf.5", "share/doc/wrap/wrap.conf.example",
                   "share/doc/wrap/crontab.example", "share/bash-completion/completions/wrap", "share/zsh/site-functions/_wrap",
                   *(f"lib/systemd/system/{u.name}" for u in UNITS)}
    assert "ExecStart=/opt/wrap/bin/wrap " in (dest / "opt/wrap/lib/systemd/system/wrap.service").read_text()
    assert subprocess.run([dest / "opt/wrap/bin/wrap", "--version"], capture_output=True).returncode == 0
