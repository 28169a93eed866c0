"""Tables that Python exports return: built in Lua directly where the lane allows it, with the same result, and nothing left behind."""

from __future__ import annotations

import gc
import sys
from collections import OrderedDict
from typing import Any

import kemilua
import pytest
from builders import request

SHAPES: dict[str, Any] = {
    "ten values": {f"key{i}": i if i % 2 else f"value {i}" for i in range(10)},
    "all kinds": {"i": 2**40, "f": -0.0, "s": "x", "b": b"\xff\x00", "t": True, "u": "gr\xfc\xdfe \U0001f600", "n": None, "l": [], "d": {}},
    "keys": {"a": 1, b"b\xff": 2, 3: 3, 2.5: 4, None: 5, True: 6, "": 7, "gr\xfc": 8, "nul\x00": 9},
    "list": [1, "two", 3.5, False, b"five", [6], (7,), {"eight": 8}],
    "list with holes": [1, None, 3, None],
    "tuple": (1, 2, (3, 4)),
    "nested": {"a": {"b": {"c": [1, [2, [3, {"d": "e"}]]]}}},
    "surrogates inside": {"a": 1, "b": ["\udcff", "x"]},
    "surrogates in a key": {"a": 1, "\udcff": 2},
    "not of the plain kinds inside": {"a": 1, "o": OrderedDict(x=1, y=range(3)), "v": memoryview(b"v"), "w": bytearray(b"w")},
    "large": {f"k{i}": list(range(i % 7)) for i in range(2000)},
    "as deep as it may be": None,
}
for _ in range(32):
    SHAPES["as deep as it may be"] = [SHAPES["as deep as it may be"]]

DUMP = """
local function dump(v)
    if type(v) ~= 'table' then return math.type(v) == 'float' and string.format('%a', v) or type(v) .. ':' .. tostring(v) end
    local parts = {}
    for k, one in pairs(v) do parts[#parts + 1] = dump(k) .. '=' .. dump(one) end
    table.sort(parts)
    return '{' .. table.concat(parts, ',') .. '}'
end
function get() return dump(KSR.t.get()) end
"""


def getter(value):
    @kemilua.export("t.get")
    def get() -> object:
        return value

    return get


@pytest.mark.parametrize("value", SHAPES.values(), ids=SHAPES.keys())
def test_table_is_the_same_on_each_way(value):
    """Directly, in the other lane, and by values while calls are watched."""
    texts = []
    for lane in dict.fromkeys([kemilua.Engine().lane, "portable"]):
        engine = kemilua.Engine(kemilua.Source(DUMP, "t.lua"), exports=[getter(value)], lane=lane)
        texts += engine.eval("return get()", message=request())
        engine.on_call = lambda call: None
        texts += engine.eval("return get()", message=request())
        engine.close()
    assert len(set(texts)) == 1, texts


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": 1, "b": {"c": 2**64}}, OverflowError),
        ([1, [2, {3}]], TypeError),
        ({"x": object()}, TypeError),
    ],
    ids=["too large", "set", "object"],
)
def test_what_has_no_type_inside_of_a_table_names_the_export(script, value, kind):
    engine = script(exports=[getter(value)])
    with pytest.raises(kind, match=r"KSR\.t\.get returned what KEMI has no type for"):
        engine.eval("return KSR.t.get()", message=request())
    assert engine.eval("return 1") == (1,)


def test_table_that_holds_itself_is_refused(script):
    loop: dict[str, Any] = {"a": 1}
    loop["self"] = [loop]
    with pytest.raises(ValueError, match="nest more than 32 deep"):
        script(exports=[getter(loop)]).eval("return KSR.t.get()", message=request())


def test_table_in_a_coroutine_comes_back_there(script):
    engine = script(exports=[getter({"a": [1, 2]})])
    assert engine.eval("return coroutine.wrap(function() return KSR.t.get().a[2] end)()", message=request()) == (2,)


def test_table_over_the_memory_limit_ends_the_run_and_leaves_no_reference(script):
    value = {f"key {i}": [f"text {i} {j}" for j in range(20)] for i in range(300)}
    engine = script(exports=[getter(value)], limits=kemilua.Limits(memory=2**18))
    message = kemilua.Message.parse(request())

    def use() -> int:
        for _ in range(2):
            with pytest.raises(kemilua.ScriptMemoryError):
                engine.eval("return KSR.t.get()", message=message)
            engine.take_effects()
        gc.collect()
        return sys.getrefcount(value)

    use()
    assert use() == use()
    assert engine.eval("return 1") == (1,)


def test_script_may_catch_that_memory_ended(script):
    engine = script(exports=[getter([str(i) * 10 for i in range(20_000)])], limits=kemilua.Limits(memory=2**19))
    assert engine.eval("local ok, why = pcall(KSR.t.get) return ok, why", message=request()) == (False, "not enough memory")


def test_tables_that_are_dropped_are_collected(script):
    """A run that makes nothing but such tables holds no more than a few of them."""
    engine = script(
        "function f() for _ = 1, 1500 do KSR.t.get() end end",
        exports=[getter({f"key{i}": [i] * 30 for i in range(20)})],  # 12 kB
        limits=kemilua.Limits(memory=0, cpu=None),
    )
    before = engine.memory
    assert engine.lua_run("f", message=request()) == 1
    assert engine.memory < 2 * before + 2**21


def test_finalizer_waits_until_the_table_is_built(script):
    """It would call the export that changes what is being read."""
    value = {f"key{i}": i for i in range(500)}

    @kemilua.export("t.change")
    def change() -> int:
        value[f"more{len(value)}"] = 1
        return 1

    engine = script(exports=[getter(value), change])
    code = """
        for _ = 1, 300 do
            setmetatable({}, {__gc = function() KSR.t.change() end})
            local count = 0
            for k in pairs(KSR.t.get()) do count = count + 1 end
            assert(count >= 500)
        end
        return 1
    """
    assert engine.eval(code, message=request()) == (1,)


def test_collector_that_a_script_has_stopped_stays_so(script):
    engine = script(exports=[getter({"a": 1})])
    assert engine.eval("collectgarbage('stop') KSR.t.get() return collectgarbage('isrunning')", message=request()) == (False,)
