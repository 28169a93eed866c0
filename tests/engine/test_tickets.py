"""What must survive: Stores, the Sends that wait for them, and what is sent where one fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import kemilua
import pytest
from builders import answer, first_line, header, invite, request
from harness import SOURCE, Harness, logged

PEER = ("203.0.113.1", 5060)
STATELESS = """
function ksr_request_route()
    if KSR.is_method("REGISTER") then KSR.t.save(KSR.pv.get("$tU")) end
    if KSR.is_method("OPTIONS") then KSR.t.about(KSR.pv.get("$tU")) end
    KSR.sl.send_reply(200, "OK")
end
"""


class Host:
    """A host's functions for scripts, and what it does with Sends that wait."""

    def __init__(self) -> None:
        self.engine: Any = None
        self.told: list[str | None] = []
        self.kept: dict[int, list[kemilua.Send]] = {}
        self.sent: list[kemilua.Send] = []
        self.stores: list[kemilua.Store] = []
        self.wait = True

    @kemilua.export("t.save")
    def save(self, user: str) -> int:
        values = {"contact": f"sip:{user}@192.0.2.9"}
        return self.engine.store("location", "upsert", {"username": user}, values, about=user, wait=self.wait, on_stored=self.told.append)

    @kemilua.export("t.about")
    def about(self, user: str) -> int:
        return self.engine.store_about(user)

    def do(self, effects: list[kemilua.Effect]) -> list[str]:
        """As docs/how-to/embed.md has it; the first lines of what was sent."""
        before = len(self.sent)
        for effect in effects:
            if isinstance(effect, kemilua.Store):
                self.stores.append(effect)
            elif isinstance(effect, kemilua.Send) and effect.after:
                self.kept.setdefault(effect.after, []).append(effect)
            elif isinstance(effect, kemilua.Send):
                self.sent.append(effect)
            elif isinstance(effect, kemilua.Release):
                waited = self.kept.pop(effect.ticket, [])
                self.sent += [] if effect.drop else waited
        return [first_line(send.data) for send in self.sent[before:]]

    def ask(self, method: str, call_id: str = "one", source: Any = SOURCE, **more: Any) -> list[str]:
        return self.do(self.engine.receive(request(method, call_id=call_id, branch=f"z9hG4bK-{call_id}", **more), source=source))

    def stored(self, ticket: int, error: str | None = None) -> list[str]:
        return self.do(self.engine.stored(ticket, error))

    def pass_(self, seconds: float) -> list[str]:
        """Let time go by, timer by timer."""
        clock, lines = self.engine.clock, []
        end = clock.now + seconds
        while (due := self.engine.next_timer()) is not None and due <= end:
            clock.now = max(due, clock.now)
            lines += self.do(self.engine.handle_timer(clock.now))
        clock.now = end
        return lines


@pytest.fixture
def host(script: Callable[..., Harness]) -> Callable[..., Host]:
    def make(text: str = STATELESS, **more: Any) -> Host:
        one = Host()
        one.engine = script(text, exports=[one], **more)
        return one

    return make


# ---- one engine, no transactions


def test_what_tells_of_it_waits_until_it_is_stored(host):
    one = host()
    store, send = one.engine.receive(request("REGISTER"))
    key, values = (("username", "bob"),), (("contact", "sip:bob@192.0.2.9"),)
    assert store == kemilua.Store(1, "location", "upsert", key, values)
    assert (first_line(send.data), send.after) == ("SIP/2.0 200 OK", 1)
    assert one.engine.stored(1) == [kemilua.Release(1)]
    assert one.told == [None]


