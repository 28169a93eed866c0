"""KSR.tmx and $T...: what they return, route by route; whole calls are played by tests/stateful."""

from __future__ import annotations

import pytest
from builders import header, invite, request
from harness import sent
from routes import BOB, RELAY, SAY, answered, filled, lines, said, started

SCRIPT = (
    SAY
    + """
local function get(...)
    local all = {...}
    for i = 1, select("#", ...) do all[i] = tostring(KSR.pv.get(all[i])) end
    return table.concat(all, " ")
end
local function hold() INDEX, LABEL = KSR.pv.get("$T(id_index)"), KSR.pv.get("$T(id_label)") return KSR.tmx.t_suspend() end
local ROUTES = {"request", "branch", "reply", "failure"}
local function route()
    local found = ""
    for _, name in ipairs(ROUTES) do if KSR.tmx["t_is_" .. name .. "_route"]() == 1 then found = found .. name end end
    return found
end
function ksr_request_route()
    {request}
end
function branch() {branch} end
function replied() {replied} end
function failed() {failed} end
function branch_failed() {branch_failed} end
function continued() {continued} end
function ksr_reply_route() {core} end
"""
)
PLACES = ("request", "branch", "replied", "failed", "branch_failed", "continued", "core")


@pytest.fixture
def routes(script):
    """`routes(request=..., failed=...)`: an engine with that Lua in its routes, and parameters of tm."""

    def routes(request=RELAY, *, modparams=None, **lua):
        return script(filled(SCRIPT, PLACES, {"request": request, **lua}), modparams=modparams or {})

    return routes


IN_REQUEST = {
    "KSR.tmx.t_drop(), KSR.tmx.t_drop_rcode(404), KSR.tmx.t_flush_flags(), KSR.tmx.t_flush_xflags()": "-1 -1 -1 -1",
    "KSR.tm.t_newtran(), KSR.tmx.t_drop(), KSR.tm.t_get_status_code()": "1 0 500",
    "KSR.tm.t_newtran(), KSR.tmx.t_drop_rcode(404), KSR.tm.t_get_status_code()": "1 0 404",
    "KSR.tm.t_newtran(), KSR.tmx.t_flush_flags(), KSR.tmx.t_flush_xflags()": "1 1 1",
    "KSR.tmx.t_cancel_branches('all'), KSR.tmx.t_reuse_branch(), KSR.tmx.t_precheck_trans()": "-1 -1 -1",
    "KSR.tmx.t_cancel_callid('none', '1', 0), KSR.tmx.t_cancel_callid_reason('none', '1', 0, 480)": "-1 -1",
    "KSR.tmx.t_reply_callid('none', '1', 480, 'No'), KSR.tmx.t_continue(1, 2, 'continued')": "-1 -1",
    "KSR.tm.t_send_reply(404, 'No'), KSR.tmx.t_suspend()": "1 -1",
    "KSR.tmx.t_suspend(), KSR.tm.t_is_retr_async_reply(), KSR.tm.t_get_branch_index()": "1 1 0",
    "KSR.tm.t_newtran(), KSR.tmx.t_continue(KSR.pv.get('$T(id_index)'), KSR.pv.get('$T(id_label)'), 'continued')": "1 -1",
    "route()": "request",
    "get('$T(id_index)', '$T(id_label)', '$T_branch_idx', '$T_reply_code', '$T_reply_reason', '$T_reply_last')": "nil nil 0 0 nil nil",
    "get('$T(reply_code)', '$T(branch_index)', '$T(reply_reason)', '$T(reply_type)', '$T_req($ru)', '$T_rpl($rs)')": "0 0 nil nil nil nil",
    "KSR.tm.t_newtran(), KSR.pv.get('$T(id_index)') == KSR.pv.get('$T(id_index_n)')": "1 true",
    "KSR.tm.t_exists(), KSR.pv.get('$T(id_label_n)') ~= nil, KSR.tm.t_exists()": "-1 true 1",
}


@pytest.mark.parametrize(("lua", "result"), IN_REQUEST.items())
def test_results_in_the_request_route(routes, lua, result):
    assert said(routes(f"say('r', {lua})").receive(invite(BOB))) == [result]


def test_each_route_is_told_which_it_is(routes):
    say = "say('r', route())"
    engine = routes(say + RELAY, branch=say, replied=say, failed=say, branch_failed=say, core=say)
    first = engine.receive(invite(BOB))
    assert said(first) == ["request", "branch"]
    assert said(answered(engine, sent(first)[-1], 486)) == ["reply", "reply", "", "failure"]


VALUES = (
    "say('r', get('$T_branch_idx', '$T_reply_code', '$T_reply_reason', '$T_reply_last', '$T(reply_type)', "
    "'$T_req($rm)', '$T_rpl($rs)', '$T_branch(uri)'))"
)


