"""The documentation site builds without a warning, by the command of CONTRIBUTING.md, and has every public name in it."""

from __future__ import annotations

import importlib.util
import inspect
import re
import shlex
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import kemilua
import pytest
from command import environment
from public import KINDS, members

pytestmark = [
    pytest.mark.packaging,
    pytest.mark.skipif(importlib.util.find_spec("sphinx") is None, reason="Sphinx is not installed; pip install 'kemilua[docs]' brings it"),
]


def build(root: Path, source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    """Run the command of CONTRIBUTING.md, from and to other folders."""
    (command,) = re.findall(r"sphinx-build .*", (root / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    words = shlex.split(command)
    assert words[-2:] == ["docs", "build/site"]
    return subprocess.run(
        [sys.executable, "-m", "sphinx", *words[1:-2], source, target], env=environment(), capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    done = build(root, root / "docs", target)
    assert (done.returncode, done.stderr) == (0, "")
    return target


def test_every_page_is_in_the_site(root: Path, site: Path) -> None:
    pages = {path.relative_to(root / "docs").with_suffix(".html") for path in (root / "docs").rglob("*.md")}
    assert pages <= {path.relative_to(site) for path in site.rglob("*.html")}


def test_every_public_name_and_member_has_its_docstring_in_the_site(site: Path) -> None:
    listed = zlib.decompress((site / "objects.inv").read_bytes().split(b"\n", 4)[4]).decode()
    names = {line.split(" ")[0].replace("kemilua.errors.", "kemilua.") for line in listed.splitlines()}
    wanted = {f"kemilua.{name}" for name in kemilua.__all__ if not name.startswith("_")}
    wanted |= {f"kemilua.{kind.__name__}.{name}" for kind in KINDS if not issubclass(kind, BaseException) for name in members(kind)}
    assert wanted - names == set()


def test_what_has_a_docstring_has_words_in_it() -> None:
    public = [getattr(kemilua, name) for name in kemilua.__all__]
    assert [one.__name__ for one in public if (inspect.isclass(one) or inspect.isfunction(one)) and not one.__doc__] == []


def test_search_finds_functions_and_sheets(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert "sht_inc" in index
    assert "kamailio/htable" in index


@pytest.mark.parametrize("link", ["nowhere.md", "#nowhere", "other.md#nowhere"])
def test_broken_link_ends_the_build(root: Path, tmp_path: Path, link: str) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    shutil.copy(root / "docs" / "conf.py", source)
    (source / "index.md").write_text(f"# Page\n\n[link]({link})\n\n```{{toctree}}\nother\n```\n", encoding="utf-8")
    (source / "other.md").write_text("# Other\n", encoding="utf-8")
    done = build(root, source, tmp_path / "site")
    assert done.returncode != 0
    assert "nowhere" in done.stderr