def test_a_500_goes_out_where_it_fails(host):
    one = host()
    one.engine.receive(request("REGISTER", headers={"X-One": "1"}))
    release, send = one.engine.stored(1, "disk full")
    assert release == kemilua.Release(1, drop=True)
    assert (first_line(send.data), send.after, send.destination) == ("SIP/2.0 500 Server Internal Error", 0, SOURCE)
    names = [line.partition(b":")[0] for line in send.data.split(b"\r\n")[1:-2]]
    assert names == [b"Via", b"From", b"To", b"Call-ID", b"CSeq", b"Server", b"Content-Length"]
    assert header(send.data, "Via")[0].startswith("SIP/2.0/UDP 198.51.100.7:5060;branch=z9hG4bK-1")
    assert one.told == ["disk full"]


def test_other_traffic_goes_on(host):
    one = host()
    assert one.ask("REGISTER", "slow") == []
    assert one.ask("INVITE", "other") == ["SIP/2.0 200 OK"]
    assert one.stored(1) == ["SIP/2.0 200 OK"]
    assert [header(send.data, "Call-ID") for send in one.sent] == [["other"], ["slow"]]


def test_what_was_sent_before_does_not_wait(host):
    one = host("function ksr_request_route() KSR.sl.send_reply(100, 'Trying') KSR.t.save('a') KSR.sl.send_reply(200, 'OK') end")
    assert one.ask("REGISTER") == ["SIP/2.0 100 Trying"]
    assert one.stored(1) == ["SIP/2.0 200 OK"]


def test_a_reply_that_tells_of_no_success_stays_what_it_is(host):
    one = host("function ksr_request_route() KSR.t.save('a') KSR.sl.send_reply(100, 'Trying') KSR.sl.send_reply(404, 'No') end")
    assert one.ask("REGISTER") == []
    assert one.stored(1, "full") == ["SIP/2.0 100 Trying", "SIP/2.0 404 No"]


def test_a_request_that_comes_again_meanwhile_is_stored_once(host):
    one = host()
    one.ask("REGISTER")
    data = request("REGISTER", call_id="one", branch="z9hG4bK-one")
    assert one.engine.receive(data) == [kemilua.Drop("its answer waits until it is stored")]
    assert one.ask("REGISTER", "another") == []
    assert [store.ticket for store in one.stores] == [1, 2]
    assert one.stored(1) == ["SIP/2.0 200 OK"]
    assert one.ask("REGISTER") == []  # it is new again
    assert one.stores[-1].ticket == 3


def test_nothing_waits_for_what_need_not_be_there_at_once(host):
    one = host()
    one.wait = False
    assert one.ask("REGISTER") == ["SIP/2.0 200 OK"]
    assert one.ask("REGISTER") == ["SIP/2.0 200 OK"]
    assert one.stored(1, "full") == one.stored(2) == []
    assert one.told == ["full", None]


def test_messages_about_the_same_wait_for_the_last_one(host):
    one = host()
    one.ask("REGISTER", "a")
    one.ask("REGISTER", "b")
    assert one.ask("OPTIONS", "c") == []
    assert one.stored(1) == ["SIP/2.0 200 OK"]
    assert one.stored(2) == ["SIP/2.0 200 OK"] * 2
    assert one.ask("OPTIONS", "d") == ["SIP/2.0 200 OK"]
    assert one.kept == {}


def test_about_the_same_fails_with_it(host):
    one = host()
    one.ask("REGISTER", "a")
    one.ask("OPTIONS", "b")
    assert one.stored(1, "full") == ["SIP/2.0 500 Server Internal Error"] * 2
    assert [header(send.data, "CSeq") for send in one.sent] == [["1 REGISTER"], ["1 OPTIONS"]]


def test_tickets_are_told_in_any_order_and_once(host):
    one = host()
    for name in "abc":
        one.ask("REGISTER", name)
    assert [one.stored(ticket) for ticket in (3, 1, 3, 99, 2, 1)] == [["SIP/2.0 200 OK"]] * 2 + [[], [], ["SIP/2.0 200 OK"], []]
    assert [header(send.data, "Call-ID") for send in one.sent] == [["c"], ["a"], ["b"]]
    assert one.told == [None] * 3
    one.engine.receive(request("REGISTER", call_id="d", branch="z9hG4bK-d"))
    assert one.engine.stored(4, "full")[0] == kemilua.Release(4, drop=True)
    assert one.engine.stored(4) == []  # what was told first counts


