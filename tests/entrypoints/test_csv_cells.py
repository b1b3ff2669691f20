"""CSV that harms neither a spreadsheet nor a terminal, and stays what it was for numbers."""

from __future__ import annotations

import csv
import io
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.cli.csv_cells import harmless
from entrypoints.cli.main import main
from tests.entrypoints.refusals import refused
from tests.helpers import run

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1", "\n=1", "＝1+1", "=HYPERLINK(1)")
HARMLESS = ("", "a", "a=b", "1", "é", "a-b", "#REF", "2026-03-02T09:00:00Z", "a\nb", "'=1")


@pytest.mark.parametrize("text", FORMULAS)
def test_what_a_spreadsheet_takes_for_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text).startswith("'")


@pytest.mark.parametrize("text", HARMLESS)
def test_other_texts_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


@given(st.text(st.characters()))
def test_no_cell_is_a_formula_and_none_steers(text: str) -> None:
    cell = harmless(text)
    assert cell.lstrip()[:1] not in tuple("=+-@＝＋－＠")
    steering = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not [sign for sign in cell if sign != "\n" and unicodedata.category(sign) in steering]


def table(home: Path, *options: str) -> list[list[str]]:
    """What a query of all kinds of cells gives as CSV."""
    query = (
        "SELECT '=1+1' AS text, -5 AS whole, -0.5 AS exact, CAST('-inf' AS DOUBLE) AS double,"
        " '-5' AS figure, chr(27) || '[31m' AS steering, ['=1', '-1'] AS list, NULL AS nothing,"
        " '1' AS \"=name\", CAST(-5 AS HUGEINT) AS large, INTERVAL '-1 day' AS span"
    )
    outcome = run(home, ["sql", query, "--format", "csv", *options])
    assert outcome.code == 0, outcome.err
    return list(csv.reader(io.StringIO(outcome.out)))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    assert run(tmp_path / "home", ["emit", "-"]).code == 0
    return tmp_path / "home"


def test_numbers_stay_numbers_and_texts_stay_texts(home: Path) -> None:
    names, cells = table(home)
    assert names == [
        *("text", "whole", "exact", "double", "figure", "steering", "list", "nothing"),
        *("'=name", "large", "span"),
    ]
    assert cells == [
        *("'=1+1", "-5", "-0.5", "-Infinity", "'-5", "\\x1b[31m", '["=1", "-1"]', ""),
        *("1", "-5", "P-1D"),
    ]


def test_programs_may_have_them_raw(home: Path) -> None:
    names, cells = table(home, "--raw")
    assert names[8] == "=name"
    assert (cells[0], cells[4], cells[5]) == ("=1+1", "-5", "\x1b[31m")
    assert "expected --raw with --format csv" in refused(home, ["sql", "SELECT 1", "--raw"])


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("form", ["csv", "json", "table"])
def test_nothing_steers_a_terminal_not_even_raw(home: Path, form: str) -> None:
    stream = Terminal()
    query = "SELECT chr(27) || '[2J' || chr(155) || '31m' || chr(8238) || 'x' AS \"a\x1b[2J\""
    options = ["--raw"] if form == "csv" else []
    argv = ["sql", query, "--format", form, *options, "--home", str(home)]
    assert main(argv, io.BytesIO(), stream, io.StringIO()) == 0
    for sign in ("\x1b[2J", "\x9b", "\u202e"):
        assert sign not in stream.getvalue()
