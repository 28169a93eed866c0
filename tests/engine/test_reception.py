"""What never comes to a script: headers that cannot be read, and datagrams that are too large.

As Kamailio 6.2 has it (5.6.3 lets a bad From pass)."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, reply, request
from harness import logged, only_send, sent

ROUTES = (
    "RUN = 0 function ksr_request_route() RUN = RUN + 1 KSR.sl.sl_send_reply(200, 'OK') end function ksr_reply_route() RUN = RUN + 1 end"
)

BAD_ADDRESSES = [
    "<sip:a@b",
    "",
    "<>",
    '"a <sip:b@c>;tag=1',
    "<sip:a b@c>;tag=1",
    ";tag=1",
    "<sip:a@b>, <sip:c@d>;tag=1",
    "<sip:a@b>;tag=1;",
    "<sip:a@b>;tag=x (c)",
]
GOOD_ADDRESSES = ["sip:a@b;tag=1", "x <sip:a@b>;tag=1", "<tel:+1>;tag=1", '"A, B" <sip:a@b>', "<nonsense>", "<sip:a@b> ; tag = 1"]


def with_header(data: bytes, name: str, text: str) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(f"{name}: {text}".encode() if line.lower().startswith(f"{name.lower()}:".encode()) else line for line in lines)


@pytest.mark.parametrize("name", ["From", "To"])
@pytest.mark.parametrize("text", BAD_ADDRESSES)
@pytest.mark.parametrize("data", [request(), reply(200)], ids=["request", "reply"])
def test_address_that_cannot_be_read_drops_the_message(script, name, text, data):
    engine = script(ROUTES, listen=["udp:192.0.2.1:5060"])
    effects = engine.receive(with_header(data, name, text))
    assert [type(effect) for effect in effects] == [kemilua.Log, kemilua.Drop]
    assert logged(effects)[0].startswith("malformed message from 198.51.100.7:5060: expected ")
    kind = "replies" if data.startswith(b"SIP/") else "requests"
    assert engine.eval("return RUN") == (0,)
    assert engine.pv_get(f"$stat(err_{kind})", message=request()) == 1


@pytest.mark.parametrize("name", ["From", "To", "f", "t"])
@pytest.mark.parametrize("text", GOOD_ADDRESSES)
def test_address_that_can_be_read_passes(script, name, text):
    engine = script(ROUTES)
    data = request().replace(b"From:" if name[0] in "Ff" else b"To:", name.encode() + b":")
    assert first_line(only_send(engine.receive(with_header(data, name, text))).data) == "SIP/2.0 200 OK"


@pytest.mark.parametrize("text", ["", "1", "1 "])
def test_cseq_that_cannot_be_read_drops_the_message(script, text):
    engine = script(ROUTES)
    assert not sent(engine.receive(with_header(request(), "CSeq", text)))
    assert engine.eval("return RUN") == (0,)


def test_from_behind_one_that_was_read_counts_for_nothing_in_a_reply(script):
    engine = script(ROUTES, listen=["udp:192.0.2.1:5060"])
    engine.receive(reply(200, headers={"From": "<sip:other@h>;tag=z"}))
    assert engine.eval("return RUN") == (1,)


@pytest.mark.parametrize(
    ("core", "size", "runs"),
    [({}, 32767, 1), ({}, 32768, 0), ({"msg_recv_max_size": 1000}, 1001, 0), ({"msg_recv_max_size": 40000}, 39000, 1)],
)
def test_datagram_above_the_limit_is_dropped_unread(script, core, size, runs):
    engine = script(ROUTES, core=core)
    data = request(body=b"x")
    data = request(body=b"x" * (size - len(data) - len(str(size)) + 2))
    data += b"x" * (size - len(data))
    effects = engine.receive(data)
    assert (len(data), engine.eval("return RUN")) == (size, (runs,))
    assert [effect.reason for effect in effects if isinstance(effect, kemilua.Drop)] == ([] if runs else ["datagram too large"])
    assert [text for text in logged(effects) if "too large" in text] == ([] if runs else [f"a datagram of {size} bytes is too large"])


def test_limit_of_datagrams_is_none_for_connections(script):
    engine = script(ROUTES, listen=["tcp:192.0.2.1:5060"])
    engine.receive(request(body=b"x" * 40000), transport="tcp", connection=3)
    assert engine.eval("return RUN") == (1,)


def test_dropped_before_the_script_sees_the_bytes(script):
    lua = "SEEN = 0 function f() SEEN = SEEN + 1 end"
    engine = script(lua, core={"received_route_mode": 1, "kemi.received_route_callback": "f", "msg_recv_max_size": 1000})
    engine.receive(request(body=b"x" * 1000))
    engine.receive(request())
    assert engine.eval("return SEEN") == (1,)
