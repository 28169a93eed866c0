"""Requests that tm makes itself: KSR.tm.t_uac_send, RPC, their ACKs and retransmissions, and the events about them."""

from __future__ import annotations

import kemilua
import pytest
from builders import assemble, body_of, first_line, header, invite, request
from harness import logged, only_send, sent
from local_requests import HEADERS, PEER, Sender


def lua_text(text):
    return '"' + "".join(f"\\{byte:03}" for byte in text.encode()) + '"'


def uac_send(method="OPTIONS", uri="sip:a@203.0.113.9", hop="", socket="", headers=HEADERS, body=""):
    arguments = ", ".join(map(lua_text, (method, uri, hop, socket, headers, body)))
    return f"KSR.tm.t_uac_send({arguments})"


def routing(lua, more=""):
    return f"function ksr_request_route() if KSR.is_method('MESSAGE') then R = {lua} end end function ksr_reply_route() end {more}"


@pytest.fixture
def sender(script):
    def make(lua, more="", **params):
        return Sender(script(routing(lua, more), modparams={"tm": params}))

    return make


def test_request_is_made_whole(sender):
    peer = sender(uac_send())
    send = only_send(peer.start())
    assert (send.destination, peer.result()) == (PEER, 1)
    assert first_line(send.data) == "OPTIONS sip:a@203.0.113.9 SIP/2.0"
    names = [line.partition(b":")[0].decode() for line in send.data.split(b"\r\n")[1:-2]]
    assert names == ["Via", "To", "From", "CSeq", "Call-ID", "Max-Forwards", "Content-Length", "User-Agent"]
    assert header(send.data, "CSeq") == ["10 OPTIONS"]
    assert header(send.data, "From") == ["<sip:proxy@example.com>;tag=lf"]
    assert header(send.data, "Call-ID")[0].endswith("@192.0.2.1")


def test_each_has_a_call_id_of_its_own(sender):
    peer = sender(uac_send())
    first, second = (header(only_send(peer.engine.receive(request("MESSAGE", branch=f"z9hG4bK{n}"))).data, "Call-ID") for n in (1, 2))
    assert first != second


def test_what_the_caller_gives_is_used(sender):
    given = "From: <sip:p@example.com>\r\nTo: <sip:a@example.com>\r\nCall-ID: mine\r\nCSeq: 7 MESSAGE\r\nMax-Forwards: 5\r\n"
    given += "Content-Type: text/plain\r\nUser-Agent: me\r\nX-H: 1\r\n"
    data = only_send(sender(uac_send("MESSAGE", headers=given, body="hello")).start()).data
    told = {name: header(data, name) for name in ("Call-ID", "CSeq", "Max-Forwards", "User-Agent", "X-H", "From", "Content-Length")}
    assert told == {
        "Call-ID": ["mine"],
        "CSeq": ["7 MESSAGE"],
        "Max-Forwards": ["5"],
        "User-Agent": ["kemilua", "me"],
        "X-H": ["1"],
        "From": ["<sip:p@example.com>"],
        "Content-Length": ["5"],
    }
    assert body_of(data) == b"hello"


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (uac_send(""), "Empty method"),
        (uac_send("A B"), 'Invalid method "A B"'),
        (uac_send(uri="nonsense"), 'Invalid request uri "nonsense"'),
        (uac_send(hop="nonsense"), 'Invalid next-hop uri "nonsense"'),
        (uac_send(socket="udp:192.0.2.99:5060"), 'No local socket for "udp:192.0.2.99:5060"'),
        (uac_send(headers="From: <sip:a@example.com>\r\n"), "To missing"),
        (uac_send(headers="To: <sip:a@example.com>\r\n"), "From missing"),
        (uac_send(headers=HEADERS + "CSeq: 1 INVITE\r\n"), "CSeq method mismatch"),
        (uac_send(headers=HEADERS + "CSeq: x OPTIONS\r\n"), "Non-numerical CSeq"),
        (uac_send(headers=HEADERS + "Content-Type: a/b\r\nContent-Length: 1\r\n", body="x"), "Content-Length disallowed"),
        (uac_send(headers=HEADERS + "Via: x\r\n"), "Invalid headers"),
        (uac_send(headers=HEADERS + "no colon\r\n"), "Invalid headers"),
        (uac_send(headers=HEADERS + "X: no end"), "Invalid headers"),
        (uac_send(body="text"), "Content-Type missing"),
    ],
)
def test_what_cannot_be_sent_says_why(sender, call, says):
    peer = sender(call)
    effects = peer.start()
    assert (sent(effects), peer.result()) == ([], -1)
    assert any(says in text for text in logged(effects))