def test_posted_answers_are_handled_as_inputs(host):
    one = host()
    one.ask("REGISTER", "a")
    one.ask("REGISTER", "b")
    one.engine.post_stored(2, "full")
    one.engine.post_stored(1)
    assert one.do(one.engine.handle_inputs()) == ["SIP/2.0 500 Server Internal Error", "SIP/2.0 200 OK"]


VALUES = {"text": "ä\udcff", "bytes": b"\xff\0", "empty": "", "int": -(2**63), "float": 0.25, "none": None, "true": True}


def test_values_come_back_as_they_were(script):
    @kemilua.export("t.save")
    def save() -> int:
        engine.store("t\udcff", "insert", {}, VALUES, wait=False)
        return engine.store("t", "delete", {"a": 1, "b": "x"})

    engine = script("function ksr_request_route() KSR.t.save() end", exports=[save])
    insert, delete = engine.receive(request())
    assert (insert.table, insert.operation, insert.key, dict(insert.values)) == ("t\udcff", "insert", (), VALUES)
    assert [type(value) for _, value in insert.values] == [str, bytes, str, int, float, type(None), int]
    assert delete == kemilua.Store(2, "t", "delete", (("a", 1), ("b", "x")), ())


WRONG = {
    "operation must be upsert, insert or delete, not 'replace'": lambda e: e.store("t", "replace", {"a": 1}),
    "a Store cannot be: no column is the key": lambda e: e.store("t", "upsert", {}, {"a": 1}),
    "a Store cannot be: a delete has no values, only a key": lambda e: e.store("t", "delete", {"a": 1}, {"b": 1}),
    "a Store cannot be: there are no columns": lambda e: e.store("t", "insert", {}),
    "a Store cannot be: the name of the table is empty": lambda e: e.store("", "insert", {"a": 1}),
    "a Store cannot be: the name of a column is empty": lambda e: e.store("t", "insert", {"": 1}),
    "key: a must be an integer from": lambda e: e.store("t", "insert", {"a": 2**63}),
    "values: b must be str, bytes, an integer, a float or None, not list": lambda e: e.store("t", "upsert", {"a": 1}, {"b": []}),
    "about is empty": lambda e: e.store_about(""),
    "on_stored must be a function or None, not int": lambda e: e.store("t", "insert", {"a": 1}, on_stored=1),
}


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_stored_is_told(script, text):
    @kemilua.export("t.wrong")
    def wrong() -> int:
        return WRONG[text](engine)

    engine = script("", exports=[wrong])
    with pytest.raises(kemilua.ArgumentError, match=f"^{text}"):
        engine.eval("KSR.t.wrong()")
    assert engine.take_effects() == []


def test_nobody_leaves_a_store_outside_of_a_run(script):
    engine = script("")
    with pytest.raises(kemilua.ArgumentError, match="while it runs"):
        engine.store("t", "insert", {"a": 1})
    with pytest.raises(kemilua.ArgumentError, match="ticket must be an integer"):
        engine.stored(0)


def test_on_stored_that_raises_is_a_failure_of_that_input(script):
    def fail(error: str | None) -> None:
        raise ValueError(error)

    @kemilua.export("t.save")
    def save() -> int:
        return engine.store("t", "insert", {"a": 1}, on_stored=fail)

    text = "function ksr_request_route() KSR.t.save() KSR.sl.send_reply(200, 'OK') end"
    engine = script(text, exports=[save])
    engine.receive(request())
    release, line, send = engine.stored(1, "full")
    assert (release.drop, line.text, first_line(send.data)) == (True, "on_stored: ValueError: full", "SIP/2.0 500 Server Internal Error")
    assert engine.failures == 1
    engine = script(text, exports=[save], errors="raise")
    engine.receive(request())
    with pytest.raises(ValueError, match="full"):
        engine.stored(1, "full")
    assert [type(effect) for effect in engine.take_effects()] == [kemilua.Release, kemilua.Log, kemilua.Send]


