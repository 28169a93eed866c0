"""(c) Python calls Lua: engine.lua_run with one argument on a message against lupa calling the same function."""

from __future__ import annotations

import kemilua
import pytest
from conftest import make_engine
from table import Row

lupa = pytest.importorskip("lupa.lua54", reason="the benchmark peer lupa is not installed")

COUNT = 20_000


@pytest.mark.parametrize("lane", ["direct", "portable"])
def test_lua_run(lane, script, messages, compare, add_row):
    engine = make_engine(script("native"), lane=lane)
    message = kemilua.Message.parse(messages["invite"])
    route = lupa.LuaRuntime().eval("function(number) return number end")
    assert engine.lua_run("route", "2", message=message) == 1

    def ours():
        lua_run = engine.lua_run
        for _ in range(COUNT):
            lua_run("route", "2", message=message)

    def peer():
        for _ in range(COUNT):
            route("2")

    seconds = compare(ours, peer, COUNT)
    add_row(Row("c", f"lua_run, one argument, {lane} lane", *seconds, "lupa", 1.0 if lane == "direct" else None))
