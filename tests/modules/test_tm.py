"""KSR.tm: what its functions return, route by route; whole calls are played by tests/stateful."""

from __future__ import annotations

import kemilua
import pytest
from builders import answer, header, invite, request
from harness import logged, sent
from routes import BOB, RELAY, SAY, answered, filled, lines, said

SCRIPT = (
    SAY
    + """
function ksr_request_route()
    {request}
end
function branch() {branch} end
function replied() {replied} end
function failed() {failed} end
function branch_failed() {branch_failed} end
"""
)


@pytest.fixture
def routes(script):
    """`routes(request=..., failed=..., fr_timer=500)`: an engine with that Lua in its routes, and parameters of tm."""

    def routes(request=RELAY, branch="", replied="", failed="", branch_failed="", **params):
        lua = {"request": request, "branch": branch, "replied": replied, "failed": failed, "branch_failed": branch_failed}
        return script(filled(SCRIPT, lua, lua), modparams={"tm": params})

    return routes


# ---- the request route

IN_REQUEST = {
    "KSR.tm.t_newtran(), KSR.tm.t_newtran()": "1 -10",
    "KSR.tm.t_check_trans(), KSR.tm.t_lookup_request(), KSR.tm.t_exists()": "-1 -1 -1",
    "KSR.tm.t_newtran(), KSR.tm.t_check_trans(), KSR.tm.t_lookup_request(), KSR.tm.t_exists()": "1 1 1 1",
    "KSR.tm.t_lookup_cancel(), KSR.tm.t_lookup_cancel_flags(1)": "-1 -1",
    "KSR.tm.t_relay_to_proto('xyz'), KSR.tm.t_relay_to_proto_addr('xyz', '192.0.2.9', 5060)": "-1 -1",
    "KSR.tm.t_relay_to_proxy('::::'), KSR.tm.t_replicate('nonsense')": "-1 -1",
    "KSR.tm.t_relay_to_proto_addr('udp', '', 5060), KSR.tm.t_relay_to_proto_addr('udp', '192.0.2.9', 70000)": "-478 -478",
    "KSR.tm.t_reply(404, 'No'), KSR.tm.t_retransmit_reply(), KSR.tm.t_reply_error()": "-1 -1 -1",
    "KSR.tm.t_newtran(), KSR.tm.t_retransmit_reply(), KSR.tm.t_reply(404, 'No'), KSR.tm.t_retransmit_reply()": "1 -1 1 1",
    "KSR.tm.t_send_reply(404, 'No'), KSR.tm.t_send_reply(404, 'No'), KSR.tm.t_reply_error()": "1 -1 -2",
    "KSR.tm.t_send_reply(180, 'R'), KSR.tm.t_get_status_code(), KSR.tm.t_send_reply(200, 'OK'), KSR.tm.t_get_status_code()": "1 180 1 200",
    "KSR.tm.t_newtran(), KSR.tm.t_reply(404, 'No\\r\\nX: 1')": "1 -1",
    "KSR.tm.t_release(), KSR.tm.t_newtran(), KSR.tm.t_release()": "1 1 1",
    "KSR.tm.t_is_set('failure_route'), KSR.tm.t_on_failure('f'), KSR.tm.t_is_set('f')": "-1 1 1",
    "KSR.tm.t_on_failure('f'), KSR.tm.t_on_failure(''), KSR.tm.t_is_set('failure_route')": "1 1 -1",
    "KSR.tm.t_on_reply('f'), KSR.tm.t_newtran(), KSR.tm.t_is_set('o'), KSR.tm.t_on_reply(nil), KSR.tm.t_is_set('onreply')": "1 1 1 1 -1",
    "KSR.tm.t_on_branch('f'), KSR.tm.t_is_set('branch_route'), KSR.tm.t_is_set('x'), KSR.tm.t_is_set('')": "1 1 -1 -1",
    "KSR.tm.t_check_status('.'), KSR.tm.t_newtran(), KSR.tm.t_check_status('^0$'), KSR.tm.t_check_status('(')": "-1 1 1 -1",
    "KSR.tm.t_get_status_code(), KSR.tm.t_newtran(), KSR.tm.t_get_status_code()": "-1 1 -1",
    "KSR.tm.t_get_branch_index(), KSR.corex.append_branch_uri('sip:c@h'), KSR.tm.t_get_branch_index()": "0 1 1",
    "KSR.tm.t_any_replied(), KSR.tm.t_any_timeout(), KSR.tm.t_branch_replied(), KSR.tm.t_branch_timeout()": "-1 -1 -1 -1",
    "KSR.tm.t_grep_status(0), KSR.tm.t_is_canceled(), KSR.tm.t_is_expired(), KSR.tm.t_is_retr_async_reply()": "-1 -1 -1 -1",
    "KSR.tm.t_newtran(), KSR.tm.t_is_expired(), KSR.tm.t_set_max_lifetime(0, 0), KSR.tm.t_is_expired()": "1 -1 1 1",
    "KSR.tm.t_set_retr(70000, 0), KSR.tm.t_set_retr(0, 70000), KSR.tm.t_set_retr(65535, 65535), KSR.tm.t_reset_retr()": "-1 -1 1 1",
    "KSR.tm.t_set_fr(0, 0), KSR.tm.t_set_fr_inv(0), KSR.tm.t_set_max_lifetime(0, 0)": "1 1 1",
    "KSR.tm.t_reset_fr(), KSR.tm.t_reset_max_lifetime()": "1 1",
    "KSR.tm.t_set_auto_inv_100(1), KSR.tm.t_set_disable_6xx(1), KSR.tm.t_set_disable_failover(1)": "1 1 1",
    "KSR.tm.t_set_no_auto_ack(1), KSR.tm.t_set_no_e2e_cancel_reason(1), KSR.tm.t_set_disable_internal_reply(1)": "1 1 1",
    "KSR.tm.t_drop_replies('a'), KSR.tm.t_drop_replies_all()": "1 1",
    "KSR.tm.t_newtran(), KSR.tm.t_set_max_lifetime(9223372036854775807, 9223372036854775807), KSR.tm.t_relay()": "1 1 1",
    "KSR.tm.t_newtran(), KSR.tm.t_set_fr(9223372036854775807, 9223372036854775807), KSR.tm.t_relay()": "1 1 1",
}


