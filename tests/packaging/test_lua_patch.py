"""vendor/lua/patch.py: a hunk fits where it says, byte for byte, or nothing is written."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
from checkout import LUA

SOURCE = "one\ntwo\nthree\nfour\nfive\n"


@pytest.fixture
def script(root) -> Path:
    return root / "vendor" / "lua" / "patch.py"


@pytest.fixture
def patch(script) -> ModuleType:
    spec = importlib.util.spec_from_file_location("patch", script)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Folders:
    def __init__(self, path: Path) -> None:
        self.source, self.patch, self.target = path / "source", path / "a.patch", path / "target"
        self.source.mkdir()
        (self.source / "a.c").write_text(SOURCE)

    def arguments(self, hunks: str) -> list[str]:
        self.patch.write_text(f"--- a/a.c\n+++ b/a.c\n{hunks}")
        return [str(self.source), str(self.patch), str(self.target)]

    def written(self) -> str:
        return (self.target / "a.c").read_text()


@pytest.fixture
def folders(tmp_path) -> Folders:
    return Folders(tmp_path)


@pytest.mark.parametrize(
    ("hunks", "result"),
    [
        ("@@ -2,2 +2,3 @@\n two\n+2.5\n three\n", "one\ntwo\n2.5\nthree\nfour\nfive\n"),
        ("@@ -1,2 +1 @@\n-one\n two\n@@ -4,2 +3,2 @@\n four\n-five\n+5\n", "two\nthree\nfour\n5\n"),
        ("@@ -5 +5,2 @@\n five\n+six\n", SOURCE + "six\n"),
    ],
    ids=["added", "two hunks", "at the end"],
)
def test_changed_file_is_written_and_the_source_stays(patch, folders, hunks, result):
    assert patch.main(folders.arguments(hunks)) == 0
    assert folders.written() == result
    assert (folders.source / "a.c").read_text() == SOURCE


@pytest.mark.parametrize(
    ("hunks", "told"),
    [
        ("@@ -1,2 +1,3 @@\n two\n+2.5\n three\n", "a.c: the lines from 1 on are not those of the patch"),
        ("@@ -2,2 +2,2 @@\n two\n-Three\n+3\n", "a.c: the lines from 2 on"),
        ("@@ -5,2 +5,2 @@\n five\n six\n", "a.c: the lines from 5 on"),
        ("@@ -4 +4 @@\n-four\n+4\n@@ -2 +2 @@\n-two\n+2\n", "a.c: the lines from 2 on"),
        ("@@ somewhere @@\n two\n", "a.c: @@ somewhere @@ is no hunk"),
    ],
    ids=["one line off", "another letter", "beyond the end", "backwards", "no numbers"],
)
def test_what_does_not_fit_is_told_and_nothing_is_written(patch, folders, capsys, hunks, told):
    assert patch.main(folders.arguments(hunks)) == 1
    assert told in capsys.readouterr().err
    assert not folders.target.exists()


def test_missing_source_is_named(patch, folders, capsys):
    arguments = folders.arguments("@@ -1 +1 @@\n-one\n+1\n")
    (folders.source / "a.c").unlink()
    assert patch.main(arguments) == 1
    assert "a.c" in capsys.readouterr().err


def test_file_that_is_as_it_should_be_is_left_alone_and_one_of_before_goes(patch, folders):
    arguments = folders.arguments("@@ -1 +1 @@\n-one\n+1\n")
    assert patch.main(arguments) == 0
    written = folders.target / "a.c"
    before = written.stat().st_mtime_ns
    (folders.target / "gone.c").write_text("")
    assert patch.main(arguments) == 0
    assert written.stat().st_mtime_ns == before
    assert [path.name for path in folders.target.iterdir()] == ["a.c"]


def test_wrong_count_of_arguments_tells_the_usage(script):
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (2, "usage: patch.py FOLDER PATCH TARGET\n")


def test_our_patch_fits_the_pinned_release(patch, root, tmp_path):
    source = root / LUA
    if not source.exists():
        pytest.skip(f"{LUA} is not populated; a build from this checkout does that")
    assert patch.main([str(source), str(root / "vendor" / "lua" / "kemilua.patch"), str(tmp_path / "patched")]) == 0
    changed = {path.name for path in (tmp_path / "patched").iterdir()}
    assert {"lvm.c", "ltable.c", "lstrlib.c"} <= changed
    assert all((source / name).exists() for name in changed)
