"""What a scenario comes to in this build, and what may come of it: the rules of tests/stateful/rules.toml."""

from __future__ import annotations

import collections
import fnmatch
import functools
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

import kemilua

from stateful.compare import compare
from stateful.lacks import Lack, lacks, playable
from stateful.player import play
from stateful.scenario import ARCHIVE, find
from stateful.show import shown

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib  # pytest brings it where Python has none

__all__ = ["Outcome", "Rule", "Tally", "Word", "outcome", "rules", "stale", "verdict"]

RULES = ARCHIVE.parents[1] / "rules.toml"

Word: TypeAlias = Literal["equal", "kept", "differs", "later"]
"""As recorded; different on purpose; different; not to be played with what this build has."""


@dataclass(frozen=True)
class Outcome:
    """A scenario that was played here, if this build has all that it uses."""

    id: str
    lacking: tuple[Lack, ...]
    problems: tuple[str, ...]
    text: str
    """What differs, to be read."""
    engines: int = 1
    """On how many."""


@functools.cache
def outcome(id: str, engines: int = 1) -> Outcome:
    """Play a scenario on so many engines, once in a process."""
    one = find(id)
    if lacking := tuple(lacks(one)):
        return Outcome(id, lacking, (), "", engines)
    try:
        comparison = compare(play(one, playable(one), engines=engines))
    except kemilua.KemiluaError as error:
        problem = f"{type(error).__name__}: {error}"
        return Outcome(id, (), (problem,), problem, engines)
    return Outcome(id, (), tuple(comparison.problems), "" if comparison.equal else "\n".join(shown(comparison)), engines)


# ---- what may differ


@dataclass(frozen=True)
class Rule:
    """A module that is not whole yet, or scenarios that differ on purpose: on any engines, or on several."""

    kind: Literal["module", "scenario", "several"]
    pattern: str
    """The module's name, or a shell pattern over ids."""
    reason: str

    def covers(self, one: Outcome) -> bool:
        """Whether it says why that was not played, or differs."""
        if self.kind == "module":
            return any(module == self.pattern for module, _ in one.lacking)
        if self.kind == "several" and one.engines == 1:
            return False
        return bool(one.problems) and fnmatch.fnmatchcase(one.id, self.pattern)

    def __str__(self) -> str:
        return f"{self.kind} {self.pattern}"


def rules(path: Path = RULES) -> list[Rule]:
    """The checked-in reasons, a `Rule` for every name."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    found = [Rule("module", module, table["reason"]) for table in tables.get("later", ()) for module in table["module"]]
    found += [Rule("scenario", pattern, table["reason"]) for table in tables.get("kept", ()) for pattern in table["scenario"]]
    return found + [Rule("several", pattern, table["reason"]) for table in tables.get("several", ()) for pattern in table["scenario"]]


def verdict(one: Outcome, listed: Iterable[Rule]) -> Word:
    """What to call it: what lacks a thing of a module that is not listed as later differs."""
    listed = list(listed)
    if one.lacking:
        modules = {rule.pattern for rule in listed if rule.kind == "module"}
        return "later" if modules.issuperset(module for module, _ in one.lacking) else "differs"
    if not one.problems:
        return "equal"
    return "kept" if any(rule.covers(one) for rule in listed) else "differs"


def stale(outcomes: Iterable[Outcome], listed: Iterable[Rule]) -> list[Rule]:
    """The rules that cover nothing: modules that are whole by now, scenarios that have become equal."""
    outcomes = list(outcomes)
    return [rule for rule in listed if not any(map(rule.covers, outcomes))]


# ---- how many


@dataclass
class Tally:
    """How many came to what, by group."""

    counts: dict[str, collections.Counter[Word]] = field(default_factory=dict)

    def add(self, group: str, word: Word) -> None:
        """Count one more."""
        self.counts.setdefault(group, collections.Counter())[word] += 1

    def lines(self) -> list[str]:
        """`tm_fork: 7 of 8 equal (87.50 %), 1 on purpose not`: groups of which some were played, and all."""
        every: collections.Counter[Word] = sum(self.counts.values(), collections.Counter())
        played = [(group, counts) for group, counts in sorted(self.counts.items()) if counts["later"] < counts.total()]
        return [_line(group, counts) for group, counts in [*played, ("all", every)] if counts]


WORDS: dict[Word, str] = {"kept": "on purpose not", "differs": "not", "later": "not played"}


def _line(name: str, counts: collections.Counter[Word]) -> str:
    played = counts.total() - counts["later"]
    share = f" ({100 * counts['equal'] / played:.2f} %)" if played else ""
    others = "".join(f", {counts[word]:,} {text}" for word, text in WORDS.items() if counts[word])
    return f"{name}: {counts['equal']:,} of {played:,} equal{share}{others}"
