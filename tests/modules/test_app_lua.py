"""KSR.app_lua: scripts that run code, files and functions."""

from __future__ import annotations

import pytest
from builders import request
from harness import logged

HOST = """
SEEN = {}
function note(...) SEEN[#SEEN + 1] = table.concat({...}, ",") end
function method() SEEN[#SEEN + 1] = KSR.kx.get_method() end
function fails() error("boom") end
function ends() KSR.x.exit() end
VALUE = 1
"""


@pytest.fixture
def host(script):
    return script(HOST)


def run(host, lua):
    """The values of some Lua on a request, and the lines that were logged."""
    values = host.eval(f"return {lua}", message=request())
    return values, logged(host.take_effects())


@pytest.mark.parametrize(
    ("call", "seen"),
    [
        ("run('note')", ""),
        ("run_p1('note', 'a')", "a"),
        ("run_p2('note', 'a', '')", "a,"),
        ("run_p3('note', 'a', 'b', 'c')", "a,b,c"),
        ("run_p1('note', 12)", "12"),
        ("run_p2('note', 'a\\0x', 'b')", "a,b"),
        ("run('method')", "OPTIONS"),
    ],
)
def test_function_of_the_loaded_scripts_is_run_with_text(host, call, seen):
    assert run(host, f"KSR.app_lua.{call}, table.remove(SEEN)") == ((1, seen), [])


@pytest.mark.parametrize("call", ["run('')", "run(nil)", "run_p1('note', nil)", "run_p2('note', 'a', nil)", "run_p3('', 'a', 'b', 'c')"])
def test_nothing_is_run_for_nothing(host, call):
    assert run(host, f"KSR.app_lua.{call}, #SEEN")[0] == (-1, 0)


def test_function_that_is_not_there_is_an_error(host):
    values, lines = run(host, "KSR.app_lua.run('none')")
    assert values == (-1,)
    assert any("none" in line for line in lines)


def test_failure_of_the_function_is_logged_and_minus_one(host):
    values, lines = run(host, "KSR.app_lua.run('fails')")
    assert values == (-1,)
    assert any("boom" in line for line in lines)


def test_exit_of_the_function_is_a_good_end_of_it_alone(host):
    assert run(host, "KSR.app_lua.run('ends'), KSR.app_lua.run('note')") == ((1, 1), [])


def test_code_runs_in_either_context(host):
    assert run(host, "KSR.app_lua.runstring('VALUE = VALUE + 1'), KSR.app_lua.dostring('VALUE = (VALUE or 10) + 1'), VALUE") == (
        (1, 1, 2),
        [],
    )
    assert run(host, "KSR.app_lua.dostring('assert(VALUE == 11)'), KSR.app_lua.dostring('assert(note == nil)')") == ((1, 1), [])


def test_file_runs_in_the_context_of_dostring(host, tmp_path):
    path = tmp_path / "x.lua"
    path.write_text("FROM_FILE = KSR.kx.get_method()")
    assert run(host, f"KSR.app_lua.dofile('{path}'), KSR.app_lua.dostring('assert(FROM_FILE == \"OPTIONS\")'), FROM_FILE == nil") == (
        (1, 1, True),
        [],
    )


@pytest.mark.parametrize("function", ["dostring", "runstring"])
@pytest.mark.parametrize(
    ("code", "result"),
    [("''", 1), ("nil", -1), ("('-'):rep(1022)", 1), ("('-'):rep(1023)", -1), ("'x = '", -1), ("'error(1)'", -1), ("'KSR.x.exit()'", -1)],
)
def test_code_is_good_or_minus_one(host, function, code, result):
    assert run(host, f"KSR.app_lua.{function}({code})")[0] == (result,)


def test_unreadable_file_is_minus_one_and_a_line(host):
    values, lines = run(host, "KSR.app_lua.dofile('/nonexistent/x.lua'), KSR.app_lua.dofile(nil)")
    assert values == (-1, -1)
    assert any("/nonexistent/x.lua" in line for line in lines)


def test_runstring_needs_a_loaded_script(script):
    engine = script(None)
    assert engine.lua_dostring("R = KSR.app_lua.runstring('X = 1') .. KSR.app_lua.run('note'); assert(R == '-1-1')", message=request()) == 1
