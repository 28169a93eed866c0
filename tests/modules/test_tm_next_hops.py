"""Next hops that are names: a transaction waits for their addresses, and goes on to the next one where one fails (RFC 3263)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import kemilua
import pytest
from builders import assemble, first_line, header, invite, request
from harness import SOURCE, Harness, logged, sent
from kemilua.dns import ResolveError

ONE, TWO, THREE = ("203.0.113.1", 5060, "udp"), ("203.0.113.2", 5070, "udp"), ("203.0.113.3", 5060, "tcp")
RELAY = """
function ksr_request_route()
    KSR.tm.t_on_failure("failed")
    KSR.tm.t_on_reply("replied")
    KSR.info("relay " .. KSR.tm.t_relay())
end
function failed() KSR.info("failure " .. KSR.tm.t_get_status_code()) end
function replied() KSR.info("reply " .. KSR.pv.get("$rs")) end
"""


class Call:
    """One engine, and what happens to one INVITE for a name."""

    def __init__(self, engine: Harness) -> None:
        self.engine = engine
        self.effects: list[kemilua.Effect] = []

    @property
    def now(self) -> float:
        return self.engine.clock.now

    def note(self, effects: list[kemilua.Effect]) -> list[kemilua.Effect]:
        self.effects += effects
        return effects

    def begin(self, message: bytes | None = None) -> list[kemilua.Resolve]:
        effects = self.note(self.engine.receive(invite("sip:bob@b.example") if message is None else message))
        return [effect for effect in effects if isinstance(effect, kemilua.Resolve)]

    def resolved(self, ticket: int, *targets: kemilua.Target) -> list[kemilua.Effect]:
        return self.note(self.engine.resolved(ticket, targets, now=self.now))

    def reply(self, to: kemilua.Send, code: int, reason: str = "Reason") -> list[kemilua.Effect]:
        return self.note(self.engine.receive(answer(to.data, code, reason), source=to.destination))

    def pass_(self, seconds: float) -> list[kemilua.Effect]:
        """Let time go by, timer by timer."""
        end, effects = self.now + seconds, []
        while (due := self.engine.next_timer()) is not None and due <= end:
            self.engine.clock.now = max(due, self.now)
            effects += self.note(self.engine.handle_timer(self.now))
        self.engine.clock.now = end
        return effects

    def cancel(self) -> list[kemilua.Effect]:
        cancel = request("CANCEL", "sip:bob@b.example", branch="z9hG4bK-1")
        return self.note(self.engine.receive(cancel))


def answer(data: bytes, code: int, reason: str) -> bytes:
    """A reply to a request that was sent."""
    names = ("Via", "From", "To", "Call-ID", "CSeq")
    lines = [f"{name}: {value}{';tag=b' if name == 'To' else ''}" for name in names for value in header(data, name)]
    return assemble([f"SIP/2.0 {code} {reason}", *lines], None, b"")


def lines(effects: list[kemilua.Effect]) -> list[str]:
    """First lines and log lines in order; requests with where they go."""
    found = []
    for effect in effects:
        if isinstance(effect, kemilua.Send):
            first = first_line(effect.data)
            found.append(first if first.startswith("SIP/2.0") else f"{first.split()[0]} to {effect.destination[0]} by {effect.transport}")
        elif isinstance(effect, kemilua.Log):
            found.append(effect.text)
        elif isinstance(effect, kemilua.Resolve):
            found.append(f"look up {effect.name}")
    return found


def only(effects: list[kemilua.Effect], method: str) -> kemilua.Send:
    (found,) = [one for one in effects if isinstance(one, kemilua.Send) and one.data.startswith(method.encode() + b" ")]
    return found


def branch_number(data: bytes) -> str:
    """The last part of our Via's branch."""
    match = re.search(r"branch=z9hG4bK[^;]*\.(\w+)$", header(data, "Via")[0])
    assert match is not None
    return match[1]


