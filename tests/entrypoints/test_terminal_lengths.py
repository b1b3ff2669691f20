"""What pages do with what is long, many, unknown, or money."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from rich.cells import cell_len
from rich.text import Text

from tests.entrypoints import pages
from tests.entrypoints.shown import Terminal, narrow, page, rows


@pytest.fixture(autouse=True)
def _a_page_of_eighty_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch)


def test_a_row_whose_words_would_be_broken_is_a_block_on_a_terminal() -> None:
    columns = ["id", "other", "n"]
    given: list[list[object]] = [["a" * 36, "b" * 40, 1], ["c", "d", 22]]
    block = Text.from_ansi(rows(columns, given, Terminal())).plain
    assert [line.rstrip() for line in block.splitlines()][:4] == [
        " row 1",
        f"  id     {'a' * 36}",
        f"  other  {'b' * 40}",
        "  n      1",
    ]
    folded = Text.from_ansi(rows(["note", "n"], [["so " * 26, 1]], Terminal())).plain
    assert "row 1" not in folded


def test_what_is_too_long_is_cut() -> None:
    """A note of 250 KB in one row, and a thousand others: no line is as long as the note."""
    given: list[list[object]] = [["x" * 250_000, 1], *([["short", 2]] * 1_000)]
    for stream in (io.StringIO(), Terminal()):
        lines = Text.from_ansi(rows(["note", "n"], given, stream)).plain.splitlines()
        assert max(map(cell_len, lines)) < 100
        assert "x…" in lines[2]
    id = "customer:" + "8" * 100_000
    long = {**pages.COMMITMENT, "commitment_id": id, "customer": id, "history": [NOTED]}
    assert len(page("commitment", long)) < 3_000
    many = {"commitments": [{**pages.COMMITMENT, "commitment_id": id}], "next": "c" * 100_000}
    assert len(page("commitments", many)) < 2_000
    assert "there are more: --json has the cursor for --after" in page("commitments", many)


NOTED = pages.said(
    datetime(2026, 3, 1, tzinfo=UTC),
    "commitment.made",
    "/care/mail",
    commitment_id="ROSE",
    wording="no " * 80_000,
)


def test_a_long_history_shows_both_its_ends() -> None:
    history = pages.COMMITMENT["history"]
    shown = page("commitment", {**pages.COMMITMENT, "left_out": 99_996})
    lines = shown.splitlines()
    (at,) = (at for at, line in enumerate(lines) if "99,996 more: --limit, or --json" in line)
    assert sum(line.startswith("  2025-") for line in lines[at:]) == len(history) // 2 == 2


def test_a_long_journey_shows_both_its_ends() -> None:
    steps = [{**pages.JOURNEY["steps"][0], "id": str(n)} for n in range(1_000)]
    shown = page("journey", {**pages.JOURNEY, "steps": steps})
    assert shown.count("touchpoint occurred") == 200
    assert "800 more: --json has all" in shown


def test_what_was_done_before_it_was_promised() -> None:
    early = {**pages.COMMITMENT, "honoured_at": datetime(2025, 4, 11, 7, 50, tzinfo=UTC)}
    shown = page("commitment", early)
    assert "1 day before it was made, 7 months 9 days early" in shown
    assert "after 1 day" not in shown


def test_money_has_the_decimals_of_its_currency() -> None:
    entry = pages.said(
        datetime(2026, 3, 1, tzinfo=UTC),
        "payment.refunded",
        "/care/mail",
        payment_id="P-1",
        amount_minor=-12_100,
        currency="EUR",
    )
    shown = page("commitment", {**pages.COMMITMENT, "history": [entry]})
    assert "payment id P-1 · amount -121.00 EUR\n" in shown


def rejected(*whys: str) -> list[dict[str, Any]]:
    return [{"line": n, "id": None, "why": why} for n, why in enumerate(whys, 1)]


def test_many_rejected_lines_are_counted_by_their_reason() -> None:
    whys = [f"time: expected an instant; saw {n} letters" for n in range(5_000)]
    shown = page("emit", {**pages.EMITTED, "rejected": rejected(*whys, "just so", "just so")})
    lines = shown.splitlines()
    assert len(lines) < 40
    assert "5,002 rejected" in lines[0]
    assert "4,982 more are rejected: --json has all" in shown
    assert "  5,000  time: expected an instant" in lines
    assert "      2  just so" in lines
    few = page("emit", {**pages.EMITTED, "rejected": rejected(*whys[:20])})
    assert few.count("saw") == 20
    assert "more are rejected" not in few


def test_suspense_says_first_how_many_wait_for_what() -> None:
    shown = page("suspense", pages.MANY_IN_SUSPENSE).splitlines()
    assert shown[0] == "In suspense  38 items"
    assert shown[2].startswith("  37  unknown commitment  names a promise of which no")
    assert shown[-1] == "  2 items · for the next: --after eyJhIjoxfQ"
    assert sum(pages.ID in line for line in shown) == 6  # 1 of the first, 5 of the second
    assert "and 35 more" in shown[-3]


def test_of_many_groups_the_first_are_shown() -> None:
    promises = {**pages.BY_DEPARTMENT, "groups": [pages.group({"supports": "C"})] * 250}
    balance = {**pages.BALANCE, "groups": pages.BALANCE_BY["groups"] * 125}
    for command, answer in (("promises", promises), ("balance", balance)):
        shown = page(command, answer)
        assert "50 more groups: --json has all" in shown
        assert 200 < len(shown.splitlines()) < 320


def test_what_is_nowhere_is_said() -> None:
    unknown = {"department": [{"value": "logistcs", "did_you_mean": None, "there_are": ["a", "b"]}]}
    sentence = "no promise fits department=logistcs; there are a, b"
    for command, answer in (
        ("promises", pages.NO_PROMISE),
        ("promises", pages.BY_DEPARTMENT),
        ("commitments", {"commitments": [], "next": None}),
        ("commitments", pages.COMMITMENTS),
    ):
        shown = page(command, {**answer, "unknown": unknown})
        assert sentence in shown
        assert "No promise fits" not in shown
    meant = {"value": "x", "did_you_mean": "y", "there_are": [str(n) for n in range(21)]}
    shown = page("commitments", {"commitments": [], "next": None, "unknown": {"about": [meant]}})
    assert "no promise fits about=x; did you mean y? There are 0, 1, 2," in shown
    assert shown.rstrip().endswith("19, …")
