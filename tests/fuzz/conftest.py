"""What ran how often, at the end of a run."""

from __future__ import annotations

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    rows = [(report.location[2], dict(report.user_properties)) for report in reports if "/fuzz/" in report.location[0]]
    lines = [
        f"{test[test.find('[') + 1 : -1]:<12} {done['seconds']:>5} s {done['executions']:>12,}"
        for test, done in rows
        if "executions" in done
    ]
    if lines:
        terminalreporter.section("libFuzzer: seconds and executions")
        for line in sorted(lines):
            terminalreporter.line(line)
