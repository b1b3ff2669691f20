"""The pages as people see them."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from entrypoints.cli.remedies import message_of
from entrypoints.terminal import renderers as terminal_pages
from entrypoints.terminal.console import console_for
from entrypoints.terminal.errors import explain
from tests.entrypoints import chains, findings, pages
from tests.entrypoints.shown import Terminal, narrow, page, rows


@pytest.fixture(autouse=True)
def _a_page_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)


def test_the_scoreboard() -> None:
    assert (
        page("promises", pages.BY_DEPARTMENT)
        == """\
Promises  as of 2026-03-01 00:00 UTC  known up to position 304,812

  made     1,234
  settled  700 kept      300 late      40 broken    50 released
  waiting  100 pending    34 overdue    3 undated    7 disputed

  kept by the                            rate  95 %       kept  of due
  ────────────────────────────────────────────────────────────────────
  first date   ▕███████████▓▒░░░░░░░▏  60.0 %  56.9–63.0   600   1,000
  agreed date  ▕█████████████▓▒░░░░░▏  70.0 %  67.1–72.8   700   1,000
  latest date  ▕███████████████▓░░░░▏  80.0 %  77.4–82.4   800   1,000

  slip gap    +20.0 points  bought by moving dates (latest less first)
  unprompted  90.0 %  87.6–92.0  kept without being chased (630 of 700)

  department    made  overdue                agreed  95 %        first  latest
  ────────────────────────────────────────────────────────────────────────────
  advertising  1,234       34  ▕███████░░░▏  70.0 %  67.1–72.8  60.0 %  80.0 %
  payments     1,234       34   nothing due       –                  –       –
  (none)       1,234       34  ▕███████░░░▏  70.0 %  67.1–72.8  60.0 %  80.0 %

  first: given first · agreed: moved only by consent · latest: given last
"""
    )


def test_what_nobody_reports_gives_no_figure() -> None:
    shown = page("promises", pages.UNREPORTED)
    assert "nobody reports moved dates (commitment.rescheduled): no figure" in shown
    assert "nobody reports chases (customer.chased): no figure" in shown
    assert "0.0 points" not in shown
    assert "without being chased" not in shown
    said = "37 promises are known by later facts alone, and in no figure: './pledger suspense'"
    assert said in " ".join(shown.split())
    nothing = page("promises", {**pages.NO_PROMISE, "in_suspense": 1})
    assert "1 promise is known by later facts alone" in nothing


def test_a_chain() -> None:
    assert (
        page("chain", chains.CHAIN)
        == """\
Chain  TOP

  promise  status   due (UTC)         honoured (UTC)    about     owner
  ───────────────────────────────────────────────────────────────────────
  TOP      overdue  2025-11-20 17:00  –                 delivery  nursery
    A      kept     2025-11-20 17:00  2025-11-18 13:30  delivery  nursery
      A1   broken   2025-11-20 17:00  –                 delivery  –
    B      overdue  2025-11-20 17:00  –                 delivery  nursery
      B1   undated  –                 –                 delivery  –

  4 promises support it · A1 broke first
"""
    )
    assert "no promise supports it · no link is broken" in page("chain", chains.ALONE)
    deep = page("chain", chains.DEEP)
    assert "10 more: --json has all" in deep


def test_clocks_and_a_verdict() -> None:
    waiting = " ".join(page("commitment", pages.WAITING).split())
    assert "2 days paused for the customer" in waiting
    assert "1 day paused for a third party" in waiting
    assert "by the company's clock" in waiting
    shown = " ".join(page("commitment", pages.VERDICT).split())
    assert "after 8 months 18 days, in time by its source's word" in shown


def test_the_books() -> None:
    assert (
        page("balance", pages.BALANCE)
        == """\
Promises outstanding  after 2025-01-01 00:00, up to 2026-01-01 00:00 UTC

    opening      1,234
  + made       103,456
  + reopened       120
  − honoured    99,000
  − released       500
  − abandoned      345
    closing      4,965

  opening + made + reopened − honoured − released − abandoned = closing
"""
    )


def test_one_promise() -> None:
    assert (
        page("commitment", pages.COMMITMENT)
        == """\