@pytest.fixture
def call(script: Callable[..., Harness]) -> Callable[..., Call]:
    """`call(script, **arguments of Engine)`: an engine with a listening socket for UDP and TCP."""

    def make(text: str = RELAY, **arguments: Any) -> Call:
        arguments.setdefault("listen", ["udp:192.0.2.1:5060", "tcp:192.0.2.1:5060"])
        return Call(script(text, **arguments))

    return make


# ---- waiting


def test_name_is_looked_up_and_the_request_goes_on(call):
    one = call()
    (asked,) = one.begin()
    assert lines(one.effects) == ["SIP/2.0 100 trying -- your call is important to us", "look up b.example", "relay 1"]
    assert (asked.name, asked.port, asked.transport, asked.sips, asked.local) == ("b.example", None, None, False, ("192.0.2.1", 5060))
    out = only(one.resolved(asked.ticket, ONE), "INVITE")
    assert (out.destination, out.transport, out.local) == (("203.0.113.1", 5060), "udp", ("192.0.2.1", 5060))
    assert first_line(out.data) == "INVITE sip:bob@b.example SIP/2.0"
    assert header(out.data, "Via")[0].startswith("SIP/2.0/UDP 192.0.2.1")
    assert lines(one.reply(out, 200)) == ["reply 200", "SIP/2.0 200 Reason"]


def test_numeric_hosts_are_not_looked_up(call):
    one = call(next_hops=lambda hop: pytest.fail("asked"))
    assert one.begin(invite("sip:bob@203.0.113.9")) == []
    assert only(one.effects, "INVITE").destination == ("203.0.113.9", 5060)
    assert one.begin(invite("sip:bob@[2001:db8::1]", branch="z9hG4bK-6", call_id="six")) == []


def test_via_is_that_of_the_transport_found(call):
    one = call()
    (asked,) = one.begin()
    out = only(one.resolved(asked.ticket, THREE), "INVITE")
    assert (out.transport, out.destination) == ("tcp", ("203.0.113.3", 5060))
    assert header(out.data, "Via")[0].startswith("SIP/2.0/TCP 192.0.2.1")


def test_onsend_runs_when_the_address_is_known(call):
    text = RELAY + "function ksr_onsend_route() KSR.info('onsend ' .. KSR.pv.get('$sndto(ip)') .. ' ' .. KSR.pv.get('$avp(a)')) end"
    one = call(text.replace("KSR.tm.t_on_reply", "KSR.pv.sets('$avp(a)', 'x') KSR.tm.t_on_reply"))
    (asked,) = one.begin()
    assert not any("onsend" in line for line in lines(one.effects))
    assert lines(one.resolved(asked.ticket, ONE)) == ["onsend 203.0.113.1 x", "INVITE to 203.0.113.1 by udp"]


def test_branch_route_has_run_and_its_changes_go_out(call):
    text = """
    function ksr_request_route() KSR.tm.t_on_branch("branch") KSR.tm.t_relay() end
    function branch() KSR.info("branch " .. KSR.pv.get("$T_branch_idx")) KSR.hdr.append("X-Branch: yes\\r\\n") end
    """
    one = call(text)
    (asked,) = one.begin()
    assert lines(one.effects)[1:] == ["branch 0", "look up b.example"] or lines(one.effects)[-2:] == ["branch 0", "look up b.example"]
    assert header(only(one.resolved(asked.ticket, ONE), "INVITE").data, "X-Branch") == ["yes"]


def test_other_messages_go_on_meanwhile(call):
    one = call()
    (first,) = one.begin()
    (second,) = one.begin(invite("sip:bob@c.example", branch="z9hG4bK-2", call_id="call-2"))
    assert first.ticket != second.ticket
    assert header(only(one.resolved(second.ticket, TWO), "INVITE").data, "Call-ID") == ["call-2"]
    assert header(only(one.resolved(first.ticket, ONE), "INVITE").data, "Call-ID") == ["call-1"]


