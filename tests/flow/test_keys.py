"""The keys of links and return paths: changed without losing one, and kept with a backup."""
import os
import re
import shutil

from conftest import *  # noqa: F401,F403


def keys(pub):
    """The token keys by age, and that of the suppressions."""
    folder = pub.dir / "keys"
    names = ["token.key", "token.old"] + [f"token.old.{i}" for i in range(2, 10)]
    return [(folder / n).read_text() for n in names if (folder / n).exists()], (folder / "suppression.key").read_text()


def test_a_new_key_takes_the_place_of_the_last_and_none_is_lost(pub):
    first, suppression = keys(pub)
    pub.run("-n", "keys", "rotate")
    assert keys(pub) == (first, suppression)
    said = pub.run("keys", "rotate").stdout
    assert "Restart wrap serve" in said and "only the links to leave" not in said
    assert "only the links to leave" in pub.run("keys", "rotate").stdout
    tokens, same = keys(pub)
    assert same == suppression and tokens[2:] == first and len(set(tokens)) == 3
    assert all(p.stat().st_mode & 0o777 == 0o600 for p in (pub.dir / "keys").iterdir())
    assert [k["file"] for k in pub.json("keys")] == ["token.key", "token.old", "token.old.2", "suppression.key"]
    said = pub.run("keys", "list").stdout
    assert not any(k.strip() in said for k in tokens) and "neither list nor" in pub.run("keys", "show", code=64).stderr


def test_a_change_that_was_cut_off_is_done_again(pub):
    """Whatever step was the last: the names are without a gap, and each key is under one of them."""
    for _ in range(2):
        pub.run("keys", "rotate")
    folder = pub.dir / "keys"
    tokens, _ = keys(pub)
    for done in range(4):  # so many keys have got their older name, and still have the one before
        before = {p.name: p.read_text() for p in folder.iterdir()}
        names = ["token.key", "token.old", "token.old.2", "token.old.3"]
        for i in range(3, 3 - done, -1):
            (folder / names[i]).unlink(missing_ok=True)
            os.link(folder / names[i - 1], folder / names[i])
        if done == 3:
            os.link(folder / "token.key", folder / "token.new")  # and the link it goes by was left
        pub.run("status")
        pub.run("keys", "rotate")
        now, _ = keys(pub)
        assert set(tokens) < set(now) and now[0] not in tokens, done
        assert not (folder / "token.new").exists()
        for p in folder.iterdir():
            p.unlink()
        for name, text in before.items():
            (folder / name).write_text(text)
            os.chmod(folder / name, 0o600)


def test_a_key_of_the_last_year_is_not_let_go(pub):
    for _ in range(9):
        pub.run("keys", "rotate")
    tokens, _ = keys(pub)
    assert len(set(tokens)) == 10
    pub.now = None
    err = pub.run("keys", "rotate", code=65).stderr
    assert re.search(r"token.old.9 would go, .*from \d+ \w+ \d{4} on", err) and keys(pub)[0] == tokens
    old = (pub.dir / "keys" / "token.old.8").stat().st_mtime - 401 * 86400
    os.utime(pub.dir / "keys" / "token.old.8", (old, old))
    pub.run("keys", "rotate")
    assert keys(pub)[0][1:] == tokens[:9]


def test_a_backup_holds_them_all(pub):
    for _ in range(3):
        pub.run("keys", "rotate")
    was = keys(pub)
    pub.run("backup", pub.dir / "copy.db")
    shutil.rmtree(pub.dir / "keys")
    for p in pub.dir.glob("wrap.db*"):
        p.unlink()
    pub.run("restore", pub.dir / "copy.db")
    assert keys(pub) == was and len(set(was[0])) == 4
