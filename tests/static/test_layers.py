"""The layers of csrc/ include only what stands below them, and names keep to their ring."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

# Bottom up; each area with those it may include.
MAY_INCLUDE = {
    "base": set(),
    "sip": {"base"},
    "core": {"base", "sip"},
    "pv": {"base", "sip", "core"},
    "modules": {"base", "sip", "core", "pv"},
    "vm": {"base"},
    "kemi": {"base", "sip", "core", "pv", "modules", "vm"},
    "engine": {"base", "sip", "core", "pv", "modules", "vm", "kemi"},
}
LUA = re.compile(r"lua(conf|lib)?\.h|lauxlib\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("area", MAY_INCLUDE)
def test_area_includes_nothing_above_it(root: Path, area: str) -> None:
    allowed = MAY_INCLUDE[area] | {area}
    wrong = [
        f"{path.relative_to(root)} includes {name}"
        for path in sorted((root / "csrc" / area).glob("*.[ch]"))
        for name in includes(path)
        if "/" in name and name.split("/")[0] in MAY_INCLUDE.keys() - allowed
    ]
    assert wrong == []


@pytest.mark.parametrize("area", ["base", "sip", "core", "pv", "modules"])
def test_areas_of_the_sip_tower_know_no_lua(root: Path, area: str) -> None:
    wrong = [path.name for path in sorted((root / "csrc" / area).glob("*.[ch]")) if any(map(LUA.fullmatch, includes(path)))]
    assert wrong == []


def test_every_area_is_named_here(root: Path) -> None:
    assert {path.name for path in (root / "csrc").iterdir() if path.is_dir()} == MAY_INCLUDE.keys()


@pytest.mark.parametrize("area", MAY_INCLUDE)
def test_every_source_is_listed(root: Path, area: str) -> None:
    listed = re.findall(r"\b([\w]+\.c)\b", (root / "csrc" / area / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(path.name for path in (root / "csrc" / area).glob("*.c"))
