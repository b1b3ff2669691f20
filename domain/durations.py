"""ISO 8601 durations: how to read them, and how to count them from an instant.

``P7D`` is seven days on the wall, ``PT168H`` is 168 hours on a stopwatch; they differ when the
clocks change in between. Months have no fixed length, so a duration only becomes an instant when
it is added to one, in a time zone.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction

from domain.errors import Wrong

_EXPECTED = (
    "an ISO 8601 duration such as P7D, PT48H, P1M, P2W or P1Y2M3DT4H5M6.5S "
    "(not negative, a fraction only in the last of hours, minutes and seconds)"
)
# Eighteen digits are more than any instant can take, and keep the numbers small.
_WHOLE = "([0-9]{1,18})"
_DECIMAL = r"([0-9]{1,18}(?:[.,][0-9]{1,18})?)"
_SHAPE = re.compile(
    f"P(?=.)(?:{_WHOLE}Y)?(?:{_WHOLE}M)?(?:{_WHOLE}W)?(?:{_WHOLE}D)?"
    f"(?:T(?=.)(?:{_DECIMAL}H)?(?:{_DECIMAL}M)?(?:{_DECIMAL}S)?)?",
    re.IGNORECASE,
)
_MICROSECONDS = (3_600_000_000, 60_000_000, 1_000_000)


class UnreadableDuration(Wrong):
    """A text that is not a duration. The message says what was expected and what was seen."""


class InstantOutOfRange(Wrong):
    """The instant reached lies outside the years 1 to 9999."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in the three measures that do not convert into each other: calendar
    ``months``, ``days`` on the wall, and exact ``microseconds``. All are zero or more."""

    months: int = 0
    days: int = 0
    microseconds: int = 0

    def __post_init__(self) -> None:
        if min(self.months, self.days, self.microseconds) < 0:
            raise UnreadableDuration(_EXPECTED, f"{self!r}")


def parse(text: str) -> Duration:
    """Read an ISO 8601 duration. A year is twelve months and a week seven days; upper and lower
    case are alike.

    Raises ``UnreadableDuration`` for anything else: negative amounts, no amount at all, a fraction
    elsewhere than in the last of hours, minutes and seconds, or one finer than a microsecond.
    """
    match = _SHAPE.fullmatch(text)
    if match is None:
        raise _unreadable(text)
    years, months, weeks, days = (int(amount or 0) for amount in match.groups()[:4])
    return Duration(
        months=years * 12 + months,
        days=weeks * 7 + days,
        microseconds=_exact(text, match.groups()[4:]),
    )


def add(instant: datetime, duration: Duration, zone: tzinfo = UTC) -> datetime:
    """The instant (UTC) that lies ``duration`` after ``instant`` for people who live in ``zone``.

    Months come first and move the local date, clamped to the end of the month (31 January plus a
    month is 28 or 29 February), then days move it; the time on the wall stays. A time that does
    not exist there moves forward by the gap, and one that exists twice means the later instant.
    Hours, minutes and seconds are elapsed time and are added last.

    Raises ``InstantOutOfRange`` beyond the years 1 to 9999 and ``ValueError`` for an instant
    without a zone.
    """
    if instant.utcoffset() is None:
        raise ValueError(f"expected an instant with a zone, saw {instant.isoformat()}")
    try:
        moved = instant.astimezone(UTC)
        # Without months or days the wall is not consulted: the first of two equal wall times
        # must not become the second.
        if duration.months or duration.days:
            wall = instant.astimezone(zone).replace(tzinfo=None, fold=0)
            moved = _on_the_clock(_plus_months(wall, duration.months), duration.days, zone)
        return moved + timedelta(microseconds=duration.microseconds)
    except (OverflowError, ValueError) as error:
        raise InstantOutOfRange(
            "an instant in the years 1 to 9999",
            f"{instant.isoformat()} and a duration that leads out of them",
            "give a shorter duration",
        ) from error


def _exact(text: str, parts: tuple[str | None, ...]) -> int:
    """Hours, minutes and seconds as microseconds."""
    given = [part for part in parts if part is not None]
    if any("." in part or "," in part for part in given[:-1]):
        raise _unreadable(text)
    total = sum(
        (
            Fraction(part.replace(",", ".")) * unit
            for part, unit in zip(parts, _MICROSECONDS, strict=True)
            if part is not None
        ),
        Fraction(),
    )
    if total.denominator != 1:
        raise UnreadableDuration("nothing finer than a microsecond", f"{text!r}")
    return total.numerator


def _unreadable(text: str) -> UnreadableDuration:
    seen = text if len(text) <= 80 else f"{text[:80]}…"
    return UnreadableDuration(_EXPECTED, f"{seen!r}")


def _plus_months(wall: datetime, months: int) -> datetime:
    years, month = divmod(wall.month - 1 + months, 12)
    year, month = wall.year + years, month + 1
    if year > date.max.year:
        raise OverflowError("year past 9999")
    return wall.replace(year=year, month=month, day=min(wall.day, monthrange(year, month)[1]))


def _on_the_clock(wall: datetime, days: int, zone: tzinfo) -> datetime:
    """The instant at which a clock in ``zone`` shows ``wall`` moved by ``days``.

    A clock time has two readings (PEP 495): in a fold, ``fold=1`` is the later instant; in a gap,
    ``fold=0`` takes the offset from before the change, which lands after the gap and so is the
    later one too. The later of both is the rule in either case.
    """
    shown = wall + timedelta(days=days)
    return max(shown.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
