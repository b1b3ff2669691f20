"""Customers and their journeys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import TYPE_CHECKING, cast
from uuid import UUID

from domain.commitments import Commitment, stretches_of
from domain.errors import Unknown
from domain.journeys import Feedback, Journey, Promise, Step, summarise
from domain.statuses import COUNTED
from projections.errors import NoCursor
from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.queries.cursor import BIGINT, from_cursor, to_cursor
from projections.queries.identities import name_customers, parties_of, parties_of_each, settled
from projections.queries.replay import replay_journeys
from projections.queries.status_as_of import among, status_as_of
from projections.queries.unknown import expect_party
from projections.session import Row, Session
from projections.sql_files import statements_of
from projections.stored_facts import instant, optional_instant, read_bodies

if TYPE_CHECKING:
    from domain.scoreboard import Counts
    from projections.queries import answers

_SQL = statements_of(__file__)

#: The fields of each type's bodies that an answer shows; of a type that is not there, none.
Fields = Mapping[str, Collection[str]]
NO_FIELDS: Fields = MappingProxyType({})


@dataclass(frozen=True)
class Page:
    """Which journeys a list shows: those of the party ``customer``, by any of the linked ids, or
    else those of customers."""

    customer: str | None = None
    limit: int | None = None
    after: str | None = None


def customer(
    session: Session, moment: Moment, party: str, fields: Fields = NO_FIELDS
) -> answers.Customer:
    """Everything about a customer, by any of the linked ids: journeys, and the facts that belong to
    none. Raises Unknown for a party that no fact names."""
    _look(session, moment, party)
    (found,) = each_customer(session, moment, [party], fields)
    if isinstance(found, Unknown):
        raise found
    return found


def each_customer(
    session: Session, moment: Moment, parties: Sequence[str], fields: Fields = NO_FIELDS
) -> list[answers.Customer | Unknown]:
    """As ``customer``, for several parties at once, which takes little longer than for one; in the
    place of one that no fact names is what is said of it. The views show the moment."""
    name_customers(session, moment.as_of)
    groups = parties_of_each(session, parties)
    names = dict.fromkeys(canonical for canonical, _ in groups.values())
    condition, asked = among("{}.customer", names, "customer")
    found: dict[str, list[answers.Journey]] = {}
    for one in _journeys(session, moment.as_of, condition.format("j"), asked, fields):
        found.setdefault(one["customer"], []).append(one)
    loose = _loose(session, condition.format("f"), asked)

    def told(party: str) -> answers.Customer | Unknown:
        canonical, members = groups[party]
        journeys, facts = found.get(canonical, []), loose.get(canonical, [])
        try:
            if not journeys and not facts and members == [party]:
                expect_party(session, moment, party)
        except Unknown as unknown:
            return unknown
        return {
            "customer": party,
            "canonical": canonical,
            "aliases": [member for member in members if member != party],
            "journeys": journeys,
            "loose": facts,
            # Whatever promises a customer was made, each is in one of the journeys.
            "promises": _sum([one["promises"] for one in journeys]),
        }

    return [told(party) for party in parties]


def journey(
    session: Session, moment: Moment, journey_id: str, fields: Fields = NO_FIELDS
) -> answers.Journey:
    """One journey. Raises Unknown where there was none of that id at that moment."""
    about = _subject(session, moment, journey_id)
    if about is not None:
        _look(session, moment, about)
        which = {"id": UUID(journey_id)}
        found = _journeys(session, moment.as_of, "j.journey_id = $id", which, fields)
        if found:
            return found[0]
    raise Unknown(
        "the id of a journey, which is that of its first fact",
        f"{journey_id!r}",
        f"{_likely(session, about, journey_id)}{{journeys}} and {{customer}} list those there are",
    )


def _likely(session: Session, about: str | None, fact_id: str) -> str:
    """Which journey a fact belongs to that is not the first of one."""
    if about is None:
        return ""
    step = "SELECT CAST(j.journey_id AS VARCHAR) FROM journey_step AS j WHERE j.fact_id = $id"
    found = session.rows(step, {"id": UUID(fact_id)})
    return f"did you mean {found[0][0]}, in which it is a step? " if found else ""


def journeys(
    session: Session, moment: Moment, page: Page, fields: Fields = NO_FIELDS
) -> answers.JourneysPage:
    """A page of journeys in the order of their first facts: those of a party, or else those of
    customers. Raises Unknown for a party that no fact names."""
    if page.customer is not None:
        _look(session, moment, page.customer)
    elif not all_covered(session, moment):
        replay_journeys(session, moment)
    tests, parameters = ["TRUE"], dict[str, object]()
    name_customers(session, moment.as_of)
    if page.customer is None:
        tests.append(_SQL["of_customers"])
    else:
        parameters["customer"] = parties_of(session, page.customer)[0]
        tests.append("j.customer = $customer")
    if page.after is not None:
        parameters |= _first_fact(page.after)
        tests.append(_SQL["after"])
    limit = "" if page.limit is None else f"LIMIT {page.limit + 1}"
    page_of = _SQL["page"].format(which=" AND ".join(tests), limit=limit)
    found = _journeys(session, moment.as_of, f"j.journey_id IN ({page_of})", parameters, fields)
    if not found and page.customer is not None:
        expect_party(session, moment, page.customer)
    if page.limit is None or len(found) <= page.limit:
        return {"journeys": found, "next": None}
    found = found[: page.limit]
    return {"journeys": found, "next": _cursor(session, found[-1]) if found else None}


def _first_fact(cursor: str) -> dict[str, object]:
    """Where in the order the first fact of the last journey of a page has its place."""
    time, name = from_cursor(cursor)
    try:
        sequence, place, fact_id = name.split(" ")
        first = {"time": time, "sequence": int(sequence), "place": int(place)}
        if all(number in BIGINT for number in first.values()):
            return {**first, "id": UUID(fact_id)}
    except ValueError:  # a cursor of another list
        pass
    raise NoCursor(cursor)


def _cursor(session: Session, last: answers.Journey) -> str:
    ((time, name),) = session.rows(_SQL["first_fact"], {"id": UUID(last["journey_id"])})
    return to_cursor(time, name)


def _subject(session: Session, moment: Moment, fact_id: str) -> str | None:
    """The customer that a fact is about, if it was known at the moment."""
    try:
        found = session.rows(
            "SELECT f.subject FROM fact AS f WHERE f.id = $id AND "
            + known("f.position", moment.known_at),
            {"id": UUID(fact_id)},
        )
    except ValueError:
        return None
    return found[0][0] if found else None


def _look(session: Session, moment: Moment, party: str) -> None:
    """Make the views show the customer as of the moment: as they are, if nothing has come since,
    or by a replay."""
    if not as_they_are(session, moment, [party]):
        replay_journeys(session, moment, [party])


def as_they_are(session: Session, moment: Moment, parties: Sequence[str]) -> Collection[str]:
    """Those of some parties that the views show as of the moment: nothing has come since."""
    if moment.replays or not settled(session, moment.as_of):
        return ()
    which, asked = among("p.party", dict.fromkeys(parties), "party")
    names = {party: party for party in parties}
    names |= dict(session.rows(_SQL["identities"].format(which=which), asked))
    which, asked = among("c.customer", dict.fromkeys(names.values()), "customer")
    query = _SQL["going_on"].format(which=which)
    later = {name for (name,) in session.rows(query, {"as_of": moment.as_of, **asked})}
    return [party for party in parties if names[party] not in later]


def all_covered(session: Session, moment: Moment) -> bool:
    """Whether the views show all journeys as they were at the moment: nothing has come since."""
    later = "SELECT 1 FROM customer AS c WHERE c.last_at > $as_of LIMIT 1"
    return (
        not moment.replays
        and settled(session, moment.as_of)
        and not session.rows(later, {"as_of": moment.as_of})
    )


def _journeys(
    session: Session,
    as_of: datetime,
    which: str,
    parameters: Mapping[str, object],
    fields: Fields,
) -> list[answers.Journey]:
    """The journeys whose steps ``j`` a condition chooses, in the order of their first facts."""
    rows = session.rows(_SQL["steps"].format(which=which), parameters)
    named = _named(session, [row[8] for row in rows])
    made = {named[row[8]][1]: None for row in rows if row[3] == "commitment.made"}
    promises = _promises(session, as_of, list(made))
    feedback = _feedback(session, [row[8] for row in rows if row[3] == "feedback.given"])
    found = []
    for (_, name), own in groupby(rows, key=lambda row: row[:2]):  # together, in their order
        theirs = list(own)
        steps = [
            Step(row[2], row[3], instant(row[4]), row[5], named[row[8]][0], row[6], row[7])
            for row in theirs
        ]
        kept = [promises[row[2]] for row in theirs if row[2] in promises]
        replies = [feedback[row[8]] for row in theirs if row[8] in feedback]
        found.append(summarise(name, steps, kept, replies, as_of))
    data = _data(session, rows, fields)
    return [_answer(one, data) for one in found]


def _data(session: Session, rows: Sequence[Row], fields: Fields) -> dict[UUID, dict[str, object]]:
    """What the bodies of steps say in those fields, without nulls, by the ids of their facts."""
    ids = {row[8]: row[2] for row in rows}
    by_type: dict[str, list[int]] = {}
    for row in rows:
        if row[3] in fields:
            by_type.setdefault(row[3], []).append(row[8])
    return {
        ids[position]: {name: value for name, value in body.items() if value is not None}
        for type_, positions in by_type.items()
        for position, body in read_bodies(session, type_, positions, fields[type_]).items()
    }


def _named(session: Session, positions: Sequence[int]) -> dict[int, tuple[tuple[str, ...], str]]:
    """What facts touch, and the commitment that they name, by position."""
    if not positions:
        return {}
    rows = session.rows(_SQL["named"], {"positions": positions})
    return {position: (tuple(dict.fromkeys(links)), name) for position, links, name in rows}


def _feedback(session: Session, positions: Sequence[int]) -> dict[int, Feedback]:
    """Customers' feedback, by position."""
    if not positions:
        return {}
    return {
        position: Feedback(question, score, low, high, instant(time))
        for position, question, score, low, high, time in session.rows(
            _SQL["feedback"], {"positions": positions}
        )
    }