def test_first_of_two_headers_counts_and_an_empty_line_ends_them(sender):
    given = HEADERS + "To: <sip:second@example.com>\r\nCall-ID: a\r\nCall-ID: b\r\nContent-Length: 7\r\nX: 1\r\n\r\nX: 2\r\n"
    data = only_send(sender(uac_send(headers=given)).start()).data
    told = {name: header(data, name) for name in ("To", "Call-ID", "Content-Length", "X")}
    assert told == {"To": ["<sip:a@example.com>"], "Call-ID": ["a"], "Content-Length": ["0"], "X": ["1"]}


def test_next_hop_socket_and_dots(sender):
    peer = sender(uac_send(uri="sip:a@example.net", hop="sip:203.0.113.9:5080", socket="udp:192.0.2.1:5060"))
    assert only_send(peer.start()).destination == ("203.0.113.9", 5080)
    assert only_send(sender(uac_send(hop=".", socket=".")).start()).destination == PEER


def test_routes_lead(sender):
    loose = HEADERS + "Route: <sip:203.0.113.50;lr>, <sip:203.0.113.51;lr>\r\n"
    send = only_send(sender(uac_send(headers=loose)).start())
    assert send.destination == ("203.0.113.50", 5060)
    assert header(send.data, "Route") == ["<sip:203.0.113.50;lr>, <sip:203.0.113.51;lr>"]
    strict = HEADERS + "Route: <sip:203.0.113.50>\r\nRoute: <sip:203.0.113.51;lr>\r\n"
    send = only_send(sender(uac_send(headers=strict)).start())
    assert (send.destination, first_line(send.data)) == (("203.0.113.50", 5060), "OPTIONS sip:203.0.113.50 SIP/2.0")
    assert header(send.data, "Route") == ["<sip:203.0.113.51;lr>, <sip:a@203.0.113.9>"]


NAMED = """function on_event(name)
    VIA = KSR.pv.get("$hdrc(Via)")
    KSR.hdr.append("X-Event: " .. KSR.pv.get("$du") .. "\\r\\n")
end"""


def test_a_name_is_waited_for(sender):
    peer = sender(uac_send(uri="sip:a@b.example"), more=NAMED, event_callback="on_event")
    (asked,) = [effect for effect in peer.start() if isinstance(effect, kemilua.Resolve)]
    now = peer.engine.clock.now
    send = only_send(peer.engine.resolved(asked.ticket, [("203.0.113.9", 5070, "udp"), ("203.0.113.10", 5060, "udp")], now=now))
    assert (send.destination, first_line(send.data)) == (("203.0.113.9", 5070), "OPTIONS sip:a@b.example SIP/2.0")
    assert ([len(header(send.data, name)) for name in ("Via", "X-Event")], peer.result()) == ([1, 1], 1)
    assert header(send.data, "X-Event") == ["sip:a@b.example"]
    again = only_send(peer.answer(send.data, 503, "No"))
    assert (again.destination, len(header(again.data, "Via"))) == (("203.0.113.10", 5060), 1)
    assert sent(peer.answer(again.data)) == []
    assert peer.engine.rpc("tm.stats")["2xx"] == 1


