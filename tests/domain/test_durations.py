"""Durations: which texts are read, and where they lead from an instant."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.durations import Duration, InstantOutOfRange, UnreadableDuration, add, parse

PARIS = ZoneInfo("Europe/Paris")
ZONES = [
    ZoneInfo(key)
    for key in (
        "UTC",
        "Europe/Paris",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "America/St_Johns",
        "Pacific/Apia",
    )
]
SECOND = 1_000_000


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("P7D", Duration(days=7)),
        ("p7d", Duration(days=7)),
        ("P2W", Duration(days=14)),
        ("P1W2D", Duration(days=9)),
        ("P1M", Duration(months=1)),
        ("P1Y", Duration(months=12)),
        ("PT48H", Duration(microseconds=48 * 3600 * SECOND)),
        ("PT90M", Duration(microseconds=5400 * SECOND)),
        ("PT1.5H", Duration(microseconds=5400 * SECOND)),
        ("PT0,000001S", Duration(microseconds=1)),
        ("PT0S", Duration()),
        (
            "P1Y2M3DT4H5M6.5S",
            Duration(months=14, days=3, microseconds=(4 * 3600 + 5 * 60 + 6) * SECOND + 500_000),
        ),
    ],
)
def test_reads(text: str, read: Duration) -> None:
    assert parse(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "P1DT",
        "7D",
        "P7",
        "P-7D",
        "-P7D",
        "P1.5D",
        "PT1.5H3M",
        "PT1H1D",
        "P1D1Y",
        "PT0.0000001S",
        " P7D",
        "P7D\n",
        "P\u0667D",
        "five days",
        "P" + "9" * 5000 + "D",
    ],
)
def test_refuses(text: str) -> None:
    with pytest.raises(UnreadableDuration, match=r"expected .*, saw ") as raised:
        parse(text)
    assert len(str(raised.value)) < 400


def test_a_duration_is_not_negative() -> None:
    with pytest.raises(UnreadableDuration, match="saw Duration"):
        Duration(days=-1)


@pytest.mark.parametrize(
    ("why", "start", "text", "end"),
    [
        ("a month's end is clamped", "2026-01-31T12:00:00+01:00", "P1M", "2026-02-28T12:00+01:00"),
        ("in a leap year too", "2024-02-29T12:00:00+01:00", "P1Y", "2025-02-28T12:00+01:00"),
        ("months before days", "2026-01-31T12:00:00+01:00", "P1M1D", "2026-03-01T12:00+01:00"),
        ("across a new year", "2025-12-31T12:00:00+01:00", "P2M", "2026-02-28T12:00+01:00"),
        ("a day keeps the wall time", "2026-03-28T12:00:00+01:00", "P1D", "2026-03-29T12:00+02:00"),
        ("24 hours do not", "2026-03-28T12:00:00+01:00", "PT24H", "2026-03-29T13:00+02:00"),
        ("no such time: forward", "2026-03-28T02:30:00+01:00", "P1D", "2026-03-29T03:30+02:00"),
        ("time there twice: later", "2026-10-24T02:30:00+02:00", "P1D", "2026-10-25T02:30+01:00"),
        ("hours come last", "2026-03-28T02:30:00+01:00", "P1DT1H", "2026-03-29T04:30+02:00"),
        ("nothing moves nothing", "2026-10-25T02:30:00+02:00", "PT0S", "2026-10-25T02:30+02:00"),
    ],
)
def test_adds_in_paris(why: str, start: str, text: str, end: str) -> None:
    reached = add(datetime.fromisoformat(start), parse(text), PARIS)
    assert reached == datetime.fromisoformat(end), why
    assert reached.tzinfo is UTC


def test_adds_in_utc_unless_told() -> None:
    start = datetime.fromisoformat("2026-03-28T12:00:00+01:00")
    assert add(start, parse("P1D")) == start + timedelta(days=1)


def test_a_day_that_a_country_skipped() -> None:
    # Samoa went from 29 December 2011 straight to the 31st.
    apia = ZoneInfo("Pacific/Apia")
    start = datetime(2011, 12, 29, 12, tzinfo=apia)
    assert add(start, parse("P1D"), apia) == datetime(2011, 12, 31, 12, tzinfo=apia)


@pytest.mark.parametrize("text", ["P1D", "P1M", "P8000Y", "PT24H", "P999999999999999999D"])
def test_beyond_the_last_year(text: str) -> None:
    with pytest.raises(InstantOutOfRange, match="years 1 to 9999"):
        add(datetime(9999, 12, 31, 12, tzinfo=UTC), parse(text), PARIS)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="with a zone"):
        add(datetime(2026, 1, 1), parse("P1D"))


instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC))


@given(instants, st.integers(0, 400), st.sampled_from(ZONES))
def test_days_keep_the_wall_time_where_it_exists(
    start: datetime, days: int, zone: ZoneInfo
) -> None:
    wall = start.astimezone(zone).replace(tzinfo=None)
    reached = add(start, Duration(days=days), zone)
    if days:
        shown = reached.astimezone(zone).replace(tzinfo=None, fold=0)
        expected = wall.replace(fold=0) + timedelta(days=days)
        assert shown >= expected
        if shown != expected:
            # Only a gap moves the wall time: no instant shows the expected one.
            there = expected.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
            assert there.replace(tzinfo=None, fold=0) != expected
    else:
        assert reached == start


@given(instants, st.integers(0, 10**15), st.sampled_from(ZONES))
def test_hours_are_elapsed_time(start: datetime, microseconds: int, zone: ZoneInfo) -> None:
    reached = add(start, Duration(microseconds=microseconds), zone)
    assert reached - start == timedelta(microseconds=microseconds)


@given(st.text(alphabet="PTYMWDHS0123456789.,- ", max_size=20))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        duration = parse(text)
    except UnreadableDuration:
        return
    assert min(duration.months, duration.days, duration.microseconds) >= 0
