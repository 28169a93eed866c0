"""Pages: links lead somewhere, programs run, and what is generated is current."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import kemilua
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


@pytest.mark.parametrize("name", ["functions", "commands"])
def test_list_that_is_made_is_current(root, name):
    spec = importlib.util.spec_from_file_location(name, root / "tools" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert tool.PAGE.read_text(encoding="utf-8") == tool.page(), f"run: python tools/{name}.py --write"


def test_every_public_name_of_the_package_is_in_the_reference(root):
    text = (root / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    text += (root / "docs" / "concepts" / "engine.md").read_text(encoding="utf-8")
    text += (root / "docs" / "how-to" / "embed.md").read_text(encoding="utf-8")
    names = [name for name in kemilua.__all__ if not name.startswith("_")]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("kind", [kemilua.Engine, kemilua.Message])
def test_every_public_attribute_is_in_the_reference(root, kind):
    text = (root / "docs" / "reference" / "python.md").read_text(encoding="utf-8")
    names = [name for name in vars(kind) if not name.startswith("_")]
    assert [name for name in names if not re.search(rf"\b{name}\b", text)] == []