def test_retransmission_while_waiting_gets_the_100_again(call):
    one = call()
    one.begin()
    again = one.note(one.engine.receive(invite("sip:bob@b.example")))
    assert lines(again) == ["SIP/2.0 100 trying -- your call is important to us", "relay 1"]


def test_request_that_is_no_invite_waits_too(call):
    one = call()
    (asked,) = one.begin(request())
    assert lines(one.effects) == ["look up example.com", "relay 1"]
    assert lines(one.engine.receive(request())) == ["relay 1"]
    out = only(one.resolved(asked.ticket, ONE), "OPTIONS")
    assert lines(one.reply(out, 200)) == ["reply 200", "SIP/2.0 200 Reason"]


def test_branches_wait_each_for_its_own_name(call):
    text = """
    function ksr_request_route()
        KSR.corex.append_branch_uri("sip:carol@c.example")
        KSR.corex.append_branch_uri("sip:dave@203.0.113.4")
        KSR.tm.t_relay()
    end
    """
    one = call(text)
    asked = one.begin()
    assert [effect.name for effect in asked] == ["b.example", "c.example"]
    assert only(one.effects, "INVITE").destination == ("203.0.113.4", 5060)
    second, first = one.resolved(asked[1].ticket, TWO), one.resolved(asked[0].ticket, ONE)
    assert [first_line(data) for data in sent(second + first)] == [
        "INVITE sip:carol@c.example SIP/2.0",
        "INVITE sip:bob@b.example SIP/2.0",
    ]
    assert [branch_number(data) for data in sent(second + first)] == ["1", "0"]


def test_time_to_wait_is_fr_timer(call):
    one = call(modparams={"tm": {"fr_timer": 3000}})
    (asked,) = one.begin()
    assert one.pass_(2.9) == []
    assert lines(one.pass_(0.2)) == ["failure 408", "SIP/2.0 408 Request Timeout"]
    assert lines(one.resolved(asked.ticket, ONE)) == []


def test_patience_begins_anew_when_the_request_goes_out(call):
    one = call(modparams={"tm": {"fr_timer": 3000, "retr_timer1": 10000}})
    (asked,) = one.begin()
    one.pass_(2)
    one.resolved(asked.ticket, ONE)
    assert one.pass_(2.5) == []
    assert "SIP/2.0 408 Request Timeout" in lines(one.pass_(1))


def test_reply_for_a_branch_that_waits_is_nobodys(call):
    text = "function ksr_request_route() KSR.corex.append_branch_uri('sip:d@203.0.113.4') KSR.tm.t_relay() end"
    one = call(text)
    (asked,) = one.begin()
    out = only(one.effects, "INVITE")
    wrong = out.data.replace(b".1\r\n", b".0\r\n", 1)
    one.engine.receive(answer(wrong, 200, "OK"))
    assert lines(one.resolved(asked.ticket, ONE)) == ["INVITE to 203.0.113.1 by udp"]


# ---- no address


@pytest.mark.parametrize("targets", [[], [("2001:db8::1", 5060, "udp")]])
def test_without_an_address_the_failure_route_runs(call, targets):
    one = call()
    (asked,) = one.begin()
    found = lines(one.resolved(asked.ticket, *targets))
    code = "500 Server Internal Error" if targets else "478 Unresolvable destination (478/TM)"
    assert found[-2:] == [f"failure {code[:3]}", f"SIP/2.0 {code}"]


def test_failure_route_goes_on_elsewhere(call):
    text = RELAY.replace("function failed()", "function failed() KSR.pv.sets('$ru', 'sip:e@203.0.113.5') KSR.tm.t_relay()")
    one = call(text)
    (asked,) = one.begin()
    assert lines(one.resolved(asked.ticket)) == ["INVITE to 203.0.113.5 by udp", "failure 478"]


