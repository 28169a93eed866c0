"""Every row of the page on Lua's versions, run in the Lua that kemilua has, and in those of its columns that this machine has."""

from __future__ import annotations

import importlib
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import kemilua
import pytest
from builders import invite

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "lua-versions.md"
ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+?) \| (.+?) \| .*\|$", re.MULTILINE)
KSR_ROW = re.compile(r"^\| `(KSR.+?)` \| `(.+?)` \|$", re.MULTILINE)
STATEMENTS = ("local ", "for ", "goto ", "global ")
PROBE = """local f = (loadstring or load)({code})
if not f then return "does not compile" end
local function all(good, ...)
  if not good then return "error" end
  if select("#", ...) == 0 then return "nothing" end
  local texts = {{}}
  for i = 1, select("#", ...) do texts[i] = tostring((select(i, ...))) end
  return table.concat(texts, " ")
end
return all(pcall(f))"""

COLUMNS = ("5.1", "5.4", "5.5")
ROWS = [(lua, {name: cell.strip("`") for name, cell in zip(COLUMNS, cells, strict=True)}) for lua, *cells in ROW.findall(PAGE.read_text())]


def probe(lua: str) -> str:
    """A chunk that returns what a row tells, in any version."""
    code = lua if lua.startswith(STATEMENTS) else f"return {lua}"
    quoted = code.replace("\\", "\\\\").replace('"', '\\"')
    return PROBE.format(code=f'"{quoted}"')


def program(name: str) -> Callable[[str], str] | None:
    """A Lua of the distribution."""
    path = shutil.which(name)
    if path is None:
        return None

    def run(chunk: str) -> str:
        wrapped = f"local function chunk() {chunk} end io.write(chunk())"
        return subprocess.run([path, "-"], input=wrapped, capture_output=True, text=True, timeout=60, check=True).stdout

    return run


def bundled(name: str) -> Callable[[str], str] | None:
    """A Lua that lupa brings."""
    try:
        run: Callable[[str], str] = importlib.import_module(f"lupa.{name}").LuaRuntime().execute
    except ImportError:
        return None
    return run


LUAS = {
    "5.1": (program("lua5.1") or bundled("lua51"), "neither lua5.1 nor lupa is installed"),
    "5.4": (program("lua5.4"), "lua5.4 is not installed"),
    "5.5": (bundled("lua55"), "lupa is not installed, or has no Lua 5.5"),
}


def test_the_page_has_rows():
    assert len(ROWS) > 40
    assert len(KSR_ROW.findall(PAGE.read_text())) >= 5


@pytest.mark.parametrize(("lua", "told"), ROWS, ids=[lua for lua, _ in ROWS])
def test_row_in_the_lua_of_kemilua(lua, told):
    with kemilua.Engine() as engine:
        assert engine.eval(probe(lua)) == (told["5.4"],)


@pytest.mark.parametrize("version", LUAS)
def test_column_in_another_lua(version):
    run, reason = LUAS[version]
    if run is None:
        pytest.skip(reason)
    assert {lua: run(probe(lua)) for lua, _ in ROWS} == {lua: told[version] for lua, told in ROWS}


@pytest.mark.parametrize(("lua", "told"), KSR_ROW.findall(PAGE.read_text()))
def test_what_ksr_gets(lua, told):
    with kemilua.Engine() as engine:
        assert [str(value) for value in engine.eval(lua, message=invite())] == [told]
