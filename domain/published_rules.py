"""Published calendars and policies, read: by those who fold, and at the door by those who refuse.

What can't be read is said without a text that may be anything: one is shown only if it is written
as what belongs in its place, rightly or not.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, available_timezones

from domain import durations
from domain.calendars import (
    STANDARD,
    WEEKDAYS,
    Calendar,
    DeadlineOutOfReach,
    Period,
    Periods,
    deadline,
    deadline_days,
    no_holidays,
)
from domain.events import CalendarPublished, PolicyPublished

#: The public holidays of a place (``FR``, ``DE-BY``) in a year. It is asked for years from 1 to
#: 9999 and raises ``LookupError`` for a place that it does not know.
HolidayLookup = Callable[[str, int], frozenset[date]]

_MINUTE = 60_000_000
_HOURS = r"([0-9]{2}):([0-9]{2})\s*-\s*([0-9]{2}):([0-9]{2})"
_PERIOD = re.compile(rf"\s*([a-z]{{3}})\s+{_HOURS}\s*", re.IGNORECASE)
_SPECIAL = re.compile(rf"\s*([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})\s+{_HOURS}\s*")
_WORKING = re.compile(r"\s*([0-9]{1,9})\s+working\s+(day|hour|minute)s?\s*", re.IGNORECASE)
# These name a file of the machine, or count leap seconds, and so would not replay elsewhere.
_NOT_ZONES = re.compile(r"localtime|posixrules|Factory|right/.*|posix/.*")

# How the same things are written by those who write them in another way.
_ANY_DATE = r"[0-9]{1,4}[-./][0-9]{1,2}[-./][0-9]{1,4}"
_ANY_WEEKDAY = r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}"
_ANY_TIME = r"[0-9]{1,2}(?:[:.h][0-9]{0,2})?(?: ?[ap]m)?"
_ANY_HOURS = rf"{_ANY_TIME}\s?[-–]\s?{_ANY_TIME}"
_LIKE_PERIOD = rf"{_ANY_WEEKDAY}(?:\s?[-–,]\s?{_ANY_WEEKDAY})*(?:\s{_ANY_HOURS})?"
_LIKE_DATE = _ANY_DATE
_LIKE_SPECIAL = rf"{_ANY_DATE}(?:\s{_ANY_HOURS})?"
_LIKE_PLACE = r"(?-i:[A-Z]{2,3}(?:-[A-Z0-9]{1,3})?)"
_LIKE_DUE = (
    r"[0-9]{1,9} ?(?:(?:working|work|business|office|opening|open|calendar|bank|clock) )?"
    r"(?:day|hour|minute|week|month)s?|P[0-9TYMWDHS.,]{1,20}"
)


class Unreadable(ValueError):
    """What a published fact says that can't be used: ``path`` is the field (``weekly[0]``),
    ``expected`` and ``seen`` are short phrases."""

    def __init__(self, path: str, expected: str, seen: str) -> None:
        super().__init__(f"{path}: expected {expected}, saw {seen}")
        self.path = path
        self.expected = expected
        self.seen = seen


class UnreadableCalendar(Unreadable):
    """A published calendar that can't be used."""


class UnreadablePolicy(Unreadable):
    """A published policy that can't be used."""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """So many working days, or so much working time."""

    days: int = 0
    time: timedelta = timedelta()


def calendar_from(published: CalendarPublished, holidays: HolidayLookup) -> Calendar:
    """The calendar that a fact publishes. Raises ``UnreadableCalendar`` where the zone, a period,
    a day or the place of the holidays is not one, or where it is never open."""
    weekly = weekly_from(published.weekly)
    special = _special_days(published.special)
    if not any(weekly) and not special:
        raise UnreadableCalendar("weekly", "at least one open period", "none")
    place = published.holidays
    return Calendar(
        zone=_zone(published.timezone),
        weekly=weekly,
        closed=frozenset(_closed_day(n, text) for n, text in enumerate(published.closed)),
        holidays=no_holidays if place is None else _holidays_of(place, holidays),
        special=special,
    )


def is_readable(published: CalendarPublished | PolicyPublished, holidays: HolidayLookup) -> bool:
    """Whether a calendar or a policy can be used."""
    try:
        expect_readable(published, holidays)
    except Unreadable:
        return False
    return True


def expect_readable(
    published: CalendarPublished | PolicyPublished, holidays: HolidayLookup
) -> None:
    """Raise ``Unreadable`` where a calendar or a policy can't be used."""
    if isinstance(published, CalendarPublished):
        calendar_from(published, holidays)
    else:
        term_of(published)


def weekly_from(texts: Iterable[str]) -> tuple[Periods, ...]:
    """The week's open periods from texts such as ``mon 09:00-12:00``; ``24:00`` may end a day.
    Periods may come in any order; those that touch or overlap become one.

    Raises ``UnreadableCalendar`` for a text of another form, and a period that does not end after
    it starts (one over midnight is written as two).
    """
    week: list[list[Period]] = [[] for _ in WEEKDAYS]
    for number, text in enumerate(texts):
        match = _PERIOD.fullmatch(text)
        period = None if match is None else _period(match.groups()[1:])
        if match is None or period is None or match[1].lower() not in WEEKDAYS:
            raise UnreadableCalendar(
                f"weekly[{number}]",
                "an open period such as 'mon 09:00-12:00' (mon to sun, 00:00 to 24:00, ending after"
                " it starts; write one over midnight as two)",
                _shown(text, _LIKE_PERIOD),
            )
        week[WEEKDAYS.index(match[1].lower())].append(period)
    return tuple(_united(periods) for periods in week)