def test_failure_route_goes_on_to_another_name(call):
    text = RELAY.replace("function failed()", "function failed() KSR.pv.sets('$ru', 'sip:e@e.example') KSR.tm.t_relay()")
    one = call(text)
    (first,) = one.begin()
    (second,) = [effect for effect in one.resolved(first.ticket) if isinstance(effect, kemilua.Resolve)]
    assert (second.name, second.ticket != first.ticket) == ("e.example", True)
    assert lines(one.resolved(second.ticket, ONE)) == ["INVITE to 203.0.113.1 by udp"]


# ---- CANCEL


def test_cancel_while_waiting_ends_it_at_once(call):
    one = call("function ksr_request_route() KSR.tm.t_relay() end")
    (asked,) = one.begin()
    assert lines(one.cancel()) == ["SIP/2.0 487 Request canceled", "SIP/2.0 200 ok -- no more pending branches"]
    assert one.resolved(asked.ticket, ONE) == []
    one.engine.receive(request("ACK", "sip:bob@b.example"))
    one.pass_(60)
    assert one.engine.next_timer() is None


def test_cancel_of_one_that_rings_and_one_that_waits(call):
    text = "function ksr_request_route() KSR.corex.append_branch_uri('sip:d@203.0.113.4') KSR.tm.t_relay() end"
    one = call(text)
    (asked,) = one.begin()
    out = only(one.effects, "INVITE")
    one.reply(out, 180)
    assert lines(one.cancel()) == ["CANCEL to 203.0.113.4 by udp", "SIP/2.0 200 canceling"]
    assert one.resolved(asked.ticket, ONE) == []
    assert lines(one.reply(out, 487, "Request Terminated"))[-1] == "SIP/2.0 487 Request Terminated"


@pytest.mark.parametrize("code", [200, 603])
def test_an_answer_elsewhere_ends_the_wait(call, code):
    text = "function ksr_request_route() KSR.corex.append_branch_uri('sip:d@203.0.113.4') KSR.tm.t_relay() end"
    one = call(text)
    (asked,) = one.begin()
    assert lines(one.reply(only(one.effects, "INVITE"), code))[-1] == f"SIP/2.0 {code} Reason"
    assert one.resolved(asked.ticket, ONE) == []


# ---- the next address


def test_next_address_after_a_timeout(call):
    one = call(modparams={"tm": {"fr_timer": 2000}})
    (asked,) = one.begin()
    first = only(one.resolved(asked.ticket, ONE, THREE, TWO), "INVITE")
    second = only(one.pass_(2.1)[-1:], "INVITE")
    assert (second.destination, second.transport) == (("203.0.113.3", 5060), "tcp")
    third = only(one.pass_(2.1), "INVITE")
    assert third.destination == ("203.0.113.2", 5070)
    assert [branch_number(one.data) for one in (first, second, third)] == ["0", "1", "2"]
    strip = lambda data: re.sub(rb"Via: SIP/2.0/(UDP|TCP) 192[^\r]*\r\n", b"", data)  # noqa: E731
    assert strip(first.data) == strip(second.data) == strip(third.data)
    assert lines(one.pass_(2.1))[-2:] == ["failure 408", "SIP/2.0 408 Request Timeout"]


def test_no_next_address_once_somebody_has_answered(call):
    one = call(modparams={"tm": {"fr_inv_timer": 2000}})
    (asked,) = one.begin()
    one.reply(only(one.resolved(asked.ticket, ONE, TWO), "INVITE"), 180)
    assert "SIP/2.0 408 Request Timeout" in lines(one.pass_(2.1))


@pytest.mark.parametrize(
    ("codes", "code", "goes_on"),
    [
        (None, 503, True),
        (None, 500, False),
        (None, 404, False),
        ("code=403;class=5", 403, True),
        ("code=403; class=5", 500, True),
        ("code=403;class=5", 404, False),
        ("code=403", 503, True),
    ],
)
def test_next_address_after_a_reply(call, codes, code, goes_on):
    one = call(modparams={"tm": {"failover_reply_codes": codes}} if codes else {})
    (asked,) = one.begin()
    found = lines(one.reply(only(one.resolved(asked.ticket, ONE, TWO), "INVITE"), code))
    went = [line for line in found if line.startswith("INVITE")]
    assert went == (["INVITE to 203.0.113.2 by udp"] if goes_on else [])
    assert any(line.startswith("failure") for line in found) is not goes_on


