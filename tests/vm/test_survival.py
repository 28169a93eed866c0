"""What scripts do to themselves ends their run alone: the host goes on, and the next message is served."""

from __future__ import annotations

import threading

import kemilua
import pytest

LIMITS = kemilua.Limits(instructions=200_000, memory=8 * 2**20)

ENDLESS = {
    "loop": "while true do end",
    "caught loop": "while true do pcall(function() while true do end end) end",
    "finalizer": "setmetatable({}, {__gc = function() while true do end end}) collectgarbage() while true do end",
    "message handler": "xpcall(function() while true do end end, function() while true do end end) while true do end",
    "coroutine": "coroutine.wrap(function() while true do end end)()",
    "pattern on a header": "string.match((' '):rep(60000), '^%s*(.-)%s*$x')",
    "loop around KSR": "while true do KSR.is_INVITE() end",
    "loop around a caught export": "while true do pcall(KSR.host.fail) end",
}


@kemilua.export("host.fail")
def fail() -> int:
    raise ValueError("no such user")


@pytest.mark.parametrize("code", ENDLESS.values(), ids=ENDLESS.keys())
def test_endless_script_ends_at_its_budget_and_the_next_message_is_served(script, code):
    engine = script("", limits=LIMITS)
    engine.register(fail)
    with pytest.raises(kemilua.BudgetError, match="the budget of 200000 instructions is used up") as caught:
        engine.eval(code, message=OPTIONS)
    assert caught.value.line == 1
    assert engine.eval("return KSR.is_OPTIONS()", message=OPTIONS) == (True,)


@pytest.mark.parametrize(
    "code",
    [
        "return ('x'):rep(1e9)",
        "local t = {} while true do t[#t + 1] = {} end",
        "coroutine.wrap(function() local t = {} while true do t = {t} end end)()",
    ],
)
def test_runaway_memory_ends_at_its_limit(script, code):
    engine = script("", limits=kemilua.Limits(instructions=0, memory=8 * 2**20))
    with pytest.raises(kemilua.ScriptMemoryError):
        engine.eval(code)
    assert engine.eval("return 1 + 1") == (2,)
    assert engine.memory < 32 * 2**20


def test_closing_an_engine_does_not_wait_for_endless_finalizers(script):
    engine = script("for i = 1, 100 do _G[i] = setmetatable({}, {__gc = function() while true do end end}) end", limits=LIMITS)
    engine.close()
    with pytest.raises(kemilua.EngineClosedError):
        engine.eval("return 1")


def test_os_exit_does_not_end_the_host(script):
    with pytest.raises(kemilua.ScriptError, match=r"os\.exit is not available"):
        script("").eval("os.exit(0)")


def test_caught_exception_of_an_export_reads_as_its_text(script):
    engine = script("")
    engine.register(fail)
    assert engine.eval("local ok, e = pcall(KSR.host.fail) return ok, tostring(e), 'failed: ' .. e", message=OPTIONS) == (
        False,
        "ValueError: no such user",
        "failed: ValueError: no such user",
    )


def test_exception_goes_through_coroutines_to_the_host(script):
    engine = script("")
    engine.register(fail)
    with pytest.raises(ValueError, match="no such user"):
        engine.eval("coroutine.wrap(function() coroutine.wrap(KSR.host.fail)() end)()", message=OPTIONS)


def test_runs_nested_through_python_and_coroutines_fit_a_small_stack(script):
    engine = script("function again() coroutine.wrap(function() KSR.host.nest() end)() end", limits=LIMITS)
    depth = 0

    @kemilua.export("host.nest")
    def nest() -> int:
        nonlocal depth
        depth += 1
        return engine.lua_run("again", message=OPTIONS)

    engine.register(nest)
    results: list[int] = []
    before = threading.stack_size(1024 * 1024)
    try:
        thread = threading.Thread(target=lambda: results.append(engine.lua_run("again", message=OPTIONS)))
        thread.start()
        thread.join()
    finally:
        threading.stack_size(before)
    assert results == [1]
    assert depth > 3
    assert engine.eval("return 1") == (1,)


def test_recursion_inside_lua_is_an_error_with_a_short_traceback(script):
    with pytest.raises(kemilua.ScriptError, match="stack overflow") as caught:
        script("", limits=kemilua.Limits(instructions=0, memory=0)).eval("local function f() return 1 + f() end f()")
    assert caught.value.traceback.count("\n") < 30


def test_what_ksr_functions_keep_cannot_be_taken_from_them(script):
    """debug shows and sets upvalues of Lua functions, and none of C."""
    engine = script(
        "function run()\n"
        "    local x, before = 0, KSR.pv.get('$rU')\n"
        "    local shown = debug.getupvalue(KSR.pv.get, 2)\n"
        "    local set = debug.setupvalue(KSR.pv.get, 1, 5) or debug.setupvalue(KSR.pv.get, 2, 5)\n"
        "    collectgarbage()\n"
        "    return shown, set, before, KSR.pv.get('$rU'), debug.setupvalue(function() return x end, 1, 9), x\n"
        "end",
        limits=LIMITS,
    )
    assert engine.eval("return run()", message=OPTIONS) == (None, None, "bob", "bob", "x", 9)


OPTIONS = (
    b"OPTIONS sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK1\r\nFrom: <sip:a@example.com>;tag=1\r\n"
    b"To: <sip:bob@example.com>\r\nCall-ID: 1@example.com\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
)
