"""Every recording of the real Kamailio gives the same here, type and value; what may differ is listed in rules.toml."""

from __future__ import annotations

import fnmatch
from pathlib import Path

import golden
import pytest

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent.parent / "shared"
FILES = [*golden.files(SHARED / "golden"), *sorted((SHARED / "golden_modules").glob("left_*.json"))]
"""What was recorded first, and of the same modules the functions left over."""
SHOWN = 10


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_recording_is_equal_but_for_what_is_listed(path: Path, rules: list[golden.Rule], tally: golden.Tally) -> None:
    results = golden.replay(path)
    tally.add(results)
    found = golden.unlisted(results, rules)
    assert not found, "\n".join(map(str, [f"{len(found)} of {len(results)} differ", *found[:SHOWN]]))


@pytest.fixture
def everything() -> list[golden.Result]:
    if not FILES:
        pytest.skip("the recordings are not beside this checkout (folder ../shared)")
    return [result for path in FILES for result in golden.replay(path)]


def test_every_set_is_replayed(everything: list[golden.Result]) -> None:
    first = {"calls", "edit", "pv_read", "state", "transform", "wire"}
    left = {"cfgutils", "core", "corex", "htable", "ipops", "nathelper", "path", "pvx", "sdpops"}
    left |= {"siputils", "textops", "textopsx", "uac_xlog"}
    assert {result.case.set for result in everything} == first | {f"left_{name}" for name in left}


def test_every_rule_covers_a_case_that_differs(everything: list[golden.Result], rules: list[golden.Rule]) -> None:
    found = golden.stale(everything, rules)
    assert not found, "these cover nothing, or only what is equal by now: " + ", ".join(map(str, found))


def test_functions_listed_as_later_are_not_registered(rules: list[golden.Rule]) -> None:
    registered = golden.registered()
    early = [rule.pattern for rule in rules if rule.later and rule.kind == "function" and fnmatch.filter(registered, rule.pattern)]
    assert not early, f"registered, so no longer later: {early}"


def test_differences_kept_are_documented(rules: list[golden.Rule], root: Path) -> None:
    headings = {line.strip("# ") for line in (root / "docs" / "differences.md").read_text().splitlines() if line.startswith("#")}
    missing = {rule.reason for rule in rules if not rule.later} - headings
    assert not missing, f"docs/differences.md has no section {missing}"