def test_variables_in_each_route(routes):
    engine = routes(branch=VALUES, replied=VALUES, failed=VALUES, branch_failed=VALUES)
    first = engine.receive(invite(BOB))
    assert said(first) == ["0 100 nil nil 0 nil nil nil"]
    out = sent(first)[-1]
    assert said(answered(engine, out, 180)) == [f"0 180 Said 180 0 INVITE nil {BOB}"]
    assert said(answered(engine, out, 486)) == [
        f"0 486 Said 486 0 INVITE nil {BOB}",
        "0 486 Said nil 0 nil 486 nil",
        "1 486 Said nil 0 nil 486 nil",
    ]


def test_names_are_those_of_each_variable(routes):
    engine = routes("say('r', get('$T(uri)', '$T(ruid)', '$T_branch(id_label)', '$T_branch(reply_code)'))")
    assert said(engine.receive(invite(BOB))) == ["nil nil nil nil"]


def test_variables_of_a_timeout(routes):
    engine = routes(failed=VALUES, modparams={"tm": {"fr_timer": 500}})
    started(engine)
    assert said(engine.handle_timer(engine.clock.advance(0.6))) == ["1 408 Request Timeout nil 1 nil nil nil"]


def test_variables_that_ask_for_variables_of_tm(routes):
    """A transaction is not made to hold itself, nor is its reply sent again."""
    engine = routes(
        replied="say('r', get('$T_req($T_reply_code)', '$T_req($T(id_index_n))') ~= nil)", failed="say('r', get('$T_rpl($T_reply_code)'))"
    )
    out = started(engine)
    ringing = answered(engine, out, 180)
    assert said(ringing) == ["true"]
    assert lines(ringing) == ["SIP/2.0 180 Said"]
    assert said(answered(engine, out, 486)) == ["true", "486"]


def test_the_invite_of_a_cancel(routes):
    engine = routes("if KSR.is_CANCEL() then say('r', get('$T_inv($rm)', '$T_inv($cs)', '$T_inv($ru)')) end" + RELAY)
    started(engine)
    assert said(engine.receive(request("CANCEL", BOB))) == [f"INVITE 1 {BOB}"]


def test_what_is_dropped_goes_on_no_more(routes):
    engine = routes(RELAY + "KSR.tmx.t_drop()")
    out = started(engine)
    assert sent(answered(engine, out, 180)) == sent(answered(engine, out, 180))
    engine.clock.advance(60)
    assert sent(engine.handle_timer(engine.clock.now)) == []


def test_flags_reach_the_transaction_when_they_are_flushed(routes):
    engine = routes(RELAY + "KSR.setflag(7) KSR.tmx.t_flush_flags()", failed="say('f', KSR.isflagset(7))")
    assert said(answered(engine, started(engine), 486), "f") == ["true"]


OTHERS = {
    "KSR.tmx.t_cancel_callid('call-1', '1', 7)": (1, [f"CANCEL {BOB} SIP/2.0"], None),
    "KSR.tmx.t_cancel_callid_reason('call-1', '1', 7, 480)": (1, [f"CANCEL {BOB} SIP/2.0"], "SIP;cause=480"),
    "KSR.tmx.t_cancel_callid_reason('call-1', '1', 7, 700)": (1, [f"CANCEL {BOB} SIP/2.0"], None),
    "KSR.tmx.t_cancel_callid('call-1', '2', 7)": (-1, [], None),
    "KSR.tmx.t_cancel_callid('call-2', '1', 7)": (-1, [], None),
}


@pytest.mark.parametrize(("lua", "outcome"), OTHERS.items())
def test_another_call_is_cancelled(routes, lua, outcome):
    result, cancels, reason = outcome
    engine = routes(f"if KSR.is_INFO() then say('r', {lua}) return end" + RELAY, failed="say('f', KSR.isflagset(7))")
    out = started(engine)
    answered(engine, out, 180)
    effects = engine.receive(request("INFO", BOB, call_id="call-9", branch="z9hG4bK-9"))
    assert said(effects) == [str(result)]
    assert lines(effects) == cancels
    assert [header(data, "Reason") for data in sent(effects)] == ([[reason] if reason else []] if cancels else [])
    assert said(answered(engine, out, 487), "f") == [str(result == 1).lower()]


def test_another_call_is_answered(routes):
    engine = routes("if KSR.is_INFO() then say('r', KSR.tmx.t_reply_callid('call-1', '1', 486, 'Busy')) return end" + RELAY)
    answered(engine, started(engine), 180)
    effects = engine.receive(request("INFO", BOB, call_id="call-9", branch="z9hG4bK-9"))
    assert said(effects) == ["1"]
    assert sorted(lines(effects)) == [f"CANCEL {BOB} SIP/2.0", "SIP/2.0 486 Busy"]