def test_a_name_that_leads_nowhere(sender):
    peer = sender(uac_send(uri="sip:a@b.example"))
    (asked,) = [effect for effect in peer.start() if isinstance(effect, kemilua.Resolve)]
    assert sent(peer.engine.resolved(asked.ticket, [], now=peer.engine.clock.now)) == []
    told = peer.engine.rpc("tm.stats")
    assert (told["4xx"], told["waiting"]) == (1, 1)


def test_it_is_repeated_until_answered(sender):
    peer = sender(uac_send())
    (data,) = sent(peer.start())
    assert sent(peer.after(0.5)) == [data]
    assert sent(peer.answer(data)) == []
    assert sent(peer.after(1.0)) == []
    assert peer.engine.rpc("tm.stats")["2xx"] == 1


def test_nobody_answers(sender):
    peer = sender(uac_send(), retr_timer1=60000, fr_timer=2000)
    peer.start()
    assert sent(peer.after(2.1)) == []
    told = peer.engine.rpc("tm.stats")
    assert (told["4xx"], told["total_local"], told["waiting"], told["current"]) == (1, 1, 1, 1)
    peer.after(6)
    told = peer.engine.rpc("tm.stats")
    assert (told["current"], told["freed"]) == (0, 1)
    assert peer.engine.rpc("tm.list") == []


def test_a_request_that_comes_back_is_no_retransmission(sender):
    peer = sender(uac_send("INVITE"))
    (data,) = sent(peer.start())
    message = kemilua.Message.parse(data, engine=peer.engine, source=PEER, local=("192.0.2.1", 5060), now=peer.engine.clock.now)
    assert peer.engine.eval("return KSR.tm.t_check_trans()", message=message) == (-1,)


# ---- INVITE


def test_2xx_is_acknowledged_along_its_route_set(sender):
    peer = sender(uac_send("INVITE"))
    (data,) = sent(peer.start())
    answer = {"Contact": "<sip:a@203.0.113.77>", "Record-Route": "<sip:203.0.113.51;lr>, <sip:203.0.113.50;lr>"}
    ack = only_send(peer.answer(data, headers=answer))
    assert first_line(ack.data) == "ACK sip:a@203.0.113.77 SIP/2.0"
    assert ack.destination == ("203.0.113.50", 5060)
    assert header(ack.data, "Route") == ["<sip:203.0.113.50;lr>, <sip:203.0.113.51;lr>"]
    assert header(ack.data, "CSeq") == ["10 ACK"]
    assert header(ack.data, "To") == ["<sip:a@example.com>;tag=b1"]
    assert header(ack.data, "Via") == header(data, "Via")
    assert (header(ack.data, "Call-ID"), header(ack.data, "From")) == (header(data, "Call-ID"), header(data, "From"))


def test_strict_router_in_the_route_set(sender):
    peer = sender(uac_send("INVITE"))
    (data,) = sent(peer.start())
    ack = only_send(peer.answer(data, headers={"Contact": "<sip:a@203.0.113.77>", "Record-Route": "<sip:203.0.113.50>"}))
    assert (first_line(ack.data), ack.destination) == ("ACK sip:203.0.113.50 SIP/2.0", ("203.0.113.50", 5060))
    assert header(ack.data, "Route") == ["<sip:a@203.0.113.77>"]


@pytest.mark.parametrize(("mode", "goes_to"), [(0, "203.0.113.77"), (1, "203.0.113.9"), (2, "198.51.100.99")])
def test_local_ack_mode(sender, mode, goes_to):
    peer = sender(uac_send("INVITE"), local_ack_mode=mode)
    (data,) = sent(peer.start())
    lines = ["SIP/2.0 200 OK", f"Via: {header(data, 'Via')[0]}", "To: <sip:a@example.com>;tag=b1", "Contact: <sip:a@203.0.113.77>"]
    lines += [f"{name}: {header(data, name)[0]}" for name in ("From", "Call-ID", "CSeq")]
    assert only_send(peer.engine.receive(assemble(lines, None, ""), source=("198.51.100.99", 5060))).destination[0] == goes_to


