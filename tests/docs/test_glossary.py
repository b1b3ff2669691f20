"""The glossary has each word once, in order, with what the field calls it."""

from __future__ import annotations

from tests.helpers import ROOT

ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in (ROOT / "docs/reference/glossary.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| Word")
]


def test_each_word_stands_once_in_the_order_of_the_alphabet() -> None:
    words = [word for word, *_ in ROWS]
    assert len(words) > 50
    assert words == sorted(set(words), key=str.casefold)


def test_each_word_has_a_meaning_and_the_field_s_word() -> None:
    assert [row for row in ROWS if len(row) != 3 or not all(row)] == []
