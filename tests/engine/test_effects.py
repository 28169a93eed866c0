"""Effects: values that say what to do."""

from __future__ import annotations

import dataclasses
import logging

import kemilua
import pytest
from builders import first_line, request
from harness import SOURCE, only_send
from kemilua._ffi import ffi
from kemilua.effects import threshold

ANSWER = "function ksr_request_route() KSR.sl.send_reply(200, 'OK') end"


def test_reply_goes_back_to_where_the_request_came_from(script):
    send = only_send(script(ANSWER).receive(request()))
    assert first_line(send.data) == "SIP/2.0 200 OK"
    assert (send.destination, send.transport, send.local) == (SOURCE, "udp", ("192.0.2.1", 5060))
    assert (send.connection, send.close, send.no_connect) == (None, False, False)


def test_reply_on_a_stream_names_the_connection(script):
    engine = script(ANSWER, listen=["tcp:192.0.2.1:5060"])
    send = only_send(engine.receive(request(), transport="tcp", connection=7))
    assert (send.transport, send.connection) == ("tcp", 7)


def test_send_flags_reach_the_host(script):
    engine = script("function ksr_request_route() KSR.set_reply_close() KSR.set_reply_no_connect() KSR.sl.send_reply(200, 'OK') end")
    send = only_send(engine.receive(request()))
    assert (send.close, send.no_connect) == (True, True)


def test_alias_of_a_connection_reaches_the_host(script):
    engine = script("function ksr_request_route() KSR.add_tcp_alias(5070) end", listen=["tcp:192.0.2.1:5060"])
    assert engine.receive(request(), transport="tcp", connection=7) == [
        kemilua.Alias(7, ("198.51.100.7", 5070), "tcp", ("192.0.2.1", 5060))
    ]
    assert engine.receive(request()) == []


@pytest.mark.parametrize(
    ("uri", "told"),
    [
        ("sip:b.example", (None, None, False)),
        ("sip:b.example:5070", (5070, None, False)),
        ("sip:b.example;transport=tcp", (None, "tcp", False)),
        ("sips:b.example:5070;transport=tls", (5070, "tls", True)),
    ],
)
def test_name_of_a_next_hop_reaches_the_host(script, uri, told):
    engine = script("function ksr_request_route() KSR.tm.t_relay() end")
    (effect,) = engine.receive(request(uri=uri))
    assert effect == kemilua.Resolve(effect.ticket, "b.example", *told, local=("192.0.2.1", 5060))


def test_effects_come_in_the_order_they_happened(script):
    engine = script("function ksr_request_route() KSR.info('one') KSR.sl.send_reply(404, 'Gone') KSR.info('two') end")
    assert [type(effect).__name__ for effect in engine.receive(request())] == ["Log", "Send", "Log"]


def test_log_names_level_and_line(script):
    engine = script("function ksr_request_route()\n  KSR.warn('careful')\nend")
    assert engine.receive(request()) == [kemilua.Log(kemilua.Level.WARN, "careful", "test.lua:2")]


def test_silent_script_has_no_effects(script):
    assert script("function ksr_request_route() end").receive(request()) == []


def test_keep_alive_of_a_nat_is_dropped(script):
    assert [type(effect) for effect in script(ANSWER).receive(b"\0\0\0\0")] == [kemilua.Drop]


def test_malformed_message_is_logged_and_dropped(script):
    log, drop = script(ANSWER).receive(b"this is no SIP message at all\r\n\r\n")
    assert log.level == kemilua.Level.ERR
    assert "198.51.100.7:5060" in log.text
    assert isinstance(drop, kemilua.Drop)


@pytest.mark.parametrize(
    "effect",
    [
        kemilua.Drop("x"),
        kemilua.Log(kemilua.Level.INFO, "x"),
        kemilua.Send(b"", ("h", 1), "udp"),
        kemilua.Alias(1, ("h", 1), "tcp"),
        kemilua.Resolve(1, "h"),
        kemilua.Store(1, "t", "upsert", (("a", 1),), (("b", None),)),
        kemilua.Release(1),
    ],
)
def test_effects_are_immutable_slotted_values(effect):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(effect, dataclasses.fields(effect)[0].name, None)
    assert not hasattr(effect, "__dict__")
    assert effect == dataclasses.replace(effect)
    assert hash(effect) == hash(dataclasses.replace(effect))


def test_levels_are_those_of_c():
    numbers = ffi.typeof("kl_level").relements
    assert {f"KL_LOG_{level.name}": int(level) for level in kemilua.Level} == numbers


@pytest.mark.parametrize(
    ("logging_level", "ours"),
    [
        (logging.DEBUG, kemilua.Level.DBG),
        (1, kemilua.Level.DBG),
        (logging.INFO, kemilua.Level.INFO),
        (25, kemilua.Level.NOTICE),
        (logging.WARNING, kemilua.Level.WARN),
        (logging.ERROR, kemilua.Level.ERR),
        (logging.CRITICAL, kemilua.Level.CRIT),
    ],
)
def test_threshold_is_the_least_severe_level_that_passes(logging_level, ours):
    assert threshold(logging_level) == ours