@pytest.mark.parametrize("mode", [1, 2])
def test_local_ack_branch_mode(sender, mode):
    peer = sender(uac_send("INVITE"), local_ack_branch_mode=mode)
    (data,) = sent(peer.start())
    ack = only_send(peer.answer(data, headers={"Contact": "<sip:a@203.0.113.77>"}))
    assert header(ack.data, "Via") != header(data, "Via")


def test_2xx_again_is_acknowledged_again_without_reply_matching(sender):
    peer = sender(uac_send("INVITE"), reply_matching=0)
    (data,) = sent(peer.start())
    contact = {"Contact": "<sip:a@203.0.113.77>"}
    assert sent(peer.answer(data, headers=contact)) == sent(peer.answer(data, headers=contact)) != []


def test_negative_final_is_acknowledged_on_its_hop(sender):
    peer = sender(uac_send("INVITE"))
    (data,) = sent(peer.start())
    assert sent(peer.answer(data, 180, "Ringing")) == []
    (ack,) = sent(peer.answer(data, 486, "Busy Here"))
    assert first_line(ack) == "ACK sip:a@203.0.113.9 SIP/2.0"
    assert header(ack, "Via") == header(data, "Via")
    assert sent(peer.after(3)) == []


@pytest.mark.parametrize("how", ["INVITE.", "noack"])
def test_a_script_acknowledges_by_itself(sender, how):
    ack = "function ack(id) return KSR.tmx.t_uac_ack_local(id, '10', 'X-Ours: 1\\r\\nContent-Type: text/plain\\r\\n', 'hi') end"
    peer = sender(uac_send(how if how == "INVITE." else "INVITE"), more=ack)
    if how == "noack":
        peer.engine.now = peer.engine.clock.now
        assert peer.engine.rpc("tm.t_uac_start_noack", "INVITE", "sip:a@203.0.113.9", ".", ".", HEADERS) is None
        (data,) = sent(peer.engine.take_effects())
    else:
        (data,) = sent(peer.start())
    (call_id,) = header(data, "Call-ID")
    message = kemilua.Message.parse(request(), engine=peer.engine, source=PEER, now=peer.engine.clock.now)
    assert peer.engine.eval(f"return ack('{call_id}')", message=message) == (-2,)
    assert sent(peer.answer(data, headers={"Contact": "<sip:a@203.0.113.77>"})) == []
    assert peer.engine.eval(f"return ack('{call_id}'), ack('other')", message=message) == (0, -1)
    (out,) = sent(peer.engine.take_effects())
    assert (first_line(out), header(out, "X-Ours"), body_of(out)) == ("ACK sip:a@203.0.113.77 SIP/2.0", ["1"], b"hi")


# ---- events


def test_event_changes_what_is_sent(sender):
    event = """function on_event(name)
        EVENT = table.concat({name, KSR.pv.get("$rm"), KSR.pv.get("$du"), tostring(KSR.pv.get("$rs"))}, " ")
        KSR.hdr.append("X-Event: 1\\r\\n")
        KSR.pv.sets("$du", "sip:203.0.113.70")
    end"""
    peer = sender(uac_send(), more=event, event_callback="on_event")
    send = only_send(peer.start())
    assert peer.engine.eval("return EVENT") == ("tm:local-request OPTIONS sip:a@203.0.113.9 nil",)
    assert (send.destination, header(send.data, "X-Event")) == (("203.0.113.70", 5060), ["1"])
    assert len(header(send.data, "Via")) == 1
    assert sent(peer.answer(send.data)) == []


def test_event_drops_a_request(sender):
    peer = sender(uac_send(), more="function on_event() KSR.x.drop() end", event_callback="on_event")
    assert (sent(peer.start()), peer.result()) == ([], 1)
    assert peer.engine.rpc("tm.list") == []


CALL = """
function ksr_request_route() if not KSR.is_ACK() then KSR.tm.t_relay() end end
function ksr_reply_route() end
EVENTS = {}
function on_event(name) EVENTS[#EVENTS + 1] = KSR.pv.get("$rm") if DROPS then KSR.x.drop() end end
function on_sent(name) EVENTS[#EVENTS + 1] = name .. " " .. KSR.pv.get("$rs") end
"""


