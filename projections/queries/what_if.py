"""What would be so if other policies and calendars had been published.

Only the promises that would have another date are walked again, into tables of the session that
hide the rows of the views. Nothing is written, and the session is over when it has answered.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from projections.fold.affected_keys import forget
from projections.fold.policy_dates import PUBLISHED
from projections.fold.run import find_named
from projections.known_positions import shown_reach
from projections.queries.as_of import Moment
from projections.queries.scoreboard import Selection, promises, selected
from projections.queries.status_as_of import among
from projections.session import Session
from projections.sql_files import statements_of
from projections.stored_facts import instant, optional_instant, read_facts
from projections.view_registry import COMMITMENTS, WORKINGS, create_touched

if TYPE_CHECKING:
    from domain.facts import Fact
    from projections.queries import answers

_SQL = statements_of(__file__)

HISTORY = COMMITMENTS[0]


class Redated(NamedTuple):
    """A promise and its first ``made``, with the date that it would have by policy."""

    commitment_id: str
    fact_id: UUID
    due_at: datetime | None


def taken(session: Session, rules: Iterable[Fact]) -> list[UUID]:
    """The ids of those rules that are the ids of other facts, which they do not replace."""
    replaced = {_published(rule) for rule in rules}
    which, parameters = among("f.id", sorted(rule.id for rule in rules), "id")
    found = read_facts(session, which, parameters)
    return [fact.id for fact in found if _published(fact) not in replaced]


def what_if(
    session: Session,
    moment: Moment,
    rules: Sequence[Fact],
    selection: Selection,
    by: Sequence[str],
    limit: int,
) -> answers.WhatIf:
    """The scoreboard as it is and as it would be with ``rules``, policies and calendars, in the
    place of all those of the same ids; and at most ``limit`` of the promises that would change. The
    views show what was known at the moment."""
    as_it_is = promises(session, moment, selection, by)
    redated = _redated(session, rules)
    create_touched(session)
    forget(session)
    session.insert(
        "touched_commitment", ("commitment_id",), [(one.commitment_id,) for one in redated]
    )
    _note(session, moment, selection, "stood")
    if redated:
        _walk_again(session, moment, redated)
    would_be = promises(session, moment, selection, by)
    _note(session, moment, selection, "would_stand")
    changed, changes = _changes(session, limit)
    return {
        "as_of": moment.as_of,
        "known_at": shown_reach(moment.known_at),
        "promises": as_it_is,
        "would_be": would_be,
        "changed": changed,
        "changes": changes,
    }


def _published(fact: Fact) -> tuple[str, str] | None:
    """What a fact publishes: the facts of one policy, or calendar, are replaced together."""
    from domain.events import CalendarPublished, PolicyPublished

    match fact.body:
        case PolicyPublished() as body:
            return "policy", body.policy_id
        case CalendarPublished() as body:
            return "calendar", body.calendar_id
    return None


def _redated(session: Session, rules: Sequence[Fact]) -> list[Redated]:
    """The promises without a date of their own to which the rules would give another one."""
    from domain.policies import Policies
    from projections.public_holidays import public_holidays

    replaced = {_published(rule) for rule in rules}
    published = read_facts(session, PUBLISHED)
    gone = [fact for fact in published if _published(fact) in replaced]
    kept = [fact for fact in published if _published(fact) not in replaced]
    # What is retracted is so under every rule.
    retracted = {fact_id for (fact_id,) in session.rows("SELECT r.fact_id FROM retracted AS r")}
    come = [rule for rule in rules if rule.id not in retracted]
    policies = Policies([*kept, *come], public_holidays)
    which, parameters = among("c.about", sorted(_abouts([*gone, *come], kept)), "about")
    return [
        Redated(name, made_id, due_at)
        for name, made_id, made_at, about, labels, dated in session.rows(
            _SQL["undated"].format(about=which), parameters
        )
        if (due_at := policies.due_at(about, instant(made_at), labels)) != optional_instant(dated)
    ]


def _abouts(changed: Sequence[Fact], kept: Iterable[Fact]) -> set[str]:
    """What the promises are about whose dates may change: what policies say that come or go, and
    what those say that stay and go by a calendar that comes or goes."""
    from domain.events import CalendarPublished, PolicyPublished

    bodies = [fact.body for fact in changed]
    calendars = {body.calendar_id for body in bodies if isinstance(body, CalendarPublished)}
    going_by = [
        fact.body
        for fact in kept
        if isinstance(fact.body, PolicyPublished) and fact.body.calendar_id in calendars
    ]
    return {body.about for body in (*bodies, *going_by) if isinstance(body, PolicyPublished)}


def _walk_again(session: Session, moment: Moment, redated: Sequence[Redated]) -> None:
    """Hide the walks of the touched commitments behind those with other dates."""
    if not moment.replays:
        session.shadow()
    views = _put_aside(session, moment, HISTORY.name)
    _put_aside(session, moment, "policy_date")
    session.execute(f"CREATE TABLE policy_date ({WORKINGS['policy_date']})")
    session.insert("policy_date", Redated._fields, [one for one in redated if one.due_at])
    find_named(session)
    session.execute(f"CREATE TABLE redated_history AS {HISTORY.unordered}")
    session.execute(_SQL["beside"].format(views=views))


def _put_aside(session: Session, moment: Moment, table: str) -> str:
    """Where a table is found that another one of its name is about to hide: in the home, or, where
    an earlier knowledge was folded into one of the session, under another name."""
    if not moment.replays:
        return f"{session.home}.{table}"
    session.execute(f"ALTER TABLE {table} RENAME TO known_{table}")
    return f"known_{table}"


def _note(session: Session, moment: Moment, selection: Selection, table: str) -> None:
    """Note where the touched commitments stand, in a table of the session."""
    columns = "commitment_id VARCHAR, status VARCHAR, first_due_at TIMESTAMPTZ, fits BOOLEAN"
    session.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
    chosen = selected(session, moment, selection)
    stood = _SQL["stood"].format(table=table, condition=chosen.condition, source=chosen.source)
    session.execute(stood, chosen.parameters)


def _changes(session: Session, limit: int) -> tuple[int, list[answers.Change]]:
    rows = session.rows(_SQL["changes"], {"limit": limit})
    changes: list[answers.Change] = [
        {
            "commitment_id": name,
            "status": status,
            "would_be": would_be,
            "first_due_at": optional_instant(first),
            "would_be_first_due_at": optional_instant(would_be_first),
        }
        for _, name, status, would_be, first, would_be_first in rows
    ]
    return (rows[0][0] if rows else 0), changes
