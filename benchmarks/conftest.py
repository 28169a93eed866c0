"""What the benchmarks share: the length of a run, engines and messages, and the table at the end.

A pair of ours and a peer's is measured in turns, a round of one after a round of the other, so that a busy neighbour on the machine hits
both; the best round of each counts.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kemilua
import pytest
from table import Row, markdown

HERE = Path(__file__).resolve().parent
SHORT = os.environ.get("KEMILUA_BENCHMARK") == "short"
ROUNDS = 5 if SHORT else 25
ROWS = pytest.StashKey[list[Row]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--table", metavar="FILE", help="write the whole table there, as Markdown")
    parser.addoption("--brief", action="store_true", help="print a few of the KSR calls beside Kamailio, not all")


def pytest_configure(config: pytest.Config) -> None:
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # who ends the benchmarks ends the servers they started
    config.stash[ROWS] = []


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash[ROWS]
    if not rows:
        return
    text = markdown([row for row in rows if row.brief or not config.getoption("--brief")])
    terminalreporter.section(f"kemilua and its peers, best of {ROUNDS} rounds each{', short form' if SHORT else ''}")
    terminalreporter.write_line(text)
    if path := config.getoption("--table"):
        Path(path).write_text(markdown(rows) + "\n")


@pytest.fixture
def add_row(request: pytest.FixtureRequest) -> Callable[[Row], None]:
    """Puts a row into the table."""
    return request.config.stash[ROWS].append


@pytest.fixture
def rows(request: pytest.FixtureRequest) -> list[Row]:
    """The table so far."""
    return request.config.stash[ROWS]


@pytest.fixture
def compare(benchmark: Any) -> Callable[..., tuple[float, float]]:
    """Measures two callables in turns, each doing `count` operations a call; returns seconds per operation of both.

    A callable may time itself and return the seconds (scripts with os.clock); pass own_clock=True then.
    """

    def measure(function: Callable[[], Any], own_clock: bool) -> float:
        if own_clock:
            return float(function())
        start = time.perf_counter()
        function()
        return time.perf_counter() - start

    def run(ours: Callable[[], Any], peer: Callable[[], Any], count: int, *, own_clock: bool = False) -> tuple[float, float]:
        peers: list[float] = []
        ours_: list[float] = []

        def before() -> None:
            peers.append(measure(peer, own_clock))

        def timed() -> None:
            ours_.append(measure(ours, own_clock))

        benchmark.pedantic(timed, setup=before, rounds=ROUNDS, warmup_rounds=1)
        best = min(ours_[1:]) / count, min(peers[1:]) / count
        benchmark.extra_info.update(ours_seconds=best[0], peer_seconds=best[1], operations_per_round=count)
        return best

    return run


@pytest.fixture(scope="session")
def messages() -> dict[str, bytes]:
    """The requests of benchmarks/messages by name."""
    return {path.stem: path.read_bytes() for path in sorted((HERE / "messages").glob("*.sip"))}


@pytest.fixture(scope="session")
def script() -> Callable[[str], str]:
    """The path of a script of benchmarks/scripts."""
    return lambda name: str(HERE / "scripts" / f"{name}.lua")


def make_engine(*scripts: Any, **options: Any) -> kemilua.Engine:
    """An engine that listens as the messages expect, and logs nothing."""
    return kemilua.Engine(list(scripts), listen=["udp:192.0.2.1:5060"], aliases=["example.com"], log_level="ERR", **options)
