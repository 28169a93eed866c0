"""$rcv and $recv: a datagram before it is parsed, in the callback of received_route_mode alone."""

from __future__ import annotations

import kemilua
import pytest
from builders import reply, request
from harness import logged, sent

CORE = {"received_route_mode": 1, "kemi.received_route_callback": "received"}
ROUTES = "function ksr_request_route() KSR.info(KSR.pv.getw('$ru') .. ' ' .. KSR.pv.getw('$rcv(buf)')) end function received() %s end"


def in_event(script, lua, data=None):
    """What the callback logged, and then the routes."""
    return logged(script(ROUTES % lua, core=CORE).receive(data or request()))


VALUES = {
    "af": 2, "buf": request().decode(), "len": len(request()), "proto": 1, "sproto": "udp", "srcip": "198.51.100.7", "srcport": 5060,
    "rcvip": "192.0.2.1", "rcvport": 5060, "safe": 1, "evtype": 1, "bufat": request().decode(),
}  # fmt: skip


@pytest.mark.parametrize("name", ["rcv", "recv"])
def test_the_event_sees_the_bytes_and_where_they_came_from(script, name):
    for key, value in VALUES.items():
        (line, _) = in_event(script, f"local v = KSR.pv.get('${name}({key})') KSR.info(math.type(v) == nil and v or ('int ' .. v))")
        assert line == (value if isinstance(value, str) else f"int {value}"), key
    assert in_event(script, "KSR.info(KSR.pv.getw('$rcv(hexat)'))")[0] == "<null>"


def test_the_event_runs_on_a_message_that_no_one_sent(script):
    lines = in_event(script, "KSR.info(KSR.pv.getw('$rm') .. ' ' .. tostring(KSR.corex.is_faked_msg()))", request(method="MESSAGE"))
    assert lines[0] == "OPTIONS 1"


def test_a_script_may_replace_the_bytes(script):
    lines = in_event(script, "KSR.pv.sets('$rcv(buf)', (KSR.pv.get('$rcv(buf)'):gsub('sip:bob@', 'sip:new@')))")
    assert lines[-1].startswith("sip:new@")


@pytest.mark.parametrize(
    ("lua", "done", "start"),
    [
        ("sets('$rcv(bufat)', '0:XY')", True, "XYTIONS"),
        ("sets('$rcv(hexat)', '1:4f50')", True, "OOPIONS"),
        ("sets('$rcv(hexat)', '1:4x')", False, "OPTIONS"),
        ("sets('$rcv(hexat)', '1:4')", False, "OPTIONS"),
        ("sets('$rcv(bufat)', '99999:X')", False, "OPTIONS"),
        ("sets('$rcv(bufat)', '18446744073709551615:X')", False, "OPTIONS"),
        ("sets('$rcv(bufat)', '-1:X')", False, "OPTIONS"),
        ("sets('$rcv(bufat)', 'zz')", False, "OPTIONS"),
        ("seti('$rcv(buf)', 5)", False, "OPTIONS"),
        ("sets('$rcv(len)', '5')", True, "OPTIONS"),
        ("unset('$rcv(len)')", True, "OPTIONS"),
        ("unset('$rcv(buf)')", True, ""),
    ],
)
def test_assignments(script, lua, done, start):
    lines = in_event(script, f"KSR.info(tostring(KSR.pv.{lua}) .. KSR.pv.get('$rcv(buf)'):sub(1, 7))", request(method="OPTIONS"))
    assert f"{str(done).lower()}{start}" in lines


def test_bytes_may_be_dropped_or_spoilt(script):
    engine = script(ROUTES % "KSR.set_drop()", core=CORE)
    assert [effect.reason for effect in engine.receive(request()) if isinstance(effect, kemilua.Drop)] == ["dropped before parsing"]
    assert engine.pv_get("$stat(rcv_requests)", message=request()) == 0
    spoilt = script(ROUTES % "KSR.pv.unset('$rcv(buf)')", core=CORE)
    assert any(isinstance(effect, kemilua.Drop) for effect in spoilt.receive(request()))


def test_one_datagram_leaves_nothing_to_the_next(script):
    engine = script(ROUTES % "if KSR.pv.get('$rcv(buf)'):find('first') then KSR.pv.sets('$rcv(bufat)', '12:x') end", core=CORE)
    assert logged(engine.receive(request(method="OPTIONS", uri="sip:first@h")))[-1].startswith("sip:xirst@h")
    assert logged(engine.receive(request(uri="sip:second@h")))[-1].startswith("sip:second@h")


def test_replies_pass_too(script):
    engine = script(ROUTES % "KSR.info('saw ' .. KSR.pv.get('$rcv(len)'))", core=CORE, listen=["udp:127.0.0.1:5070"])
    data = reply(180, "Ringing")
    effects = engine.receive(data)
    assert f"saw {len(data)}" in logged(effects)
    assert len(sent(effects)) == 1


def test_outside_of_the_event_it_is_null_and_refuses(script):
    engine = script()
    for key in VALUES:
        assert engine.pv_get(f"$rcv({key})", message=request()) is None
    assert engine.eval("return KSR.pv.sets('$rcv(buf)', 'x'), KSR.pv.sets('$recv(len)', 'x')", message=request()) == (False, False)
    for bad in ("$rcv(ip)", "$rcv()", "$rcv(LEN)", "$(rcv(len)[0])", "$rcv"):
        with pytest.raises(kemilua.NotFoundError):
            engine.pv_get(bad, message=request())