def test_a_store_that_memory_has_no_room_for_was_never_left(script):
    @kemilua.export("t.save")
    def save() -> int:
        with pytest.raises(kemilua.AllocationError):
            engine.store("t", "insert", {"a": "x" * 2**21}, about="a")
        return engine.store_about("a")

    engine = script(
        "function ksr_request_route() KSR.sl.send_reply(200, tostring(KSR.t.save())) end",
        exports=[save],
        limits=kemilua.Limits(memory=2**20),
    )
    send, lost = engine.receive(request())
    assert (first_line(send.data), send.after, logged([lost])) == ("SIP/2.0 200 0", 0, [lost.text])


def test_an_engine_closes_whatever_waits(host):
    one = host()
    one.ask("REGISTER")
    one.engine.close()
    assert one.told == []
    with pytest.raises(kemilua.EngineClosedError):
        one.engine.post_stored(1)


# ---- within a transaction

STATEFUL = """
function ksr_request_route()
    if KSR.tm.t_check_trans() == 0 then return end
    KSR.tm.t_newtran()
    KSR.t.save("bob")
    KSR.tm.t_reply(200, "OK")
end
"""


def test_a_transaction_s_answer_waits_and_comes_once(host):
    one = host(STATEFUL)
    assert one.ask("MESSAGE") == []
    assert one.ask("MESSAGE") == []
    assert one.stored(1) == ["SIP/2.0 200 OK"]
    assert one.ask("MESSAGE") == ["SIP/2.0 200 OK"]
    assert len(one.stores) == 1


def test_a_transaction_that_fails_answers_500_from_then_on(host):
    one = host(STATEFUL)
    one.ask("MESSAGE")
    assert one.stored(1, "full") == ["SIP/2.0 500 Server Internal Error"]
    assert one.ask("MESSAGE") == ["SIP/2.0 500 Server Internal Error"]
    assert one.sent[0].data == one.sent[1].data
    assert len(one.stores) == 1


def test_an_invite_that_fails_is_acknowledged_as_any_500(host):
    one = host(STATEFUL)
    one.do(one.engine.receive(invite()))
    assert one.stored(1, "full") == ["SIP/2.0 500 Server Internal Error"]
    to_tag = header(one.sent[0].data, "To")[0].partition("tag=")[2]
    assert one.do(one.engine.receive(request("ACK", to_tag=to_tag))) == []
    assert one.do(one.engine.receive(invite())) == ["SIP/2.0 500 Server Internal Error"]
    assert one.pass_(40) == []


RELAY = """
function ksr_request_route()
    KSR.tm.t_on_reply("replied")
    KSR.tm.t_on_failure("failed")
    if KSR.is_method("MESSAGE") then KSR.t.save("bob") end
    KSR.setdsturi("sip:203.0.113.1")
    KSR.tm.t_relay()
end
function replied() if KSR.pv.get("$rs") == 200 and KSR.is_method("INVITE") then KSR.t.save("bob") end end
function failed() KSR.t.save("bob") KSR.tm.t_reply(202, "Kept") end
"""


def test_a_request_that_goes_on_waits_and_is_not_repeated(host):
    one = host(RELAY)
    assert one.ask("MESSAGE") == []
    assert one.pass_(3) == []
    assert [first_line(send.data)[:8] for send in one.kept[1]] == ["MESSAGE "]
    assert one.stored(1) == ["MESSAGE sip:bob@example.com SIP/2.0"]
    assert one.pass_(5) == ["MESSAGE sip:bob@example.com SIP/2.0"] * 2


