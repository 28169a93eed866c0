"""(b) Lua calls Python: an export of ours, in both lanes, against lupa calling the same function."""

from __future__ import annotations

import kemilua
import pytest
from conftest import make_engine
from table import Row

lupa = pytest.importorskip("lupa.lua54", reason="the benchmark peer lupa is not installed")

COUNT = 50_000
LUPA_LOOP = "function(f, n) local clock = os.clock; local start = clock(); for _ = 1, n do f('alice') end; return clock() - start end"


@kemilua.export("bench.number")
def number(user: str) -> int:
    return 7


@kemilua.export("bench.text")
def text(user: str) -> str:
    return "alice@example.com"


@pytest.mark.parametrize("lane", ["direct", "portable"])
@pytest.mark.parametrize("function", [number, text], ids=["integer", "string"])
def test_python_export(function, lane, script, messages, compare, add_row):
    engine = make_engine(script("native"), exports=[number, text], lane=lane)
    message = kemilua.Message.parse(messages["invite"])
    name = function.__name__
    loop = lupa.LuaRuntime().eval(LUPA_LOOP)

    def ours():
        assert engine.lua_run(f"export_{name}", str(COUNT), message=message) == 1
        return engine.eval("return elapsed")[0]

    seconds = compare(ours, lambda: loop(function, COUNT), COUNT, own_clock=True)
    kind = "integer" if name == "number" else "string"
    add_row(Row("b", f"Python export, {kind} result, {lane} lane", *seconds, "lupa", 0.5 if lane == "direct" else None))


TEN = {f"key{i}": i if i % 2 else f"value {i}" for i in range(10)}


@kemilua.export("bench.table")
def table(user: str) -> dict[str, object]:
    return TEN


@pytest.mark.parametrize("lane", ["direct", "portable"])
def test_python_export_of_a_table(lane, script, messages, compare, add_row):
    """lupa's table_from is its cheapest way to hand over a table; a dict as such is a proxy, `table(**ten)` takes twice as long."""
    engine = make_engine(script("native"), exports=[table], lane=lane)
    message = kemilua.Message.parse(messages["invite"])
    runtime = lupa.LuaRuntime()
    loop = runtime.eval(LUPA_LOOP)
    count = COUNT // 10

    def ours():
        assert engine.lua_run("export_table", str(count), message=message) == 1
        return engine.eval("return elapsed")[0]

    seconds = compare(ours, lambda: loop(lambda user: runtime.table_from(TEN), count), count, own_clock=True)
    add_row(Row("b", f"Python export, dict of ten values, {lane} lane", *seconds, "lupa", 0.5 if lane == "direct" else None))