@pytest.mark.parametrize("codes", ["403", "code=99", "class=7", "code=403,class=5", "code=", "class=2", ";"])
def test_bad_codes_are_refused(script, codes):
    with pytest.raises(kemilua.ConfigError, match="failover_reply_codes lists"):
        script(None, modparams={"tm": {"failover_reply_codes": codes}})


@pytest.mark.parametrize("how", ["KSR.tm.t_set_disable_failover(1)", "KSR.tm.t_relay_to_flags(4)"])
def test_failover_may_be_turned_off(call, how):
    relay = how if "relay" in how else f"{how} KSR.tm.t_relay()"
    one = call(f"function ksr_request_route() {relay} end")
    (asked,) = one.begin()
    found = lines(one.reply(only(one.resolved(asked.ticket, ONE, TWO), "INVITE"), 503))
    assert found[-1] == "SIP/2.0 500 Service Unavailable"


def test_an_answer_of_the_next_address_is_the_calls(call):
    one = call()
    (asked,) = one.begin()
    second = only([one.reply(only(one.resolved(asked.ticket, ONE, TWO), "INVITE"), 503)][0][-1:], "INVITE")
    assert lines(one.reply(second, 200)) == ["reply 200", "SIP/2.0 200 Reason"]


def test_next_address_where_onsend_drops_one(call):
    text = """
    function ksr_request_route() KSR.tm.t_relay() end
    function ksr_onsend_route() if KSR.pv.get("$sndto(ip)") ~= "203.0.113.2" then KSR.x.drop() end end
    """
    one = call(text)
    (asked,) = one.begin()
    assert lines(one.resolved(asked.ticket, ONE, TWO)) == ["INVITE to 203.0.113.2 by udp"]
    one = call(text)
    (asked,) = one.begin()
    assert lines(one.resolved(asked.ticket, ONE))[-1] == "SIP/2.0 500 I'm terribly sorry, server error occurred (1/TM)"


def test_as_many_addresses_as_there_may_be_branches(call):
    one = call(core={"max_branches": 3}, modparams={"tm": {"fr_timer": 1000}})
    (asked,) = one.begin()
    one.resolved(asked.ticket, *[(f"203.0.113.{last}", 5060, "tcp") for last in range(1, 100)])
    one.pass_(60)
    assert [line for line in lines(one.effects) if line.startswith("INVITE")] == [
        f"INVITE to 203.0.113.{last} by tcp" for last in (1, 2, 3)
    ]
    assert "SIP/2.0 408 Request Timeout" in lines(one.effects)


# ---- what could not be sent


def failed(call: Call, send: kemilua.Send) -> list[kemilua.Effect]:
    return call.note(call.engine.send_failed(send, now=call.now))


def test_next_address_after_a_send_that_failed(call):
    one = call()
    (asked,) = one.begin()
    out = only(one.resolved(asked.ticket, ONE, TWO), "INVITE")
    assert lines(failed(one, out)) == ["INVITE to 203.0.113.2 by udp"]
    assert failed(one, out) == []


def test_without_a_next_address_it_is_477(call):
    one = call()
    one.begin(invite("sip:bob@203.0.113.9"))
    found = lines(failed(one, only(one.effects, "INVITE")))
    assert found == ["failure 477", "SIP/2.0 477 Unfortunately error on sending to next hop occurred (477/TM)"]


def test_a_repetition_that_failed_is_503(call):
    one = call()
    one.begin(invite("sip:bob@203.0.113.9"))
    again = only(one.pass_(0.6), "INVITE")
    assert lines(failed(one, again)) == ["failure 503", "SIP/2.0 503 Service Unavailable"]


