"""The layout of tables: aligned, folded where the page is narrow, nothing lost."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from entrypoints.terminal.table import TextTable


def printed(table: TextTable, width: int, indent: int = 0, *, fold: bool = True) -> list[str]:
    stream = io.StringIO()
    console = Console(file=stream, width=width, highlight=False, markup=False, emoji=False)
    table.print(console, indent, fold=fold)
    return stream.getvalue().splitlines()


def orders() -> TextTable:
    table = TextTable("order", "amount", "what", right=["amount"], keep=["order"])
    table.add_row("R-551", "12", "one rose, and a second one\nin November")
    table.add_row("R-7", Text("1,200", "bold"), "")
    table.add_row("", "", "花")
    return table


def test_columns_are_aligned_and_lines_have_no_blanks_at_their_end() -> None:
    assert printed(orders(), 60, indent=1) == [
        " order  amount  what",
        " ─────────────────────────────────────────",
        " R-551      12  one rose, and a second one",
        "                in November",
        " R-7     1,200",
        "                花",
    ]


def test_the_widest_column_is_folded_first() -> None:
    assert printed(orders(), 30) == [
        "order  amount  what",
        "──────────────────────────────",
        "R-551      12  one rose, and a",
        "               second one",
        "               in November",
        "R-7     1,200",
        "               花",
    ]


def test_lines_may_be_as_long_as_they_need_to_be() -> None:
    assert printed(orders(), 10, fold=False)[2] == "R-551      12  one rose, and a second one"
    assert orders().width == 41


def test_a_sheet_without_head() -> None:
    table = TextTable("when", "what", head=False, gap=1)
    table.add_row("today", "rain")
    assert printed(table, 40) == ["today rain"]


def test_more_lines_than_are_printed_at_once() -> None:
    table = TextTable("n", right=["n"])
    for n in range(1_200):
        table.add_row(str(n))
    lines = printed(table, 40)
    assert len(lines) == 1_202
    assert lines[2] == "   0"
    assert lines[-1] == "1199"


WORDS = st.text(st.sampled_from("ab é花-"), max_size=40)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=5), st.integers(24, 90))
def test_nothing_is_lost_and_nothing_is_too_wide(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    table = TextTable("first", "second", "third", right=["second"], keep=["third"])
    for row in rows:
        table.add_row(*row)
    lines = printed(table, width)
    assert all(cell_len(line) <= width for line in lines)
    given = sorted("".join(word for row in rows for word in row).replace(" ", ""))
    assert sorted("".join(lines[2:]).replace(" ", "")) == given
