"""The player on engines: steps at their times, timers between, what is sent, logged and answered."""

from __future__ import annotations

from typing import Any

import kemilua
import pytest
from stateful.compare import compare
from stateful.player import EPOCH, Datagram, Fed, Line, Played, Player, play
from stateful.scenario import Scenario, scenario_of
from stateful.tape import Tape

RECORD = 'KSR.info(\'REC {"n":"seen","v":["\' .. KSR.pv.get("$rm") .. \'",\' .. KSR.pv.get("$Ts") .. "]}\\n")'
OPTIONS = (
    "OPTIONS sip:bob@127.0.0.1:23020 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:23010;branch=z9hG4bK-1\r\n"
    "From: <sip:alice@example.com>;tag=f1\r\nTo: <sip:bob@example.com>\r\nCall-ID: call-1\r\nCSeq: 1 OPTIONS\r\n"
    "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
)
RELAY = f"function ksr_request_route() {RECORD} KSR.rr.record_route() KSR.forward() end"
ANSWER = (
    "SIP/2.0 200 OK\r\n{{o.via}}{{o.rr}}From: {{o.from}}\r\nTo: {{o.to}};tag={tag}\r\nCall-ID: {{o.callid}}\r\nCSeq: {{o.cseq}}\r\n\r\n"
)


def send(t_ms: float, bytes: str, at: str = "alice", **more: Any) -> dict[str, Any]:
    return {"op": "send", "from": at, "bytes": bytes, "t_ms": t_ms, **more}


def expect(t_ms: float, at: str, observed: int, bind: str | None = None, **match: Any) -> dict[str, Any]:
    return {"op": "expect", "at": at, "match": match, "bind": bind, "observed": observed, "t_ms": t_ms}


def rpc(t_ms: float, method: str, *params: Any) -> dict[str, Any]:
    return {"op": "rpc", "method": method, "params": list(params), "t_ms": t_ms, "answer": {"id": 7}}


def observed(t_ms: float, at: str, **more: Any) -> dict[str, Any]:
    return {"t_ms": t_ms, "at": at, "by": "step", "after_step": 0, "bytes": "", **more}


@pytest.fixture
def made(row: dict[str, Any]) -> Any:
    """`made(lua, steps, **fields)`: a scenario of these."""

    def make(lua: str, steps: list[dict[str, Any]], **fields: Any) -> Scenario:
        return scenario_of("own", {**row, "observed": [], "logs": [], "lua": lua, "steps": steps, **fields})

    return make


def run(scenario: Scenario) -> Played:
    return play(scenario, ["sl", "rr", "siputils", "textops", "htable", "cfgutils"])


def first_lines(played: Played, at: str) -> list[str]:
    return [one.bytes.partition("\r\n")[0] for one in played.datagrams if one.at == at]


def test_steps_are_fed_at_their_times_and_what_they_cause_is_kept(made: Any) -> None:
    played = run(made(RELAY, [send(4.5, OPTIONS), send(1500.25, OPTIONS.replace("OPTIONS", "INFO"))]))
    assert [(one.t_ms, one.number) for one in played.events if isinstance(one, Fed)] == [(4.5, 0), (1500.25, 1)]
    assert [(one.t_ms, one.at, one.source) for one in played.datagrams] == [
        (4.5, "bob", "127.0.0.1:23000"),
        (1500.25, "bob", "127.0.0.1:23000"),
    ]
    assert [(one.name, one.values) for one in played.logs] == [("seen", ["OPTIONS", int(EPOCH)]), ("seen", ["INFO", int(EPOCH) + 1])]
    assert played.unseen == {}


def test_peers_answer_what_they_were_sent_here(made: Any) -> None:
    steps = [send(4, OPTIONS), expect(5, "bob", 0, "o", method="OPTIONS"), send(6, "as recorded", "bob", template=ANSWER.format(tag="b"))]
    played = run(made(RELAY, steps, observed=[observed(4, "bob")]))
    assert first_lines(played, "alice") == ["SIP/2.0 200 OK"]
    assert "Record-Route: <sip:127.0.0.1" in played.datagrams[-1].bytes