def test_other_branches_are_waited_for(call):
    one = call("function ksr_request_route() KSR.corex.append_branch_uri('sip:d@203.0.113.4') KSR.tm.t_relay() end")
    one.begin(invite("sip:bob@203.0.113.9"))
    first, second = [effect for effect in one.effects if isinstance(effect, kemilua.Send) and effect.data.startswith(b"INVITE")]
    assert failed(one, first) == []
    assert lines(one.reply(second, 200)) == ["SIP/2.0 200 Reason"]


def test_what_else_failed_is_ignored(call):
    one = call(log_level="dbg")
    one.begin(invite("sip:bob@203.0.113.9"))
    out, trying = only(one.effects, "INVITE"), only(one.effects, "SIP/2.0")
    ignored = ["tm: nobody waits for an answer to what could not be sent"]
    elsewhere, stream = kemilua.Send(out.data, ("203.0.113.8", 5060), "udp"), kemilua.Send(out.data, out.destination, "tcp")
    for send in (trying, elsewhere, stream, kemilua.Send(b"no SIP", SOURCE, "udp"), kemilua.Send(b"", SOURCE, "udp")):
        assert logged(failed(one, send)) == ignored
    one.reply(out, 180)
    assert logged(failed(one, out)) == ignored
    cancel = only(one.cancel(), "CANCEL")
    assert logged(failed(one, cancel)) == ignored
    one.reply(out, 487)
    assert logged(failed(one, out)) == ignored


def test_send_failed_takes_a_send(call):
    one = call()
    with pytest.raises(kemilua.ArgumentTypeError, match=r"send must be a kemilua\.Send"):
        one.engine.send_failed(b"INVITE", now=1.0)


# ---- tickets


def test_an_answer_counts_once(call):
    one = call(log_level="dbg")
    (asked,) = one.begin()
    one.resolved(asked.ticket, ONE)
    for ticket in (asked.ticket, asked.ticket + 1, 1, 2**63 - 1):
        assert logged(one.resolved(ticket, TWO)) == [f"tm: nobody waits for the addresses of ticket {ticket}"]


def test_an_answer_after_the_end_is_ignored(call):
    one = call(modparams={"tm": {"fr_timer": 1000}})
    (asked,) = one.begin()
    one.pass_(30)
    assert one.engine.next_timer() is None or lines(one.effects)[-1].startswith("SIP/2.0 408")
    assert one.resolved(asked.ticket, ONE) == []


def test_engine_without_tm_ignores_answers(script):
    engine = script(None, modules=["sl"], log_level="dbg")
    assert logged(engine.resolved(5, [ONE], now=1.0)) == ["tm: nobody waits for the addresses of ticket 5"]
    assert logged(engine.send_failed(kemilua.Send(request(), SOURCE, "udp"), now=1.0)) != []


def test_answers_are_posted(call):
    one = call()
    (asked,) = one.begin()
    one.engine.post_resolved(asked.ticket, [ONE, TWO], now=one.now)
    out = only(one.note(one.engine.handle_inputs()), "INVITE")
    assert out.destination == ("203.0.113.1", 5060)
    one.engine.post_send_failed(out, now=one.now)
    assert lines(one.engine.handle_inputs()) == ["INVITE to 203.0.113.2 by udp"]


def test_an_answer_brings_the_time(call):
    one = call(modparams={"tm": {"fr_timer": 3000}})
    (asked,) = one.begin()
    assert lines(one.engine.resolved(asked.ticket, [ONE], now=one.now + 5)) == ["failure 408", "SIP/2.0 408 Request Timeout"]


