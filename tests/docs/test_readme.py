"""README.md does what it says."""

from __future__ import annotations

import re
import subprocess
import sys

import functions
import pytest
from command import environment, run
from kemilua.cli import COMMANDS

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TAG = re.compile(r"(To: .*tag=)[0-9a-f.]+")  # ours, another one in every run


@pytest.fixture
def blocks(root):
    found: dict[str, list[str]] = {}
    for language, text in BLOCK.findall((root / "README.md").read_text(encoding="utf-8")):
        found.setdefault(language, []).append(text)
    return found


@pytest.fixture
def folder(blocks, tmp_path):
    """The reader's folder, with the script and the message as README has them."""
    (tmp_path / "routing.lua").write_text(*blocks["lua"])
    (tmp_path / "options.sip").write_text(*blocks["text"])
    return tmp_path


def test_script_is_ten_lines_and_gives_the_output_shown(blocks, folder):
    out, err = run("run", "routing.lua", "options.sip", cwd=folder)
    assert TAG.sub(r"\1...", out) == TAG.sub(r"\1...", blocks["console"][0])
    assert err == ""
    assert len(blocks["lua"][0].splitlines()) == 10


def test_python_gives_the_output_shown(blocks, folder):
    (program,) = blocks["python"]
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment(), capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == blocks["console"][1]


def test_first_command_runs_as_it_stands(blocks, root):
    install, _, command = blocks["sh"][0].strip().partition(" && ")
    assert install == "pip install ."
    program, *words = command.split()
    assert program == "kemilua"
    assert "SIP/2.0 200 Alive" in run(*words, cwd=root)[0]


def test_second_command_installs_and_tests(blocks):
    assert blocks["sh"][1].strip() == "pip install '.[test]' && pytest"


def test_links_are_absolute_so_that_they_work_on_pypi(root):
    """Each leads to the repository, by the address that pyproject.toml has, and to a file there."""
    text = (root / "README.md").read_text(encoding="utf-8")
    (repository,) = re.findall(r'^Homepage = "(.*)"$', (root / "pyproject.toml").read_text(encoding="utf-8"), re.MULTILINE)
    defined = dict(re.findall(r"^\[(.+)\]: (http.+)$", text, re.MULTILINE))
    used = set(re.findall(r"\[([^\[\]\n]+\.\w+)\](?!: http)", text))
    assert used == defined.keys()
    assert "](" not in text
    assert defined == {name: f"{repository}/blob/main/{name}" for name in defined}
    assert [name for name in defined if not (root / name).exists()] == []


def test_addresses_of_the_project_are_one(root):
    """pyproject.toml, the site and the issue templates name the same repository."""
    files = ["pyproject.toml", "docs/conf.py", "README.md"]
    files += [str(path.relative_to(root)) for path in (root / ".github").rglob("*") if path.is_file()]
    found = {file: set(re.findall(r"https://github\.com/[\w-]+/[\w-]+", (root / file).read_text(encoding="utf-8"))) for file in files}
    assert {address for addresses in found.values() for address in addresses} == {"https://github.com/kemilua/kemilua"}


def test_first_screen_says_what_runs_and_what_does_not(root):
    """Every module that an engine has is named as there, and what is called missing is missing."""
    (row,) = re.findall(r"^\| the KSR functions .*? \|", (root / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    modules = {function.module for function in functions.rows()}
    assert modules - {"core"} == set(re.findall(r"`(\w+)`", row))
    assert "dialog" not in modules
    commands = {command.NAME for command in COMMANDS}
    assert commands == {"run", "serve", "rpc", "bench", "coverage"}