FORK = "KSR.corex.append_branch_uri('sip:carol@203.0.113.2')" + RELAY
CANCELS = {  # by what the first callee says and the script asks: how many are cancelled of two that ring
    (183, "all"): (1, 2),
    (183, "ALL"): (1, 2),
    (183, "others"): (1, 1),
    (183, "this"): (1, 2),
    (183, "none"): (-1, 0),
    (486, "all"): (1, 1),
    (486, "others"): (1, 1),
    (486, "this"): (-1, 0),
}


@pytest.mark.parametrize(("asked", "outcome"), CANCELS.items())
def test_branches_are_cancelled_from_a_reply_route(routes, asked, outcome):
    code, mode = asked
    result, count = outcome
    engine = routes(FORK, replied=f"if KSR.pv.get('$rs') ~= 180 then say('r', KSR.tmx.t_cancel_branches('{mode}')) end")
    outs = sent(engine.receive(invite(BOB)))[1:]
    for out in outs:
        answered(engine, out, 180)
    effects = answered(engine, outs[0], code)
    assert said(effects) == [str(result)]
    assert len([line for line in lines(effects) if line.startswith("CANCEL")]) == count


# ---- suspend and continue

WAIT = "if KSR.is_INFO() then say('r', KSR.tmx.t_continue(INDEX, LABEL, 'continued')) return end "


def go_on(engine):
    return engine.receive(request("INFO", BOB, call_id="call-9", branch="z9hG4bK-9"))


def test_a_request_is_continued(routes):
    lua = WAIT + "KSR.tm.t_newtran() say('h', hold())"
    engine = routes(lua, continued="say('c', route(), get('$rm', '$ru')) KSR.seturi('sip:d@203.0.113.1') say('c', KSR.tm.t_relay())")
    first = engine.receive(invite(BOB))
    assert (said(first, "h"), lines(first)) == (["1"], ["SIP/2.0 100 trying -- your call is important to us"])
    effects = go_on(engine)
    assert said(effects, "c") == [f"failure INVITE {BOB}", "1"]
    assert said(effects) == ["1"]
    assert lines(effects) == ["INVITE sip:d@203.0.113.1 SIP/2.0"]
    assert said(go_on(engine)) == ["-1"]


def test_a_request_that_is_continued_for_nothing_gets_an_error(routes):
    engine = routes(WAIT + "KSR.tm.t_newtran() hold()", continued="say('c')")
    engine.receive(invite(BOB))
    assert lines(go_on(engine)) == ["SIP/2.0 500 I'm terribly sorry, server error occurred (1/TM)"]


def test_a_request_that_nobody_continues_times_out(routes):
    engine = routes(WAIT + "KSR.tm.t_newtran() hold()", continued="say('c')", modparams={"tm": {"fr_timer": 500}})
    engine.receive(invite(BOB))
    assert lines(engine.handle_timer(engine.clock.advance(0.6))) == ["SIP/2.0 408 Request Timeout"]
    late = go_on(engine)
    assert said(late, "c") == []


def test_a_request_that_was_cancelled_meanwhile(routes):
    engine = routes(WAIT + "if KSR.is_CANCEL() then KSR.tm.t_relay() return end KSR.tm.t_newtran() hold()", continued="say('c')")
    engine.receive(invite(BOB))
    cancelled = lines(engine.receive(request("CANCEL", BOB)))
    assert cancelled == ["SIP/2.0 487 Request canceled", "SIP/2.0 200 ok -- no more pending branches"]
    late = go_on(engine)
    assert (said(late), said(late, "c")) == (["1"], [])


@pytest.mark.parametrize("code", [180, 200, 486])
def test_a_reply_is_held_and_continued(routes, code):
    engine = routes(WAIT + RELAY, replied="say('h', hold())", continued="say('c', route(), get('$rs', '$T_branch_idx'))")
    out = started(engine)
    held = answered(engine, out, code)
    assert (said(held, "h"), [line for line in lines(held) if line.startswith("SIP")]) == (["1"], [])
    effects = go_on(engine)
    assert said(effects, "c") == [f"reply {code} -1"]
    assert f"SIP/2.0 {code} Said" in lines(effects)


def test_a_reply_that_nobody_continues_ends_with_patience(routes):
    engine = routes(replied="say('h', hold())", modparams={"tm": {"fr_timer": 500, "fr_inv_timer": 700}})
    answered(engine, started(engine), 200)
    assert lines(engine.handle_timer(engine.clock.advance(0.6))) == ["SIP/2.0 408 Request Timeout"]
    assert engine.handle_timer(engine.clock.advance(60)) is not None
    assert engine.next_timer() is None


def test_a_branch_is_used_again(routes):
    engine = routes("KSR.setbflag(3)" + RELAY, branch_failed="say('r', KSR.tmx.t_reuse_branch(), get('$ru'), KSR.isbflagset(3))")
    out = started(engine)
    assert said(answered(engine, out, 486)) == [f"1 {BOB} true"]
