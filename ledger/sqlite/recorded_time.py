"""When the ledger learned of a fact: by the clock, never before the fact that came last, and not by
a clock that can't be right."""

from __future__ import annotations

from domain.instants import from_microseconds
from ledger.errors import ClockAstray

#: How far a clock may be behind the last recorded time, in microseconds: machines that share a
#: home, and clocks that are set right, differ by less.
BEHIND = 10 * 60 * 1_000_000
#: How far it may be ahead of both the last recorded time and all times of the facts to record. So
#: long a pause is honest at times; a clock that is ahead spoils all recorded times after it.
AHEAD = 366 * 24 * 60 * 60 * 1_000_000


def recorded_time(now: int, last: int | None, newest: int, *, trust_clock: bool) -> int:
    """The recorded time of facts, in UTC microseconds, as are all of these: ``now`` the clock's,
    ``last`` that of the fact before them, ``newest`` the latest time at which one of them happened.
    Raises ``ClockAstray`` unless the clock is to be trusted."""
    if last is None:
        return now
    if not trust_clock and now < last - BEHIND:
        raise ClockAstray(
            f"a clock after {_shown(last)}, when the last fact was recorded",
            _shown(now),
            "nothing was written: set this machine's clock, if it is behind. If it was ahead when"
            " that fact was recorded, facts can be recorded at that time only until it has come:"
            " to do so, {trust the clock}",
        )
    if not trust_clock and now > max(last, newest) + AHEAD:
        raise ClockAstray(
            "a clock within a year of when the last fact was recorded or one of these happened, by"
            f" {_shown(max(last, newest))}",
            _shown(now),
            "nothing was written: set this machine's clock, if it is ahead, since no later fact"
            " could be recorded before that time. If it is right, {trust the clock}",
        )
    return max(now, last)


def _shown(at: int) -> str:
    try:
        return from_microseconds(at).isoformat(timespec="seconds")
    except OverflowError:
        return f"{at} microseconds since 1970"
