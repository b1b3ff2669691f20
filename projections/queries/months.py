"""Months as the clocks of a time zone have them, by the pinned data of time zones.

A database has data of its own, of another version, and may take a name such as CET for a fixed
offset. So the bounds of months are found here, and the database looks instants up among them; but
for UTC, whose months it finds itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from projections.session import Session

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

#: No zone changes its clocks twice within so much time.
STEP = timedelta(hours=6)
INSTANT = timedelta(microseconds=1)
UTC_NAME = "UTC"
#: Near the ends of the calendar a zone's time may lie beyond them; clocks are not changed there.
_FIRST = datetime(1, 1, 3, tzinfo=UTC)
_LAST = datetime(9999, 12, 29, tzinfo=UTC)

_TABLE = """
CREATE OR REPLACE TEMP TABLE local_month (
    utc_month VARCHAR, since TIMESTAMPTZ, until TIMESTAMPTZ, month VARCHAR
)
"""


class Span(NamedTuple):
    """The instants from ``since`` up to and including ``until`` lie in the month ``month`` of a
    zone, and in ``utc_month`` of UTC; both are ``YYYY-MM``."""

    utc_month: str
    since: datetime
    until: datetime
    month: str


class Months(NamedTuple):
    """What gives the month of each instant, by its alias, as SQL; and the joins that this needs."""

    columns: Mapping[str, str]
    joins: str


def join_months(
    session: Session,
    source: str,
    parameters: Mapping[str, object],
    instants: Mapping[str, str],
    zone: str,
) -> Months:
    """The months in which instants lie in a zone, for a query over ``source``: null where there is
    no instant. ``instants`` are SQL by alias; ``zone`` is an IANA name."""
    if zone == UTC_NAME:  # which every database knows alike
        return Months({alias: _utc_month(instant) for alias, instant in instants.items()}, "")
    from zoneinfo import ZoneInfo

    found: set[str] = set()
    for instant in instants.values():
        query = f"SELECT DISTINCT {_utc_month(instant)} FROM {source} WHERE {instant} IS NOT NULL"
        found.update(month for (month,) in session.rows(query, parameters))
    session.execute(_TABLE)
    session.insert("local_month", Span._fields, list(spans(ZoneInfo(zone), sorted(found))))
    joins = "".join(
        f" LEFT JOIN local_month AS {alias} ON {alias}.utc_month = {_utc_month(instant)}"
        f" AND {instant} >= {alias}.since AND {instant} <= {alias}.until"
        for alias, instant in instants.items()
    )
    return Months({alias: f"{alias}.month" for alias in instants}, joins)


def spans(zone: ZoneInfo, utc_months: Iterable[str]) -> Iterator[Span]:
    """The spans of a zone's months in some months of UTC."""
    for utc_month in utc_months:
        first, last = _bounds(utc_month)
        changes = list(_changes(zone, first, last))
        ends = [*(change - INSTANT for change in changes), last]
        for since, until in zip([first, *changes], ends, strict=True):
            yield Span(utc_month, since, until, month_of(since, _offset(zone, since)))


def month_in(zone: ZoneInfo, instant: datetime | None) -> str | None:
    """The month in which an instant lies in a zone, as ``join_months`` has it."""
    return None if instant is None else month_of(instant, _offset(zone, instant))


def month_of(instant: datetime, offset: timedelta) -> str:
    """The month of an instant, by a clock that is ahead of UTC by ``offset``. It may be one before
    year 1, or after year 9999."""
    try:
        local = instant.replace(tzinfo=None) + offset
    except OverflowError:
        return "0000-12" if instant < _FIRST else "10000-01"
    return f"{local.year:04}-{local.month:02}"


def _changes(zone: ZoneInfo, first: datetime, last: datetime) -> Iterator[datetime]:
    """The instants behind ``first`` at which another month begins, or begins once more: clocks may
    be put back over the end of one."""
    for start, end in pairwise(_steps(first, last)):
        before, after = _offset(zone, start), _offset(zone, end)
        if before == after:
            yield from _change(start, end, before)
            continue
        put = _first_other(start, end, partial(_offset, zone))
        yield from _change(start, put - INSTANT, before)
        if month_of(put - INSTANT, before) != month_of(put, after):
            yield put
        yield from _change(put, end, after)


def _change(start: datetime, end: datetime, offset: timedelta) -> Iterator[datetime]:
    """The instant behind ``start`` and up to ``end`` at which a month begins by a clock that is not
    changed meanwhile, if there is one."""
    month = partial(month_of, offset=offset)
    if month(start) != month(end):
        yield _first_other(start, end, month)


def _first_other(start: datetime, end: datetime, shown: Callable[[datetime], object]) -> datetime:
    """The first instant behind ``start`` at which something else is shown. It changes once up to
    ``end``, and stays."""
    before, low, high = shown(start), start, end
    while high - low > INSTANT:
        middle = low + (high - low) // 2
        if shown(middle) == before:
            low = middle
        else:
            high = middle
    return high


def _steps(first: datetime, last: datetime) -> Iterator[datetime]:
    instant = first
    while instant < last:
        yield instant
        instant = instant + STEP if last - instant > STEP else last
    yield last


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    offset = min(max(instant, _FIRST), _LAST).astimezone(zone).utcoffset()
    if offset is None:
        raise AssertionError("a zone has an offset at every instant")
    return offset


def _bounds(utc_month: str) -> tuple[datetime, datetime]:
    """The first and the last instant of a month of UTC."""
    year, month = map(int, utc_month.split("-"))
    first = datetime(year, month, 1, tzinfo=UTC)
    if (year, month) == (9999, 12):
        return first, datetime.max.replace(tzinfo=UTC)
    return first, datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC) - INSTANT


def _utc_month(instant: str) -> str:
    return f"strftime(timezone('UTC', {instant}), '%Y-%m')"
