"""Whether what came of a scenario here is what was recorded, and what is not."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from stateful import fields
from stateful.align import ALONE, APART, align
from stateful.masks import Masked, mask, mask_json, mask_values, skeleton
from stateful.names import Names
from stateful.player import Played
from stateful.scenario import Logged, Observed, Rpc, Scenario

__all__ = ["Comparison", "Item", "Pair", "Section", "compare", "line_blocks"]

AT_ONCE_MS = 45.0
"""What Kamailio sent within that of a step is an answer to it."""
ROUNDING_MS = 0.01


@dataclass(frozen=True)
class Item:
    """Something that was recorded, or that came of the scenario here."""

    t_ms: float
    kind: str
    """Items of different kinds are never taken for the same: INVITE, "reply to INVITE", the name of a log value."""
    lines: Masked
    source: str = ""
    when_ms: tuple[float, float] | None = None
    """When it may come; of recorded datagrams alone."""
    by_timer: bool = False
    """A timer sent it, so it may come before or behind what steps caused within its time."""

    @functools.cached_property
    def skeleton(self) -> tuple[str, ...]:
        return skeleton(self.lines)


@dataclass(frozen=True)
class Pair:
    """What belongs together, and why it is not the same."""

    recorded: Item | None
    ours: Item | None
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Section:
    """What came to one peer, what was logged, or what RPC commands answered, in order."""

    title: str
    pairs: list[Pair]


@dataclass(frozen=True)
class Comparison:
    """A scenario beside its recording."""

    played: Played
    sections: list[Section]
    names: Names = field(repr=False)

    @property
    def scenario(self) -> Scenario:
        return self.played.scenario

    @property
    def problems(self) -> list[str]:
        """One line for each; none when all is as recorded."""
        waited = [f"step {number}: {why}" for number, why in self.played.unseen.items()]
        return waited + [
            f"{section.title}: {_headline(pair)}: {problem}"
            for section in self.sections
            for pair in section.pairs
            for problem in pair.problems
        ]

    @property
    def equal(self) -> bool:
        return not self.problems


def compare(played: Played) -> Comparison:
    """Pair what was recorded with what came here, per peer and in order, and find what differs."""
    scenario = played.scenario
    matched = [(name, _datagrams(played, name)) for name in sorted(scenario.peers)]
    matched.append(("logs", align(_logs(scenario, scenario.logs), _logs(scenario, played.logs), _distance)))
    matched += _answers(played)
    names = _names([pair for _, pairs in matched for pair in pairs])
    sections = [Section(title, [Pair(one, other, tuple(_problems(one, other, names))) for one, other in pairs]) for title, pairs in matched]
    return Comparison(played, sections, names)


# ---- items


def _kind(text: str) -> str:
    word = text.partition(" ")[0]
    if word.startswith("SIP/"):
        return f"reply to {fields.first(text, 'cseq').rpartition(' ')[2]}"
    return word if text.partition("\r\n")[0].endswith(" SIP/2.0") else "bytes"


def _observed(played: Played, name: str) -> list[Item]:
    return [
        Item(one.t_ms, _kind(one.bytes), mask(one.bytes), one.source, _window(played, one), one.window_ms is not None)
        for one in played.scenario.observed
        if one.at == name
    ]


def _window(played: Played, observed: Observed) -> tuple[float, float]:
    """When a datagram may come, given when steps were fed here: one that had to wait makes what comes behind it late."""
    if observed.window_ms is None:
        assert observed.after_step is not None, "neither a step nor a timer sent it"
        fed = played.fed_ms[observed.after_step]
        return fed, fed + AT_ONCE_MS
    before = [fed - step.t_ms for fed, step in zip(played.fed_ms, played.scenario.steps, strict=True) if step.t_ms <= observed.t_ms]
    first, last = observed.window_ms
    return first, last + max(before, default=0.0)


def _ours(played: Played, name: str) -> list[Item]:
    return [Item(one.t_ms, _kind(one.bytes), mask(one.bytes), one.source) for one in played.datagrams if one.at == name]


def _logs(scenario: Scenario, logs: Sequence[Logged]) -> list[Item]:
    items = [Item(one.t_ms, one.name, mask_values(one.name, one.values)) for one in logs]
    return items if scenario.logs_in_order else sorted(items, key=lambda item: item.skeleton)


def _answers(played: Played) -> Iterator[tuple[str, Matched]]:
    steps = [(number, step) for number, step in enumerate(played.scenario.steps) if isinstance(step, Rpc)]
    for (number, step), answer in zip(steps, played.answers, strict=True):
        recorded = Item(step.t_ms, step.method, mask_json(step.answer))
        yield f"rpc, step {number}", [(recorded, Item(played.fed_ms[number], step.method, mask_json(answer)))]


# ---- what belongs together

Matched: TypeAlias = "list[tuple[Item | None, Item | None]]"


def _datagrams(played: Played, name: str) -> Matched:
    """What came to a peer, in order, except that a timer's datagram may have changed places within its window."""
    pairs = align(_observed(played, name), _ours(played, name), _distance, lambda item: ALONE * 0.9 if item.by_timer else ALONE)
    spare = [other for one, other in pairs if one is None and other is not None]
    found: Matched = []
    for one, other in pairs:
        partner = next((late for late in spare if _only_moved(one, late)), None) if other is None else None
        if partner is not None:
            spare.remove(partner)
        found.append((one, partner or other))
    return [(one, other) for one, other in found if one is not None or other in spare]


