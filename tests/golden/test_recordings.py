"""Every recording of the real Kamailio gives the same here, type and value; what may differ is listed in rules.toml."""

from __future__ import annotations

import fnmatch
import runpy
from collections.abc import Callable
from pathlib import Path

import golden
import pytest

SHOWN = 10
MODULES = runpy.run_path(str(golden.ARCHIVE.with_name("pack.py")))["MODULES"]
Rules = list[golden.Rule]


@pytest.mark.parametrize("recording", golden.recordings(), ids=lambda recording: recording.name)
def test_recording_is_equal_but_for_what_is_listed(
    recording: golden.Recording, rules: Rules, record_property: Callable[[str, object], None]
) -> None:
    results = golden.replay(recording)
    tally = golden.Tally(rules)
    tally.add(results)
    record_property("recordings", tally.rows())
    found = golden.unlisted(results, rules)
    assert not found, "\n".join(map(str, [f"{len(found)} of {len(results)} differ", *found[:SHOWN]]))


@pytest.fixture
def everything() -> list[golden.Result]:
    return [result for recording in golden.recordings() for result in golden.replay(recording)]


def test_every_set_is_replayed(everything: list[golden.Result]) -> None:
    first = {"calls", "edit", "pv_read", "state", "transform", "wire"}
    left = {"cfgutils", "core", "corex", "htable", "ipops", "nathelper", "path", "pvx", "sdpops"}
    left |= {"siputils", "textops", "textopsx", "uac_xlog"}
    auth = {"auth", "auth_params", "seq_auth", "seq_auth_expire", "seq_auth_nc", "seq_auth_otn"}
    auth |= {f"{set}auth_ephemeral{hash}" for set in ("", "seq_") for hash in ("", "_sha256")}
    auth |= {f"{set}auth_alg_{name}" for set in ("", "seq_") for name in ("md5", "sha256", "sha512")} | {"auth_alg_sha512256"}
    assert {result.case.set for result in everything} == first | {f"left_{name}" for name in left} | auth


@pytest.mark.parametrize("folder", ["golden", "golden_modules"])
def test_what_is_kept_here_is_what_was_recorded(shared: Path, folder: str) -> None:
    of_modules = folder == "golden_modules"
    recorded = {one.name: one for one in golden.files(shared / folder) if not of_modules or one.name.startswith(MODULES)}
    kept = {one.name: one for one in golden.files(golden.ARCHIVE) if one.name.startswith(MODULES) == of_modules}
    assert kept.keys() == {name for name in recorded if "torture" not in name}
    assert [name for name in kept if kept[name].text() != recorded[name].text()] == []


@pytest.mark.skipif(not golden.TORTURE.is_dir(), reason="some rules cover RFC 4475's messages alone, which are in ../shared")
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
