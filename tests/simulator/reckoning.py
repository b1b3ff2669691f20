"""How promises stand at an instant, by their notes: one by one, and added up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from schemas.jsonform import instant_to_text
from simulator.local_time import moment
from tests.simulator.notes import NotedPromise
from tests.simulator.records import Turn

Answer = dict[str, object]

STATUSES = ("pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")
STEPS = ("made", "reopened", "honoured", "released", "abandoned")
_SETTLED = {"released": "released", "abandoned": "broken", "disputed": "disputed"}


def text(at: int) -> str:
    """RFC 3339 in UTC, with as many fractional digits as needed: ``2026-03-01T00:00:00Z``."""
    return instant_to_text(moment(at))


def turn_at(promise: NotedPromise, at: int) -> Turn | None:
    """How a promise stood at an instant; None before it was made."""
    found = None
    for turn in promise.turns:
        if turn.at > at:
            break
        found = turn
    return found


def status_of(turn: Turn, at: int) -> str:
    """The status of a promise that stands as ``turn`` at ``at``."""
    due = turn.agreed_due
    if turn.state == "open":
        return "undated" if due is None else "pending" if at <= due else "overdue"
    if turn.state == "honoured":
        return "kept" if kept_by(turn, due) else "late"
    return _SETTLED[turn.state]


def kept_by(turn: Turn, date: int | None) -> bool:
    """Whether a promise that is honoured was kept by a date, or at all where there is none: by the
    verdict of somebody who only knows whether, where there is one."""
    if turn.in_time is not None:
        return turn.in_time
    return date is None or (turn.honoured_at is not None and turn.honoured_at <= date)


def excused(turn: Turn, due: int) -> bool:
    """Released by the customer at or before the date."""
    return turn.state == "released" and turn.released_at is not None and turn.released_at <= due


#: What a group is named by.
KEYS: dict[str, Callable[[NotedPromise, Turn], str | None]] = {
    "department": lambda promise, turn: turn.owner,
    "about": lambda promise, turn: promise.about,
    "channel": lambda promise, turn: promise.channel,
}

Standing = tuple[NotedPromise, Turn]


def grouped(
    standing: Iterable[Standing], key: Callable[[Standing], str | None]
) -> list[tuple[str | None, list[Standing]]]:
    groups: dict[str | None, list[Standing]] = {}
    for item in standing:
        groups.setdefault(key(item), []).append(item)
    return sorted(groups.items(), key=lambda item: (item[0] is None, item[0] or ""))


def counts(turns: Iterable[Turn], at: int) -> dict[str, int]:
    counts = {"made": 0, **dict.fromkeys(STATUSES, 0)}
    for turn in turns:
        counts["made"] += 1
        counts[status_of(turn, at)] += 1
    return counts


def _share(k: int, n: int) -> float | None:
    return k / n if n else None


def _kept_of_due(dates: Iterable[tuple[Turn, int | None]], at: int) -> tuple[int, int]:
    kept = due = 0
    for turn, date in dates:
        if date is None or date >= at or excused(turn, date):
            continue
        due += 1
        kept += turn.state == "honoured" and kept_by(turn, date)
    return kept, due


def scores(standing: Sequence[Standing], at: int) -> Answer:
    turns = [turn for _, turn in standing]
    counted = {
        "first": _kept_of_due(((turn, turn.first_due) for turn in turns), at),
        "agreed": _kept_of_due(((turn, turn.agreed_due) for turn in turns), at),
        "latest": _kept_of_due(((turn, turn.latest_due) for turn in turns), at),
    }
    first, latest = _share(*counted["first"]), _share(*counted["latest"])
    kept = [(promise, turn) for promise, turn in standing if status_of(turn, at) == "kept"]
    unprompted = sum(
        not any(chased < (turn.honoured_at or 0) for chased in promise.chases)
        for promise, turn in kept
    )
    return {
        "counts": counts(turns, at),
        "kept_rate": {
            basis: {"kept": k, "due": n, "rate": _share(k, n)} for basis, (k, n) in counted.items()
        },
        "slip_gap": None if first is None or latest is None else latest - first,
        "unprompted": {
            "kept": len(kept),
            "unprompted": unprompted,
            "rate": _share(unprompted, len(kept)),
        },
    }


def balance(standing: Iterable[Standing], start: int, end: int) -> Answer:
    opening = closing = 0
    lines = dict.fromkeys(STEPS, 0)
    for promise, turn in standing:
        before = turn_at(promise, start)
        opening += before is not None and before.state in ("open", "disputed")
        closing += turn.state in ("open", "disputed")
        for at, step in promise.steps:
            if start < at <= end:
                lines[step] += 1
    return {"opening": opening, **lines, "closing": closing}


def kept_whole(turns: Iterable[Turn], at: int) -> bool | None:
    verdicts = [
        status_of(turn, at) == "kept"
        for turn in turns
        if turn.state == "abandoned"
        or (
            turn.agreed_due is not None
            and turn.agreed_due < at
            and not excused(turn, turn.agreed_due)
        )
    ]
    return all(verdicts) if verdicts else None
