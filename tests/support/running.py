"""What a run of tests tells: which of the long ones has begun, and at its end what they counted.

Tests count with record_property, which reaches the process that tells, whichever ran the test.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

import golden
import pytest
from stateful.outcomes import Tally

LONG = ("tests/c/", "tests/fuzz/", "tests/packaging/", "tests/static/")


class Announcer:
    """Names each test of the folders LONG as it begins: some build for a minute before anything else is to be seen."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.begun = time.monotonic()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is None or self.config.get_verbosity() > 0 or not nodeid.startswith(LONG):
            return
        minutes, seconds = divmod(int(time.monotonic() - self.begun), 60)
        reporter.ensure_newline()
        reporter.line(f"{minutes:3}:{seconds:02} {nodeid}")


def totals(reports: Iterable[pytest.TestReport]) -> dict[str, list[str]]:
    """What tests counted: titles and lines."""
    fuzzed: list[str] = []
    replayed = golden.Tally([])
    played = Tally()
    for report in reports:
        properties = dict(report.user_properties)
        if "executions" in properties:
            name = report.nodeid.partition("[")[2].rstrip("]")
            fuzzed.append(f"{name:<12} {properties['seconds']:>5} s {properties['executions']:>12,}")
        if "recordings" in properties:
            replayed.merge(properties["recordings"])
        if "scenario" in properties:
            played.add(*properties["scenario"])
    found = {
        "recordings of Kamailio": replayed.lines(),
        "stateful scenarios of Kamailio": played.lines(),
        "libFuzzer: seconds and executions": sorted(fuzzed),
    }
    return {title: lines for title, lines in found.items() if lines}