@pytest.mark.parametrize(("lua", "result"), IN_REQUEST.items())
def test_results_in_the_request_route(routes, lua, result):
    assert said(routes(f"say('r', {lua})").receive(invite(BOB))) == [result]


@pytest.mark.parametrize(
    ("lua", "result"),
    [
        ("KSR.tm.t_newtran()", "1"),
        ("KSR.tm.t_relay()", "1"),
        ("KSR.tm.t_check_trans()", "-1"),
        ("KSR.tm.t_send_reply(404, 'No')", "-1"),
        ("KSR.tm.t_retransmit_reply()", "-1"),
    ],
)
def test_an_ack_has_no_transaction(routes, lua, result):
    effects = routes(f"say('r', {lua}, KSR.tm.t_exists())").receive(request("ACK", BOB, to_tag="b"))
    assert said(effects) == [f"{result} -1"]
    assert len(sent(effects)) == ("relay" in lua)


def test_a_reply_without_a_transaction(script):
    text = "function ksr_reply_route() KSR.info('r: ' .. KSR.tm.t_check_trans() .. KSR.tm.t_exists() .. KSR.tm.t_lookup_request()) end"
    data = answer(request("OPTIONS", BOB), 200, "OK")
    assert said(script(text).receive(data)) == ["-1-1-1"]


def test_a_retransmission_gets_the_last_reply(routes):
    engine = routes("say('r', KSR.tm.t_check_trans()) say('n', KSR.tm.t_newtran()) KSR.tm.t_reply(180, 'Ringing')")
    first, again = engine.receive(invite(BOB)), engine.receive(invite(BOB))
    assert (said(first), said(first, "n")) == (["-1"], ["1"])
    assert said(again) == ["0"]
    assert lines(first) == ["SIP/2.0 180 Ringing"]
    assert lines(again)[0] == "SIP/2.0 180 Ringing"


def test_cancel_is_looked_up_by_its_invite(routes):
    lua = """
    if KSR.is_CANCEL() then
        say("r", KSR.tm.t_check_trans(), KSR.tm.t_lookup_cancel(), KSR.isflagset(5), KSR.tm.t_lookup_cancel_flags(1), KSR.isflagset(5))
    else KSR.setflag(5) KSR.tm.t_relay() end
    """
    engine = routes(lua)
    engine.receive(invite(BOB))
    assert said(engine.receive(request("CANCEL", BOB))) == ["1 1 false 1 true"]
    assert said(engine.receive(request("CANCEL", BOB, branch="z9hG4bK-other"))) == ["-1 -1 false -1 false"]


