"""Messages out of a byte stream."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, invite, request
from harness import SOURCE, sent

ANSWER = "function ksr_request_route() KSR.sl.send_reply(200, 'OK') end"
LISTEN = ["tcp:192.0.2.1:5060"]


def test_messages_come_out_whole():
    stream = kemilua.Stream()
    assert stream.feed(request() + invite()) == [request(), invite()]


def test_byte_by_byte_gives_the_same():
    stream = kemilua.Stream()
    data = request() + invite() + request("BYE")
    found = [message for at in range(len(data)) for message in stream.feed(data[at : at + 1])]
    assert found == [request(), invite(), request("BYE")]


def test_keep_alives_are_told_apart():
    stream = kemilua.Stream()
    assert stream.feed(kemilua.PING + request()) == [kemilua.PING, request()]


def test_lone_line_end_is_a_pong():
    assert kemilua.Stream().feed(kemilua.PONG + request()) == [kemilua.PONG, request()]


def test_message_over_the_limit_breaks_the_stream():
    stream = kemilua.Stream(limit=200)
    assert stream.feed(b"OPTIONS sip:b SIP/2.0\r\nX: " + b"x" * 300) == []
    assert isinstance(stream.error, kemilua.MessageError)
    with pytest.raises(kemilua.MessageError):
        stream.feed(b"more")


def test_what_was_whole_before_the_fault_is_not_lost():
    stream = kemilua.Stream()
    broken = request("BYE").replace(b"Content-Length: 0", b"Content-Length: many")
    assert stream.feed(request() + broken) == [request()]
    assert isinstance(stream.error, kemilua.MessageError)


def test_text_is_no_stream():
    with pytest.raises(TypeError, match="bytes"):
        kemilua.Stream().feed("OPTIONS")


def test_engine_routes_each_message_of_a_stream(script):
    engine, stream = script(ANSWER, listen=LISTEN), kemilua.Stream()
    data = request() + invite()
    assert engine.receive_stream(stream, data[:100], SOURCE, connection=4) == []
    effects = engine.receive_stream(stream, data[100:], SOURCE, connection=4)
    assert [first_line(one) for one in sent(effects)] == ["SIP/2.0 200 OK"] * 2
    assert {effect.connection for effect in effects} == {4}


def test_engine_answers_a_ping_and_keeps_quiet_on_a_pong(script):
    engine, stream = script(ANSWER, listen=LISTEN), kemilua.Stream()
    (pong,) = engine.receive_stream(stream, kemilua.PING, SOURCE, connection=4)
    assert (pong.data, pong.destination, pong.connection, pong.no_connect) == (kemilua.PONG, SOURCE, 4, True)
    assert engine.receive_stream(stream, b"\r\n", SOURCE) == []


WEBSOCKETS = ["ws", "wss"]


@pytest.mark.parametrize("transport", WEBSOCKETS)
def test_frame_that_asks_whether_a_websocket_is_alive_is_answered_with_a_frame(script, transport):
    engine = script("", listen=["tcp:192.0.2.1:80"])
    effects = engine.receive(b"\r\n\r\n", transport=transport, connection=9)
    assert effects == [kemilua.Send(b"\r\n", SOURCE, transport, ("192.0.2.1", 80), 9, no_connect=True)]


@pytest.mark.parametrize(
    ("data", "transport"), [(b"\r\n", "ws"), (b"\r\n\r", "wss"), (b"\0\0\0\0", "ws"), (b"\r\n\r\n", "udp"), (b"\r\n\r\n", "tcp")]
)
def test_other_keep_alives_are_dropped(script, data, transport):
    assert script("").receive(data, transport=transport, connection=9) == [kemilua.Drop("keep-alive")]


@pytest.mark.parametrize("transport", WEBSOCKETS)
def test_frame_is_one_message_and_needs_no_content_length(script, transport):
    engine = script("function ksr_request_route() KSR.info(KSR.pv.get('$bs') .. '') KSR.sl.send_reply(200, 'OK') end")
    frame = request().replace(b"Content-Length: 0\r\n", b"")
    log, send = engine.receive(frame, transport=transport, connection=9)
    assert (log.text, send.connection, send.transport) == ("0", 9, transport)
    log, _ = engine.receive(frame + frame, transport=transport, connection=9)
    assert log.text == str(len(frame))


@pytest.mark.parametrize("blanks", [b" ", b"\t  ", b"\r\n \n"])
def test_blanks_in_front_of_a_message_are_none_of_its_bytes(blanks):
    assert kemilua.Stream().feed(blanks + request())[-1] == request()
