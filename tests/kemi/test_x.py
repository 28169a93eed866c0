"""KSR.x from scripts, and the latency alert."""

from __future__ import annotations

import time

import kemilua
import pytest
from builders import invite, reply, request
from harness import logged, only_send, sent


def test_modf_sends_a_reply(script):
    engine = script("function ksr_request_route() KSR.info(KSR.x.modf('sl_send_reply', '404', 'No $rU') .. '') end")
    effects = engine.receive(request())
    assert only_send(effects).data.startswith(b"SIP/2.0 404 No bob\r\n")
    assert logged(effects) == ["1"]


@pytest.mark.parametrize(
    ("arguments", "result"),
    [
        ("'is_request'", 1),
        ("'is_reply'", -1),
        ("'has_totag'", -1),
        ("'is_user', 'alice'", -1),
        ("'maxfwd_process', 10", 1),
        ("'is_maxfwd_lt', '10'", -1),
        ("'remove_hf', 'Subject'", 1),
        ("'remove_hf', 'X-None'", -1),
        ("'cmp_uri', '$ru', 'sip:bob@EXAMPLE.com'", 1),
        ("'is_numeric', '0123'", 1),
        ("'msg_apply_changes'", 1),
        ("'nope'", -1),
        ("'setflag', 1", -1),
        ("'is_method', 'INVITE'", -1),
        ("'sl_send_reply', 'x', 'y'", -1),
        ("", -1),
        ("nil", -1),
        ("'is_request', {}", -1),
        ("'a', 1, 2, 3, 4, 5, 6, 7", -1),
    ],
)
def test_modf_gives_what_the_function_gives(script, arguments, result):
    engine = script(log_level="alert")
    assert engine.eval(f"return KSR.x.modf({arguments})", message=invite(headers={"Subject": "s"})) == (result,)


def test_modf_needs_a_message(script):
    engine = script()
    assert engine.eval("return KSR.x.modf('is_request')") == (-1,)
    assert logged(engine.take_effects()) == ["KSR.x.modf: there is no message here"]


def test_modf_reaches_exports(script):
    """A function of the configuration language whose KSR twin is Python's."""

    @kemilua.export("auth.consume_credentials")
    def consume_credentials(msg: kemilua.Message) -> int:
        msg.append("X-Consumed", "all")
        return 3

    engine = script()
    engine.register(consume_credentials, override=True)
    message = kemilua.Message.parse(request())
    assert engine.eval("return KSR.x.modf('consume_credentials')", message=message) == (3,)
    assert b"\r\nX-Consumed: all\r\n" in bytes(message)


def test_exit_ends_the_callback_and_what_it_did_stands(script):
    engine = script("function ksr_request_route() KSR.sl.send_reply(200, 'OK') KSR.x.exit() KSR.sl.send_reply(500, 'No') end")
    (data,) = sent(engine.receive(request()))
    assert data.startswith(b"SIP/2.0 200 ")


def test_script_may_catch_exit_and_drop_stays(script):
    engine = script("function ksr_reply_route() local ok, e = pcall(KSR.x.drop) KSR.info(e) end")
    effects = engine.receive(reply())
    assert logged(effects) == ["~~ksr~exit~~"]
    assert sent(effects) == []


def test_own_error_with_that_text_is_an_exit_too(script):
    engine = script("function ksr_request_route() error('~~ksr~exit~~', 0) end")
    assert engine.receive(request()) == []
    engine = script("function ksr_request_route() error('~~ksr~exit~~') end")
    assert "~~ksr~exit~~" in logged(engine.receive(request()))[0]


def test_slow_call_raises_an_alert_that_names_function_line_and_caller(script):
    @kemilua.export("t.nap")
    def nap(seconds: int) -> int:
        time.sleep(seconds / 1000)
        return 1

    engine = script(
        "function ksr_request_route()\n  KSR.t.nap(0)\n  KSR.t.nap(300)\nend",
        exports=[nap],
        core={"latency_limit_action": 250_000, "latency_log": -1},
    )
    (line,) = engine.receive(request())
    assert line.level is kemilua.Level.ERR
    assert line.where == "test.lua:3"
    assert line.text.startswith("KSR.t.nap took ")
    assert line.text.endswith(" us, called at test.lua:3 in ksr_request_route")


def test_without_a_limit_there_is_no_alert(script):
    @kemilua.export("t.nap")
    def nap() -> int:
        time.sleep(0.02)
        return 1

    engine = script("function ksr_request_route() KSR.t.nap() end", exports=[nap], core={"latency_log": -1})
    assert engine.receive(request()) == []
