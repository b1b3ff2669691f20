"""Which published policy gives a due date to a promise that was made without one.

Policies and calendars are facts too, so a replay uses those of the day: what was published at or
before the time of ``made``, and known. A policy applies to what has all of its labels. Among
several on one matter, that with the most labels counts, then the highest version, then the last in
the order; a policy's ``regime`` plays no part here. A calendar is chosen in the same way among
those of its id. What policies and calendars say is read in ``domain.published_rules``.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from domain.calendars import Calendar
from domain.events import CalendarPublished, CommitmentMade, PolicyPublished
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


class Policies:
    """The policies and calendars among facts that are known and in force.

    ``holidays`` says when a place has its public holidays; see ``domain.published_rules``.
    """

    def __init__(self, facts: Iterable[Fact], holidays: HolidayLookup) -> None:
        policies: dict[str, list[tuple[int, frozenset[str], Fact]]] = {}
        calendars: dict[str, list[tuple[int, frozenset[str], Fact]]] = {}
        for fact in in_order(facts):
            match fact.body:
                case PolicyPublished() as body:
                    one = (body.version, frozenset(body.labels), fact)
                    policies.setdefault(body.about, []).append(one)
                case CalendarPublished() as body:
                    calendars.setdefault(body.calendar_id, []).append(
                        (body.version, NO_LABELS, fact)
                    )
                case _:
                    pass
        self._policies = {about: _Editions(found) for about, found in policies.items()}
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
        published = self.policy(about, made_at, frozenset(labels))
        if published is None or not isinstance(published.body, PolicyPublished):
            return None
        policy = published.body
        calendar = (
            None if policy.calendar_id is None else self.calendar(policy.calendar_id, made_at)
        )
        return policy_due(policy, made_at, calendar)


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