def test_a_transaction_of_which_nothing_became_is_warned_of(routes):
    effects = routes("KSR.tm.t_newtran()").receive(invite(BOB))
    assert logged(effects) == ["tm: the script made a transaction and did nothing with it"]
    assert sent(effects) == []


def test_relay_says_why_it_did_not(routes):
    effects = routes("say('r', KSR.tm.t_relay())").receive(invite("sip:bob@203.0.113.1;transport=tls"))
    assert said(effects) == ["-7"]
    assert lines(effects)[-1] == "SIP/2.0 500 I'm terribly sorry, server error occurred (7/TM)"


def test_relay_may_leave_the_reply_to_the_script(routes):
    lua = "KSR.tm.t_set_disable_internal_reply(1) say('r', KSR.tm.t_relay()) KSR.tm.t_reply(503, 'Own')"
    effects = routes(lua).receive(invite("sip:bob@203.0.113.1;transport=tls"))
    assert said(effects) == ["-4"]
    assert lines(effects)[-1] == "SIP/2.0 503 Own"


# ---- other routes

ASKED = """
say("{route}", KSR.tm.t_check_trans(), KSR.tm.t_exists(), KSR.tm.t_get_status_code(), KSR.tm.t_get_branch_index(),
    KSR.tm.t_check_status("^486$"), KSR.tm.t_branch_replied(), KSR.tm.t_branch_timeout(), KSR.tm.t_any_replied(), KSR.tm.t_any_timeout(),
    KSR.tm.t_release(), KSR.tm.t_is_canceled())
"""


def asked(route):
    return ASKED.replace("{route}", route)


def test_what_each_route_is_told_of_a_call_that_is_busy(routes):
    engine = routes(branch=asked("b"), replied=asked("o"), failed=asked("f"), branch_failed=asked("d"))
    first = engine.receive(invite(BOB))
    out = sent(first)[-1]
    assert said(first, "b") == ["1 1 100 0 -1 -1 -1 -1 -1 -1 -1"]
    assert said(answered(engine, out, 180), "o") == ["1 1 180 0 -1 -1 -1 -1 -1 -1 -1"]
    last = answered(engine, out, 486)
    assert said(last, "o") == ["1 1 486 0 1 -1 -1 1 -1 -1 -1"]
    assert said(last, "d") == ["1 1 486 0 1 1 -1 1 -1 -1 -1"]
    assert said(last, "f") == ["1 1 486 1 1 1 -1 1 -1 -1 -1"]


def test_what_the_failure_routes_are_told_of_a_timeout(routes):
    engine = routes(failed=asked("f"), branch_failed=asked("d"), fr_timer=500)
    engine.receive(invite(BOB))
    effects = engine.handle_timer(engine.clock.advance(0.6))
    assert said(effects, "d") == ["1 1 408 0 -1 -1 1 -1 1 -1 -1"]
    assert said(effects, "f") == ["1 1 408 1 -1 -1 1 -1 1 -1 -1"]
    assert lines(effects) == ["SIP/2.0 408 Request Timeout"]


@pytest.mark.parametrize(("route", "result"), [("branch", "-1"), ("branch_failed", "-1"), ("failed", "1"), ("replied", "1")])
def test_where_a_reply_may_be_made(routes, route, result):
    engine = routes(**{route: "say('r', KSR.tm.t_reply(480, 'Own'))"})
    first = engine.receive(invite(BOB))
    effects = [*first, *answered(engine, sent(first)[-1], 486)]
    assert said(effects) == [result]
    assert lines(effects)[-1] == ("SIP/2.0 480 Own" if result == "1" else "SIP/2.0 486 Said")


def test_grep_status_finds_codes_of_branches_that_were_dealt_with(routes):
    engine = routes(failed="say('f', KSR.tm.t_grep_status(486), KSR.tm.t_grep_status(404))")
    out = sent(engine.receive(invite(BOB)))[-1]
    answered(engine, out, 180)
    assert said(answered(engine, out, 486), "f") == ["1 -1"]


def test_a_failure_route_without_a_new_place_relays_nothing(routes):
    engine = routes(failed="say('f', KSR.tm.t_relay())")
    out = sent(engine.receive(invite(BOB)))[-1]
    effects = answered(engine, out, 486)
    assert said(effects, "f") == ["-1"]
    assert lines(effects)[-1] == "SIP/2.0 486 Said"


