"""The bar: on a terminal alone, for work that lasts, and gone at the end."""

from __future__ import annotations

import io

import pytest

from entrypoints.terminal.progress import PATIENCE, progress

HIDE, SHOW = "\x1b[?25l", "\x1b[?25h"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Clock:
    """A clock that goes forward when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def _a_terminal_of_today(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "100")


def test_nothing_is_drawn_where_there_is_no_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    with progress(stream, "emit", 100, clock=clock) as report:
        clock.now += 60
        report(50)
    assert stream.getvalue() == ""


def test_nothing_is_drawn_for_quick_work() -> None:
    stream, clock = Terminal(), Clock()
    with progress(stream, "emit", 100, clock=clock) as report:
        clock.now += PATIENCE / 2
        report(100)
    assert stream.getvalue() == ""


def test_work_that_lasts_shows_its_rate_and_the_time_left() -> None:
    stream, clock = Terminal(), Clock()
    with progress(stream, "emit facts.jsonl", 2_000, clock=clock) as report:
        clock.now += 4
        report(12_000, None, 1_000)
    shown = stream.getvalue()
    assert "emit facts.jsonl" in shown
    assert "50 %" in shown
    assert "3,000 facts/s" in shown
    assert "left" in shown
    assert shown.count(HIDE) == shown.count(SHOW) == 1


def test_the_total_may_be_learned_on_the_way() -> None:
    stream, clock = Terminal(), Clock()
    with progress(stream, "rebuild", clock=clock) as report:
        clock.now += 4
        report(1_000, 4_000)
    assert "25 %" in stream.getvalue()
    assert "250 facts/s" in stream.getvalue()


def test_work_of_unknown_length_shows_its_rate() -> None:
    stream, clock = Terminal(), Clock()
    with progress(stream, "import", clock=clock) as report:
        clock.now += 2
        report(1_000)
    assert "500 facts/s" in stream.getvalue()
    assert "left" not in stream.getvalue()


def test_an_interruption_gives_the_cursor_back() -> None:
    stream, clock = Terminal(), Clock()

    def work() -> None:
        with progress(stream, "emit", 100, clock=clock) as report:
            clock.now += 2
            report(50)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    shown = stream.getvalue()
    assert shown.rindex(SHOW) > shown.rindex(HIDE)
