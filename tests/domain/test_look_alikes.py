"""What people take for one id is one, and nothing else is."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.look_alikes import folded


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("customer:Anna", "customer:anna"),
        ("order: 17", "order:17"),
        ("order:17", "order:１７"),  # full width
        ("customer:zoé", "customer:zoe\u0301"),  # one letter, or a letter and its accent
        ("customer:STRASSE", "customer:straße"),
        ("customer:a\u00a0b", "customer:ab"),
        ("commitment:K", "commitment:\u212a"),  # the sign of kelvin
    ],
)
def test_look_alikes(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("order:17", "order:71"),
        ("order:17", "order:017"),
        ("customer:zoé", "customer:zoe"),
        ("order-17", "order_17"),
        ("order:1", "parcel:1"),
    ],
)
def test_others(one: str, other: str) -> None:
    assert folded(one) != folded(other)


@given(st.text())
@example("A\u00b4")  # an accent on a space
@example("A\u0345\uff9e")  # two marks that forms put in different orders
def test_no_way_of_writing_changes_what_is_left(text: str) -> None:
    left = folded(text)
    assert folded(left) == left
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        assert folded(unicodedata.normalize(form, text)) == left
    assert folded(f" {text}\t") == left


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_of_plain_ids_small_letters_without_spaces_are_left(text: str) -> None:
    """As the database folds them."""
    assert folded(text) == text.lower().replace(" ", "")
