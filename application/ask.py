"""The questions: one function each. What one is about comes in as a frozen request with both of its
times; instants in an answer are instants. The shapes of answers are those of
docs/reference/command-line.md.

Every function raises ``Wrong`` for a request that can't be answered as it is, and ``Unknown`` where
what it names is not there. ``on_progress`` is called for new facts that are taken in first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from application.errors import Unknown
from application.home import silent
from application.promise_keys import condition, group_key
from application.question import Page, Question
from application.question import asked as _asked
from application.question import replayed as _replayed
from application.request_checks import (
    expect_among,
    expect_from,
    expect_in_order,
    expect_types,
    expect_zone,
)
from domain.statuses import STATUSES, Status
from projections.session import SQL_PATIENCE_S

if TYPE_CHECKING:
    import pyarrow as pa

    from application.home import Asking, Home, OnProgress
    from projections.queries import answers as answers  # noqa: PLC0414 - entry points take it here
    from projections.queries.scoreboard import Selection


@dataclass(frozen=True, kw_only=True)
class Promises(Question):
    """How well promises were kept: those that ``where`` names (pairs of a key and its value, ""
    for none; of one key any value will do) whose agreed date is in (``due_from``, ``due_to``], in
    groups ``by``. Months are those of ``zone``."""

    by: Sequence[str] = ()
    where: Sequence[tuple[str, str]] = ()
    due_from: datetime | None = None
    due_to: datetime | None = None
    zone: str = "UTC"

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_zone(self.zone)


@dataclass(frozen=True, kw_only=True)
class Named(Question):
    """One customer, journey, chain of promises or fact, by its id."""

    id: str


@dataclass(frozen=True, kw_only=True)
class Commitment(Named):
    """One commitment, by its id, with at most ``limit`` facts of its history: from both its ends,
    without those in the middle."""

    limit: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_from(1, "limit", self.limit)


@dataclass(frozen=True, kw_only=True)
class Journeys(Page):
    """A page of journeys: of ``customer``, by any of the linked ids, or else of customers."""

    customer: str | None = None


@dataclass(frozen=True, kw_only=True)
class Commitments(Page):
    """A page of commitments that have one of the statuses and departments, of one customer by any
    id; empty or None means any."""

    customer: str | None = None
    statuses: Sequence[Status] = ()
    departments: Sequence[str] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_among("statuses", self.statuses, STATUSES)


@dataclass(frozen=True, kw_only=True)
class Search(Question):
    """At most ``limit`` things that have ``text`` for their id or touch a business object of that
    name, or begin with it."""

    text: str
    limit: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_from(1, "limit", self.limit)


@dataclass(frozen=True, kw_only=True)
class Newest(Question):
    """When the last thing happened, if nothing has ``since``."""

    since: datetime


@dataclass(frozen=True, kw_only=True)
class Due(Question):
    """What waits now, or will within an ISO 8601 duration (``P7D``)."""

    within: str


@dataclass(frozen=True, kw_only=True)
class Balance(Question):
    """What came and went in (``start``, ``end``], in groups ``by``."""

    start: datetime
    end: datetime
    by: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Facts(Question):
    """Facts of one of the types about a subject that touch a business object, from a position on;
    empty or None means any. ``until`` bounds when they happened; ``as_of`` does not, since the
    facts themselves are not of an instant."""

    types: Sequence[str] = ()
    subject: str | None = None
    ref: str | None = None
    from_position: int = 1
    until: datetime | None = None
    limit: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_from(1, "from_position", self.from_position)
        expect_from(1, "limit", self.limit)


@dataclass(frozen=True)
class FactsPage:
    """Some facts by position, as CloudEvents with ``position`` and ``recordedtime``, and the
    request for those behind them; None at the end."""

    events: Sequence[answers.Fact]
    more: Facts | None


def promises(home: Asking, asked: Promises, on_progress: OnProgress = silent) -> answers.Promises:
    """Counts by status, kept rates on three bases, slip gap, and what was kept unprompted."""
    from projections.queries.scoreboard import promises

    selection = expect_promises(asked)
    with _replayed(home, asked, on_progress) as (session, moment):
        return promises(session, moment, selection, list(dict.fromkeys(asked.by)))


def expect_promises(asked: Promises) -> Selection:
    """The promises that a question is about. Raises Wrong for keys that promises don't have."""
    from projections.queries.scoreboard import Selection

    for key in asked.by:
        group_key(key)
    for key, value in asked.where:
        condition(f"{key}={value}")
    expect_in_order(asked.due_from, asked.due_to)
    return Selection(asked.where, asked.due_from, asked.due_to, asked.zone)


