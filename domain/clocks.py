"""Two clocks of one commitment: the customer's runs from the word to the deed, the company's stands
still while it waits for the customer or for a third party."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, cast, get_args

if TYPE_CHECKING:
    from domain.commitments import Entry
    from domain.events import CommitmentPaused

Awaited = Literal["customer", "third_party", "company", "other"]

#: Whom a commitment may wait for, in the order in which they are told.
AWAITED: tuple[Awaited, ...] = get_args(Awaited)

#: While it waits for one of these, the company's clock stands still.
OTHERS: tuple[Awaited, ...] = ("customer", "third_party")


@dataclass(frozen=True, slots=True)
class Pause:
    """The time [since, until) in which a commitment waited for somebody; ``until`` is None while it
    still does."""

    waiting_for: Awaited
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Clocks:
    """How long a commitment took, or takes: by the customer's clock, by the company's, and how long
    it waited for whom."""

    customer: timedelta
    company: timedelta
    paused: Mapping[Awaited, timedelta]


def pauses(entries: Iterable[Entry]) -> list[Pause]:
    """The pauses of a commitment, given its entries in the order of the walk. During a pause
    another ``paused`` changes nothing, so the first one says whom it waits for."""
    found: list[Pause] = []
    for entry in entries:
        if not entry.applied:
            continue
        if entry.fact.type == "commitment.paused":
            body = cast("CommitmentPaused", entry.fact.body)
            found.append(Pause(body.waiting_for, entry.at, None))
        elif entry.fact.type == "commitment.resumed":
            found[-1] = Pause(found[-1].waiting_for, found[-1].since, entry.at)
    return found


def clocks(start: datetime, end: datetime, paused: Iterable[Pause]) -> Clocks:
    """The clocks of a commitment made at ``start``, up to ``end``: when it was honoured, released
    or abandoned, or else the instant of the question. Pauses count within that time; what was done
    before it was promised took none."""
    waited = dict.fromkeys(AWAITED, timedelta(0))
    for pause in paused:
        until = end if pause.until is None else min(pause.until, end)
        waited[pause.waiting_for] += max(until - max(pause.since, start), timedelta(0))
    customer = max(end - start, timedelta(0))
    company = customer - sum((waited[one] for one in OTHERS), timedelta(0))
    return Clocks(customer, company, waited)