@pytest.mark.parametrize(
    ("targets", "text"),
    [
        ([("b.example", 5060, "udp")], r"targets\[0\]: the host must be a numeric address, not b\.example"),
        ([ONE, ("[2001:db8::1]", 5060, "udp")], r"targets\[1\]: the host must be a numeric address"),
        ([("203.0.113.1", 0, "udp")], r"targets\[0\]: the port must be from 1"),
        ([("203.0.113.1", 70000, "udp")], r"the port of targets\[0\]"),
        ([("203.0.113.1", 5060, "carrier pigeon")], r"the transport of targets\[0\] must be one of udp"),
        ([("203.0.113.1", 5060)], r"targets\[0\] must be \(host, port, transport\)"),
        ("203.0.113.1", "targets must be a list"),
        (None, "targets must be a list"),
    ],
)
def test_what_is_no_address_is_refused(call, targets, text):
    one = call()
    (asked,) = one.begin()
    for function in (one.engine.resolved, one.engine.post_resolved):
        with pytest.raises(kemilua.ArgumentError, match=text):
            function(asked.ticket, targets, now=one.now)
    assert lines(one.resolved(asked.ticket, ONE)) == ["INVITE to 203.0.113.1 by udp"]


@pytest.mark.parametrize("ticket", [0, -1, 2**63, "1", None])
def test_bad_tickets_are_refused(call, ticket):
    with pytest.raises(kemilua.ArgumentError, match="ticket must be"):
        call().engine.resolved(ticket, [ONE], now=1.0)


# ---- a host that knows at once


def test_addresses_known_at_once_are_used_in_the_call(call):
    asked = []
    one = call(next_hops=lambda hop: asked.append(hop) or [THREE, ONE])
    assert one.begin(invite("sip:bob@b.example:5070")) == []
    assert lines(one.effects)[1:] == ["INVITE to 203.0.113.3 by tcp", "relay 1"]
    (hop,) = asked
    assert (hop.name, hop.port, hop.transport, hop.local) == ("b.example", 5070, None, ("192.0.2.1", 5060))
    assert lines(one.reply(only(one.effects, "INVITE"), 503))[-1] == "INVITE to 203.0.113.1 by udp"


@pytest.mark.parametrize("answer", [[], OSError("no route"), ResolveError("no server")])
def test_no_address_at_once_is_what_t_relay_returns(call, answer):
    def next_hops(hop: kemilua.Resolve) -> list[kemilua.Target]:
        if isinstance(answer, Exception):
            raise answer
        return answer

    one = call(next_hops=next_hops)
    one.begin()
    assert lines(one.effects)[1:] == ["relay -478", "SIP/2.0 478 Unresolvable destination (478/TM)"]


def test_none_means_later(call):
    one = call(next_hops=lambda hop: None)
    (asked,) = one.begin()
    assert lines(one.resolved(asked.ticket, ONE)) == ["INVITE to 203.0.113.1 by udp"]


def test_what_next_hops_raises_is_a_failure(call):
    one = call(next_hops=lambda hop: 1 / 0)
    one.begin()
    found = lines(one.effects)
    assert found[1:] == [
        "next_hops: ZeroDivisionError: division by zero",
        "relay -478",
        "SIP/2.0 478 Unresolvable destination (478/TM)",
    ]
    assert (one.engine.failures, str(one.engine.last_failure)) == (1, "next_hops: ZeroDivisionError: division by zero")
    one = call(next_hops=lambda hop: 1 / 0, errors="raise")
    with pytest.raises(ZeroDivisionError):
        one.begin()
    assert lines(one.engine.take_effects()) == found


def test_bad_answers_of_next_hops_are_a_failure(call):
    one = call(next_hops=lambda hop: [("b.example", 5060, "udp")], errors="raise")
    with pytest.raises(kemilua.ArgumentError, match=r"targets\[0\]"):
        one.begin()


def test_interrupts_of_next_hops_reach_the_caller(call):
    def next_hops(hop: kemilua.Resolve) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(next_hops=next_hops).begin()


def test_next_hops_is_a_function(script):
    with pytest.raises(kemilua.ArgumentTypeError, match="next_hops must be a function or None"):
        script(None, next_hops=3)
