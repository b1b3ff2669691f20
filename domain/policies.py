"""Which published policy gives a due date to a promise that was made without one, and to an issue
its deadlines.

Policies and calendars are facts too, so a replay uses those of the day: what was published at or
before the time of ``made`` or ``opened``, and known. A policy applies to what has all of its
labels, and to issues of its ``regime`` alone; for a commitment that plays no part. Among several on
one matter, that with the most labels counts, then the highest version, then the last in the order.
A calendar is chosen in the same way among those of its id. What policies and calendars say is read
in ``domain.published_rules``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from domain.calendars import Calendar
from domain.events import CalendarPublished, CommitmentMade, IssueOpened, PolicyPublished
from domain.facts import Fact
from domain.published_rules import (
    HolidayLookup,
    UnreadableCalendar,
    calendar_from,
    policy_due,
)
from domain.retractions import in_order

NO_LABELS: frozenset[str] = frozenset()


class _Editions:
    """The published facts about one thing, ready to tell which counted at an instant."""

    def __init__(self, published: Iterable[tuple[int, frozenset[str], Fact]]) -> None:
        """``published`` are versions, labels and facts."""
        # From the one that comes before all others to the one that all others come before.
        self._ranked = sorted(
            published, key=lambda one: (len(one[1]), one[0], one[2].order), reverse=True
        )

    def at(self, instant: datetime, labels: frozenset[str] = NO_LABELS) -> Fact | None:
        """The one that counts at ``instant`` for what has these labels."""
        found = (
            fact for _, wanted, fact in self._ranked if fact.time <= instant and wanted <= labels
        )
        return next(found, None)


class Deadlines(NamedTuple):
    """Until when an issue is to be acknowledged, and answered for the last time."""

    acknowledgement_due_at: datetime | None
    answer_due_at: datetime | None


class Policies:
    """The policies and calendars among facts that are known and in force.

    ``holidays`` says when a place has its public holidays; see ``domain.published_rules``.
    """

    def __init__(self, facts: Iterable[Fact], holidays: HolidayLookup) -> None:
        policies: dict[str, list[tuple[int, frozenset[str], Fact]]] = {}
        regimes: dict[tuple[str, str | None], list[tuple[int, frozenset[str], Fact]]] = {}
        calendars: dict[str, list[tuple[int, frozenset[str], Fact]]] = {}
        for fact in in_order(facts):
            match fact.body:
                case PolicyPublished() as body:
                    one = (body.version, frozenset(body.labels), fact)
                    policies.setdefault(body.about, []).append(one)
                    regimes.setdefault((body.about, body.regime), []).append(one)
                case CalendarPublished() as body:
                    calendars.setdefault(body.calendar_id, []).append(
                        (body.version, NO_LABELS, fact)
                    )
                case _:
                    pass
        self._policies = {about: _Editions(found) for about, found in policies.items()}
        self._regimes = {key: _Editions(found) for key, found in regimes.items()}
        self._calendars = {name: _Editions(found) for name, found in calendars.items()}
        self._holidays = holidays
        self._read: dict[UUID, Calendar | None] = {}

    def policy(
        self, about: str, made_at: datetime, labels: frozenset[str] = NO_LABELS
    ) -> Fact | None:
        """The ``policy.published`` that applies to a commitment ``about`` something."""
        editions = self._policies.get(about)
        return None if editions is None else editions.at(made_at, labels)

    def calendar(self, calendar_id: str, made_at: datetime) -> Calendar | None:
        """The calendar of that id as it was; None if there was none, or it cannot be used."""
        editions = self._calendars.get(calendar_id)
        published = None if editions is None else editions.at(made_at)
        if published is None or not isinstance(published.body, CalendarPublished):
            return None
        if published.id not in self._read:
            try:
                self._read[published.id] = calendar_from(published.body, self._holidays)
            except UnreadableCalendar:
                self._read[published.id] = None
        return self._read[published.id]

    def due_at(self, about: str, made_at: datetime, labels: Iterable[str] = ()) -> datetime | None:
        """The date that policy gives to a commitment made at ``made_at``; None if no policy applies
        or the one that does gives no date."""
        return self._due_at(self.policy(about, made_at, frozenset(labels)), made_at, made_at)

    def deadlines(
        self,
        opened_at: datetime,
        sent_at: datetime | None = None,
        regime: str | None = None,
        labels: Iterable[str] = (),
    ) -> Deadlines:
        """The deadlines of an issue opened at ``opened_at``. With ``clock_starts: sent`` the clock
        starts when the customer sent it, if that is said."""
        own = frozenset(labels)

        def due_at(act: str) -> datetime | None:
            editions = self._regimes.get((act, regime))
            published = None if editions is None else editions.at(opened_at, own)
            return self._due_at(published, opened_at, sent_at or opened_at)

        return Deadlines(due_at("issue.acknowledged"), due_at("issue.answered"))

    def _due_at(self, published: Fact | None, at: datetime, sent_at: datetime) -> datetime | None:
        """The date that a policy gives to what was made or opened ``at`` an instant."""
        if published is None or not isinstance(published.body, PolicyPublished):
            return None
        policy = published.body
        calendar = None if policy.calendar_id is None else self.calendar(policy.calendar_id, at)
        return policy_due(policy, sent_at if policy.clock_starts == "sent" else at, calendar)


def policy_dates(facts: Iterable[Fact], holidays: HolidayLookup) -> dict[UUID, datetime]:
    """The policy's date of each ``commitment.made`` that names none, by the id of that fact.

    ``facts`` are known and in force, and hold the policies and calendars as well as the
    commitments. A later ``as_of`` changes no answer: only what was published before counts.
    """
    everything = list(facts)
    policies = Policies(everything, holidays)
    found: dict[UUID, datetime] = {}
    for fact in everything:
        body = fact.body
        if isinstance(body, CommitmentMade) and body.due_at is None:
            due_at = policies.due_at(body.about, fact.time, body.labels)
            if due_at is not None:
                found[fact.id] = due_at
    return found


def issue_deadlines(facts: Iterable[Fact], holidays: HolidayLookup) -> dict[UUID, Deadlines]:
    """The deadlines of each ``issue.opened`` that has any, by the id of that fact. ``facts`` as for
    ``policy_dates``."""
    everything = list(facts)
    policies = Policies(everything, holidays)
    found: dict[UUID, Deadlines] = {}
    for fact in everything:
        body = fact.body
        if isinstance(body, IssueOpened):
            deadlines = policies.deadlines(fact.time, body.sent_at, body.regime, body.labels)
            if any(deadlines):
                found[fact.id] = deadlines
    return found