def test_peer_that_waited_in_vain_is_told_and_the_scenario_goes_on(made: Any) -> None:
    silent = "function ksr_request_route() end"
    steps = [send(4, OPTIONS), expect(5, "bob", 0, "o", method="OPTIONS"), send(6, OPTIONS, "bob", template="{o.via}"), send(7, OPTIONS)]
    played = run(made(silent, steps, observed=[observed(4, "bob")]))
    assert played.unseen == {1: "bob saw no OPTIONS", 2: "sends what Kamailio's peer sent: o did not come"}
    assert len(played.fed_ms) == 4
    assert not compare(played).equal


def test_each_expect_takes_a_datagram_of_its_own(made: Any) -> None:
    steps = [send(4, OPTIONS), send(5, OPTIONS), *(expect(6, "bob", 0, method="OPTIONS") for _ in range(3))]
    played = run(made(RELAY, steps, observed=[observed(4, "bob")]))
    assert played.unseen == {4: "bob saw no OPTIONS"}


def test_datagram_to_the_own_socket_comes_back_at_once(made: Any) -> None:
    script = """function ksr_request_route()
        if KSR.pv.get("$sp") == 23000 then KSR.sl.send_reply(404, "From " .. KSR.pv.get("$Rp")) return end
        KSR.pv.sets("$du", "sip:127.0.0.1:23002") KSR.forward()
    end"""
    played = run(made(script, [send(4, OPTIONS)], listen=["udp:127.0.0.1:23000", "udp:127.0.0.1:23002"]))
    assert [event.at for event in played.events if isinstance(event, Datagram)] == ["127.0.0.1:23002", "127.0.0.1:23000", "alice"]
    assert first_lines(played, "alice") == ["SIP/2.0 404 From 23002"]


def test_loop_through_the_own_socket_ends(made: Any) -> None:
    script = 'function ksr_request_route() KSR.pv.sets("$du", "sip:127.0.0.1:23000") KSR.forward() end'
    with pytest.raises(AssertionError, match="from itself to itself at 4 ms"):
        run(made(script, [send(4, OPTIONS)]))


def test_rpc_answers_are_as_jsonrpcs_writes_them(made: Any) -> None:
    steps = [
        rpc(1, "htable.sets", "a", "k", "v"),
        rpc(2, "htable.get", "a", "k"),
        rpc(3, "htable.get", "nosuch", "k"),
        rpc(4, "no.such"),
    ]
    answers = run(made("", steps, modparams=[["htable", "htable", "a=>size=2;"]])).answers
    assert answers[1] == {"jsonrpc": "2.0", "result": {"item": {"name": "k", "value": "v", "flags": 2, "expire": "NEVER"}}, "id": 7}
    assert answers[2] == {"jsonrpc": "2.0", "error": {"code": 500, "message": "No such htable"}, "id": 7}
    assert answers[3] == {"jsonrpc": "2.0", "error": {"code": 500, "message": "Method Not Found"}, "id": 7}


def test_parameters_are_set_as_often_as_they_stand_and_name_the_folder_of_the_files(made: Any) -> None:
    script = (
        'function ksr_request_route() KSR.sl.send_reply(200, io.open(KSR.pv.get("$shv(place)") .. KSR.pv.get("$shv(name)")):read("a")) end'
    )
    params = [["pv", "shvset", "name=s:/note"], ["pv", "shvset", "place=s:@DIR@"]]
    played = run(made(script, [send(1, OPTIONS)], modparams=params, files={"note": "caf\u00e9"}))
    assert first_lines(played, "alice") == ["SIP/2.0 200 caf\u00e9"]


def test_what_else_is_logged_is_kept_with_its_level(made: Any) -> None:
    played = run(
        made('function ksr_request_route() KSR.err("oh\\n") KSR.info("REC {} is none\\n") KSR.dbg("no\\n") end', [send(1, OPTIONS)])
    )
    assert [(one.log.level, one.log.text) for one in played.events if isinstance(one, Line)] == [
        (kemilua.Level.ERR, "oh\n"),
        (kemilua.Level.INFO, "REC {} is none\n"),
    ]
    assert [one.log.text for one in played.complaints] == ["oh\n"]


def test_line_of_accounting_is_a_value(row: dict[str, Any]) -> None:
    row["logs"] = [{"t_ms": 5.0, "n": "acc", "v": ["ACC: call missed: timestamp=1795899056;method=INVITE;to_tag=x"]}]
    scenario = scenario_of("own", row)
    tape = Tape(scenario)
    assert [one.values for one in Player(scenario, tape).run().logs] == [row["logs"][0]["v"]]


# ---- time