def test_a_request_goes_on_although_it_failed(host):
    one = host(RELAY)
    one.ask("MESSAGE")
    assert one.stored(1, "full") == ["MESSAGE sip:bob@example.com SIP/2.0"]
    assert one.do(one.engine.receive(answer(one.sent[0].data, 200, "OK"), source=PEER)) == ["SIP/2.0 200 OK"]


def relayed(one: Host, code: int) -> list[str]:
    sent = next(send for send in one.sent if send.data.startswith(b"INVITE"))
    return one.do(one.engine.receive(answer(sent.data, code, "Reason"), source=PEER))


def test_a_reply_that_is_relayed_waits(host):
    one = host(RELAY)
    assert one.do(one.engine.receive(invite()))[-1] == "INVITE sip:bob@example.com SIP/2.0"
    assert relayed(one, 180) == ["SIP/2.0 180 Reason"]
    assert relayed(one, 200) == []
    for _ in range(9):  # longer than a transaction is remembered
        assert one.pass_(1) == relayed(one, 200) == []
    assert one.stored(1) == ["SIP/2.0 200 Reason"]
    assert relayed(one, 200) == ["SIP/2.0 200 Reason"]
    assert one.pass_(9) == []
    assert len(one.stores) == 1


def test_a_200_that_was_taken_back_never_comes(host):
    one = host(RELAY)
    one.do(one.engine.receive(invite()))
    assert relayed(one, 200) == []
    assert one.stored(1, "full") == ["SIP/2.0 500 Server Internal Error"]
    for _ in range(30):
        assert one.pass_(1) == relayed(one, 200) == []
    assert not any(send.data.startswith(b"SIP/2.0 2") for send in one.sent)


def test_the_ack_to_what_went_out_in_its_place_goes_no_further(host):
    one = host(RELAY)
    one.do(one.engine.receive(invite()))
    assert relayed(one, 200) == []
    assert one.stored(1, "full") == ["SIP/2.0 500 Server Internal Error"]
    to_tag = header(one.sent[-1].data, "To")[0].partition("tag=")[2]
    assert one.do(one.engine.receive(request("ACK", to_tag=to_tag))) == []


@pytest.mark.parametrize("error", [None, "full"])
def test_a_failure_route_s_answer_is_repeated_once_it_is_sent(host, error):
    one = host(RELAY)
    one.do(one.engine.receive(invite()))
    assert [line for line in relayed(one, 486) if not line.startswith("ACK")] == []
    assert one.pass_(3) == []
    line = "SIP/2.0 202 Kept" if error is None else "SIP/2.0 500 Server Internal Error"
    assert one.stored(1, error) == [line]
    assert one.pass_(1.9) == [line]
    to_tag = header(one.sent[-1].data, "To")[0].partition("tag=")[2]
    one.do(one.engine.receive(request("ACK", to_tag=to_tag)))
    assert one.pass_(40) == []


def test_a_later_reply_of_the_transaction_waits_too(host):
    one = host(RELAY.replace('"$rs") == 200', '"$rs") == 180'))
    one.do(one.engine.receive(invite()))
    assert relayed(one, 180) == []
    assert relayed(one, 200) == []
    assert one.stored(1) == ["SIP/2.0 180 Reason", "SIP/2.0 200 Reason"]


def test_timers_of_other_transactions_do_not_wait(host):
    one = host(RELAY)
    one.do(one.engine.receive(invite()))  # whose failure route stores when nobody answers
    other = invite(branch="z9hG4bK-two", call_id="two").replace(b"INVITE", b"PUBLISH")
    one.engine.clock.now += 29.6
    one.do(one.engine.receive(other))
    before = len(one.sent)
    one.pass_(1)
    assert one.stores
    assert {send.data[:7] for send in one.sent[before:]} <= {b"PUBLISH", b"INVITE ", b"CANCEL "}
    assert all(first_line(send.data).startswith("SIP/2.0 202") for send in one.kept[1])


# ---- several engines


