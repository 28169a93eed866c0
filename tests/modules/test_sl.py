"""KSR.sl: stateless replies, errors, redirects, replies forwarded with another status, ACKs that end here."""

from __future__ import annotations

import kemilua
import pytest
from builders import first_line, header, invite, reply, request
from harness import logged, only_send, sent


def route(lua):
    return f"function ksr_request_route() {lua} end"


@pytest.mark.parametrize("function", ["send_reply", "sl_send_reply"])
def test_reply_carries_what_rfc_3261_wants(script, function):
    send = only_send(script(route(f"KSR.sl.{function}(404, 'Not Here')")).receive(request()))
    assert first_line(send.data) == "SIP/2.0 404 Not Here"
    for name in ("From", "Call-ID", "CSeq"):
        assert header(send.data, name) == header(request(), name)
    assert header(send.data, "Via")[0].startswith("SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1")
    assert header(send.data, "To")[0].startswith("<sip:bob@example.com>;tag=")
    assert header(send.data, "Content-Length") == ["0"]


def test_trying_has_no_to_tag_and_ringing_has_one(script):
    trying, ringing = sent(script(route("KSR.sl.send_reply(100, 'Trying') KSR.sl.send_reply(180, 'Ringing')")).receive(invite()))
    assert [";tag=" in header(data, "To")[0] for data in (trying, ringing)] == [False, True]


def test_tag_is_the_same_for_retransmissions_and_another_for_another_call(script):
    engine = script(route("KSR.sl.send_reply(200, 'OK')"))
    first, again, other = (
        header(only_send(engine.receive(data)).data, "To") for data in (invite(), invite(), invite(call_id="2", branch="z9hG4bK2"))
    )
    assert first == again != other


def test_tag_that_is_there_stays(script):
    assert header(only_send(script(route("KSR.sl.send_reply(200, 'OK')")).receive(request(to_tag="b1"))).data, "To") == [
        "<sip:bob@example.com>;tag=b1"
    ]


@pytest.mark.parametrize(("code", "shown"), [(180, 1), (200, 1), (299, 1), (100, 0), (300, 0), (404, 0)])
def test_record_route_is_in_replies_that_make_dialogs(script, code, shown):
    data = only_send(script(route(f"KSR.sl.send_reply({code}, 'X')")).receive(invite(headers={"Record-Route": "<sip:q;lr>"}))).data
    assert len(header(data, "Record-Route")) == shown


@pytest.mark.parametrize(("call", "result"), [("send_reply(200, '')", -1), ("send_reply(200, nil)", -1), ("sl_send_reply(200, '')", -1)])
def test_reply_needs_a_reason(script, call, result):
    engine = script(route(f"R = KSR.sl.{call}"))
    effects = engine.receive(request())
    assert (sent(effects), len(logged(effects)), engine.eval("return R")) == ([], 1, (result,))


@pytest.mark.parametrize("code", [99, 700])
def test_code_is_not_looked_at(script, code):
    assert first_line(only_send(script(route(f"KSR.sl.send_reply({code}, 'Odd')")).receive(request())).data) == f"SIP/2.0 {code:03} Odd"


def test_nobody_answers_an_ack_or_a_reply(ask):
    lua = "KSR.sl.send_reply(200, 'OK'), KSR.sl.sl_send_reply(200, 'OK')"
    assert (ask(lua, request("ACK")), ask(lua, reply())) == ((-1, -1), (-1, -1))


def test_reply_may_be_sent_again(script):
    assert len(sent(script(route("KSR.sl.sl_send_reply(404, 'A') KSR.sl.sl_send_reply(500, 'B')")).receive(request()))) == 2


@pytest.mark.parametrize(
    ("mode", "no_connect", "close"), [(0, False, False), (1, True, False), (2, True, False), (4, False, True), (5, True, False)]
)
def test_mode_of_the_connection_is_read_as_kamailio_reads_it(script, mode, no_connect, close):
    send = only_send(script(route(f"KSR.sl.send_reply_mode(486, 'Busy', {mode})")).receive(request()))
    assert (first_line(send.data), send.no_connect, send.close) == ("SIP/2.0 486 Busy", no_connect, close)


