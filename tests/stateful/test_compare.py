"""The comparison finds what is not as recorded: a byte, a datagram too few or too many, a time, a value that is not the same one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import kemilua
import pytest
from stateful.compare import Comparison, compare
from stateful.masks import mask
from stateful.player import Datagram, Event, Fed, Played, Player
from stateful.scenario import Logged, Scenario, scenario_of, scenarios
from stateful.tape import Tape

BRANCH = "z9hG4bK1111.22222222222222222222222222222222"

Change = Callable[[list[Datagram]], list[Datagram]]


@pytest.fixture
def played(scenario: Scenario) -> Played:
    """The scenario as it was recorded."""
    return Player(scenario, Tape(scenario)).run()


def with_datagrams(played: Played, change: Change) -> Comparison:
    """The comparison after the datagrams were changed; the other events come first, which nobody minds."""
    others: list[Event] = [event for event in played.events if not isinstance(event, Datagram)]
    return compare(dataclasses.replace(played, events=[*others, *change(played.datagrams)]))


def altered(index: int, **fields: Any) -> Change:
    return lambda all: [dataclasses.replace(one, **fields) if place == index else one for place, one in enumerate(all)]


def replaced(index: int, old: str, new: str) -> Change:
    def change(all: list[Datagram]) -> list[Datagram]:
        assert old in all[index].bytes
        return altered(index, bytes=all[index].bytes.replace(old, new))(all)

    return change


def test_what_was_recorded_is_equal(played: Played) -> None:
    assert compare(played).problems == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (replaced(0, "alice@", "alicf@"), "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: differs"),
        (replaced(0, ".0\r\nFrom", ".1\r\nFrom"), "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: differs"),
        (replaced(3, "Expires: 1\r\n", ""), "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: differs"),
        (replaced(2, "\r\n\r\n", "\r\n\r\n\r\n"), "alice: SIP/2.0 180 Ringing: differs"),
        (replaced(2, "\r\n\r\n", "\n\r\n"), "alice: SIP/2.0 180 Ringing: differs"),
        (lambda all: all[:3] + all[4:], "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: missing"),
        (lambda all: [all[0], *all[2:]], "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: missing"),
        (lambda all: [*all, dataclasses.replace(all[1], t_ms=850.0)], "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: too many"),
        (altered(1, t_ms=592.1), "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: at 592.1 ms rather than within 437.0 to 592.0"),
        (altered(1, t_ms=436.9), "bob: INVITE sip:bob@127.0.0.1:23020 SIP/2.0: at 436.9 ms rather than within 437.0 to 592.0"),
        (altered(3, t_ms=745.1), "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: at 745.1 ms rather than within 700.0 to 745.0"),
        (altered(3, t_ms=699.9), "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: at 699.9 ms rather than within 700.0 to 745.0"),
        (altered(2, source="127.0.0.1:23002"), "alice: SIP/2.0 180 Ringing: from 127.0.0.1:23002 rather than 127.0.0.1:23000"),
    ],
)
def test_datagram_that_is_not_as_recorded_is_found(played: Played, change: Change, problem: str) -> None:
    assert with_datagrams(played, change).problems == [problem]


def test_datagram_to_another_peer_is_missing_and_too_many(played: Played) -> None:
    assert with_datagrams(played, altered(3, at="alice")).problems == [
        "alice: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: too many",
        "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: missing",
    ]


def test_datagrams_of_one_step_in_another_order_are_found(row: dict[str, Any]) -> None:
    row["observed"][1] |= {"by": "step", "after_step": 4, "window_ms": None}
    scenario = scenario_of("own", row)
    played = Player(scenario, Tape(scenario)).run()
    assert compare(played).equal
    swapped = with_datagrams(played, lambda all: [all[index] for index in (0, 2, 4, 3, 1)])
    assert len(swapped.problems) == 2


def test_datagram_of_a_timer_may_change_places_within_its_window(row: dict[str, Any]) -> None:
    """Ours may be later than Kamailio's by a tick, and so come behind what a step caused."""
    row["observed"][1]["window_ms"] = [437.0, 720.0]
    played = Player(scenario_of("own", row), Tape(scenario_of("own", row))).run()

    def behind(all: list[Datagram], t_ms: float) -> list[Datagram]:
        return [all[0], all[2], all[3], dataclasses.replace(all[1], t_ms=t_ms), all[4]]

    assert with_datagrams(played, lambda all: behind(all, 710.0)).problems == []
    assert len(with_datagrams(played, lambda all: behind(all, 721.0)).problems) == 2


@pytest.mark.parametrize("index", [0, 1, 3])
def test_branch_that_is_not_that_of_the_other_requests_is_found(played: Played, index: int) -> None:
    own = played.datagrams[index].bytes.partition("branch=")[2].partition(".0\r\n")[0]
    assert not with_datagrams(played, replaced(index, own, BRANCH)).equal


def test_other_values_are_equal_as_long_as_they_are_the_same_in_all_places(played: Played) -> None:
    own = played.datagrams[0].bytes.partition("branch=")[2].partition(".0\r\n")[0]

    def change(all: list[Datagram]) -> list[Datagram]:
        return [dataclasses.replace(one, bytes=one.bytes.replace(own, BRANCH)) for one in all]

    assert with_datagrams(played, change).problems == []


def test_two_values_for_one_and_one_for_two_are_found(row: dict[str, Any]) -> None:
    row["observed"][3]["bytes"] = row["observed"][3]["bytes"].replace("0086ba9d", "1186ba9d")
    scenario = scenario_of("own", row)
    played = Player(scenario, Tape(scenario)).run()
    assert compare(played).equal
    one, other = (played.datagrams[index].bytes.partition("branch=")[2].partition(".0\r\n")[0] for index in (0, 3))
    assert not with_datagrams(played, replaced(3, other, one)).equal