def commitment(
    home: Asking, asked: Commitment, on_progress: OnProgress = silent
) -> answers.Commitment:
    """One promise and its history."""
    from projections.queries.commitments import commitment

    with _asked(home, asked, on_progress) as (session, moment):
        return commitment(session, moment, asked.id, asked.limit)


def each_commitment(
    home: Asking, asked: Sequence[Commitment]
) -> Sequence[answers.Commitment | Unknown | None]:
    """As ``commitment``, for several questions that differ in their ids alone: what is said of a
    promise that is not there stands in its place, and None where one must be asked alone, since it
    needs a replay."""
    from projections.queries.commitments import each_commitment

    with _asked(home, asked[0], silent) as (session, moment):
        if moment.replays:
            return [None] * len(asked)
        return each_commitment(session, moment, [one.id for one in asked], asked[0].limit)


def chain(home: Asking, asked: Named, on_progress: OnProgress = silent) -> answers.Chain:
    """One promise and all that support it, and which of them broke first."""
    from projections.queries.chains import chain

    with _replayed(home, asked, on_progress) as (session, moment):
        return chain(session, moment, asked.id)


def commitments(
    home: Asking, asked: Commitments, on_progress: OnProgress = silent
) -> answers.CommitmentsPage:
    """A page of promises, by agreed date."""
    from projections.queries.commitments import Filter, commitments

    wanted = Filter(asked.statuses, asked.departments, asked.customer, asked.limit, asked.after)
    with _replayed(home, asked, on_progress) as (session, moment):
        return commitments(session, moment, wanted)


def due(home: Asking, asked: Due, on_progress: OnProgress = silent) -> answers.Due:
    """The worklist: overdue first, then what falls due."""
    from domain.durations import add, parse
    from projections.queries.commitments import due

    until = add(asked.as_of, parse(asked.within))
    with _replayed(home, asked, on_progress) as (session, moment):
        return due(session, moment, until)


def balance(home: Asking, asked: Balance, on_progress: OnProgress = silent) -> answers.Balance:
    """What was outstanding, came and went, and is outstanding."""
    from projections.queries.scoreboard import BALANCE_BY, Window, balance

    expect_among("groups", asked.by, BALANCE_BY)
    expect_in_order(asked.start, asked.end)
    window = Window(asked.start, asked.end, list(dict.fromkeys(asked.by)))
    with _replayed(home, asked, on_progress) as (session, moment):
        return balance(session, moment, window)


def customer(home: Asking, asked: Named, on_progress: OnProgress = silent) -> answers.Customer:
    """Everything about a customer, by any of the linked ids."""
    from projections.queries.journeys import customer

    with _asked(home, asked, on_progress) as (session, moment):
        return customer(session, moment, asked.id, _public_fields())


def each_customer(
    home: Asking, asked: Sequence[Named]
) -> Sequence[answers.Customer | Unknown | None]:
    """As ``customer``, for several questions that differ in their ids alone: what is said of a
    party that no fact names stands in its place, and None where one must be asked alone, since it
    needs a replay."""
    from projections.queries.journeys import as_they_are, each_customer

    with _asked(home, asked[0], silent) as (session, moment):
        ready = list(as_they_are(session, moment, [one.id for one in asked]))
        told = each_customer(session, moment, ready, _public_fields()) if ready else []
    found = dict(zip(ready, told, strict=True))
    return [found.get(one.id) for one in asked]


