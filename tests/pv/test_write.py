"""KSR.pv as scripts use it to write: what changes at once, and what shows in the bytes that leave."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, header, request
from harness import only_send

FORWARD = "KSR.setdsturi('sip:203.0.113.5:5080') KSR.forward()"


@pytest.fixture
def forwarded(script):
    """The bytes a request leaves with after some Lua."""

    def run(lua, data=None):
        engine = script(f"function ksr_request_route() {lua} {FORWARD} end")
        return only_send(engine.receive(data or request(uri="sip:bob@example.com"))).data

    return run


@pytest.mark.parametrize(
    ("lua", "line"),
    [
        ("KSR.pv.sets('$ru', 'sip:new@host:5090;x=y')", "sip:new@host:5090;x=y"),
        ("KSR.pv.sets('$rU', 'carol')", "sip:carol@example.com"),
        ("KSR.pv.sets('$rU', '99' .. KSR.pv.get('$rU'))", "sip:99bob@example.com"),
        ("KSR.pv.unset('$rU')", "sip:example.com"),
        ("KSR.pv.sets('$rd', 'd.example')", "sip:bob@d.example"),
        ("KSR.pv.seti('$rp', 5099)", "sip:bob@example.com:5099"),
        ("KSR.pv.sets('$rp', '5099') KSR.pv.unset('$rp')", "sip:bob@example.com"),
    ],
)
def test_the_request_uri_changes_at_once_and_on_the_wire(forwarded, lua, line):
    assert first_line(forwarded(lua)) == f"OPTIONS {line} SIP/2.0"


@pytest.mark.parametrize(
    ("lua", "name", "body"),
    [
        ("KSR.pv.sets('$fu', 'sip:anon@anon.invalid')", "From", "<sip:anon@anon.invalid>;tag=a1"),
        ("KSR.pv.sets('$fU', 'zed')", "From", "<sip:zed@example.com>;tag=a1"),
        ("KSR.pv.unset('$fU')", "From", "<sip:example.com>;tag=a1"),
        ("KSR.pv.sets('$fd', 'fd.example')", "From", "<sip:alice@fd.example>;tag=a1"),
        ("KSR.pv.sets('$fn', '\"Zed\"')", "From", '"Zed" <sip:alice@example.com>;tag=a1'),
        ("KSR.pv.sets('$fn', '\"Z\"') KSR.pv.sets('$fU', 'z') KSR.pv.sets('$fd', 'd')", "From", '"Z" <sip:z@d>;tag=a1'),
        ("KSR.pv.sets('$tu', 'sip:t@t;p=q')", "To", "<sip:t@t;p=q>"),
        ("KSR.pv.sets('$tU', 'tt')", "To", "<sip:tt@example.com>"),
        ("KSR.pv.sets('$td', 'td.example')", "To", "<sip:bob@td.example>"),
        ("KSR.pv.sets('$tn', 'T')", "To", "T <sip:bob@example.com>"),
    ],
)
def test_from_and_to_change_on_the_wire(forwarded, lua, name, body):
    assert header(forwarded(lua), name) == [body]


def test_from_and_to_read_as_received_until_applied(script):
    lua = """
        KSR.pv.sets('$fU', 'zed') KSR.pv.sets('$tn', 'T')
        local before = KSR.pv.get('$fU') .. KSR.pv.getw('$tn')
        KSR.textopsx.msg_apply_changes()
        return before, KSR.pv.get('$fU') .. KSR.pv.getw('$tn')
    """
    assert script().eval(lua, message=request()) == ("alice<null>", "zedT")


def test_refusals(script):
    engine = script()
    refused = [
        *("seti('$ru', 1)", "unset('$ru')", "unset('$rd')", "seti('$du', 1)", "seti('$fu', 1)"),
        *("sets('$mf', '5')", "sets('$br', '')", "unset('$br')", "sets('$branch(uri)', 'sip:x')", "sets('$fs', '')"),
        *("sets('$nosuch', '1')", "sets('nosuch', '1')", "seti('$nosuch', 1)", "unset('$nosuch')"),
    ]
    assert engine.eval("return " + ", ".join(f"KSR.pv.{call}" for call in refused), message=request()) == (False,) * len(refused)


def test_nil_is_stored_as_an_empty_text(script):
    assert script().eval("return KSR.pv.sets('$var(x)', nil), KSR.pv.get('$var(x)')", message=request()) == (True, "")


def test_the_forced_socket_sends(script):
    engine = script(
        "function ksr_request_route() KSR.pv.sets('$fs', 'udp:192.0.2.1:5062') KSR.pv.sets('$du', 'sip:203.0.113.5') KSR.forward() end",
        listen=["udp:192.0.2.1:5060", "udp:192.0.2.1:5062 name second"],
    )
    assert only_send(engine.receive(request())).local == ("192.0.2.1", 5062)


def test_the_next_hop_is_where_it_goes(script):
    engine = script("function ksr_request_route() KSR.pv.sets('$du', 'sip:203.0.113.5:5081') KSR.forward() end")
    assert only_send(engine.receive(request())).destination == ("203.0.113.5", 5081)


def test_message_and_script_see_the_same_variables(script):
    engine = script()
    message = kemilua.Message.parse(request(), engine=engine)
    engine.eval("KSR.pv.sets('$ru', 'sip:new@host') KSR.pv.sets('$avp(a)', 'x')", message=message)
    assert engine.eval("return KSR.pv.get('$ru'), KSR.pv.get('$avp(a)')", message=message) == ("sip:new@host", "x")


def test_the_static_branch_has_a_q_of_0_until_it_is_taken_away(script):
    lua = """
        KSR.pv.sets('$sbranch(uri)', 'sip:x@y') local first = KSR.pv.get('$sbranch(q)')
        KSR.pvx.sbranch_append() KSR.pv.unset('$sbranch(q)') KSR.pvx.sbranch_append()
        return first, KSR.pv.get('$sbranch(q)'), KSR.pv.get('$bR')"""
    assert script().eval(lua, message=request()) == (0, None, "<sip:x@y>;q=0, sip:x@y")
