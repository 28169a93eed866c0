"""Tutorials are followed from top to bottom: files are written, commands are run, and the output is what the page shows.

A block is a file when the sentence above it names one in its last words (`routing.lua`), a command when it is `sh`, in the background when
that ends in `&`, and the output of the command before it when it is `console`.
"""

from __future__ import annotations

import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import environment

TUTORIALS = sorted((Path(__file__).parents[2] / "docs" / "tutorials").glob("*.md"))
BLOCK = re.compile(r"([^\n]*)\n\n```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`([\w.]+)`[^`]*$")
PROGRAMS = {"kemilua": [sys.executable, "-m", "kemilua"], "pytest": [sys.executable, "-m", "pytest"], "python": [sys.executable]}
DIFFERS = [(re.compile(r"tag=[0-9a-f]{32}\.[0-9a-f]{8}"), "tag=..."), (re.compile(r"z9hG4bK[0-9a-f]+\.[0-9a-f]{32}\.0"), "z9hG4bK...")]
DIFFERS += [(re.compile(r"\d+\.\d+s\b"), "...s"), (re.compile(r" *\d+(?:\.\d+)? us\b"), " ... us")]
"""What is another in every run: tags, branches, times."""


def alike(text: str) -> str:
    for pattern, replacement in DIFFERS:
        text = pattern.sub(replacement, text)
    return text


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Reader:
    """Somebody who follows a page in a folder of his own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.background: list[subprocess.Popen[str]] = []

    def command(self, line: str) -> str:
        words = shlex.split(line.rstrip("& \n"))
        arguments = PROGRAMS[words[0]] + words[1:]
        running = subprocess.Popen(
            arguments,
            cwd=self.folder,
            env=environment(),
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        if line.rstrip().endswith("&"):
            self.background.append(running)
            assert running.stdout is not None
            return running.stdout.readline()
        return running.communicate(timeout=60)[0]

    def leave(self) -> None:
        for running in self.background:
            running.kill()
            running.communicate()


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    one = Reader(tmp_path)
    yield one
    one.leave()


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_tutorial_does_what_it_shows(page: Path, reader: Reader) -> None:
    text = page.read_text(encoding="utf-8").replace("5070", str(free_port()))
    blocks = BLOCK.findall(text)
    assert len(blocks) == text.count("```") // 2
    said = ""
    for above, language, code in blocks:
        if language == "sh":
            said = reader.command(code)
        elif language == "console":
            assert alike(said) == alike(code)
        else:
            named = NAMED.search(above)
            assert named, f"no name above:\n{code}"
            (reader.folder / named[1]).write_text(code, encoding="utf-8")
