"""The table of all chaos cases that a run has taken, printed at its end, also when several workers ran them."""

from __future__ import annotations

import pytest

_ENDS: dict[str, str] = {}


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note how a case ended."""
    row = dict(report.user_properties).get("chaos case")
    if row and (report.when == "call" or report.outcome == "failed"):
        _ENDS[str(row)] = report.outcome


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the table."""
    if _ENDS:
        terminalreporter.section(f"chaos: {len(_ENDS)} cases")
    for row, end in sorted(_ENDS.items()):
        terminalreporter.line(f"{end:6} {row}")
