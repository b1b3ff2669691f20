"""Tells at the end of a run which dice its tests threw: ``record_property("dice", "seed 5")``. What
a test prints is shown where it fails, or with ``-s``, alone."""

from __future__ import annotations

import pytest

DICE = "dice"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line a test, whatever became of it."""
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport) and report.when == "call":
                for name, value in report.user_properties:
                    if name == DICE:
                        terminalreporter.write_line(f"{report.nodeid}: {value}: {report.outcome}")
