"""docs/kamailio: a sheet for every module that is here, and the sheets as they were delivered."""

from __future__ import annotations

from pathlib import Path

from kemilua.engine import stateless_modules

CHANGED = {"cfgutils.md"}
"""What a sheet says of an input that stops another program is not told here."""
ALWAYS = {"core", "pv", "pvx", "hdr"}


def sheets(root: Path) -> list[Path]:
    return sorted(path for path in (root / "docs" / "kamailio").iterdir() if path.name != "README.md")


def test_every_module_has_a_sheet_that_the_index_names(root: Path) -> None:
    names = {path.stem for path in sheets(root) if path.suffix == ".md"} - {"pv-grammar"}
    assert names == set(stateless_modules()) | ALWAYS
    index = (root / "docs" / "kamailio" / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in sheets(root) if f"({path.name})" not in index] == []


def test_sheets_are_those_that_were_delivered(root: Path, shared: Path) -> None:
    def delivered(path: Path) -> Path:
        below = shared / "kemi" / "modules" / path.name
        return below if below.exists() else shared / "kemi" / path.name

    kept = [path for path in sheets(root) if path.name not in CHANGED]
    assert [path.name for path in kept if path.read_bytes() != delivered(path).read_bytes()] == []