def _promises(session: Session, as_of: datetime, ids: Sequence[str]) -> dict[UUID, Promise]:
    """Commitments as they stood at an instant, by the id of the fact that made them."""
    if not ids:
        return {}
    condition, parameters = among("{}.commitment_id", ids, "id")
    parameters["as_of"] = as_of
    turns: dict[str, list[tuple[datetime, bool]]] = {}
    for name, at, is_open in session.rows(
        _SQL["turns"].format(theirs=condition.format("h")), parameters
    ):
        turns.setdefault(name, []).append((instant(at), is_open))
    rows = session.rows(_SQL["promises"].format(standing=status_as_of(condition)), parameters)
    return {row[1]: Promise(_commitment(row), stretches_of(turns[row[0]], as_of)) for row in rows}


def _commitment(row: Row) -> Commitment:
    """As much of a commitment as a journey's summary needs."""
    name, made_id, subject, about, kind, made_to, made_at, owner, state, in_time, *instants = row
    agreed, honoured, released = (optional_instant(one) for one in instants)
    return Commitment(
        name, made_id, subject, about, kind, made_to, instant(made_at), owner,
        agreed_due_at=agreed, state=state, honoured_at=honoured, in_time=in_time,
        released_at=released,
    )  # fmt: skip


def _answer(one: Journey, data: Mapping[UUID, dict[str, object]]) -> answers.Journey:
    silence = one.longest_silence
    return {
        "journey_id": str(one.journey_id),
        "customer": one.customer,
        "first_at": one.first_at,
        "last_at": one.last_at,
        "facts": one.facts,
        "departments": list(one.departments),
        "handovers": one.handovers,
        "touchpoints": dict(one.touchpoints),
        "chases": one.chases,
        "reasked": one.reasked,
        "channels_forced": one.channels_forced,
        "promises": one.promises,
        "kept_whole": one.kept_whole,
        "longest_silence": int(silence) if silence is not None and silence % 1 == 0 else silence,
        "feedback": [
            {
                "question": given.question,
                "score": given.score,
                "scale_min": given.scale_min,
                "scale_max": given.scale_max,
                "time": given.time,
            }
            for given in one.feedback
        ],
        "steps": [_step(step, data.get(step.id, {})) for step in one.steps],
    }


def _step(step: Step, data: dict[str, object]) -> answers.Step:
    return {
        "id": str(step.id),
        "type": step.type,
        "time": step.time,
        "department": step.department,
        "refs": list(step.refs),
        "data": data,
    }


def _loose(
    session: Session, which: str, parameters: Mapping[str, object]
) -> dict[str, list[answers.LooseFact]]:
    """The facts of customers that belong to no journey, in the order, by canonical name."""
    found: dict[str, list[answers.LooseFact]] = {}
    for customer, id, fact_type, time in session.rows(
        _SQL["loose"].format(which=which), parameters
    ):
        fact: answers.LooseFact = {"id": id, "type": fact_type, "time": instant(time)}
        found.setdefault(customer, []).append(fact)
    return found


def _sum(counts: Sequence[Counts]) -> Counts:
    # Its keys come from a loop, where none is seen to be missing.
    return cast("Counts", {name: sum(own[name] for own in counts) for name in COUNTED})