def test_tag_of_an_answer_is_that_of_the_datagrams(played: Played) -> None:
    answer = {"jsonrpc": "2.0", "result": {"tag": "f" * 32 + "-" + "0" * 8}, "id": 3}
    assert compare(dataclasses.replace(played, answers=[answer])).problems == ["rpc, step 5: {: differs"]


@pytest.mark.parametrize("answer", [{"result": {}, "id": 3}, {"error": {"code": 500, "message": "no"}, "id": 3}, {"result": None, "id": 3}])
def test_another_answer_is_found(played: Played, answer: dict[str, Any]) -> None:
    assert len(compare(dataclasses.replace(played, answers=[{"jsonrpc": "2.0", **answer}])).problems) == 1


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda logs: logs[1:], 'logs: ["relay", 1, null]: missing'),
        (lambda logs: [*logs, Logged(850.0, "late", [])], 'logs: ["late"]: too many'),
        (lambda logs: [Logged(4.3, "relay", [True, None]), logs[1]], 'logs: ["relay", 1, null]: differs'),
        (lambda logs: [Logged(4.3, "relay", ["1", None]), logs[1]], 'logs: ["relay", 1, null]: differs'),
        (lambda logs: [Logged(4.3, "relay", [1, ""]), logs[1]], 'logs: ["relay", 1, null]: differs'),
        (lambda logs: [Logged(4.3, "relay", [1]), logs[1]], 'logs: ["relay", 1, null]: differs'),
    ],
)
def test_value_that_is_not_as_recorded_is_found(played: Played, change: Callable[[list[Logged]], list[Logged]], problem: str) -> None:
    others = [event for event in played.events if not isinstance(event, Logged)]
    assert compare(dataclasses.replace(played, events=[*others, *change(played.logs)])).problems == [problem]


def test_values_in_another_order_are_found_unless_order_says_nothing(row: dict[str, Any]) -> None:
    for order, problems in (("any", 0), ("all", 2)):
        scenario = scenario_of("own", row | {"log_order": order})
        played = Player(scenario, Tape(scenario)).run()
        events: list[Event] = [event for event in played.events if not isinstance(event, Logged)]
        found = compare(dataclasses.replace(played, events=[*events, *played.logs[::-1]])).problems
        assert len(found) == problems, order


def test_window_of_a_step_begins_when_it_was_fed_here(played: Played) -> None:
    """A step that had to wait for an exact timer is later than in the recording, and so is what it causes."""
    events = [dataclasses.replace(event, t_ms=event.t_ms + 50 * (event.t_ms >= 700)) for event in played.events]
    assert compare(dataclasses.replace(played, events=events)).problems == []
    later = [
        event if isinstance(event, Fed) else dataclasses.replace(event, t_ms=event.t_ms + 50 * (event.t_ms >= 700))
        for event in played.events
    ]
    assert len(compare(dataclasses.replace(played, events=later)).problems) == 2


def test_window_of_a_timer_ends_later_when_a_step_before_it_was_late(row: dict[str, Any]) -> None:
    row["observed"][3] = {**row["observed"][3], "by": "timer", "after_step": None, "window_ms": [690.0, 720.0]}
    played = Player(scenario_of("own", row), Tape(scenario_of("own", row))).run()
    late = [dataclasses.replace(event, t_ms=event.t_ms + 30 * (event.t_ms >= 600)) for event in played.events]
    assert compare(dataclasses.replace(played, events=late)).problems == []
    cancel = next(one for one in late if isinstance(one, Datagram) and one.bytes.startswith("CANCEL"))
    later = [dataclasses.replace(cancel, t_ms=750.5) if event is cancel else event for event in late]
    assert compare(dataclasses.replace(played, events=later)).problems == [
        "bob: CANCEL sip:bob@127.0.0.1:23020 SIP/2.0: at 750.5 ms rather than within 690.0 to 750.0"
    ]


# ---- all recordings


@pytest.mark.parametrize("later_ms", [-5.0, 0.0, 30.0])
def test_every_recording_is_equal_to_itself_with_other_values(later_ms: float) -> None:
    for scenario in scenarios():
        tape = Tape(scenario, seed=1, later_ms=later_ms)
        found = compare(Player(scenario, tape).run())
        assert (found.problems, tape.strange) == ([], []), scenario.id


def first_of_groups() -> list[Scenario]:
    return list({scenario.group: scenario for scenario in reversed(scenarios())}.values())


@pytest.mark.parametrize("scenario", first_of_groups(), ids=lambda scenario: scenario.group)
def test_every_datagram_of_a_recording_counts(scenario: Scenario) -> None:
    for index, send in enumerate(Tape(scenario).sends):
        data = (None, send.data.swapcase(), send.data + b"\r\n", send.data[:-1])[index % 4]
        if data != send.data:
            assert not compare(Player(scenario, tampered(scenario, index, data)).run()).equal, (index, data)


def tampered(scenario: Scenario, index: int, data: bytes | None) -> Tape:
    """The tape with a datagram changed, or left out: sent to where nobody watches."""
    tape = Tape(scenario)
    one = tape.sends[index]
    changed = kemilua.Send(data or b"", one.destination if data else ("127.0.0.9", 9), one.transport, local=one.local)
    tape.replace(one, changed)
    return tape


def test_masks_leave_the_text_of_a_datagram_alone() -> None:
    text = "SIP/2.0 200 OK\r\nX: \x85\x0b\x1c\n\xff\r\n\r\nbody"
    assert mask(text) == (("SIP/2.0 200 OK\r\n",), ("X: \x85\x0b\x1c\n",), ("\xff\r\n",), ("\r\n",), ("body",))