def journey(home: Asking, asked: Named, on_progress: OnProgress = silent) -> answers.Journey:
    """One journey, step by step."""
    from projections.queries.journeys import journey

    with _asked(home, asked, on_progress) as (session, moment):
        return journey(session, moment, asked.id, _public_fields())


def journeys(
    home: Asking, asked: Journeys, on_progress: OnProgress = silent
) -> answers.JourneysPage:
    """A page of journeys, by their first facts."""
    from projections.queries.journeys import Page, journeys

    page = Page(asked.customer, asked.limit, asked.after)
    with _asked(home, asked, on_progress) as (session, moment):
        return journeys(session, moment, page, _public_fields())


def suspense(home: Asking, asked: Page, on_progress: OnProgress = silent) -> answers.Suspense:
    """What waits for a missing fact: all of it, or a page if one is asked for."""
    from projections.queries.suspense import suspense

    with _replayed(home, asked, on_progress) as (session, moment):
        return suspense(session, moment, asked.limit, asked.after)


def search(home: Asking, asked: Search, on_progress: OnProgress = silent) -> answers.Found:
    """Customers, promises, journeys, issues and payments by an id or a ref."""
    from projections.queries.search import search

    with _asked(home, asked, on_progress) as (session, moment):
        return search(session, moment, asked.text, asked.limit)


def unknown_until(home: Asking, asked: Question) -> datetime | None:
    """When the ledger learned its first fact, where it knew none by ``known_at``; None where it
    knew some, or knows none today."""
    from projections.queries.as_of import knows_nothing
    from projections.queries.facts import first_recorded

    with _asked(home, asked, silent) as (session, moment):
        return first_recorded(session) if knows_nothing(moment.known_at) else None


def newest(home: Asking, asked: Newest, on_progress: OnProgress = silent) -> datetime | None:
    """When the last thing happened that the ledger knew; None where nothing had, or something has
    since."""
    from projections.queries.facts import newest

    with _asked(home, asked, on_progress) as (session, moment):
        return newest(session, moment, asked.since)


def facts(home: Asking, asked: Facts, on_progress: OnProgress = silent) -> FactsPage:
    """The next facts. Nothing is held between two pages: a reader may take its time, and new facts
    are taken in meanwhile."""
    from projections.queries.facts import FactFilter, expect_begun, page
    from projections.queries.unknown import expect_object, expect_party

    expect_types(asked.types)
    with _asked(home, asked, on_progress) as (session, moment):
        expect_begun(moment.head, asked.from_position)
        wanted = FactFilter(
            asked.types,
            asked.subject,
            asked.ref,
            asked.from_position,
            moment.known_at,
            asked.until,
            asked.limit,
        )
        events, more = page(session, wanted)
        if not events and asked.subject is not None:
            expect_party(session, moment, asked.subject)
        if not events and asked.ref is not None:
            expect_object(session, moment, asked.ref)
    if more is None:
        return FactsPage(events, None)
    # What is known was settled with the first page: later ones are of the same ledger.
    rest = replace(
        asked, known_at=moment.known_at, from_position=more.from_position, limit=more.limit
    )
    return FactsPage(events, rest)


def fact(home: Asking, asked: Named, on_progress: OnProgress = silent) -> answers.Fact:
    """One fact, as CloudEvent with ``position`` and ``recordedtime``."""
    from projections.queries.facts import fact

    with _asked(home, asked, on_progress) as (session, moment):
        return fact(session, moment, asked.id)


@dataclass(frozen=True)
class Sql:
    """A query of the data teams' own, and how long it may take."""

    query: str
    timeout_s: float = SQL_PATIENCE_S


def sql(home: Home, asked: Sql, on_progress: OnProgress = silent) -> pa.Table:
    """The rows of one query, over views and fact tables. Raises ``QueryRefused``, which is
    ``Wrong``, and ``TooSlow``."""
    return home.select(asked.query, on_progress, asked.timeout_s)


@cache
def _public_fields() -> Mapping[str, Collection[str]]:
    """The fields of each type's body that hold no personal text."""
    from schemas.catalogue import TYPES, fields

    return {name: {each.name for each in fields(name) if not each.personal} for name in TYPES}
