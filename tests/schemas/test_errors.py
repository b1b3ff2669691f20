"""What a message shows of what was seen: its kind and its length, and one thing more."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import describe, describe_instant, nearest
from schemas.jsonform import NoInstant, instant_from_text

WRITTEN_AS_INSTANTS = (
    "2026-03-02",
    "2.3.2026",
    "02/03/2026 9:00",
    "2026-03-02 09:00:00+01:00",
    "2026-03-02T09:00:00",
    "2026-03-02T09:00:00Z ",
    "2026-13-02T09:00:00Z",
    "2026-03-02_09:00:00.123456789 UTC",
)
OTHERS = (
    "",
    "tomorrow",
    "now",
    "+49 170 1234567",
    "0170/1234567",
    "1234567890123",
    "1772442000",
    "1961-03-04 Jean",
    "Jean 1961-03-04",
    "2026-03-02T09:00:00Z, Jean",
    "2026-03-02\n",
    "\u0662026-03-02",
    "4000 1234 5678 9010",
    "2026-03-02T09:00:00[Europe/Paris]",
)


@pytest.mark.parametrize("text", WRITTEN_AS_INSTANTS)
def test_what_is_written_as_an_instant_is_shown(text: str) -> None:
    assert describe_instant(text) == f'"{text}"'
    assert text not in describe(text)


@pytest.mark.parametrize("text", OTHERS)
def test_nothing_else_is(text: str) -> None:
    assert describe_instant(text) == describe(text)
    assert not text or text not in describe(text)


@given(st.one_of(st.text(min_size=12), st.binary(min_size=12), st.integers(10_000), st.floats()))
def test_a_value_is_described_by_its_kind(value: object) -> None:
    for described in (describe(value), describe_instant(value)):
        assert str(value) not in described
        assert len(described) < 80


def test_a_thing_that_can_not_be_counted_is_described_all_the_same() -> None:
    assert describe(datetime(2026, 3, 2, tzinfo=UTC)) == "an instant"
    assert describe(datetime(2026, 3, 2)) == "a naive datetime"
    assert describe(object()) == "a value of the type object"
    assert describe(True) == "true or false"
    assert describe(-(10**5000)) == "a whole number of 5,001 digits"


@pytest.mark.parametrize(
    ("text", "slip"),
    [
        ("2026-03-02 09:00:00+01:00", ", a blank where a T belongs"),
        ("2026-03-02T09:00:00", ", without its offset"),
        ("2026-03-02 09:00:00", ", a blank where a T belongs, and without its offset"),
        ("2026-03-02T09:00:00Z ", ", with a blank at its end"),
        (
            "2026-02-30T09:00:00Z",
            ", which is no day of the calendar, or not in the years 1 to 9999",
        ),
        ("2026-03-02", ""),
    ],
)
def test_what_is_wrong_with_an_instant_is_said(text: str, slip: str) -> None:
    with pytest.raises(NoInstant) as problem:
        instant_from_text(text)
    assert problem.value.seen == f'"{text}"{slip}'
    assert "RFC 3339" in str(problem.value)


def test_a_name_is_guessed_by_what_is_known() -> None:
    known = ("commitment_id", "due_at")
    assert nearest("dueat", known) == "due_at"
    assert nearest("Jean", known) is None
    assert nearest(7, known) is None
    assert nearest("x" * 10**6, known) is None