Promise ROSE-NEW  kept
  replacement for customer:rose-551, owned by care

  made        2025-04-12 07:50
  first due   2025-11-30 17:00
  agreed due  2025-11-20 17:00  10 days earlier, with consent
  latest due  2025-11-20 17:00
  honoured    2025-11-18 13:30  after 7 months 6 days, 2 days 3 hours early

  1 rescheduling · 0 chases

  when (UTC)        department  what happened
  ──────────────────────────────────────────────────────────────────────────────
  2025-04-12 07:50  care        commitment made
                                about replacement · wording “A new rose in
                                November.” · due at 2025-11-30 17:00 · due
                                chosen by customer
  2025-11-03 09:00  nursery     progress shared  changed nothing
  2025-11-04 07:00  nursery     commitment rescheduled
                                due at 2025-11-20 17:00 · initiated by company ·
                                customer agreed yes
  2025-11-18 13:30  logistics   commitment honoured
"""
    )


def test_a_journey_is_a_timeline() -> None:
    assert (
        page("journey", pages.JOURNEY)
        == """\
Journey  359bba8e-4633-528a-8298-cf2b8e642926
  customer:rose-551  2025-04-08 09:00 to 2025-11-19 19:00 UTC  7 months 11 days
  4 facts of 3 departments · 2 handovers · touchpoints field 1
  longest silence 6 months 22 days · kept whole

  made     1
  settled  1 kept      0 late      0 broken    0 released
  waiting  0 pending   0 overdue   0 undated   0 disputed

  2025-04-08 09:00 logistics ● touchpoint occurred  call · field  order:R-551
                             │ 3 days 22 hours
  2025-04-12 07:50      care ● commitment made  replacement · due at 2025-11-30
                               17:00  order:R-551
                             │ 7 months 6 days
  2025-11-18 13:30   nursery ● commitment honoured  commitment:ROSE-NEW
  2025-11-18 13:30   nursery ● feedback given

  2025-11-19 19:00  feedback 5 on 1 to 5, stars
"""
    )


def test_the_worklist() -> None:
    assert (
        page("due", pages.DUE)
        == """\
Due

  due (UTC)         status   promise
  ──────────────────────────────────────────────────────────────────────────────
  2025-11-20 17:00  overdue  delivery-47770eb9100c2d0c44946d9cf07ec65d
                             silence 9 d 1 h · replacement · customer:rose-551 ·
                             care
  2025-11-20 17:00  pending  C-4
                             silence – · replacement · customer:rose-551 · care

  1 overdue, 1 pending · silence: since the last sign of the company
"""
    )


def test_what_became_of_a_stream() -> None:
    assert (
        page("emit", pages.EMITTED)
        == """\
  7 accepted · 3 already there · 2 rejected  head 4,567

    line  why
  ───────────────────────────────────────────────────────────────────
       3  expected a whole JSON object on the line, saw one cut short
  12,034  type: expected a type of the catalogue, saw another
          359bba8e-4633-528a-8298-cf2b8e642926
