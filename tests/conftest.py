"""What every test may ask for: the checkout, and the recorded facts that stand beside it."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kemilua
import pytest
from harness import LISTEN, Clock, Harness
from kemilua import _lane as kemilua_lane

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout (or unpacked source distribution) the tests stand in."""
    return ROOT


def pytest_configure() -> None:
    """What starts in the background of a shell ignores SIGINT, and so would the programs that tests start and interrupt."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
