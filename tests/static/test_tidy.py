"""clang-tidy finds nothing in csrc; .clang-tidy says which checks there are, and why others are not."""

from __future__ import annotations

import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from native import configured, tool

pytestmark = pytest.mark.static

CSRC = Path(__file__).resolve().parents[2] / "csrc"
ROOMS = sorted(path.name for path in CSRC.iterdir() if path.is_dir())


@pytest.fixture(scope="module")
def build(root: Path) -> Path:
    """A folder with compile_commands.json; nothing is compiled."""
    return configured(root, "debug")


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_tidy(build: Path, room: str) -> None:
    commands = json.loads((build / "compile_commands.json").read_text(encoding="utf-8"))
    files = sorted(entry["file"] for entry in commands if Path(entry["file"]).is_relative_to(CSRC / room))
    assert files

    def look(file: str) -> str:
        done = subprocess.run([tool("clang-tidy"), "--quiet", "-p", build, file], capture_output=True, text=True, check=False)
        return done.stdout + (done.stderr if not done.stdout else "") if done.returncode else ""

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        found = [said for said in pool.map(look, files) if said]
    assert not found, "\n".join(found)