"""
    )


@pytest.mark.parametrize(
    ("command", "answer", "sentence"),
    [
        ("promises", pages.NO_PROMISE, "No promise fits: no rate."),
        ("promises", pages.NOTHING_DUE, "No promise was due yet: no rate."),
        ("commitment", pages.UNDATED, "no due date: none was given, and no policy gives one"),
        ("commitment", pages.WAITING, "1 month later, without consent"),
        ("commitment", pages.WAITING, "1 rescheduling · 3 chases · paused"),
        ("commitment", pages.WAITING, "owned by nobody"),
        ("commitments", {"commitments": [], "next": None}, "No promise fits."),
        ("commitments", pages.COMMITMENTS, "for the next: --after eyJhIjoxfQ"),
        ("due", {"due": []}, "Nothing is overdue"),
        ("journeys", {"journeys": [], "next": None}, "There is no journey"),
        ("customer", pages.STRANGER, "No fact is about this customer."),
        ("suspense", {"items": []}, "Nothing is in suspense"),
        ("suspense", pages.SUSPENSE, "names a promise of which no commitment.made has come"),
        ("health", {"findings": []}, "Nothing looks wrong with what was fed in."),
        ("health", findings.HEALTH, "waiting: unknown_commitment  37"),
        ("health", findings.HEALTH, "C-5 · and 32 more"),
        ("health", findings.HEALTH, '"customer:Ann" = "customer:ann"'),
        ("import", pages.IMPORTED, "skipped: rows without a time"),
        ("rebuild", pages.REBUILT, "304,812 facts · 2.1 s · 143,104 facts/s"),
        ("journey", pages.TROUBLED, "3 chases · 1 question asked again"),
    ],
)
def test_pages_say_what_there_is_and_what_there_is_not(
    command: str, answer: Mapping[str, Any], sentence: str
) -> None:
    assert sentence in page(command, answer)


@pytest.mark.parametrize("width", [80, 100, 160])
@pytest.mark.parametrize("at", range(len(pages.PAGES)))
def test_a_page_fits_and_is_plain_away_from_a_terminal(
    at: int, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = page(*pages.PAGES[at]).split("\n")
    assert lines.pop() == ""
    assert lines
    for line in lines:
        assert cell_len(line) <= width
        assert line == line.rstrip()
        assert line.isprintable()


def on_terminal(command: str, answer: Mapping[str, Any]) -> str:
    stream = Terminal()
    terminal_pages.show(command, answer, stream)
    return stream.getvalue()


@pytest.mark.parametrize("at", range(len(pages.PAGES)))
def test_a_terminal_shows_the_same_words(at: int) -> None:
    shown = Text.from_ansi(on_terminal(*pages.PAGES[at])).plain
    lines = [line.rstrip() for line in shown.split("\n")]
    assert "\n".join(lines).rstrip("\n") == page(*pages.PAGES[at]).rstrip("\n")


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]m")
    assert colour.search(on_terminal("commitment", pages.COMMITMENT))
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colour.search(on_terminal("commitment", pages.COMMITMENT))


def test_text_of_a_fact_can_not_move_the_cursor_nor_be_markup() -> None:
    hostile = "a\x1b[2J\x07b\r\nc [red]d[/red] \u202eefg :smile: \ud800"
    answer = {**pages.COMMITMENT, "commitment_id": hostile, "customer": hostile, "owner": hostile}
    shown = page("commitment", answer)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\ud800]", shown)
    assert "[red]d[/red]" in shown
    assert ":smile:" in shown


def test_an_ascii_terminal_gets_likenesses() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    terminal_pages.show("promises", pages.BY_DEPARTMENT, stream)
    stream.flush()
    shown = raw.getvalue().decode("ascii")
    assert "#############" in shown
    assert "67.1-72.8" in shown
    assert "?" not in shown


def test_without_a_terminal_or_columns_a_page_has_a_hundred(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("COLUMNS")
    assert console_for(io.StringIO()).width == 100


def test_rows_of_a_query() -> None:
    given: list[list[object]] = [
        ["care", 12, Decimal("0.50"), None, True],
        ["[b]web[/b]", 1_234, None, "a\nb", False],
    ]
    assert (
        rows(["department", "n", "share", "note", "ok"], given, io.StringIO())
        == """\
department     n  share  note  ok
────────────────────────────────────
care          12   0.50  null  True
[b]web[/b]  1234   null  a b   False

  2 rows
"""
    )


def test_no_rows() -> None:
    assert "  0 rows" in rows(["n"], [], io.StringIO())
    assert "no rows" in rows([], [], io.StringIO())


def test_a_wide_row_is_one_line_in_a_file_and_a_block_on_a_terminal() -> None:
    columns = [f"column_{n}" for n in range(30)]
    given: list[list[object]] = [[f"value {n}" for n in range(30)]]
    assert len(rows(columns, given, io.StringIO()).splitlines()) == 5
    block = Text.from_ansi(rows(columns, given, Terminal())).plain
    assert "column_29  value 29" in block


def test_a_database_points_at_what_it_means() -> None:
    stream = io.StringIO()
    explain("saw:\nLINE 1: SELECT \tnope\n                ^\x07", [], stream)
    assert stream.getvalue().splitlines()[1:] == [
        "  LINE 1: SELECT  nope",
        "                  ^\\x07",
    ]


def test_errors_are_told_in_words() -> None:
    stream = io.StringIO()
    explain("expected a home, saw none:\nmake one", ["a \x1b[31mnote"], stream)
    explain(message_of(KeyError("known_at")), [], stream)
    explain(message_of(ZeroDivisionError()), [], stream)
    explain(message_of(ValueError("just so")), [], stream)
    assert (
        stream.getvalue()
        == """\
pledger: expected a home, saw none:
  make one
  a \\x1b[31mnote
pledger: expected all to go well, saw KeyError; it is a fault of this program
pledger: expected all to go well, saw ZeroDivisionError; it is a fault of this program
pledger: expected all to go well, saw ValueError; it is a fault of this program
"""
    )
    terminal = Terminal()
    explain("so", [], terminal)
    assert terminal.getvalue() == "\x1b[1;31mpledger:\x1b[0m so\n"
