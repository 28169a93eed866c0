"""What arguments of the wrong type, count or size become: the cases of the set `calls` whose ids begin with `conv`, on every message."""

from __future__ import annotations

import collections

import golden
import pytest

CALLS = [recording for recording in golden.recordings() if recording.name.startswith("calls__")]
IDS = [
    "conv 7 args",
    "conv badstr to int",
    "conv bool",
    "conv float frac",
    "conv float to int",
    "conv nil to str",
    "conv no args",
    "conv noarg fn with arg",
    "conv number to str",
    "conv str to int",
    "conv table",
    "conv too many",
]


@pytest.fixture(scope="module")
def conversions() -> dict[str, list[golden.Result]]:
    found: dict[str, list[golden.Result]] = collections.defaultdict(list)
    for recording in CALLS:
        for result in golden.replay(recording):
            if result.case.id.startswith("conv"):
                found[result.case.id].append(result)
    return found


@pytest.mark.parametrize("id_", IDS)
def test_conversion_is_as_recorded_on_every_message(id_: str, conversions: dict[str, list[golden.Result]]) -> None:
    differing = [result for result in conversions[id_] if not result.equal]
    assert conversions[id_]
    assert not differing, "\n".join(map(str, differing))


def test_the_table_holds_every_recorded_conversion(conversions: dict[str, list[golden.Result]]) -> None:
    assert sorted(conversions) == IDS
