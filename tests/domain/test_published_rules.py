"""Calendars and policies, read: what they say, and what of them can't be used."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from domain.calendars import deadline, deadline_days, elapsed, elapsed_days
from domain.published_rules import (
    UnreadableCalendar,
    UnreadablePolicy,
    calendar_from,
    is_readable,
    policy_due,
    term_of,
    weekly_from,
)
from tests.domain.offices import OFFICE, french, paris, policy, published


def test_weekly_periods_are_united() -> None:
    texts = [
        "MON 13:00-24:00",
        "mon 08:00-10:00",
        " mon  09:30 - 12:00 ",
        "mon 12:00-12:30",
        "sun 00:00-00:01",
    ]
    hour = 3_600_000_000
    assert weekly_from(texts) == (
        ((8 * hour, 12 * hour + hour // 2), (13 * hour, 24 * hour)),
        (), (), (), (), (),
        ((0, hour // 60),),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"timezone": "Europe/Pariss"}, "time zone"),
        ({"timezone": "Europe"}, "time zone"),
        ({"timezone": ""}, "time zone"),
        ({"timezone": "/etc/localtime"}, "time zone"),
        ({"timezone": "../Paris"}, "time zone"),
        ({"timezone": "localtime"}, "time zone"),
        ({"timezone": "right/Europe/Paris"}, "time zone"),
        ({"timezone": "zone.tab"}, "time zone"),
        ({"timezone": "a\0b"}, "time zone"),
        ({"timezone": "\ud800"}, "time zone"),
        ({"weekly": ()}, "at least one open period"),
        ({"weekly": ("mon",)}, "open period"),
        ({"weekly": ("mon 9:00-12:00",)}, "open period"),
        ({"weekly": ("lun 09:00-12:00",)}, "open period"),
        ({"weekly": ("mon 09:00-09:00",)}, "open period"),
        ({"weekly": ("mon 22:00-02:00",)}, "open period"),
        ({"weekly": ("mon 09:60-12:00",)}, "open period"),
        ({"weekly": ("mon 09:00-24:01",)}, "open period"),
        ({"weekly": ("mon 24:00-24:00",)}, "open period"),
        ({"weekly": ("mon-fri 09:00-17:00",)}, "open period"),
        ({"closed": ("2026-02-30",)}, "closed day"),
        ({"closed": ("Christmas",)}, "closed day"),
        ({"holidays": "XX"}, "country code"),
    ],
)
def test_an_unreadable_calendar(fields: dict[str, object], why: str) -> None:
    fact = published().model_copy(update=fields)
    with pytest.raises(UnreadableCalendar, match=f"expected .*{why}.*, saw "):
        calendar_from(fact, french)


def test_calendars_of_one_fact_are_equal() -> None:
    assert calendar_from(published(), french) == OFFICE
    assert hash(calendar_from(published(), french)) == hash(OFFICE)


@pytest.mark.parametrize(
    ("due", "calendar_id", "expected"),
    [
        ("PT48H", None, "2026-03-29T09:00:00Z"),
        ("P2D", None, "2026-03-29T09:00:00Z"),
        ("P2D", "CAL", "2026-03-29T08:00:00Z"),  # ten o'clock again, in Paris
        ("PT48H", "CAL", "2026-03-29T09:00:00Z"),
        ("1 working day", "CAL", "2026-03-30T08:00:00Z"),
        ("2 Working Days", "CAL", "2026-03-31T08:00:00Z"),
        ("8 working hours", "CAL", "2026-03-30T08:00:00Z"),
        ("1 working hour", "CAL", "2026-03-27T10:00:00Z"),
        ("0 working days", "CAL", "2026-03-27T09:00:00Z"),
        ("90 working minutes", "CAL", "2026-03-27T10:30:00Z"),
        ("1 Working Minute", None, "2026-03-27T09:01:00Z"),
        ("481 working minutes", "CAL", "2026-03-30T08:01:00Z"),
        ("1 working day", None, "2026-03-30T09:00:00Z"),  # Monday to Friday, UTC
        ("24 working hours", None, "2026-03-30T09:00:00Z"),
        ("5 days", "CAL", None),
        ("working days", "CAL", None),
        ("-1 working days", "CAL", None),
        ("-P1D", None, None),
        ("", None, None),
        ("P9000Y", None, None),
        ("999999999 working days", "CAL", None),
        ("999999999 working hours", "CAL", None),
        ("9" * 5000 + " working days", "CAL", None),
    ],
)
def test_policy_due(due: str, calendar_id: str | None, expected: str | None) -> None:
    # Friday 27 March 2026, ten o'clock in Paris; the clocks change on Sunday.
    made_at = paris("2026-03-27 10:00")
    instant = None if expected is None else datetime.fromisoformat(expected)
    assert policy_due(policy(due, calendar_id), made_at, OFFICE if calendar_id else None) == instant


def test_a_policy_whose_calendar_is_not_there_gives_no_date() -> None:
    for due in ("2 working days", "2 working hours", "P2D"):
        assert policy_due(policy(due, "CAL"), paris("2026-03-27 10:00"), None) is None


def test_a_calendar_that_the_policy_does_not_name_is_ignored() -> None:
    made_at = paris("2026-03-27 10:00")
    assert policy_due(policy("P2D"), made_at, OFFICE) == policy_due(policy("P2D"), made_at, None)


# 24 December 2026 is a Thursday, the 25th is a holiday, the 26th a Saturday.
CHRISTMAS = calendar_from(
    published(
        closed=("2026-12-24", "2026-12-28"),
        special=(
            "2026-12-24 09:00-12:00",
            "2026-12-26 22:00-24:00",
            "2026-12-26 10:00-16:00",
            "2026-12-26 15:00-17:00",
            "2026-12-25 23:00-24:00",
        ),
    ),
    french,
)


@pytest.mark.parametrize(
    ("since", "until", "hours", "days"),
    [
        ("2026-12-24 00:00", "2026-12-25 00:00", 3, 1),  # closed, and yet open in its own hours
        ("2026-12-25 00:00", "2026-12-26 00:00", 1, 1),  # a holiday too
        ("2026-12-26 00:00", "2026-12-27 00:00", 9, 1),  # entries add up, to the end of the day
        ("2026-12-28 00:00", "2026-12-29 00:00", 0, 0),
        ("2026-12-23 17:00", "2026-12-30 09:00", 3 + 1 + 9 + 8, 4),
    ],
)
def test_a_special_day_has_hours_of_its_own(since: str, until: str, hours: int, days: int) -> None:
    start, end = paris(since), paris(until)
    assert elapsed(CHRISTMAS, start, end) == timedelta(hours=hours)
    assert elapsed_days(CHRISTMAS, start, end) == days


def test_deadlines_run_on_special_days() -> None:
    assert deadline_days(CHRISTMAS, paris("2026-12-23 09:00"), 2) == paris("2026-12-24 12:00")
    assert deadline(CHRISTMAS, paris("2026-12-24 11:00"), timedelta(hours=2)) == paris(
        "2026-12-26 00:00"
    )


def test_a_calendar_may_be_open_on_special_days_alone() -> None:
    fair = calendar_from(published(weekly=(), special=("2026-12-26 10:00-16:00",)), french)
    assert deadline_days(fair, paris("2026-03-01 09:00"), 1) == paris("2026-12-26 16:00")
    assert fair.special[0][0] == date(2026, 12, 26)


@pytest.mark.parametrize(
    ("fields", "seen"),
    [
        ({"weekly": ("mon-fri 09:00-17:00",)}, '"mon-fri 09:00-17:00"'),
        ({"weekly": ("mon 9:00-17:00",)}, '"mon 9:00-17:00"'),
        ({"weekly": ("Monday 9am - 5pm",)}, '"Monday 9am - 5pm"'),
        ({"weekly": ("Schmidt 09:00-17:00",)}, "text of 19 characters"),
        ({"weekly": ("",)}, "empty text"),
        ({"timezone": "Europe/Berln"}, '"Europe/Berln": did you mean Europe/Berlin?'),
        ({"timezone": "Anna Schmidt"}, "text of 12 characters"),
        ({"closed": ("24.12.2026",)}, '"24.12.2026"'),
        ({"closed": ("at Anna's",)}, "text of 9 characters"),
        ({"special": ("24.12.2026 09:00-12:00",)}, '"24.12.2026 09:00-12:00"'),
        ({"special": ("2026-12-24",)}, '"2026-12-24"'),
        ({"special": ("2026-12-24 12:00-09:00",)}, '"2026-12-24 12:00-09:00"'),
        ({"special": ("2026-02-30 09:00-12:00",)}, '"2026-02-30 09:00-12:00"'),
        ({"special": ("2026-12-24 Anna",)}, "text of 15 characters"),
        ({"holidays": "XX"}, '"XX"'),
        ({"holidays": "DE-XX"}, '"DE-XX"'),
        ({"holidays": "Anna"}, "text of 4 characters"),
    ],
)
def test_only_what_is_written_as_what_belongs_there_is_shown(
    fields: dict[str, object], seen: str
) -> None:
    with pytest.raises(UnreadableCalendar) as refused:
        calendar_from(published(**fields), french)
    assert refused.value.seen == seen
    assert not is_readable(published(**fields), french)


@pytest.mark.parametrize(
    ("due", "seen"),
    [
        ("8 office hours", '"8 office hours"'),
        ("5 days", '"5 days"'),
        ("P1.5D", '"P1.5D"'),
        ("8 Schmidt hours", "text of 15 characters"),
        ("soon", "text of 4 characters"),
        ("9" * 80 + " days", "text of 85 characters"),
    ],
)
def test_an_unreadable_policy(due: str, seen: str) -> None:
    with pytest.raises(UnreadablePolicy) as refused:
        term_of(policy(due))
    assert refused.value.seen == seen
    assert not is_readable(policy(due), french)


def test_what_is_out_of_reach_is_read_all_the_same() -> None:
    assert is_readable(policy("P9000Y"), french)
    assert is_readable(policy("999999999 working days", "CAL"), french)
