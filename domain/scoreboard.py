"""How well promises were kept: counts, rates on three bases, and the balance of a period.

The answers are plain dicts, in the shapes that every reader of the ledger gets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from typing import Literal, TypedDict

from domain.commitments import OUTSTANDING, Commitment, Entry, Folded, State, honoured_by, status
from domain.wilson import Share, share

Basis = Literal["first", "agreed", "latest"]
Dimension = Literal["department", "about", "channel", "month_due", "month_made", "supports"]
Key = dict[str, str | None]


class Counts(TypedDict):
    """Commitments by status; ``made`` is their sum."""

    made: int
    pending: int
    overdue: int
    undated: int
    kept: int
    late: int
    broken: int
    released: int
    disputed: int


class KeptRate(Share):
    """``kept`` of ``due``, with the 95 % interval; no rate and no interval where ``due`` is 0."""

    kept: int
    due: int


class KeptRates(TypedDict):
    """The kept rate by the first, the agreed and the latest due date."""

    first: KeptRate
    agreed: KeptRate
    latest: KeptRate


class Unprompted(Share):
    """``unprompted`` of ``kept``: nobody had to remind the company before it kept its word."""

    kept: int
    unprompted: int


class Promises(TypedDict):
    """The scoreboard of a set of commitments."""

    counts: Counts
    kept_rate: KeptRates
    slip_gap: float | None
    unprompted: Unprompted


class PromisesGroup(Promises):
    """The scoreboard of one group, with its key."""

    key: Key


class Balance(TypedDict):
    """opening + made + reopened - honoured - released - abandoned = closing."""

    opening: int
    made: int
    reopened: int
    honoured: int
    released: int
    abandoned: int
    closing: int


class BalanceGroup(Balance):
    """The balance of one group, with its key."""

    key: Key


def counts(commitments: Iterable[Commitment], as_of: datetime) -> Counts:
    """Commitments by their status at ``as_of``."""
    found = Counts(
        made=0, pending=0, overdue=0, undated=0, kept=0, late=0, broken=0, released=0, disputed=0
    )
    for commitment in commitments:
        found["made"] += 1
        found[status(commitment, as_of)] += 1
    return found


def due_date(commitment: Commitment, basis: Basis) -> datetime | None:
    """The due date on one of the three bases."""
    match basis:
        case "first":
            return commitment.first_due_at
        case "agreed":
            return commitment.agreed_due_at
        case "latest":
            return commitment.latest_due_at


def released_by(commitment: Commitment, due_at: datetime | None) -> bool:
    """Whether the customer has released it, and did so at or before ``due_at``."""
    at = commitment.released_at
    return at is not None and due_at is not None and at <= due_at


def is_due(commitment: Commitment, due_at: datetime | None, as_of: datetime) -> bool:
    """Whether it is among those by which a word is judged: due before ``as_of``, and not let off by
    then."""
    return due_at is not None and due_at < as_of and not released_by(commitment, due_at)


def kept_rate(commitments: Iterable[Commitment], as_of: datetime, basis: Basis) -> KeptRate:
    """Of those due before ``as_of`` and not released in time, how many are honoured in time.

    Open, broken and disputed ones stay in the denominator: a rate over closed cases only would
    hide the customers who still wait.
    """
    kept = due = 0
    for commitment in commitments:
        due_at = due_date(commitment, basis)
        if not is_due(commitment, due_at, as_of):
            continue
        due += 1
        kept += honoured_by(commitment, due_at)
    return KeptRate(kept=kept, due=due, **share(kept, due))


def is_unprompted(commitment: Commitment, as_of: datetime) -> bool:
    """Whether it is kept, and nobody had chased before it was honoured."""
    if status(commitment, as_of) != "kept" or commitment.honoured_at is None:
        return False
    chased = commitment.first_chased_at
    return chased is None or chased >= commitment.honoured_at


def unprompted(commitments: Iterable[Commitment], as_of: datetime) -> Unprompted:
    """Of those kept, how many without a reminder."""
    kept = alone = 0
    for commitment in commitments:
        kept += status(commitment, as_of) == "kept"
        alone += is_unprompted(commitment, as_of)
    return Unprompted(kept=kept, unprompted=alone, **share(alone, kept))


def promises(commitments: Iterable[Commitment], as_of: datetime) -> Promises:
    """The scoreboard. ``commitments`` are folded as of the same instant. ``slip_gap`` is how much
    of the score was bought by moving dates; None where either rate is."""
    members = tuple(commitments)
    rates = KeptRates(
        first=kept_rate(members, as_of, "first"),
        agreed=kept_rate(members, as_of, "agreed"),
        latest=kept_rate(members, as_of, "latest"),
    )
    first, latest = rates["first"]["rate"], rates["latest"]["rate"]
    return Promises(
        counts=counts(members, as_of),
        kept_rate=rates,
        slip_gap=None if first is None or latest is None else latest - first,
        unprompted=unprompted(members, as_of),
    )


def month(at: datetime | None, zone: tzinfo) -> str | None:
    """``YYYY-MM`` on the calendar of ``zone``."""
    if at is None:
        return None
    local = at.astimezone(zone)
    return f"{local.year:04d}-{local.month:02d}"


def label_value(labels: Iterable[str], name: str) -> str | None:
    """The value of the label of a name, the first by text of several; None if there is none."""
    return min((one[len(name) + 1 :] for one in labels if one.startswith(f"{name}:")), default=None)


def key_of(commitment: Commitment, by: Sequence[str], zone: tzinfo = UTC) -> Key:
    """To which group a commitment belongs: by dimensions, and by labels (``label:priority``).
    Months are those of ``zone``."""
    values: dict[str, Callable[[], str | None]] = {
        "department": lambda: commitment.owner,
        "about": lambda: commitment.about,
        "channel": lambda: commitment.entry_point,
        "month_due": lambda: month(commitment.agreed_due_at, zone),
        "month_made": lambda: month(commitment.made_at, zone),
        "supports": lambda: commitment.supports,
    }
    return {
        key: values[key]()
        if key in values
        else label_value(commitment.labels, key.removeprefix("label:"))
        for key in by
    }


def promises_by(
    commitments: Iterable[Commitment],
    as_of: datetime,
    by: Sequence[str],
    zone: tzinfo = UTC,
) -> list[PromisesGroup]:
    """The scoreboard of each group that has a commitment, in the order of the keys, null last."""
    members: dict[tuple[str | None, ...], list[Commitment]] = {}
    for commitment in commitments:
        values = tuple(key_of(commitment, by, zone).values())
        members.setdefault(values, []).append(commitment)
    return [
        PromisesGroup(key=dict(zip(by, values, strict=True)), **promises(members[values], as_of))
        for values in sorted(members, key=_null_last)
    ]


def _null_last(values: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, value or "") for value in values)


def state_at(entries: Iterable[Entry], at: datetime) -> tuple[State, str | None] | None:
    """State and owner after the last entry at or before ``at``; None before it was made."""
    found: tuple[State, str | None] | None = None
    for entry in entries:
        if entry.at > at:
            break
        found = (entry.state, entry.owner)
    return found


def balance(histories: Iterable[Sequence[Entry]], after: datetime, to: datetime) -> Balance:
    """The account over (after, to] of commitments, each given by its entries in the order of the
    walk. It always adds up: a step between two settled states comes back before it goes out.

    If ``to`` is earlier than ``after``, nothing is seen after it and the window is empty.
    """
    found = Balance(opening=0, made=0, reopened=0, honoured=0, released=0, abandoned=0, closing=0)
    for entries in histories:
        found["opening"] += _outstanding_at(entries, min(after, to))
        found["closing"] += _outstanding_at(entries, to)
        for entry in entries:
            if after < entry.at <= to:
                _count(found, entry.before, entry.state)
    return found


def _outstanding_at(entries: Sequence[Entry], at: datetime) -> bool:
    then = state_at(entries, at)
    return then is not None and then[0] in OUTSTANDING


def _count(found: Balance, before: State | None, state: State) -> None:
    if before is None:
        found["made"] += 1
    elif before not in OUTSTANDING and state != before:
        found["reopened"] += 1
    match state:
        case "honoured" | "released" | "abandoned" if state != before:
            found[state] += 1
        case _:
            pass


def balance_by(
    commitments: Iterable[Folded],
    after: datetime,
    to: datetime,
    by: Sequence[Literal["department", "about"]],
) -> list[BalanceGroup]:
    """The account of each group that has a commitment made at or before ``to``, in the order of
    the keys, null last. The department is the owner at ``to``."""
    members: dict[tuple[str | None, ...], list[Sequence[Entry]]] = {}
    for folded in commitments:
        then = state_at(folded.entries, to)
        if then is not None:
            values = {"department": then[1], "about": folded.commitment.about}
            key = tuple(values[dimension] for dimension in by)
            members.setdefault(key, []).append(folded.entries)
    return [
        BalanceGroup(key=dict(zip(by, values, strict=True)), **balance(members[values], after, to))
        for values in sorted(members, key=_null_last)
    ]
