"""The tracer: every KSR call, after it returned."""

from __future__ import annotations

import pytest
from builders import request

TEXT = """function inner()
  return KSR.pv.get("$rU")
end
function ksr_request_route()
  KSR.is_method_in("IO")
  inner()
  KSR.hdr.get("X-None")
  KSR.sl.send_reply(404, "No")
end"""


@pytest.fixture
def traced(script):
    engine, calls = script(TEXT), []
    engine.on_call = calls.append
    engine.receive(request())
    return calls


def test_every_call_is_told_with_arguments_and_result(traced):
    assert [(call.name, call.arguments, call.result) for call in traced] == [
        ("KSR.is_method_in", ("IO",), True),
        ("KSR.pv.get", ("$rU",), "bob"),
        ("KSR.hdr.get", ("X-None",), None),
        ("KSR.sl.send_reply", (404, "No"), 1),
    ]


def test_calls_know_their_line_and_depth(traced):
    assert [(call.where, call.depth) for call in traced] == [("test.lua:5", 1), ("test.lua:2", 2), ("test.lua:7", 1), ("test.lua:8", 1)]


def test_calls_are_timed(traced):
    assert all(0 <= call.microseconds < 1e6 for call in traced)


def test_tracing_can_be_switched_off_and_on(script):
    engine, calls = script(TEXT), []
    engine.on_call = calls.append
    engine.on_call = None
    engine.receive(request())
    assert calls == []
    engine.on_call = calls.append
    engine.eval("KSR.is_INVITE()", message=request())
    engine.lua_dostring("KSR.is_INVITE()", message=request())
    assert [call.name for call in calls] == ["KSR.is_INVITE"] * 2


def test_what_a_tracer_raises_reaches_the_caller(script):
    engine = script(TEXT)

    def tracer(call):
        raise ZeroDivisionError(call.name)

    engine.on_call = tracer
    with pytest.raises(ZeroDivisionError, match="is_method_in"):
        engine.receive(request())
    engine.on_call = None
    assert len(engine.receive(request())) == 1
