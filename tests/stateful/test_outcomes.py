"""What a scenario comes to with what this build has and with what the rules say, and how that is counted."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from stateful import lacks as lacking
from stateful.lacks import lacks, named, playable
from stateful.outcomes import Outcome, Rule, Tally, Word, rules, stale, verdict
from stateful.scenario import Scenario, scenario_of

LATER = Rule("module", "tm", "later")
KEPT = Rule("scenario", "tm.fork.*", "kept")
ALONE = Rule("several", "tm.suspend.*", "kept on one")


def outcome(id: str, *, lacking: tuple[tuple[str, str], ...] = (), problems: tuple[str, ...] = ()) -> Outcome:
    return Outcome(id, lacking, problems, "")


@pytest.mark.parametrize(
    ("one", "word"),
    [
        (outcome("tm.fork.a"), "equal"),
        (outcome("tm.fork.a", problems=("A: missing",)), "kept"),
        (outcome("tm.relay.a", problems=("A: missing",)), "differs"),
        (outcome("tm.relay.a", lacking=(("tm", "KSR.tm.t_relay"),)), "later"),
        (outcome("tm.relay.a", lacking=(("tm", "module"), ("acc", "module"))), "differs"),
        (outcome("tm.fork.a", lacking=(("acc", "module"),)), "differs"),
    ],
)
def test_verdict(one: Outcome, word: Word) -> None:
    assert verdict(one, [LATER, KEPT]) == word


def test_rule_is_stale_once_nothing_lacks_or_differs() -> None:
    lacking, differing = outcome("x", lacking=(("tm", "module"),)), outcome("tm.fork.a", problems=("A: missing",))
    assert stale([lacking, differing], [LATER, KEPT]) == []
    assert stale([outcome("x"), differing], [LATER, KEPT]) == [LATER]
    assert stale([lacking, outcome("tm.fork.a")], [LATER, KEPT]) == [KEPT]
    assert stale([lacking, outcome("tm.relay.a", problems=("A: missing",))], [LATER, KEPT]) == [KEPT]


def test_rule_about_several_engines_says_nothing_about_one() -> None:
    one = outcome("tm.suspend.a", problems=("A: missing",))
    three = dataclasses.replace(one, engines=3)
    assert [verdict(one, [ALONE]), verdict(three, [ALONE]), verdict(three, [KEPT])] == ["differs", "kept", "differs"]
    assert [stale([one], [ALONE]), stale([one, three], [ALONE])] == [[ALONE], []]


def test_rules_are_read_with_their_reasons(tmp_path: Path) -> None:
    path = tmp_path / "rules.toml"
    tables = [("later", "r", "module", ["tm", "acc"]), ("kept", "s", "scenario", ["a.*"]), ("several", "t", "scenario", ["b"])]
    path.write_text("".join(f'[[{table}]]\nreason = "{reason}"\n{key} = {names}\n' for table, reason, key, names in tables))
    assert rules(path) == [
        Rule("module", "tm", "r"),
        Rule("module", "acc", "r"),
        Rule("scenario", "a.*", "s"),
        Rule("several", "b", "t"),
    ]


def test_tally_names_groups_of_which_some_were_played() -> None:
    tally = Tally()
    words: list[tuple[str, Word]] = [("b", "equal"), ("b", "kept"), ("b", "later"), ("a", "differs"), ("c", "later")]
    for group, word in words:
        tally.add(group, word)
    assert tally.lines() == [
        "a: 0 of 1 equal (0.00 %), 1 not",
        "b: 1 of 2 equal (50.00 %), 1 on purpose not, 1 not played",
        "all: 1 of 3 equal (33.33 %), 1 on purpose not, 1 not, 2 not played",
    ]
    assert Tally().lines() == []


# ---- what a build lacks


@pytest.fixture
def using(row: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """`using(lua, **fields)`: a scenario, for a build that has sl, htable and kx, and of sl `send_reply` alone."""
    here = frozenset(["sl", "htable", "kx"]), frozenset(["sl.send_reply", "kx.get_ruri", "pv.get"]), frozenset(["htable.get"])
    monkeypatch.setattr(lacking, "_here", lambda: here)

    def make(lua: str, *modules: str, **fields: Any) -> Scenario:
        return scenario_of("own", {**row, "steps": [], "observed": [], "lua": lua, "modules": ["jsonrpcs", *modules, "app_lua"], **fields})

    return make


def rpc(method: str) -> dict[str, Any]:
    return {"op": "rpc", "method": method, "params": None, "t_ms": 1.0, "answer": {"id": 1}}


def test_nothing_is_lacking_for_what_is_here(using: Any) -> None:
    one = using("KSR.sl.send_reply(200) KSR.kx.get_ruri()", "sl", "kemix", "tm", steps=[rpc("htable.get")])
    assert lacks(one) == []
    assert playable(one) == ["sl", "kx"]


def test_modules_functions_parameters_and_commands_are_lacking(using: Any) -> None:
    one = using(
        "KSR.sl.send_error() KSR.sl.sl_send_reply() KSR.sl.nosuch() KSR.tm.t_relay()",
        *("sl", "tm", "usrloc", "acc", "htable"),
        modparams=[["htable", "nosuch", 1], ["htable", "timer_interval", 1], ["acc", "log_flag", 1]],
        steps=[rpc("ul.dump"), rpc("htable.dump")],
    )
    assert lacks(one) == [
        ("acc", "module"),
        ("htable", "RPC htable.dump"),
        ("htable", "parameter nosuch"),
        ("sl", "KSR.sl.sl_send_reply"),
        ("tm", "module"),
        ("usrloc", "module"),
    ]
    assert named(lacks(one)) == "acc, RPC htable.dump, htable's parameter nosuch, KSR.sl.sl_send_reply, tm, usrloc"


def test_variable_of_a_module_counts_as_use(using: Any) -> None:
    assert lacks(using('KSR.pv.get("$T_branch_idx")', "tmx")) == [("tmx", "module")]
    assert lacks(using('KSR.pv.get("$T(id_index)")', "tmx")) == [("tmx", "module")]
    assert lacks(using('KSR.pv.get("$Ts")', "tmx")) == []
