"""(d) A whole request, bytes in to reply bytes out, against sippy parsing the same request and building the same reply."""

from __future__ import annotations

import kemilua
import pytest
from conftest import make_engine
from table import Row

SipRequest = pytest.importorskip("sippy.SipRequest", reason="the benchmark peer sippy is not installed").SipRequest

COUNT = 500
CASES = {
    "options": ("OPTIONS keep-alive, 21 KSR calls, 200", 200, "OK"),
    "invite": ("INVITE with SDP, 23 KSR calls, 404", 404, "Not Found"),
}
SOURCE, LOCAL = ("198.51.100.7", 5060), ("192.0.2.1", 5060)


def sippy_reply(data: bytes, code: int, reason: str) -> bytes:
    reply = SipRequest(data.decode()).genResponse(code, reason)
    return reply.localStr(*LOCAL).encode()


@pytest.mark.parametrize("lane", ["direct", "portable"])
@pytest.mark.parametrize("name", CASES)
def test_whole_message(name, lane, script, messages, compare, add_row):
    what, code, reason = CASES[name]
    data = messages[name]
    engine = make_engine(script("edge"), lane=lane)
    (effect,) = engine.receive_datagram(data, SOURCE, LOCAL, "udp", 1.0)
    assert isinstance(effect, kemilua.Send)
    assert effect.data.startswith(b"SIP/2.0 %d %s\r\n" % (code, reason.encode()))
    assert sippy_reply(data, code, reason).startswith(b"SIP/2.0 %d %s\r\n" % (code, reason.encode()))

    def ours():
        receive = engine.receive_datagram
        for _ in range(COUNT):
            receive(data, SOURCE, LOCAL, "udp", 1.0)

    def peer():
        for _ in range(COUNT):
            sippy_reply(data, code, reason)

    seconds = compare(ours, peer, COUNT)
    add_row(Row("d", f"{what}, {lane} lane", *seconds, "sippy", 0.2 if lane == "direct" else None, "us", rate=True))