def test_timers_fire_between_steps_at_their_own_times(made: Any) -> None:
    """The row x of table a lives for a second, and the second step at 1.6 s finds it gone."""
    script = 'function ksr_request_route() KSR.sl.send_reply(200, tostring(KSR.pv.get("$sht(a=>x)"))) end'
    table = [["htable", "htable", "a=>size=2;autoexpire=1;initval=5;"]]
    played = run(made(script, [rpc(0, "htable.sets", "a", "x", "v"), send(400, OPTIONS), send(3200, OPTIONS)], modparams=table))
    assert first_lines(played, "alice") == ["SIP/2.0 200 v", "SIP/2.0 200 5"]


LATE = "INVITE sip:bob@127.0.0.1:23020 SIP/2.0"


class Late(Tape):
    """An engine whose timer fires at 500 ms, where Kamailio's had fired at 470."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario, later_ms=30.0)


def waiting(row: dict[str, Any], window: tuple[float, float]) -> Scenario:
    """Bob waits for the retransmission, which may come within the window, and answers it."""
    row["steps"][2:2] = [expect(470.2, "bob", 1, "again", method="INVITE"), send(480.0, "200", "bob", template="200")]
    row["observed"][1]["window_ms"] = list(window)
    for one in row["observed"]:
        if one.get("after_step", 0) > 1:
            one["after_step"] += 2
    return scenario_of("own", row)


def test_step_that_waits_for_a_timer_waits_until_it_fires(row: dict[str, Any]) -> None:
    scenario = waiting(row, (437.0, 592.0))
    played = Player(scenario, Late(scenario)).run()
    assert played.fed_ms[:5] == [4.0, 5.0, 500.0, 500.0, 600.0]
    assert compare(played).problems == []


def test_step_does_not_wait_beyond_the_window_of_the_timer(row: dict[str, Any]) -> None:
    tape = Late(waiting(row, (437.0, 592.0)))
    row["observed"][1]["window_ms"] = [437.0, 490.0]
    played = Player(scenario_of("own", row), tape).run()
    assert played.unseen == {2: "bob saw no INVITE"}
    assert played.fed_ms[2:4] == [470.2, 480.0]
    assert compare(played).problems == ["step 2: bob saw no INVITE", f"bob: {LATE}: at 500.0 ms rather than within 437.0 to 490.0"]


def test_timer_that_never_ends_is_told(scenario: Scenario) -> None:
    class Restless(Tape):
        def next_timer(self) -> float:
            return EPOCH

        def handle_timer(self, now: float) -> list[kemilua.Effect]:
            return []

    with pytest.raises(AssertionError, match="more than 100,000 timers until 0"):
        Player(scenario, Restless(scenario)).run()


# ---- several engines


def test_each_message_goes_to_the_engine_that_owns_it(made: Any) -> None:
    """Globals of Lua belong to one engine, so they tell that messages are not all on one."""
    script = "COUNT = 0 function ksr_request_route() COUNT = COUNT + 1 KSR.sl.send_reply(200, tostring(COUNT)) end"
    steps = [send(t_ms, OPTIONS.replace("call-1", f"call-{call}")) for t_ms, call in enumerate([1, 2, 3, 4, 1, 2, 3, 4])]
    scenario = made(script, steps)
    shared = kemilua.SharedState()
    engines = [kemilua.Engine(modules=[], shared=shared, random=lambda size: bytes(range(size))) for _ in range(3)]
    owners = [shared.owner(step["bytes"].encode()) for step in steps]
    for engine in engines:
        engine.close()
    counts = [owners[: place + 1].count(owner) for place, owner in enumerate(owners)]
    assert len(set(owners)) == 3
    assert first_lines(play(scenario, ["sl"], engines=3), "alice") == [f"SIP/2.0 200 {count}" for count in counts]


def test_timers_of_several_engines_fire_in_order_of_time(made: Any) -> None:
    script = """function ksr_request_route() KSR.pv.seti("$sht(a=>x)", 1) KSR.sl.send_reply(200, tostring(KSR.pv.get("$sht(a=>y)"))) end"""
    table = [["htable", "htable", "a=>size=2;autoexpire=1;initval=5;"]]
    scenario = made(script, [rpc(0, "htable.sets", "a", "y", "v"), send(400, OPTIONS), send(3200, OPTIONS)], modparams=table)
    assert first_lines(play(scenario, ["sl", "htable"], engines=3), "alice") == ["SIP/2.0 200 v", "SIP/2.0 200 5"]