@pytest.mark.parametrize(("mode", "told"), [(0, []), (1, ["CANCEL"]), (2, ["ACK"]), (3, ["CANCEL", "ACK"])])
@pytest.mark.parametrize("drops", [False, True])
def test_hop_requests_are_told_of_where_evlreq_mode_wants_it(script, mode, told, drops):
    engine = script(CALL + f"DROPS = {str(drops).lower()}", modparams={"tm": {"event_callback": "on_event", "evlreq_mode": mode}})
    peer = Sender(engine)
    _, out = sent(engine.receive(invite("sip:b@203.0.113.9")))
    peer.answer(out, 180, "Ringing")
    first = sent(engine.receive(request("CANCEL", "sip:b@203.0.113.9")))
    second = sent(peer.answer(out, 487, "Request Terminated"))
    assert engine.eval("return table.concat(EVENTS, ' ')") == (" ".join(told),)
    gone = [first_line(data).split()[0] for data in first + second if not data.startswith(b"SIP/")]
    assert gone == [name for name in ("CANCEL", "ACK") if not (drops and name in told)]


@pytest.mark.parametrize("mode", [-1, 4])
def test_evlreq_mode_that_is_none(script, mode):
    with pytest.raises(kemilua.ConfigError, match="evlreq_mode is 0 to 3"):
        script(CALL, modparams={"tm": {"evlreq_mode": mode}})


def test_replies_of_our_own_are_told_of(script):
    engine = script(CALL, modparams={"tm": {"event_callback_lres_sent": "on_sent"}})
    peer = Sender(engine)
    _, out = sent(engine.receive(invite("sip:b@203.0.113.9")))
    peer.answer(out, 180, "Ringing")
    engine.receive(request("CANCEL", "sip:b@203.0.113.9"))
    assert engine.eval("return table.concat(EVENTS, ',')") == ("tm:local-response-sent 100,tm:local-response-sent 200",)


def test_ack_of_our_own_is_told_of(sender):
    event = "function on_ack(name) ACK = name .. ' ' .. KSR.pv.get('$rs') end"
    peer = sender(uac_send("INVITE"), more=event, evcb_local_ack_sent="on_ack")
    (data,) = sent(peer.start())
    peer.answer(data, headers={"Contact": "<sip:a@203.0.113.77>"})
    assert peer.engine.eval("return ACK") == ("tm:local-ack-sent 200",)


def test_failure_route_of_a_local_request(sender):
    more = """function on_event() KSR.tm.t_on_failure("failed") end
    function failed() FAILED = KSR.pv.get("$T_reply_code") KSR.pv.sets("$ru", "sip:b@203.0.113.10") RELAYED = KSR.tm.t_relay() end"""
    peer = sender(uac_send(), more=more, event_callback="on_event", enable_uac_fr=1)
    (data,) = sent(peer.start())
    again = only_send(peer.answer(data, 503, "No"))
    assert peer.engine.eval("return FAILED, RELAYED") == (503, 1)
    assert (again.destination[0], first_line(again.data)) == ("203.0.113.10", "OPTIONS sip:b@203.0.113.10 SIP/2.0")
    assert [value.partition(";")[0] for value in header(again.data, "Via")] == ["SIP/2.0/UDP 192.0.2.1"]
    assert sent(peer.answer(again.data)) == []
    told = peer.engine.rpc("tm.stats")
    assert (told["2xx"], told["waiting"]) == (1, 1)


def test_without_enable_uac_fr_there_is_none(sender):
    more = "function on_event() KSR.tm.t_on_failure('failed') end function failed() FAILED = 1 end"
    peer = sender(uac_send(), more=more, event_callback="on_event")
    (data,) = sent(peer.start())
    peer.answer(data, 503, "No")
    assert peer.engine.eval("return FAILED") == (None,)
