"""The tally of all recordings replayed in a run, printed at its end."""

from __future__ import annotations

import golden
import pytest

TALLY = pytest.StashKey[golden.Tally]()


@pytest.fixture(scope="session")
def rules() -> list[golden.Rule]:
    """What may differ, and why."""
    return golden.rules()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config, rules: list[golden.Rule]) -> golden.Tally:
    """Where replayed recordings are counted."""
    return pytestconfig.stash.setdefault(TALLY, golden.Tally(rules))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    counted = config.stash.get(TALLY, None)
    if counted:
        terminalreporter.section("recordings of Kamailio")
        for line in counted.lines():
            terminalreporter.line(line)
