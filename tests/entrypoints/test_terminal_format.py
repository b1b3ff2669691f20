"""Figures, instants and durations in words."""

from __future__ import annotations

import json
import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrypoints.terminal.format import (
    apart,
    duration,
    instant,
    interval,
    noun,
    number,
    percent,
    place,
    plain,
    points,
    short,
    visible,
    visible_json,
    visible_lines,
)
from entrypoints.terminal.money import amount

DAY = 86_400


@pytest.mark.parametrize(
    ("seconds", "words", "short"),
    [
        (None, "–", "–"),
        (0, "0 seconds", "0 s"),
        (0.9, "0 seconds", "0 s"),
        (1, "1 second", "1 s"),
        (61, "1 minute 1 second", "1 min 1 s"),
        (3_600, "1 hour", "1 h"),
        (3_660, "1 hour 1 minute", "1 h 1 min"),
        (DAY + 5 * 3_600 + 59, "1 day 5 hours", "1 d 5 h"),
        (DAY + 59, "1 day", "1 d"),
        (30 * DAY, "30 days", "30 d"),
        (17_716_200, "6 months 22 days", "6 mo 22 d"),
        (800 * DAY, "2 years 2 months", "2 y 2 mo"),
    ],
)
def test_durations(seconds: float | None, words: str, short: str) -> None:
    assert duration(seconds) == words
    assert duration(seconds, short=True) == short


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("2025-04-12T07:50:00Z", "2025-11-18T13:30:00Z", "7 months 6 days"),
        ("2025-11-18T13:30:00Z", "2025-04-12T07:50:00Z", "7 months 6 days"),
        ("2025-01-31T00:00:00Z", "2025-02-28T00:00:00Z", "1 month"),
        ("2025-01-31T12:00:00Z", "2025-02-28T00:00:00Z", "27 days 12 hours"),
        ("2024-02-29T00:00:00Z", "2026-03-01T00:00:00Z", "2 years 1 day"),
        ("2023-01-01T00:00:00Z", "2026-03-09T00:00:00Z", "3 years 2 months"),
        ("2025-12-31T00:00:00Z", "2026-01-31T00:00:00Z", "1 month"),
        ("2025-12-31T00:00:00Z", "2025-12-31T00:00:00Z", "0 seconds"),
        ("9999-11-30T00:00:00Z", "9999-12-31T00:00:00Z", "1 month 1 day"),
    ],
)
def test_time_apart_by_the_calendar(start: str, end: str, words: str) -> None:
    assert apart(datetime.fromisoformat(start), datetime.fromisoformat(end)) == words


INSTANTS = st.datetimes(timezones=st.just(UTC))


@given(INSTANTS, INSTANTS)
def test_time_apart_is_said_for_any_two_instants(one: datetime, other: datetime) -> None:
    assert apart(one, other) == apart(other, one)
    if abs(other - one) >= timedelta(days=31):
        assert any(unit in apart(one, other) for unit in ("month", "year"))


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (None, "–"),
        (0.0, "0.0 %"),
        (0.000_01, "0.1 %"),
        (0.6894, "68.9 %"),
        (0.999_99, "99.9 %"),
        (1.0, "100.0 %"),
    ],
)
def test_rates_are_never_rounded_to_all_or_nothing(rate: float | None, words: str) -> None:
    assert percent(rate) == words


def test_other_figures() -> None:
    assert interval(0.6641, 0.7129) == "66.4–71.3"
    assert interval(None, None) == ""
    assert [points(gap) for gap in (None, 0.0, -0.0001, 0.042, -0.5)] == [
        "–",
        "0.0 points",
        "0.0 points",
        "+4.2 points",
        "-50.0 points",
    ]
    assert number(None) == "–"
    assert number(1_234_567) == "1,234,567"
    assert noun(1, "fact") == "1 fact"
    assert noun(2_000, "chase") == "2,000 chases"
    assert noun(0, "party", "parties") == "0 parties"


def test_instants() -> None:
    assert instant(None) == "–"
    assert instant(datetime.fromisoformat("2025-11-20T17:00:00Z")) == "2025-11-20 17:00"
    assert instant(datetime.fromisoformat("2025-11-20T17:00:05.250Z")) == "2025-11-20 17:00:05"
    assert instant(datetime.fromisoformat("0001-01-01T00:00:00Z")) == "0001-01-01 00:00"


@given(st.text())
def test_plain_text_is_one_line_that_can_be_printed(text: str) -> None:
    shown = plain(text)
    assert "\n" not in shown
    assert "\x1b" not in shown
    shown.encode()


def test_places_are_numbers_or_vectors() -> None:
    assert [place(12_345), place("0:12,1:7"), place("")] == ["12,345", "0:12,1:7", "0"]
    many = ",".join(f"{partition}:100" for partition in range(12))
    assert place(many) == "1,200 over 12 partitions"


#: Unicode's categories of what steers a terminal, or is seen by nobody.
UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def unseen(text: str) -> list[str]:
    return [sign for sign in text if unicodedata.category(sign) in UNSEEN]


def test_every_sign_that_steers_is_an_escape_and_no_other() -> None:
    for sign in map(chr, range(0x110000)):
        if unicodedata.category(sign) in UNSEEN:
            assert visible(sign).startswith("\\"), ascii(sign)
        elif unicodedata.category(sign) != "Cn":
            assert visible(sign) == sign, ascii(sign)


@given(st.text(st.characters()))
def test_a_text_that_is_shown_steers_nothing(text: str) -> None:
    assert not unseen(plain(text))
    assert not unseen(visible(text))
    assert not unseen(visible_lines(text).replace("\n", ""))


@given(st.recursive(st.text(st.characters()) | st.integers() | st.none(), st.lists))
def test_json_on_a_terminal_stays_the_same_json(value: object) -> None:
    text = visible_json(json.dumps({"a": value}, ensure_ascii=False))
    assert not unseen(text)
    assert json.loads(text) == {"a": value}


@pytest.mark.parametrize(
    ("minor", "currency", "shown"),
    [
        (12_100, "EUR", "121.00 EUR"),
        (12_100, "JPY", "12,100 JPY"),
        (12_100, "KWD", "12.100 KWD"),
        (1_234_567_890, "USD", "12,345,678.90 USD"),
        (5, "eur", "0.05 EUR"),
        (-5, "EUR", "-0.05 EUR"),
        (-12_345, "CLF", "-1.2345 CLF"),
        (0, "ISK", "0 ISK"),
        (7, "XAU", "7 minor units of XAU"),
        (12_100, "points", "12,100 minor units of points"),
    ],
)
def test_amounts(minor: int, currency: str, shown: str) -> None:
    assert amount(minor, currency) == shown


def test_what_is_long_is_cut_and_the_rest_is_not_looked_at() -> None:
    assert [short("abc", 3), short("abcd", 3), short(12, 80)] == ["abc", "ab…", "12"]
    assert short("a\n" + "x" * 10**6, 4) == "a x…"