def policy_due(
    policy: PolicyPublished, starts_at: datetime, calendar: Calendar | None
) -> datetime | None:
    """When what began at ``starts_at`` is due (UTC) under a policy, or None if the policy does not
    give a date.

    An ISO 8601 duration is time on the wall (``durations.add``) in the calendar's zone, never
    working time. ``calendar`` is the one that the policy names, None if it is unknown or
    unreadable, and then there is no date; a policy that names none goes by ``STANDARD``, whatever
    is given here. Text that can't be read and dates out of reach give None too: a fact that is
    there is never refused. ``clock_starts`` is about issues; a commitment's clock starts when it is
    made.
    """
    within = STANDARD if policy.calendar_id is None else calendar
    if within is None:
        return None
    try:
        term = term_of(policy)
        if isinstance(term, durations.Duration):
            return durations.add(starts_at, term, within.zone)
        if term.days:
            return deadline_days(within, starts_at, term.days)
        return deadline(within, starts_at, term.time)
    except (UnreadablePolicy, durations.InstantOutOfRange, DeadlineOutOfReach):
        return None


def term_of(policy: PolicyPublished) -> durations.Duration | WorkingTime:
    """How much time a policy gives: ``5 working days``, ``8 working hours``, ``30 working
    minutes``, or an ISO 8601 duration. Raises ``UnreadablePolicy``."""
    working = _WORKING.fullmatch(policy.due)
    try:
        if working is None:
            return durations.parse(policy.due)
    except durations.UnreadableDuration:
        raise UnreadablePolicy(
            "due",
            "'5 working days', '8 working hours', '30 working minutes' or an ISO 8601 duration such"
            " as P2M",
            _shown(policy.due, _LIKE_DUE),
        ) from None
    amount = int(working[1])
    match working[2].lower():
        case "day":
            return WorkingTime(days=amount)
        case "hour":
            return WorkingTime(time=timedelta(hours=amount))
        case _:
            return WorkingTime(time=timedelta(minutes=amount))


def _shown(text: str, like: str) -> str:
    if len(text) <= 60 and re.fullmatch(like, text.strip(), re.IGNORECASE):
        return f'"{text}"'
    return f"text of {len(text):,} character{'s' * (len(text) != 1)}" if text else "empty text"


def _period(digits: Sequence[str]) -> Period | None:
    """The open period that hours and minutes say; None if there is none such."""
    from_hour, from_minute, to_hour, to_minute = map(int, digits)
    start, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if max(from_minute, to_minute) < 60 and start < end <= 24 * 60:
        return start * _MINUTE, end * _MINUTE
    return None


def _united(periods: Iterable[Period]) -> Periods:
    united: list[Period] = []
    for start, end in sorted(periods):
        if united and start <= united[-1][1]:
            united[-1] = (united[-1][0], max(end, united[-1][1]))
        else:
            united.append((start, end))
    return tuple(united)


def _special_days(texts: Iterable[str]) -> tuple[tuple[date, Periods], ...]:
    days: dict[date, list[Period]] = {}
    for number, text in enumerate(texts):
        match = _SPECIAL.fullmatch(text)
        day = None if match is None else _date(match[1])
        period = None if match is None else _period(match.groups()[1:])
        if day is None or period is None:
            raise UnreadableCalendar(
                f"special[{number}]",
                "a day and its open hours such as '2026-12-24 09:00-12:00' (00:00 to 24:00, ending"
                " after they start)",
                _shown(text, _LIKE_SPECIAL),
            )
        days.setdefault(day, []).append(period)
    return tuple((day, _united(days[day])) for day in sorted(days))


def _closed_day(number: int, text: str) -> date:
    day = _date(text)
    if day is None:
        raise UnreadableCalendar(
            f"closed[{number}]",
            "a closed day as an ISO date such as 2026-12-24",
            _shown(text, _LIKE_DATE),
        )
    return day


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _zone(key: str) -> ZoneInfo:
    if _NOT_ZONES.fullmatch(key) is None:
        try:
            return ZoneInfo(key)
        # Unknown names raise LookupError, paths and files that are no zones ValueError or OSError.
        except (LookupError, ValueError, OSError):
            pass
    # Only what is nearly a zone is shown.
    meant = get_close_matches(key[:60], available_timezones(), n=1, cutoff=0.85)
    raise UnreadableCalendar(
        "timezone",
        "a time zone of the IANA database such as Europe/Paris",
        f'"{key}": did you mean {meant[0]}?' if meant and len(key) <= 60 else _shown(key, "(?!)"),
    )


@dataclass(frozen=True, slots=True)
class _PublicHolidays:
    """The holidays of one place. A value, so that calendars read twice from a fact are equal."""

    place: str
    lookup: HolidayLookup

    def __call__(self, year: int) -> frozenset[date]:
        return self.lookup(self.place, year)


def _holidays_of(place: str, lookup: HolidayLookup) -> _PublicHolidays:
    holidays = _PublicHolidays(place, lookup)
    try:
        # An unknown place shall show here, not in the middle of a count; any year will do.
        holidays(2000)
    except LookupError:
        raise UnreadableCalendar(
            "holidays",
            "a country code with holidays, such as FR or DE-BY",
            _shown(place, _LIKE_PLACE),
        ) from None
    return holidays
