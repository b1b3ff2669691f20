"""Figures, instants and durations in words. Pure functions; nothing here knows a terminal."""

from __future__ import annotations

import json
import re
from calendar import monthrange
from datetime import datetime

#: Characters that steer a terminal or are seen by nobody: Unicode's categories Cc, Cf, Cs, Zl and
#: Zp. What came in a fact must not be able to move a reader's cursor, to make a line read
#: backwards, or to hide in another text.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000110bd\U000110cd"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f]"
)
_SPACES = re.compile(r"[ \t\r\n]+")

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400
#: Mean months and years of the Gregorian calendar, for durations that have no dates.
_MONTH, _YEAR = 2_629_746, 31_556_952
_SCALE = (
    (_YEAR, "year", "y"),
    (_MONTH, "month", "mo"),
    (_DAY, "day", "d"),
    (_HOUR, "hour", "h"),
    (_MINUTE, "minute", "min"),
    (1, "second", "s"),
)
NOTHING = "–"
#: A vector of places that is longer than this breaks every heading.
_VECTOR = 24


def plain(value: object) -> str:
    """Any value as one line of text that is safe to print."""
    return visible(_SPACES.sub(" ", str(value)).strip())


def visible(text: str) -> str:
    """The text with an escape that one can see, as Python writes it, in the place of each character
    that would steer a terminal or be seen by nobody."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_lines(text: str) -> str:
    """As ``visible``, of a text that may have lines."""
    return "\n".join(map(visible, text.split("\n")))


def visible_json(text: str) -> str:
    """As ``visible``, for JSON, as which the text stays equal. No such character may stand outside
    of the quotes."""
    return _UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], text)


def verbatim(line: str) -> str:
    """A line of text that is safe to print, each letter in its column: a tab is one blank."""
    return visible(line.replace("\t", " ")).rstrip()


def short(value: object, width: int) -> str:
    """As ``plain``, cut with … at so many letters. What lies beyond is not looked at: a note may
    be 250 KB long."""
    text = value if isinstance(value, str) else str(value)
    return plain(text) if len(text) <= width else f"{plain(text[: width - 1])}…"


def number(value: int | None) -> str:
    """``12345`` as ``12,345``; a dash for None."""
    return NOTHING if value is None else f"{value:,}"


def place(value: int | str) -> str:
    """How far a ledger goes: ``12,345``; a place in each of a few partitions as it came, and of
    many how many these are together."""
    if isinstance(value, int):
        return number(value)
    if len(value) <= _VECTOR:
        return plain(value) or "0"
    places = [int(each.partition(":")[2]) for each in value.split(",")]
    return f"{sum(places):,} over {len(places)} partitions"


def noun(value: int, one: str, many: str | None = None) -> str:
    """``1 fact``, ``12,345 facts``."""
    return f"{value:,} {one if value == 1 else many or one + 's'}"


def percent(rate: float | None) -> str:
    """A rate in [0, 1] as ``68.9 %``. Never rounded up to 100 % nor down to 0 %."""
    if rate is None:
        return NOTHING
    shown = f"{100 * rate:.1f}"
    if shown == "100.0" and rate < 1:
        shown = "99.9"
    if shown == "0.0" and rate > 0:
        shown = "0.1"
    return f"{shown} %"


def interval(low: float | None, high: float | None) -> str:
    """The bounds of an interval in [0, 1] as ``66.4–71.3``, in per cent."""
    if low is None or high is None:
        return ""
    return f"{100 * low:.1f}–{100 * high:.1f}"


def points(gap: float | None) -> str:
    """A difference of two rates as ``+4.2 points``; a dash for None."""
    if gap is None:
        return NOTHING
    shown = round(100 * gap, 1)
    return f"{shown:+.1f} points" if shown else "0.0 points"


def instant(when: datetime | None) -> str:
    """An instant in UTC as ``2025-11-20 17:00``; seconds where there are any."""
    if when is None:
        return NOTHING
    return when.replace(tzinfo=None).isoformat(" ", "seconds" if when.second else "minutes")


def duration(seconds: float | None, *, short: bool = False) -> str:
    """Seconds in their two largest units: ``6 months 22 days``, short: ``6 mo 22 d``."""
    if seconds is None:
        return NOTHING
    left = int(abs(seconds))
    largest = next((i for i, (size, _, _) in enumerate(_SCALE) if left >= size), len(_SCALE) - 1)
    parts: list[str] = []
    for size, name, letter in _SCALE[largest : largest + 2]:
        units, left = divmod(left, size)
        if units or not parts:
            parts.append(f"{units} {letter}" if short else noun(units, name))
    return " ".join(parts[:1] if parts[-1].startswith("0 ") else parts)


def apart(start: datetime, end: datetime) -> str:
    """The time between two instants by the calendar: from 12 April to 18 November are 7 months and
    6 days. Below a month, as ``duration``."""
    parts = by_calendar(start, end)
    if not parts:
        return duration(abs((end - start).total_seconds()))
    return " ".join(noun(count, unit) for count, unit in parts[:2])


def by_calendar(start: datetime, end: datetime) -> list[tuple[int, str]]:
    """How many years, months and days lie between two instants, but for those that are none; empty
    where it is less than a month."""
    if end < start:
        start, end = end, start
    months = (end.year - start.year) * 12 + end.month - start.month
    if _later(start, months) > end:
        months -= 1
    if months < 1:
        return []
    days = (end - _later(start, months)).days
    years, months = divmod(months, 12)
    return [part for part in ((years, "year"), (months, "month"), (days, "day")) if part[0]]


def _later(start: datetime, months: int) -> datetime:
    """The same day and hour some months later; the month's last day where it has no such day."""
    years, month = divmod(start.month - 1 + months, 12)
    first = start.replace(year=start.year + years, month=month + 1, day=1)
    last = monthrange(first.year, first.month)[1]
    return first.replace(day=min(start.day, last))


def of_type(type: str) -> str:
    """``commitment.dispute_settled`` as ``commitment dispute settled``."""
    return plain(type).replace(".", " ").replace("_", " ")
