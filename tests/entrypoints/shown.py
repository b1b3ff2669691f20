"""Pages and tables as they are shown, for the tests that look at them."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pytest

from entrypoints.terminal import renderers
from entrypoints.terminal.console import console_for
from entrypoints.terminal.rows import render_rows


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of eighty columns, and a terminal with colours."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")


def page(command: str, answer: Mapping[str, Any]) -> str:
    stream = io.StringIO()
    renderers.show(command, answer, stream)
    return stream.getvalue()


def rows(columns: list[str], given: list[list[object]], stream: io.StringIO) -> str:
    render_rows(columns, given, console_for(stream))
    return stream.getvalue()
