"""KSR.x: leaving a script, dropping, native functions by name."""

from __future__ import annotations

import pytest
from builders import first_line, reply, request
from harness import logged, only_send, sent

MARK = "~~ksr~exit~~"


def route(lua):
    return f"function ksr_request_route() {lua} end"


def test_exit_ends_the_route_and_is_no_error(script):
    effects = script(route("KSR.sl.send_reply(404, 'None') KSR.x.exit() KSR.sl.send_reply(500, 'No')")).receive(request())
    assert [first_line(data) for data in sent(effects)] == ["SIP/2.0 404 None"]
    assert logged(effects) == []


@pytest.mark.parametrize("name", ["exit", "drop"])
def test_exit_is_an_error_that_pcall_catches(script, name):
    engine = script(route(f"R = {{pcall(KSR.x.{name})}} KSR.sl.send_reply(200, 'OK')"))
    assert first_line(only_send(engine.receive(request())).data) == "SIP/2.0 200 OK"
    assert engine.eval("return R[1], R[2]") == (False, MARK)


def test_same_text_raised_by_a_script_is_an_exit_too(script):
    assert logged(script(route(f"error('{MARK}', 0)")).receive(request())) == []
    assert logged(script(route(f"error('{MARK}')")).receive(request())) != []


def test_drop_keeps_a_reply_from_being_forwarded(script):
    assert sent(script("function ksr_reply_route() KSR.x.drop() end").receive(reply())) == []
    assert len(sent(script("function ksr_reply_route() KSR.x.exit() end").receive(reply()))) == 1


def test_drop_caught_by_the_script_still_drops(script):
    assert sent(script("function ksr_reply_route() pcall(KSR.x.drop) end").receive(reply())) == []


def test_drop_in_the_request_route_ends_it(script):
    effects = script(route("KSR.sl.send_reply(100, 'Trying') KSR.x.drop() KSR.sl.send_reply(500, 'No')")).receive(request())
    assert [first_line(data) for data in sent(effects)] == ["SIP/2.0 100 Trying"]


def test_probe_gives_nothing_and_needs_no_message(script):
    engine = script(None)
    assert engine.eval("return select('#', KSR.x.probe())") == (0,)
    assert engine.lua_dostring("KSR.x.probe()") == 1


def test_probe_is_a_line_for_debugging(script):
    engine = script(None, log_level="dbg")
    engine.eval("KSR.x.probe()", message=request())
    assert logged(engine.take_effects())


# ---- modf


def test_native_function_is_called_by_its_name(script):
    engine = script(route("R = KSR.x.modf('sl_send_reply', '404', 'None')"))
    assert first_line(only_send(engine.receive(request())).data) == "SIP/2.0 404 None"
    assert engine.eval("return R") == (1,)


@pytest.mark.parametrize(
    "arguments",
    [
        "",
        "'nosuch'",
        "'sl_send_reply'",
        "'sl_send_reply', '404'",
        "'sl_send_reply', true, 'x'",
        "'sl_send_reply', {}, 'x'",
        "nil",
        "'setflag', '1'",
        "'a', 1, 2, 3, 4, 5, 6, 7",
    ],
)
def test_what_is_no_native_function_gives_minus_one(ask, arguments):
    assert ask(f"KSR.x.modf({arguments})") == -1


def test_native_function_needs_a_message(script):
    assert script(None).eval("return KSR.x.modf('sl_send_reply', '200', 'OK')") == (-1,)


def test_x_is_in_no_list_of_exports(script):
    assert not [row for row in script(None).rpc("app_lua.api_list")["methods"] if row["func"]["module"] == "x"]
