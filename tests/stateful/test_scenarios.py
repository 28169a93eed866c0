"""Every scenario of the real Kamailio comes to the same here; what may differ is listed in rules.toml.

`python tests/support/play.py ID` shows one that does not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import golden
import pytest
from stateful.lacks import lacks, named, playable
from stateful.outcomes import Rule, outcome, rules, stale, verdict
from stateful.player import play
from stateful.scenario import ARCHIVE, Scenario, groups, scenarios

EVERY = scenarios()
SEVERAL = 3


@pytest.fixture(scope="module")
def listed() -> list[Rule]:
    """What may differ, and why."""
    return rules()


@pytest.mark.parametrize("scenario", EVERY, ids=lambda scenario: scenario.id)
def test_scenario_comes_to_what_was_recorded(
    scenario: Scenario, listed: list[Rule], record_property: Callable[[str, object], None]
) -> None:
    found = outcome(scenario.id)
    word = verdict(found, listed)
    record_property("scenario", [scenario.group, word])
    if word == "later":
        pytest.skip(f"not in this build: {named(found.lacking)}")
    if word == "differs":
        pytest.fail(found.text or f"not in this build, and not listed as later: {named(found.lacking)}", pytrace=False)


@pytest.mark.parametrize("group", groups())
def test_scenarios_come_to_the_same_on_several_engines(group: str, listed: list[Rule]) -> None:
    """Each message on the engine that owns it; what differs on one engine does so for reasons of its own."""
    differing = [one.id for one in groups()[group] if verdict(outcome(one.id, SEVERAL), listed) == "differs"]
    assert [id for id in differing if verdict(outcome(id), listed) != "differs"] == []


def test_every_rule_covers_what_differs(listed: list[Rule]) -> None:
    found = stale([outcome(scenario.id, engines) for scenario in EVERY for engines in (1, SEVERAL)], listed)
    assert not found, "these cover nothing, or only what is equal by now: " + ", ".join(map(str, found))


def test_differences_kept_are_documented(listed: list[Rule], root: Path) -> None:
    headings = {line.strip("# ") for line in (root / "docs" / "differences.md").read_text().splitlines() if line.startswith("#")}
    missing = {rule.reason for rule in listed if rule.kind == "scenario"} - headings
    assert not missing, f"docs/differences.md has no section {missing}"


def test_what_is_kept_here_is_what_was_recorded(shared: Path) -> None:
    recorded = {one.name: one.text() for one in golden.files(shared / "stateful")}
    kept = {one.name: one.text() for one in golden.files(ARCHIVE)}
    assert kept == recorded


def test_ids_are_unique() -> None:
    assert len({scenario.id for scenario in EVERY}) == len(EVERY)


@pytest.mark.parametrize("group", groups())
def test_scenarios_give_the_same_bytes_at_the_same_times_again(group: str) -> None:
    """With the same random source, which the player gives: sent, logged and answered."""
    whole = [one for one in groups()[group] if not lacks(one)]
    first, second = ([play(one, playable(one)) for one in whole] for _ in range(2))
    assert [(one.events, one.answers) for one in first] == [(one.events, one.answers) for one in second]
