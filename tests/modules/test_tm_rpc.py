"""The RPC commands of tm: what sends requests and waits for replies, what is about transactions, with one engine and with three."""

from __future__ import annotations

import kemilua
import pytest
from builders import body_of, first_line, header, invite, request
from harness import sent
from local_requests import HEADERS, PEER, Sender

# ---- requests


def uac_start(engine, *parameters, suffix=""):
    result = engine.rpc("tm.t_uac_start" + suffix, *parameters)
    return result, sent(engine.take_effects())


def test_rpc_sends(script):
    engine = script(None, modules=["tm", "tmx"])
    result, (data,) = uac_start(engine, "OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS)
    assert (result, first_line(data)) == (None, "OPTIONS sip:a@203.0.113.9 SIP/2.0")
    typed = HEADERS + "Content-Type: text/plain\r\n"
    _, (data,) = uac_start(engine, "MESSAGE", "sip:a@203.0.113.9", ".", ".", typed, "00ff4A", suffix="_hex")
    assert body_of(data) == b"\x00\xffJ"


@pytest.mark.parametrize(
    ("parameters", "suffix", "code", "text"),
    [
        ([], "", 400, "too few parameters (0/5)"),
        (["OPTIONS", "sip:a@203.0.113.9"], "", 400, "too few parameters (-2/5)"),
        (["", "sip:a@203.0.113.9", ".", ".", HEADERS], "", 400, "Empty method"),
        (["OPTIONS", "x", ".", ".", HEADERS], "", 400, 'Invalid request uri "x"'),
        (["OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS, "4"], "_hex", 400, "Invalid hexadecimal body"),
        (["OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS, "zz"], "_noack_hex", 400, "Invalid hexadecimal body"),
    ],
)
def test_rpc_that_cannot_send_says_why(script, parameters, suffix, code, text):
    with pytest.raises(kemilua.RpcError) as caught:
        uac_start(script(None, modules=["tm"]), *parameters, suffix=suffix)
    assert (caught.value.code, caught.value.text) == (code, text)


# ---- requests whose reply is waited for


class Waiting(Sender):
    """A command that has sent a request."""

    def __init__(self, engine, command, method="OPTIONS", *more, attributes=()):
        super().__init__(engine)
        self.future = engine.rpc(command, *attributes, method, "sip:a@203.0.113.9", ".", ".", HEADERS, *more)
        (self.data,) = sent(engine.take_effects())

    def replied(self, code=200, reason="OK", **more):
        return self.answer(self.data, code, reason, **more)


@pytest.fixture
def engine(script, clock):
    return script(None, modules=["tm"], now=clock.now)


@pytest.fixture
def waiting(engine):
    def make(command="tm.t_uac_wait", method="OPTIONS", *more, **given):
        return Waiting(engine, command, method, *more, **given)

    return make


CONTACT = "<sip:real@10.0.0.9:5099>;q=1"


@pytest.mark.parametrize(
    ("headers", "dialog"),
    [
        ({}, ["", "", ""]),
        ({"Contact": CONTACT}, ["sip:real@10.0.0.9:5099", "sip:real@10.0.0.9:5099", ""]),
        ({"Contact": "<sip:a@10.0.0.9>, <sip:b@10.0.0.9>"}, ["sip:b@10.0.0.9", "sip:b@10.0.0.9", ""]),
        (
            {"Contact": CONTACT, "Record-Route": '<sip:10.0.0.1;lr>, "n" <sip:10.0.0.2;lr>;p=1'},
            ["sip:real@10.0.0.9:5099", "sip:10.0.0.2;lr", 'Route: "n" <sip:10.0.0.2;lr>;p=1, <sip:10.0.0.1;lr>'],
        ),
        ({"Record-Route": "<sip:10.0.0.2;lr>"}, ["", "sip:10.0.0.2;lr", "Route: <sip:10.0.0.2;lr>"]),
        (
            {"Contact": CONTACT, "Record-Route": "<sip:10.0.0.1>, <sip:10.0.0.2;lr>"},
            ["sip:real@10.0.0.9:5099", "sip:10.0.0.2;lr", "Route: <sip:10.0.0.2;lr>, <sip:10.0.0.1>"],
        ),
        (
            {"Contact": CONTACT, "Record-Route": "<sip:10.0.0.1;lr>, <sip:10.0.0.2;transport=tcp>"},
            ["sip:10.0.0.2;transport=tcp", "sip:10.0.0.2;transport=tcp", "Route: <sip:10.0.0.1;lr>, <sip:real@10.0.0.9:5099>"],
        ),
        ({"Contact": CONTACT, "Record-Route": "<sip:10.0.0.2>"}, ["sip:10.0.0.2", "sip:10.0.0.2", ""]),
        ({"Contact": "*"}, []),
        ({"Contact": "<sip:real@10.0.0.9"}, []),
        ({"Contact": CONTACT, "Record-Route": "<sip:10.0.0.2;lr"}, []),
    ],
)
def test_a_reply_and_the_dialog_that_it_makes(waiting, headers, dialog):
    """As Debian's Kamailio 5.6.3 told of the same replies over jsonrpcs' HTTP."""
    asked = waiting()
    assert not asked.future.done()
    asked.replied(200, "Fine with me", headers=headers, body="hello")
    code, reason, *told, rest = asked.future.result(0)
    assert (code, reason, told) == (200, "Fine with me", dialog)
    lines = rest.split("\r\n")
    assert (lines[0], lines[-1]) == (f"Via: {header(asked.data, 'Via')[0]}", "hello")


def test_a_reply_that_makes_no_dialog(waiting):
    for code in (302, 404, 603):
        asked = waiting()
        asked.replied(code, "No", headers={"Contact": CONTACT})
        assert asked.future.result(0)[:2] == [code, "No"]
        assert len(asked.future.result(0)) == 3


def test_no_reply(waiting):
    asked = waiting()
    asked.after(40)
    assert asked.future.result(0) == [408, "Request Timeout", "", "", "", ""]


def test_provisional_replies_are_no_answer(waiting):
    asked = waiting("tm.t_uac_wait", "INVITE")
    asked.replied(180, "Ringing")
    assert not asked.future.done()
    (ack,) = sent(asked.replied(200, headers={"Contact": "<sip:x@203.0.113.77>, <sip:y@203.0.113.78>"}))
    assert asked.future.result(0)[2] == "sip:y@203.0.113.78"
    assert first_line(ack) == "ACK sip:y@203.0.113.78 SIP/2.0"
    asked.replied(200, tag="another")
    assert asked.future.result(0)[0] == 200


def test_code_and_text_alone(waiting):
    asked = waiting("tm.t_uac_wait_block")
    asked.replied(404, "Not Here")
    assert asked.future.result(0) == {"code": 404, "text": "Not Here"}


def test_nobody_waits_longer_than_80_seconds(waiting):
    """An INVITE that rings has fr_inv_timer, of 120."""
    asked = waiting("tm.t_uac_wait_block", "INVITE")
    asked.replied(180, "Ringing")
    asked.after(79)
    assert not asked.future.done()
    asked.after(1)
    with pytest.raises(kemilua.RpcError, match="No response") as caught:
        asked.future.result(0)
    assert caught.value.code == 500
    asked.replied(200)  # to nobody


@pytest.mark.parametrize("suffix", ["", "_hex", "_noack", "_noack_hex"])
@pytest.mark.parametrize("kind", ["wait", "wait_block"])
def test_forms(engine, kind, suffix):
    body = "68 65\r\n6c6c6F" if "hex" in suffix else "hello"
    headers = HEADERS + "Content-Type: text/plain\r\n"
    future = engine.rpc(f"tm.t_uac_{kind}{suffix}", "INVITE", "sip:a@203.0.113.9", ".", ".", headers, body)
    (data,) = sent(engine.take_effects())
    assert body_of(data) == b"hello"
    acks = sent(Sender(engine).answer(data, headers={"Contact": CONTACT}))
    assert [first_line(ack)[:3] for ack in acks] == ([] if "noack" in suffix else ["ACK"])
    assert future.done()


@pytest.mark.parametrize(
    ("attributes", "wanted"),
    [("mode=wait", [200, "OK"]), (" mode = block ;; cbflags=noack", {"code": 200, "text": "OK"}), ("", None), ("mode=start", None)],
)
def test_attributes(waiting, attributes, wanted):
    asked = waiting("tm.t_uac_attrs", attributes=[attributes])
    asked.replied()
    result = asked.future and asked.future.result(0)
    assert (result[:2] if isinstance(result, list) else result) == wanted


def test_patience_is_an_attribute(waiting):
    asked = waiting("tm.t_uac_attrs", attributes=["mode=wait;fr_timeout=2000"])
    asked.after(1.9)
    assert not asked.future.done()
    asked.after(0.2)
    assert asked.future.result(0)[0] == 408


@pytest.mark.parametrize("attributes", ["mode=later", "cbflags=ack", "rpflags=x", "fr_timeout=-1", "colour=red", "mode", "fr_inv_timeout="])
def test_attributes_that_are_none(engine, attributes):
    with pytest.raises(kemilua.RpcError, match="Invalid attributes") as caught:
        engine.rpc("tm.t_uac_attrs", attributes, "OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS)
    assert caught.value.code == 400


def test_a_request_that_event_callback_drops_has_no_answer(script):
    engine = script("function on_event() KSR.x.drop() end", modparams={"tm": {"event_callback": "on_event"}})
    with pytest.raises(kemilua.RpcError, match="No response"):
        engine.rpc("tm.t_uac_wait", "OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS)


def test_what_cannot_be_sent_is_answered_at_once(engine):
    for command in ("tm.t_uac_wait", "tm.t_uac_wait_block"):
        with pytest.raises(kemilua.RpcError, match="Invalid request uri"):
            engine.rpc(command, "OPTIONS", "x", ".", ".", HEADERS)
    assert engine._early == {}


def test_an_engine_that_closes_answers_no_more(waiting):
    asked = waiting()
    asked.engine.close()
    with pytest.raises(kemilua.EngineClosedError):
        asked.future.result(0)


def test_a_posted_command_has_the_same_answer(engine):
    future = engine.post_rpc("tm.t_uac_wait", "OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS)
    (data,) = sent(engine.handle_inputs())
    assert not future.done()
    Sender(engine).answer(data, 486, "Busy Here")
    assert future.result(0)[:2] == [486, "Busy Here"]


def test_a_posted_command_counts_from_the_time_it_is_handled(engine, clock):
    future = engine.post_rpc("tm.t_uac_wait", "OPTIONS", "sip:a@203.0.113.9", ".", ".", HEADERS)
    (data,) = sent(engine.handle_inputs(clock.advance(3600)))
    engine.handle_timer(clock.advance(0.1))
    assert not future.done()
    Sender(engine).answer(data)
    assert future.result(0)[0] == 200


# ---- transactions

RINGING = "function ksr_request_route() KSR.tm.t_relay() ID = KSR.pv.get('$T(id_index)') .. ':' .. KSR.pv.get('$T(id_label)') end"


@pytest.fixture
def ringing(script):
    engine = script(RINGING)
    _, out = sent(engine.receive(invite("sip:b@203.0.113.9")))
    Sender(engine).answer(out, 180, "Ringing")
    return engine


def test_rpc_replies_within_a_transaction(ringing):
    (id,) = ringing.eval("return ID")
    assert ringing.rpc("tm.reply", 480, "Away", id, "their-tag", "X-By: rpc\r\n") is None
    answer, cancel = sorted(sent(ringing.take_effects()), reverse=True)
    assert (first_line(answer), header(answer, "X-By")) == ("SIP/2.0 480 Away", ["rpc"])
    assert header(answer, "To") == ["<sip:b@203.0.113.9>;tag=their-tag"]
    assert first_line(cancel).startswith("CANCEL ")
    with pytest.raises(kemilua.RpcError, match="Reply failed"):
        ringing.rpc("tm.reply", 480, "Away", id, "", "")


def test_rpc_replies_without_a_tag(ringing):
    (id,) = ringing.eval("return ID")
    ringing.rpc("tm.reply", 480, "Away", id, "")
    (answer,) = [data for data in sent(ringing.take_effects()) if data.startswith(b"SIP/")]
    assert header(answer, "To") == ["<sip:b@203.0.113.9>"]


def test_rpc_replies_by_call_id_with_a_body(ringing):
    ringing.rpc("tm.reply_callid", 200, "OK", "call-1", "1", "", "Content-Type: text/plain\r\n", "hello")
    (answer,) = [data for data in sent(ringing.take_effects()) if data.startswith(b"SIP/")]
    assert (header(answer, "Content-Type"), body_of(answer)) == (["text/plain"], b"hello")


def test_rpc_retransmits_and_cancels(ringing):
    (id,) = ringing.eval("return ID")
    for command, parameters in (("tm.retransmit_reply", [id]), ("tm.retransmit_reply_callid", ["call-1", 1])):
        ringing.rpc(command, *parameters)
        assert [first_line(data) for data in sent(ringing.take_effects())] == ["SIP/2.0 180 Ringing"]
    assert ringing.rpc("tm.cancel", "call-1", "1") == "branches remaining (waiting for timeout)"
    assert [first_line(data) for data in sent(ringing.take_effects())] == ["CANCEL sip:b@203.0.113.9 SIP/2.0"]


@pytest.fixture
def three_ringing(script):
    """The engine of three that has the call, and another one."""
    state = kemilua.SharedState()
    engines = [script(RINGING, shared=state) for _ in range(3)]
    data = invite("sip:b@203.0.113.9")
    owner = engines[state.owner(data)]
    _, out = sent(owner.receive(data))
    Sender(owner).answer(out, 180, "Ringing")
    return owner, next(engine for engine in engines if engine is not owner)


@pytest.mark.parametrize(
    ("command", "parameters", "line"),
    [
        ("tm.cancel", ["call-1", "1"], "CANCEL sip:b@203.0.113.9 SIP/2.0"),
        ("tm.retransmit_reply_callid", ["call-1", "1"], "SIP/2.0 180 Ringing"),
        ("tm.reply_callid", [480, "Away", "call-1", "1", "their-tag", "X-By: rpc\r\n"], "SIP/2.0 480 Away"),
    ],
)
def test_rpc_reaches_the_engine_that_has_the_call(three_ringing, command, parameters, line):
    owner, other = three_ringing
    other.rpc(command, *parameters)
    assert sent(other.take_effects()) == []
    out = [data for data in sent(owner.handle_inputs()) if first_line(data) == line]
    assert len(out) == 1
    if command == "tm.reply_callid":
        assert (header(out[0], "To"), header(out[0], "X-By")) == (["<sip:b@203.0.113.9>;tag=their-tag"], ["rpc"])


def test_rpc_reaches_the_engine_that_drew_the_label(three_ringing):
    owner, other = three_ringing
    (id,) = owner.eval("return ID")
    resent, replied = other.rpc("tm.retransmit_reply", id), other.rpc("tm.reply", 480, "Away", id, "their-tag")
    assert [future.done() for future in (resent, replied)] == [False, False]
    assert [first_line(data) for data in sent(owner.handle_inputs())][:2] == ["SIP/2.0 180 Ringing", "SIP/2.0 480 Away"]
    assert [future.result(0) for future in (resent, replied)] == [None, None]
    late = other.rpc("tm.reply", 480, "Away", id, "")
    owner.handle_inputs()
    with pytest.raises(kemilua.RpcError, match="Reply failed"):
        late.result(0)
    gone = other.post_rpc("tm.retransmit_reply", id)
    other.handle_inputs()
    owner.close()
    with pytest.raises(kemilua.EngineClosedError):
        gone.result(0)
    with pytest.raises(kemilua.EngineClosedError):
        other.rpc("tm.retransmit_reply", id)


def test_all_engines_tell_of_their_transactions(three_ringing):
    owner, other = three_ringing
    engines = list(other._shared._open_engines().values())
    assert (len(owner.rpc("tm.list")), other.rpc("tm.list"), other.rpc("tm.stats")["current"]) == (1, [], 0)
    listed, counted = other.post_rpc("tm.list"), other.post_rpc("tm.stats")
    for engine in engines:
        assert [listed.done(), counted.done()] == [False, False]
        engine.handle_inputs()
    assert [one["callid"] for one in listed.result(0)] == ["Call-ID: call-1\r\n"]
    assert (counted.result(0)["current"], counted.result(0)["rpl_received"]) == (1, 1)
    listed = other.post_rpc("tm.list")
    owner.close()
    for engine in engines:
        if engine is not owner:
            engine.handle_inputs()
    assert listed.result(0) == []


def test_rpc_about_a_call_that_no_engine_has(three_ringing):
    _, other = three_ringing
    for command, parameters in (("tm.cancel", ["no", 1]), ("tm.reply_callid", [480, "Away", "no", 1, ""])):
        with pytest.raises(kemilua.RpcError, match="Transaction not found"):
            other.rpc(command, *parameters)


def test_rpc_cleans_all_engines(three_ringing):
    owner, other = three_ringing
    owner.clock.advance(400)
    owner.receive(b"\r\n\r\n")  # it knows what time it is, though its timers never came
    assert owner.rpc("tm.stats")["current"] == 1
    other.rpc("tm.clean")
    owner.handle_inputs()
    assert owner.rpc("tm.stats")["current"] == 0


@pytest.mark.parametrize(
    ("command", "parameters", "code"),
    [
        ("tm.cancel", ["nope", "1"], 400),
        ("tm.cancel", [], 400),
        ("tm.cancel", ["call-1"], 400),
        ("tm.reply", [480, "Away", "1:1", "t"], 481),
        ("tm.reply", [480, "Away", "1:1"], 400),
        ("tm.reply", [480, "Away", "one", "t"], 400),
        ("tm.reply", [480], 400),
        ("tm.reply_callid", [480, "Away", "nope", "1", "t"], 404),
        ("tm.reply_callid", [480, "Away", "nope", "1"], 400),
        ("tm.retransmit_reply", ["1:1"], 481),
        ("tm.retransmit_reply", [], 400),
        ("tm.retransmit_reply_callid", ["nope", "1"], 404),
        ("tm.hash_stats", [], 500),
    ],
)
def test_rpc_faults(script, command, parameters, code):
    with pytest.raises(kemilua.RpcError) as caught:
        script(RINGING).rpc(command, *parameters)
    assert caught.value.code == code


def test_rpc_refuses_more_than_a_line(ringing):
    (id,) = ringing.eval("return ID")
    for bad in (["a\r\nX: 1", ""], ["", "X: 1"]):
        with pytest.raises(kemilua.RpcError) as caught:
            ringing.rpc("tm.reply", 480, "Away", id, *bad)
        assert caught.value.code == 400


def test_statistics(ringing):
    names = ["UAS_transactions", "UAC_transactions", "inuse_transactions", "active_transactions", "2xx_transactions", "rpl_received"]
    names += ["rpl_relayed", "rpl_absorbed", "rpl_generated", "rpl_sent"]
    values = ", ".join(f"KSR.pv.get('$stat({name})')" for name in names)
    message = kemilua.Message.parse(request(), engine=ringing, source=PEER, now=ringing.clock.now)
    assert ringing.eval(f"return {values}", message=message) == (1, 0, 1, 1, 0, 1, 1, 0, 1, 2)


def test_clean_ends_what_should_have_ended(ringing):
    assert ringing.rpc("tm.clean") is None
    message = kemilua.Message.parse(request(), engine=ringing, source=PEER, now=ringing.clock.now)
    assert ringing.eval("return KSR.tm.t_clean()", message=message) == (1,)
    assert len(ringing.rpc("tm.list")) == 1


# ---- parameters


@pytest.mark.parametrize(("value", "patience"), [("KSR.pv.seti('$avp(fr)', 3)", 3), ("KSR.pv.sets('$avp(fr)', '4')", 4), ("", 2)])
def test_fr_timer_avp(script, value, patience):
    engine = script(
        f"function ksr_request_route() {value} KSR.tm.t_relay() end", modparams={"tm": {"fr_timer": 2000, "fr_timer_avp": "$avp(fr)"}}
    )
    engine.receive(invite("sip:b@203.0.113.9"))
    early = sent(engine.handle_timer(engine.clock.advance(patience - 0.1)))
    late = sent(engine.handle_timer(engine.clock.advance(0.2)))
    told = [[first_line(data) for data in some if data.startswith(b"SIP/")] for some in (early, late)]
    assert told == [[], ["SIP/2.0 408 Request Timeout"]]


@pytest.mark.parametrize(("mode", "key", "code"), [(0, "0" * 32, None), (1, "0" * 32, 180), (0, None, 180)])
def test_callid_cseq_matching(script, mode, key, code):
    lua = "function ksr_request_route() KSR.tm.t_on_reply('seen') KSR.tm.t_relay() end function seen() SEEN = KSR.pv.get('$rs') end"
    engine = script(lua, modparams={"tm": {"callid_cseq_matching": mode}})
    _, out = sent(engine.receive(invite("sip:b@203.0.113.9")))
    if key:
        head, _, rest = out.partition(b"z9hG4bK")
        hashed, dot, rest = rest.partition(b".")
        out = head + b"z9hG4bK" + hashed + dot + key.encode() + rest[32:]
    Sender(engine).answer(out, 180, "Ringing")
    assert engine.eval("return SEEN") == (code,)