@pytest.mark.parametrize("function", ["send_reply_error", "sl_reply_error"])
def test_error_without_a_cause_is_500(script, function):
    engine = script(route(f"R = {{KSR.sl.{function}(), KSR.sl.{function}()}}"))
    assert first_line(only_send(engine.receive(request())).data).startswith("SIP/2.0 500 ")
    assert engine.eval("return R[1], R[2]") == (1, -2)


def test_redirect_names_the_changed_uri_and_the_branches(script):
    lua = "KSR.seturi('sip:new@h') KSR.corex.append_branch_uri_q('sip:b@h', '0.25') KSR.sl.send_reply(302, 'Moved')"
    assert header(only_send(script(route(lua)).receive(request())).data, "Contact") == ["<sip:new@h>, <sip:b@h>;q=0.25"]
    assert header(only_send(script(route("KSR.sl.send_reply(302, 'Moved')")).receive(request())).data, "Contact") == []


def test_rich_redirect_shows_flags(script):
    lua = "KSR.setbflag(1) KSR.seturi('sip:new@h') KSR.sl.send_reply(302, 'Moved')"
    engine = script(route(lua), modparams={"sl": {"rich_redirect": 1}})
    assert header(only_send(engine.receive(request())).data, "Contact") == ["<sip:new@h>;flags=2"]


def test_callback_sees_the_request_once_the_reply_is_sent(script):
    text = (
        route("KSR.sl.send_reply(404, 'None')")
        + " function told(event) SEEN = event .. ' ' .. KSR.kx.get_method() .. ' ' .. KSR.kx.get_status() end"
    )
    engine = script(text, modparams={"sl": {"event_callback_lres_sent": "told"}})
    assert first_line(only_send(engine.receive(request())).data) == "SIP/2.0 404 None"
    assert engine.eval("return SEEN") == ("sl:local-response OPTIONS -1",)


# ---- ACKs


def ack_to(answer, **more):
    tag = header(answer, "To")[0].rpartition("=")[2]
    return request("ACK", to_tag=tag, **more)


def test_ack_to_our_reply_ends_before_the_route(script, clock):
    text = route("COUNT = (COUNT or 0) + 1 KSR.sl.send_reply(404, 'None')") + " function told(event) SEEN = event end"
    engine = script(text, modparams={"sl": {"event_callback_fl_ack": "told"}})
    answer = only_send(engine.receive(invite())).data
    effects = engine.receive(ack_to(answer))
    assert [type(effect) for effect in effects] in ([], [kemilua.Drop])
    assert engine.eval("return COUNT, SEEN") == (1, "sl:filtered-ack")


def test_ack_is_routed_when_late_or_not_ours(script, clock):
    engine = script(route("COUNT = (COUNT or 0) + 1 KSR.sl.send_reply(404, 'None')"))
    answer = only_send(engine.receive(invite())).data
    engine.receive(request("ACK", to_tag="another"))
    clock.advance(3)
    engine.receive(ack_to(answer))
    assert engine.eval("return COUNT") == (3,)


# ---- replies on their way


def test_reply_is_forwarded_with_another_status(script):
    engine = script("function ksr_reply_route() R = KSR.sl.sl_forward_reply('480', 'Not Now') KSR.x.drop() end")
    send = only_send(engine.receive(reply(486, "Busy")))
    assert (first_line(send.data), send.destination) == ("SIP/2.0 480 Not Now", ("198.51.100.7", 5060))
    assert engine.eval("return R") == (1,)


def test_reply_is_forwarded_twice_without_drop(script):
    engine = script("function ksr_reply_route() KSR.sl.sl_forward_reply('', '') end")
    assert [first_line(data) for data in sent(engine.receive(reply(486, "Busy")))] == ["SIP/2.0 486 Busy"] * 2


@pytest.mark.parametrize("code", ["200", "48", "4800", "x80"])
def test_class_of_the_reply_stays(script, code):
    engine = script(f"function ksr_reply_route() R = KSR.sl.sl_forward_reply('{code}', 'X') end")
    assert len(sent(engine.receive(reply(486, "Busy")))) == 1
    assert engine.eval("return R") == (-1,)


def test_request_is_no_reply_to_forward(ask):
    assert ask("KSR.sl.sl_forward_reply('200', 'OK')") == -1
