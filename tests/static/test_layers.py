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
    "proxy": {"base", "sip", "core", "pv"},
    "tm": {"base", "sip", "core", "pv", "proxy"},
    "auth": {"base", "sip", "core"},
    "modules": {"base", "sip", "core", "pv", "proxy", "tm", "auth"},
    "vm": {"base"},
    "kemi": {"base", "sip", "core", "pv", "proxy", "tm", "auth", "modules", "vm"},
    "engine": {"base", "sip", "core", "pv", "proxy", "tm", "auth", "modules", "vm", "kemi"},
    "net": {"base", "sip", "core", "pv", "proxy", "tm", "auth", "modules", "vm", "kemi", "engine"},
    "cpython": {"base", "sip", "core", "pv", "proxy", "tm", "auth", "modules", "vm", "kemi", "engine", "net"},
}
PYTHON = re.compile(r"Python\.h|structmember\.h")
LUA = re.compile(r"lua(conf|lib)?\.h|lauxlib\.h")
INCLUDE = re.compile(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', re.MULTILINE)


def includes(path: Path) -> list[str]:
    return INCLUDE.findall(path.read_text(encoding="utf-8"))


def sources(root: Path, area: str) -> list[Path]:
    return sorted((root / "csrc" / area).rglob("*.[ch]"))


def resolve(root: Path, path: Path, name: str) -> Path | None:
    """The file of csrc/ that is included; None for a system header."""
    csrc = (root / "csrc").resolve()
    for found in ((path.parent / name).resolve(), (csrc / name).resolve()):
        if found.is_file() and found.is_relative_to(csrc):
            return root / "csrc" / found.relative_to(csrc)
    return None


def area_of(root: Path, path: Path, name: str) -> str | None:
    """The area in which an included file lies; None for a system header."""
    found = resolve(root, path, name)
    return found.relative_to(root / "csrc").parts[0] if found else None


@pytest.mark.parametrize("area", MAY_INCLUDE)
def test_area_includes_nothing_above_it(root: Path, area: str) -> None:
    allowed = MAY_INCLUDE[area] | {area}
    wrong = [
        f"{path.relative_to(root)} includes {name}"
        for path in sources(root, area)
        for name in includes(path)
        if area_of(root, path, name) in MAY_INCLUDE.keys() - allowed
    ]
    assert wrong == []


def test_the_proxy_knows_no_ksr(root: Path) -> None:
    """Rows, their arguments and modparams are for modules; what proxies do is called with C's own types."""
    words = re.compile(r"\b(kl_row|kl_value|module_\w+|MOD_[A-Z]+)\b")
    assert [path.name for path in sources(root, "proxy") if words.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("area", MAY_INCLUDE)
def test_files_elsewhere_are_included_from_csrc(root: Path, area: str) -> None:
    wrong = [(path.name, name) for path in sources(root, area) for name in includes(path) if name.startswith("../")]
    assert wrong == []


# What every module has; the rest of csrc/modules is one module's, a file or a folder.
OF_ALL_MODULES = {"row.h", "rows.h", "modules.h", "modules.c", "list.def", "rpc_values.h", "rpc_values.c"}


def module_of(root: Path, path: Path) -> str | None:
    """The module that a file of csrc/modules belongs to; None for what all of them have, and for other areas."""
    modules = root / "csrc" / "modules"
    if not path.is_relative_to(modules) or path.name in OF_ALL_MODULES:
        return None
    return Path(path.relative_to(modules).parts[0]).stem


def foreign_includes(root: Path) -> list[str]:
    """Includes by which one module knows another."""
    return [
        f"{path.relative_to(root)} includes {name}"
        for path in sources(root, "modules")
        for name in includes(path)
        for found in [resolve(root, path, name)]
        if found and module_of(root, found) not in (None, module_of(root, path))
    ]


def test_no_module_includes_another(root: Path) -> None:
    """They meet in core/hooks.h; what two of them need stands in a room below."""
    assert foreign_includes(root) == []


def test_an_include_of_another_module_is_found(tmp_path: Path) -> None:
    modules = tmp_path / "csrc" / "modules"
    (modules / "rr").mkdir(parents=True)
    for name, text in {
        "row.h": "",
        "modules.h": '#include "row.h"',
        "path.h": '#include "row.h"',
        "path.c": '#include "path.h"\n#include "modules/rr/rr.h"',
        "rr/rr.h": '#include "modules/modules.h"',
        "rr/rr.c": '#include <stdio.h>\n#include "rr.h"\n#include "modules/rr/rr.h"\n#include "modules/path.h"',
    }.items():
        (modules / name).write_text(text)
    assert foreign_includes(tmp_path) == ["csrc/modules/path.c includes modules/rr/rr.h", "csrc/modules/rr/rr.c includes modules/path.h"]


# What the files of a room have of each other.
WITHIN = {"csrc/tm/internal.h", "csrc/tm/event.h", "csrc/tm/local_parts.h", "csrc/tm/route_set.h", "csrc/tm/contact_record.h"}


def test_headers_within_a_room_are_included_there_alone(root: Path) -> None:
    wrong = [
        f"{path.relative_to(root)} includes {name}"
        for path in sources(root, "")
        for name in includes(path)
        for found in [resolve(root, path, name)]
        if found and str(found.relative_to(root)) in WITHIN and found.parent != path.parent
    ]
    assert wrong == []
    assert [name for name in WITHIN if not (root / name).is_file()] == []


@pytest.mark.parametrize("area", ["base", "sip", "core", "pv", "proxy", "tm", "modules"])
def test_areas_of_the_sip_tower_know_no_lua(root: Path, area: str) -> None:
    wrong = [path.name for path in sources(root, area) if any(map(LUA.fullmatch, includes(path)))]
    assert wrong == []


@pytest.mark.parametrize("area", [area for area in MAY_INCLUDE if area != "cpython"])
def test_only_the_roof_knows_cpython(root: Path, area: str) -> None:
    wrong = [path.name for path in sources(root, area) if any(map(PYTHON.fullmatch, includes(path)))]
    assert wrong == []


def test_the_roof_is_left_out_of_builds_without_cpython(root: Path) -> None:
    """What stands below is tested by itself (tests/c), and PyPy has the portable lane."""
    text = (root / "CMakeLists.txt").read_text(encoding="utf-8")
    assert 'if(KEMILUA_PYTHON AND NOT Python_INTERPRETER_ID STREQUAL "PyPy")\n    add_subdirectory(csrc/cpython)\nendif()' in text


def test_every_area_is_named_here(root: Path) -> None:
    assert {path.name for path in (root / "csrc").iterdir() if path.is_dir()} == MAY_INCLUDE.keys()


@pytest.mark.parametrize("area", [area for area in MAY_INCLUDE if area != "modules"])
def test_every_source_is_listed(root: Path, area: str) -> None:
    listed = re.findall(r"(?<![\w/])([\w/]+\.c)\b", (root / "csrc" / area / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert sorted(listed) == sorted(str(path.relative_to(root / "csrc" / area)) for path in sources(root, area) if path.suffix == ".c")


def test_every_module_is_in_the_list(root: Path) -> None:
    """A kl_module that list.def leaves out would be compiled, and never loaded."""
    text = (root / "csrc" / "modules" / "list.def").read_text(encoding="utf-8")
    listed = re.findall(r"^MODULE\(\w+, (\w+)\)$", text, re.MULTILINE)
    made = re.compile(r"^const kl_module (\w+) = ", re.MULTILINE)
    assert len(listed) == len(set(listed))
    assert sorted(listed) == sorted(name for path in sources(root, "modules") for name in made.findall(path.read_text(encoding="utf-8")))
