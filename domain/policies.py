"""Which published policy gives a due date to a promise that was made without one.

Policies and calendars are facts too, so a replay uses those of the day: what was published at or
before the time of ``made``, and known. Among several, the last published counts: by version, then
by ``(time, id)``. How a policy reckons its date is ``domain.calendars``'.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate
from uuid import UUID

from domain.calendars import (
    Calendar,
    HolidayLookup,
    UnreadableCalendar,
    calendar_from,
    policy_due,
)
from domain.events import CalendarPublished, CommitmentMade, PolicyPublished
from domain.facts import Fact
from domain.retractions import in_order


class _Editions:
    """The published facts about one thing, ready to tell which counted at an instant."""

    def __init__(self, published: Iterable[tuple[int, Fact]]) -> None:
        """``published`` are versions and facts, by ``(time, id)``."""
        ranked = [(version, fact.time, fact.id.int, fact) for version, fact in published]
        self._times = [fact.time for _, _, _, fact in ranked]
        self._last = [fact for _, _, _, fact in accumulate(ranked, max)]

    def at(self, instant: datetime) -> Fact | None:
        """The one that counts for what was made at ``instant``."""
        count = bisect_right(self._times, instant)
        return self._last[count - 1] if count else None


class Policies:
    """The policies and calendars among facts that are known and in force.

    ``holidays`` says when a place has its public holidays; see ``domain.calendars``.
    """

    def __init__(self, facts: Iterable[Fact], holidays: HolidayLookup) -> None:
        policies: dict[str, list[tuple[int, Fact]]] = {}
        calendars: dict[str, list[tuple[int, Fact]]] = {}
        for fact in in_order(facts):
            match fact.body:
                case PolicyPublished() as body:
                    policies.setdefault(body.about, []).append((body.version, fact))
                case CalendarPublished() as body:
                    calendars.setdefault(body.calendar_id, []).append((body.version, fact))
                case _:
                    pass
        self._policies = {about: _Editions(found) for about, found in policies.items()}
        self._calendars = {name: _Editions(found) for name, found in calendars.items()}
        self._holidays = holidays
        self._read: dict[UUID, Calendar | None] = {}

    def policy(self, about: str, made_at: datetime) -> Fact | None:
        """The ``policy.published`` that applies to a commitment ``about`` something."""
        editions = self._policies.get(about)
        return None if editions is None else editions.at(made_at)

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

    def due_at(self, about: str, made_at: datetime) -> datetime | None:
        """The date that policy gives to a commitment made at ``made_at``; None if no policy applies
        or the one that does gives no date."""
        published = self.policy(about, made_at)
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
            due_at = policies.due_at(body.about, fact.time)
            if due_at is not None:
                found[fact.id] = due_at
    return found
