"""(h) Whole calls through `kemilua serve`, beside Debian's Kamailio: calls_beside.py has what is measured."""

from __future__ import annotations

import pytest
from calls_beside import LONG, MEASURES, SHORT, Bench, missing
from conftest import SHORT as IS_SHORT
from generator import compiled

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing())


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    folder = tmp_path_factory.mktemp("calls")
    return Bench(folder, compiled(folder), SHORT if IS_SHORT else LONG)


@pytest.mark.parametrize("measure", MEASURES)
def test_calls(measure, bench, add_row):
    rows = MEASURES[measure](bench)
    assert rows
    for row in rows:
        add_row(row)