class Engines:
    def __init__(self, script: Callable[..., Harness]) -> None:
        self.shared = kemilua.SharedState()
        self.hosts = [Host() for _ in range(3)]
        for one in self.hosts:
            one.engine = script(STATELESS, exports=[one], shared=self.shared)

    def name(self, engine: int, which: int = 0) -> str:
        """A Call-ID of its own."""
        found = [name for name in map(str, range(100)) if self.shared.owner(request(call_id=name)) == engine]
        return found[which]

    def inputs(self) -> list[list[str]]:
        return [one.do(one.engine.handle_inputs()) for one in self.hosts]


@pytest.fixture
def three(script: Callable[..., Harness]) -> Engines:
    return Engines(script)


OK, FAILED = ["SIP/2.0 200 OK"], ["SIP/2.0 500 Server Internal Error"]


@pytest.mark.parametrize("teller", [0, 1, 2])
@pytest.mark.parametrize("error", [None, "full"])
def test_engines_wait_for_each_other_s_stores(three, teller, error):
    first, second, third = three.hosts
    assert first.ask("REGISTER", three.name(0)) == second.ask("OPTIONS", three.name(1)) == []
    assert third.ask("INVITE", three.name(2)) == OK
    assert three.shared.oldest_store == 1
    here = three.hosts[teller].stored(1, error)
    elsewhere = three.inputs()
    done = OK if error is None else FAILED
    assert [(here if number == teller else []) + elsewhere[number] for number in range(3)] == [done, done, []]
    assert (first.told, second.told, three.shared.oldest_store) == ([error], [], None)


def test_tickets_ascend_over_all_engines_and_the_state_tells_all(three):
    for number, one in enumerate(three.hosts):
        one.ask("REGISTER", three.name(number))
    assert [one.stores[0].ticket for one in three.hosts] == [1, 2, 3]
    assert [three.shared.stored(ticket, error) for ticket, error in ((2, None), (3, "full"), (2, None), (9, None))] == [
        True,
        True,
        False,
        False,
    ]
    assert three.inputs() == [[], OK, FAILED]
    assert three.shared.oldest_store == 1
    with pytest.raises(kemilua.ArgumentError, match="ticket must be"):
        three.shared.stored(0)


def test_an_engine_that_closes_leaves_its_tickets_to_the_others(three):
    first, second, _ = three.hosts
    first.ask("REGISTER", three.name(0))
    second.ask("OPTIONS", three.name(1))
    first.engine.close()
    assert three.shared.oldest_store == 1
    assert second.stored(1, "full") == FAILED
    assert three.shared.oldest_store is None


def test_a_replay_gives_the_same(script):
    def run() -> list[kemilua.Effect]:
        one = Host()
        one.engine = script(STATEFUL, exports=[one])
        effects = []
        for number, name in enumerate("abcd", 1):
            effects += one.engine.receive(request("MESSAGE", call_id=name, branch=f"z9hG4bK-{name}"))
            if number > 1:
                effects += one.engine.stored(number - 1, None if number % 2 else "full")
        return effects

    assert run() == run()


def test_what_waits_has_a_limit_and_memory_comes_back(host):
    one = host(limits=kemilua.Limits(memory=2**18))
    lines = [one.engine.receive(request("REGISTER", call_id=str(n), branch=f"z9hG4bK-{n}")) for n in range(500)]
    full = next(n for n, effects in enumerate(lines) if len(effects) != 2)
    assert full > 50
    assert all("AllocationError" in effects[0].text or "effects were lost" in effects[-1].text for effects in lines[full:])
    assert not any(isinstance(effect, kemilua.Send) and effect.after == 0 for effects in lines[full:] for effect in effects)
    for ticket in range(1, 501):
        one.stored(ticket)
    assert one.ask("REGISTER", "again") == []
    assert one.stored(one.stores[-1].ticket) == ["SIP/2.0 200 OK"]
