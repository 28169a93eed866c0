"""Pages: links lead somewhere, programs run, and what is generated is current."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command import environment

ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = sorted(ROOT.glob("*.md")) + sorted(
    path for name in ("docs", "tests", "benchmarks", "vendor") for path in (ROOT / name).rglob("*.md")
)
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
PROGRAM = re.compile(r"^```python\n(import .*?)^```$", re.MULTILINE | re.DOTALL)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_to_files(page):
    targets = [target for target, _ in LINK.findall(page.read_text(encoding="utf-8")) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


PROGRAMS = [
    pytest.param(text, id=f"{name_of(page)} {number}")
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if page.parent.name != "tutorials"  # which test_tutorials.py follows
    for number, text in enumerate(PROGRAM.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_in_the_documents_run(program, tmp_path):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    (tmp_path / "routing.lua").write_text("function ksr_request_route() end")
    calls = "".join(f"\n{name}()" for name in re.findall(r"^def (test_\w+)\(\)", program, re.MULTILINE))
    subprocess.run(
        [sys.executable, "-W", "error", "-c", program + calls],
        cwd=tmp_path,
        env=environment(),
        check=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
    )


@pytest.mark.parametrize("name", ["functions", "commands", "parameters", "variables"])
def test_pages_that_are_made_are_current(name):
    made = importlib.import_module(name).pages()
    stale = [path.name for path, text in made.items() if path.read_text(encoding="utf-8") != text]
    assert stale == [], f"run: python tools/{name}.py --write"


def test_no_page_of_a_module_is_left_over():
    made = importlib.import_module("functions")
    assert set(made.FOLDER.iterdir()) == made.pages().keys() - {made.PAGE}
