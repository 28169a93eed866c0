"""What every test may ask for: the checkout, and the recorded facts that stand beside it; and how a run goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kemilua
import pytest
from harness import LISTEN, Clock, Harness
from kemilua import _lane as kemilua_lane
from running import Announcer, totals

ROOT = Path(__file__).resolve().parent.parent
NOT_QUICK = ("fuzz", "packaging", "sanitizer", "slow", "static")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout (or unpacked source distribution) the tests stand in."""
    return ROOT


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Run all of `tests` in as many processes as there are cores, unless told otherwise; what is named, or looked into, in this one."""
    option = config.option
    everything = [Path(config.invocation_params.dir, argument).resolve() for argument in config.args] == [ROOT / "tests"]
    looked_into = option.usepdb or option.trace or option.capture == "no" or option.collectonly
    told = not hasattr(option, "numprocesses") or option.numprocesses is not None or option.dist != "no" or option.tx
    if everything and not looked_into and not told and not hasattr(config, "workerinput") and (os.cpu_count() or 1) > 1:
        option.numprocesses = "auto"
        option.dist = "loadfile"  # fixtures of a file are made once
        option.loadscopereorder = False  # pytest_collection_modifyitems has put what is long first


def pytest_configure(config: pytest.Config) -> None:
    # What starts in the background of a shell ignores SIGINT, and so would the programs that tests start and interrupt.
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Announcer(config))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark as quick what has no other mark of NOT_QUICK; where processes share the tests, begin with the long ones."""
    quick = {item: not any(map(item.get_closest_marker, NOT_QUICK)) for item in items}
    for item in items:
        if quick[item]:
            item.add_marker(pytest.mark.quick)
    if hasattr(config, "workerinput"):
        items.sort(key=quick.__getitem__)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed", "skipped") for report in terminalreporter.getreports(kind)]
    for title, lines in totals(reports).items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of recordings and sheets beside the checkout."""
    path = ROOT.parent / "shared"
    if not (path / "golden").is_dir():
        pytest.skip("the recordings are not beside this checkout (folder ../shared)")
    return path


LANES = ["direct", "portable"] if kemilua_lane.DIRECT else ["portable"]


@pytest.fixture(params=LANES)
def lane(request: pytest.FixtureRequest) -> str:
    """Each way in which C reaches Python on this interpreter."""
    name: str = request.param
    return name


@pytest.fixture
def clock() -> Clock:
    """Time that the test moves by hand."""
    return Clock()


@pytest.fixture
def script(lane: str, clock: Clock) -> Iterator[Callable[..., Harness]]:
    """Make an engine around a text: `script("function ksr_request_route() ... end", **arguments of Engine)`."""
    engines: list[Harness] = []

    def make(text: str | bytes | None = None, **arguments: Any) -> Harness:
        scripts = [kemilua.Source(text, "test.lua")] if text is not None else arguments.pop("scripts", [])
        defaults = {"listen": [LISTEN], "lane": lane, "log_level": "info", "random": lambda size: bytes(range(size))}
        engine = Harness(scripts, **{**defaults, **arguments})
        engine.clock = clock
        engines.append(engine)
        return engine

    yield make
    for engine in engines:
        engine.close()
