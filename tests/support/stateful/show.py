"""A comparison as text: what is as recorded in a line each, what differs as a diff (- Kamailio, + kemilua) with names for values."""

from __future__ import annotations

from collections.abc import Iterator

import kemilua

from stateful.compare import Comparison, Item, Pair, Section, line_blocks
from stateful.player import Datagram, Event, Fed, Played
from stateful.scenario import Expect, Logged, Observed, Scenario, Send, Step

__all__ = ["recorded", "shown", "story"]


def shown(comparison: Comparison, *, everything: bool = False) -> Iterator[str]:
    """The sections with a difference, or all of them, and what the engine complained of."""
    for number, why in comparison.played.unseen.items():
        yield f"! step {number}: {why}"
    for section in comparison.sections:
        if everything or any(pair.problems for pair in section.pairs):
            yield from _section(section, comparison)
    yield from _complaints(comparison.played)


def _section(section: Section, comparison: Comparison) -> Iterator[str]:
    place = comparison.scenario.peers.get(section.title, "")
    equal = sum(not pair.problems for pair in section.pairs)
    yield f"---- {section.title} {place}".rstrip() + f": {equal} of {len(section.pairs)} equal"
    for pair in section.pairs:
        yield from _pair(pair, comparison)


def _pair(pair: Pair, comparison: Comparison) -> Iterator[str]:
    def line(item: Item, index: int, *, ours: bool) -> str:
        return comparison.names.shown(item.lines[index], ours=ours).rstrip("\r\n")

    one, other = pair.recorded, pair.ours
    if other is None and one is not None:
        yield f"  {_time(one)} MISSING"
        yield from (f"    - {line(one, index, ours=False)}" for index in range(len(one.lines)))
    elif one is None and other is not None:
        yield f"  {_time(other)} TOO MANY"
        yield from (f"    + {line(other, index, ours=True)}" for index in range(len(other.lines)))
    elif one is not None and other is not None:
        first = line(one, 0, ours=False) if one.lines else "(empty)"
        yield f"  {_time(one)} | {_time(other)} {'; '.join(pair.problems).upper() or 'equal'}" + (
            "" if "differs" in pair.problems else f"  {first}"
        )
        if "differs" in pair.problems:
            yield from _diff(one, other, comparison)


def _time(item: Item) -> str:
    window = "" if item.when_ms is None else "[{:.0f}..{:.0f}]".format(*item.when_ms)
    return f"{item.t_ms:8.1f} ms{window}"


def _diff(one: Item, other: Item, comparison: Comparison) -> Iterator[str]:
    names = comparison.names
    for recorded, ours in line_blocks(one.lines, other.lines):
        if len(recorded) == len(ours) and all(map(names.same, recorded, ours)):
            yield from (f"      {_text(names.shown(line, ours=False))}" for line in recorded)
        else:
            yield from (f"    - {_text(names.shown(line, ours=False))}" for line in recorded)
            yield from (f"    + {_text(names.shown(line, ours=True))}" for line in ours)


def _text(line: str) -> str:
    """A line without its end, unless that is no usual one: then all of it as Python writes it."""
    bare = line.removesuffix("\n").removesuffix("\r")
    return bare if bare.isprintable() else repr(line)


def _complaints(played: Played) -> Iterator[str]:
    if played.complaints:
        yield "---- logged here at level err or worse"
    yield from (f"  {line.t_ms:8.1f} ms {_log(line.log)}" for line in played.complaints)


def _log(log: kemilua.Log) -> str:
    where = f" ({log.where})" if log.where else ""
    return f"{log.level.name}{where}: {kemilua.printable(log.text.rstrip())}"


# ---- in order of time


def story(played: Played, *, messages: bool = False) -> Iterator[str]:
    """What happened here in order: steps, what was sent (with `messages` all of it), values, other log lines."""
    for event in played.events:
        yield f"{event.t_ms:9.1f} ms {_event(event, played.scenario, messages)}"


def _event(event: Event, scenario: Scenario, messages: bool) -> str:
    if isinstance(event, Fed):
        return f"[{event.number}] {_step(scenario.steps[event.number], messages)}"
    if isinstance(event, Datagram):
        return f"    -> {event.at}: {_message(event.bytes, messages)}"
    if isinstance(event, Logged):
        return f"    {event.name}: {', '.join(map(repr, event.values))}"
    return f"    {_log(event.log)}"


def _step(step: Step, messages: bool) -> str:
    if isinstance(step, Send):
        return f"{step.at} sends {_message(step.bytes, messages)}" + (f" ({step.note})" if step.note else "")
    if isinstance(step, Expect):
        return f"{step.at} waits for {' '.join(str(one) for one in step.match.values())}" + (f" as {step.bind}" if step.bind else "")
    return f"rpc {step.method} {step.params}"


def _message(text: str, whole: bool) -> str:
    if not whole:
        return text.partition("\r\n")[0]
    return "".join(f"\n                 {_text(line)}" for line in text.splitlines(keepends=True))


def recorded(scenario: Scenario, *, messages: bool = False) -> Iterator[str]:
    """The same of the recording, by its times: what was sent and logged within a step comes behind it."""
    events = [(step.t_ms, f"[{number}] {_step(step, messages)}") for number, step in enumerate(scenario.steps)]
    events += [(one.t_ms, f"    -> {one.at}: {_message(one.bytes, messages)}" + _window(one)) for one in scenario.observed]
    events += [(one.t_ms, f"    {one.name}: {', '.join(map(repr, one.values))}") for one in scenario.logs]
    for t_ms, text in sorted(events, key=lambda event: event[0]):
        yield f"{t_ms:9.1f} ms {text}"


def _window(one: Observed) -> str:
    return "" if one.window_ms is None else "  (timer, {:.0f}..{:.0f})".format(*one.window_ms)