def _only_moved(recorded: Item | None, ours: Item) -> bool:
    if recorded is None or recorded.when_ms is None or not recorded.by_timer or recorded.skeleton != ours.skeleton:
        return False
    first, last = recorded.when_ms
    return first <= ours.t_ms <= last


def _distance(recorded: Item, ours: Item) -> float:
    """0 for what is the same and came at the same time, up to 1.5 for what is of one kind."""
    if recorded.kind != ours.kind:
        return APART
    apart = min(abs(recorded.t_ms - ours.t_ms), 1000.0) / 100_000
    one, other = recorded.skeleton, ours.skeleton
    if one == other:
        return apart
    common = 2 * len(set(one) & set(other)) / (len(one) + len(other))
    return apart + 0.5 + 0.4 * (1 - common) + (0.5 if one[:1] != other[:1] else 0.0)


def line_blocks(recorded: Masked, ours: Masked) -> Iterator[tuple[Masked, Masked]]:
    """Lines that belong together: as many of each when their texts are equal, but for values of a run's own."""
    matcher = difflib.SequenceMatcher(None, skeleton(recorded), skeleton(ours), autojunk=False)
    for _, a, b, c, d in matcher.get_opcodes():
        yield recorded[a:b], ours[c:d]


def _names(pairs: Sequence[tuple[Item | None, Item | None]]) -> Names:
    """Which value stands for which: those of whole items that are alike first, then those of lines."""
    names = Names()
    both = [(one.lines, other.lines) for one, other in pairs if one is not None and other is not None]
    for one, other in both:
        if skeleton(one) == skeleton(other):
            names.meet(one, other)
    for one, other in both:
        for lines, others in line_blocks(one, other):
            if skeleton(lines) == skeleton(others):
                names.meet(lines, others)
    return names


# ---- what differs


def _problems(recorded: Item | None, ours: Item | None, names: Names) -> Iterator[str]:
    if recorded is None:
        yield "too many"
    elif ours is None:
        yield "missing"
    else:
        yield from _between(recorded, ours, names)


def _between(recorded: Item, ours: Item, names: Names) -> Iterator[str]:
    if len(recorded.lines) != len(ours.lines) or not all(map(names.same, recorded.lines, ours.lines)):
        yield "differs"
    if recorded.source != ours.source:
        yield f"from {ours.source} rather than {recorded.source}"
    if recorded.when_ms is not None:
        first, last = recorded.when_ms
        if not first - ROUNDING_MS <= ours.t_ms <= last + ROUNDING_MS:
            yield f"at {ours.t_ms:.1f} ms rather than within {first:.1f} to {last:.1f}"


def _headline(pair: Pair) -> str:
    item = pair.recorded or pair.ours
    assert item is not None
    return "".join(item.skeleton[:1]).strip()[:100]