def test_a_cancelled_call_is_not_relayed_again(routes):
    lua = "if KSR.is_CANCEL() then KSR.tm.t_relay() return end" + RELAY
    engine = routes(lua, failed="KSR.seturi('sip:c@203.0.113.2') say('f', KSR.tm.t_is_canceled(), KSR.tm.t_relay())")
    out = sent(engine.receive(invite(BOB)))[-1]
    answered(engine, out, 180)
    assert lines(engine.receive(request("CANCEL", BOB))) == [f"CANCEL {BOB} SIP/2.0", "SIP/2.0 200 canceling"]
    effects = answered(engine, out, 487)
    assert said(effects, "f") == ["1 -1"]
    assert lines(effects)[-1] == "SIP/2.0 487 Said"


def test_avps_live_as_long_as_the_transaction(routes):
    engine = routes(
        "KSR.pv.sets('$avp(x)', 'kept')" + RELAY, failed="say('f', KSR.pv.get('$avp(x)'))", replied="KSR.pv.sets('$avp(x)', 'told')"
    )
    out = sent(engine.receive(invite(BOB)))[-1]
    assert said(answered(engine, out, 486), "f") == ["told"]


def test_t_uac_headers_of_our_own_cancel(routes):
    """Route, Max-Forwards and the To of the INVITE as it was sent."""
    lua = "if KSR.is_CANCEL() then KSR.tm.t_relay() return end" + RELAY
    engine = routes(lua)
    out = sent(engine.receive(invite(BOB, {"Route": "<sip:203.0.113.1;lr>"})))[-1]
    answered(engine, out, 180)
    cancel = sent(engine.receive(request("CANCEL", BOB)))[0]
    for name in ("Via", "Route", "From", "To", "Call-ID"):
        assert header(cancel, name) == header(out, name)[:1]
    assert header(cancel, "CSeq") == ["1 CANCEL"]


def test_the_reply_of_each_of_many_branches_is_known(routes):
    """The index is hexadecimal in our Via's branch, so the eleventh and those behind it are read as such."""
    more = "for i = 2, 12 do KSR.corex.append_branch_uri('sip:bob' .. i .. '@203.0.113.1') end"
    count = 12  # max_branches
    for picked in range(count):
        engine = routes(more + RELAY, replied="say('b', KSR.tm.t_get_branch_index())")
        out = [data for data in sent(engine.receive(invite(BOB))) if data.startswith(b"INVITE")]
        assert len(out) == count
        assert said(answered(engine, out[picked], 180), "b") == [str(picked)]


@pytest.mark.parametrize("on_branch", ["", "KSR.tm.t_on_branch('branch')"])
def test_the_path_of_a_branch_is_not_that_of_the_next(routes, on_branch):
    """Each has the Route of its own Path alone, before those that the request came with (RFC 3327 5.3)."""
    lua = """
        KSR.hdr.append("X-Seen: 1\\r\\n")
        KSR.corex.append_branch_uri("sip:carol@203.0.113.1")
        KSR.pv.sets("$(branch(path)[0])", "<sip:203.0.113.3;lr>")
        KSR.corex.append_branch_uri("sip:dave@203.0.113.1")
        KSR.pv.sets("$(branch(path)[1])", "<sip:203.0.113.4;lr>")
    """
    effects = routes(lua + on_branch + " KSR.tm.t_relay()").receive(invite(BOB, {"Route": "<sip:203.0.113.1;lr>"}))
    out = [data for data in sent(effects) if data.startswith(b"INVITE")]
    own = "<sip:203.0.113.1;lr>"
    assert [header(data, "Route") for data in out] == [[own], ["<sip:203.0.113.3;lr>", own], ["<sip:203.0.113.4;lr>", own]]
    assert [header(data, "X-Seen") for data in out] == [["1"]] * 3


# ---- messages that outlive their engine


def test_a_message_may_hold_a_transaction_of_an_engine_that_is_closed(routes):
    engine = routes()
    messages = [kemilua.Message.parse(invite(BOB, call_id=f"call-{number}"), engine=engine, now=engine.clock.now) for number in range(50)]
    for message in messages:
        assert engine.lua_run("ksr_request_route", message=message) == 1
        assert message.method == "INVITE"
    engine.close()
    assert {message.method for message in messages} == {"INVITE"}
    del messages[::2]
    del messages
