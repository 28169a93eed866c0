"""KSR.textopsx: the message rebuilt or replaced, the status of a reply, what is kept of it, shell patterns."""

from __future__ import annotations

import pytest
from builders import body_of, first_line, header, invite, reply, request
from harness import only_send, sent


def names(text):
    return [line.partition(":")[0] for line in text.split("\r\n\r\n")[0].split("\r\n")[1:]]


# ---- the whole message


def test_applied_changes_are_what_is_read_and_sent(script):
    lua = """KSR.hdr.append('N: 1\\r\\n') KSR.seturi('sip:new@host') KSR.textopsx.msg_apply_changes()
        N, RU, OU = KSR.hdr.get('N'), KSR.pv.get('$ru'), KSR.pv.get('$ou') KSR.hdr.remove('N') KSR.forward_uri('sip:203.0.113.1')"""
    engine = script(f"function ksr_request_route() {lua} end")
    send = only_send(engine.receive(request()))
    assert (first_line(send.data), header(send.data, "N")) == ("OPTIONS sip:new@host SIP/2.0", [])
    assert engine.eval("return N, RU, OU") == ("1", "sip:new@host", "sip:new@host")


def test_what_steers_the_message_outlives_applying(ask):
    lua = """KSR.setdsturi('sip:hop') KSR.setflag(3) KSR.setbflag(4) KSR.corex.setxflag(40) KSR.pv.sets('$avp(a)', 'v')
        KSR.textopsx.msg_apply_changes()
        return KSR.kx.get_duri(), KSR.isflagset(3), KSR.isbflagset(4), KSR.corex.isxflagset(40), KSR.pv.get('$avp(a)')"""
    assert ask(lua) == ("sip:hop", True, True, 1, "v")


def test_text_for_replies_is_lost_by_applying(script):
    lua = "KSR.hdr.append_to_reply('A: 1\\r\\n') KSR.textopsx.msg_apply_changes() KSR.sl.send_reply(200, 'OK')"
    assert header(only_send(script(f"function ksr_request_route() {lua} end").receive(request())).data, "A") == []


def test_changes_of_a_reply_are_applied_in_its_route(script):
    engine = script("function ksr_reply_route() KSR.hdr.append('N: 1\\r\\n') R = {KSR.textopsx.msg_apply_changes(), KSR.hdr.get('N')} end")
    assert header(only_send(engine.receive(reply())).data, "N") == ["1"]
    assert engine.eval("return R[1], R[2]") == (1, "1")


def test_message_is_replaced(ask):
    text = request(uri="sip:carol@h", call_id="other").decode().replace("\r\n", "\\r\\n")
    assert ask(f"KSR.textopsx.msg_set_buffer('{text}'), KSR.kx.get_ruri(), KSR.kx.get_callid()") == (1, "sip:carol@h", "other")


@pytest.mark.parametrize(("text", "result"), [("''", -1), ("('x'):rep(65535)", -1), ("nil", -1), ("'nonsense'", 0)])
def test_what_is_no_message_does_not_replace_one(ask, text, result):
    assert ask(f"KSR.textopsx.msg_set_buffer({text})") == result


# ---- replies


def test_status_of_a_reply_is_changed_on_its_way(script):
    engine = script("function ksr_reply_route() R = {KSR.textopsx.change_reply_status(480, 'Not Now'), KSR.pv.get('$rs')} end")
    assert first_line(only_send(engine.receive(reply(486, "Busy"))).data) == "SIP/2.0 480 Not Now"
    assert engine.eval("return R[1], R[2]") == (1, 480)


def test_code_of_a_reply_is_changed_alone(script):
    engine = script("function ksr_reply_route() KSR.textopsx.change_reply_status_code(480) end")
    assert first_line(only_send(engine.receive(reply(486, "Busy"))).data) == "SIP/2.0 480 Busy"


@pytest.mark.parametrize(("received", "code"), [(486, 99), (486, 700), (200, 404), (180, 200), (486, 200)])
def test_provisional_and_good_replies_stay_what_they_are(ask, received, code):
    lua = f"KSR.textopsx.change_reply_status({code}, 'X'), KSR.textopsx.change_reply_status_code({code}), KSR.kx.get_status()"
    assert ask(lua, reply(received, "R")) == (-1, -1, received)


def test_reply_needs_a_reason(ask):
    assert ask("KSR.textopsx.change_reply_status(480, '')", reply(486, "Busy")) == -1


def test_request_has_no_status_to_change(ask):
    assert ask("KSR.textopsx.change_reply_status(486, 'X'), KSR.textopsx.change_reply_status_code(486)") == (-1, -1)


# ---- bodies and headers


def test_body_is_removed_and_its_type_stays(edited):
    text = edited("KSR.textopsx.remove_body()", invite())
    assert body_of(text.encode()) == b""
    assert (header(text.encode(), "Content-Type"), header(text.encode(), "Content-Length")) == (["application/sdp"], ["0"])


def test_body_that_is_not_there_is_removed_as_well(ask):
    assert ask("KSR.textopsx.remove_body()") == 1


MORE = {"X-One": "1", "Route": "<sip:r;lr>", "Subject": "s", "Record-Route": "<sip:q;lr>", "User-Agent": "u", "X-Two": "2"}


def test_headers_that_routing_needs_are_kept(edited):
    kept = names(edited("KSR.textopsx.keep_hf()", request(headers=MORE)))
    assert kept == ["Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "Route", "Record-Route", "Content-Length"]


def test_headers_that_match_are_kept_too(edited):
    kept = names(edited("KSR.textopsx.keep_hf_re('^x-')", request(headers=MORE)))
    assert kept == ["Via", "Max-Forwards", "From", "To", "Call-ID", "CSeq", "X-One", "Route", "Record-Route", "X-Two", "Content-Length"]


def test_keeping_always_says_minus_one(ask):
    assert ask("KSR.textopsx.keep_hf(), KSR.textopsx.keep_hf_re('^X-'), KSR.textopsx.keep_hf_re('')") == (-1, -1, -1)


@pytest.mark.parametrize(
    ("arguments", "result"),
    [("'abc', 'a*'", 0), ("'abc', '?b[a-c]'", 0), ("'abc', 'b*'", -1), ("'ABC', 'a*'", -1), ("'', '*'", 0)],
)
def test_shell_pattern_gives_zero_for_a_match(ask, arguments, result):
    assert ask(f"KSR.textopsx.fnmatch({arguments}), KSR.textopsx.fnmatch_ex({arguments}, '')") == (result, result)


def test_edited_forward_of_a_body_has_its_length(script):
    engine = script("function ksr_request_route() KSR.textopsx.remove_body() KSR.forward_uri('sip:203.0.113.1') end")
    (data,) = sent(engine.receive(invite()))
    assert (header(data, "Content-Length"), body_of(data)) == (["0"], b"")
