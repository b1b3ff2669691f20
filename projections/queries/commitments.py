"""Single commitments, lists of them, and the worklist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

from domain.errors import Unknown
from projections.known_positions import known, shown
from projections.queries.as_of import Moment
from projections.queries.cursor import from_cursor, to_cursor
from projections.queries.identities import name_customers, parties_of
from projections.queries.status_as_of import STATUS_AS_OF, among, only, status_as_of
from projections.queries.unknown import completed, expect_party, unknown_values
from projections.session import Row, Session
from projections.sql_files import statements_of
from projections.stored_facts import instant, optional_instant

if TYPE_CHECKING:
    from domain.commitments import Folded
    from domain.facts import Fact
    from domain.positions import Reach
    from domain.statuses import Status
    from projections.queries import answers

_SQL = statements_of(__file__)

TEXTS = ("commitment_id", "about", "kind", "made_to", "owner", "status", "state", "supports")
INSTANTS = (
    "made_at",
    "earliest_at",
    "first_due_at",
    "agreed_due_at",
    "latest_due_at",
    "honoured_at",
    "released_at",
    "abandoned_at",
)
FIGURES = ("reschedulings", "chases", "paused")

SUMMARY = (
    "SELECT coalesce(k.customer, s.subject), "
    + ", ".join(f"s.{name}" for name in (*TEXTS, *FIGURES))
    + ", "
    + ", ".join(f"epoch_us(s.{name})" for name in INSTANTS)
    + " FROM ({standing}) AS s LEFT JOIN known_as AS k ON k.party = s.subject"
)

#: After every agreed date there is: what is undated comes last.
NEVER = 9_223_372_036_854_775_807
AGREED = f"coalesce(epoch_us(s.agreed_due_at), {NEVER})"


@dataclass(frozen=True)
class Filter:
    """Which commitments a list shows; empty means any. ``customer`` is any id of theirs."""

    statuses: Sequence[Status] = ()
    departments: Sequence[str] = ()
    customer: str | None = None
    limit: int | None = None
    after: str | None = None


def _summary(row: Row) -> answers.CommitmentSummary:
    customer, *values = row
    named = dict(zip((*TEXTS, *FIGURES, *INSTANTS), values, strict=True))
    for name in INSTANTS:
        named[name] = optional_instant(named[name])
    summary = {"commitment_id": named.pop("commitment_id"), "customer": customer, **named}
    return cast("answers.CommitmentSummary", summary)  # its keys are the columns of SUMMARY


def commitments(session: Session, moment: Moment, wanted: Filter) -> answers.CommitmentsPage:
    """A page of commitments by agreed due date, undated last, then by id."""
    name_customers(session, moment.as_of)
    tests = ["TRUE"]
    parameters: dict[str, object] = {"as_of": moment.as_of}
    parties = [] if wanted.customer is None else parties_of(session, wanted.customer)[1]
    for column, values in (
        ("status", wanted.statuses),
        ("owner", wanted.departments),
        ("subject", parties),
    ):
        if values:
            test, named = among(f"s.{column}", values, column)
            tests.append(test)
            parameters.update(named)
    if wanted.after is not None:
        parameters["due"], parameters["id"] = from_cursor(wanted.after)
        tests.append(f"({AGREED} > $due OR ({AGREED} = $due AND s.commitment_id > $id))")
    summary = SUMMARY.format(standing=STATUS_AS_OF)
    query = f"{summary} WHERE {' AND '.join(tests)} ORDER BY {AGREED}, s.commitment_id"
    if wanted.limit is not None:
        query += f" LIMIT {wanted.limit + 1}"
    found = [_summary(row) for row in session.rows(query, parameters)]
    if not found and wanted.customer is not None:
        expect_party(session, moment, wanted.customer)
    page = found if wanted.limit is None else found[: wanted.limit]
    answer: answers.CommitmentsPage = {
        "commitments": page,
        "next": _cursor(page[-1]) if len(page) < len(found) else None,
    }
    if wanted.departments and (not found or len(wanted.departments) > 1):
        departments = [("department", name) for name in wanted.departments]
        if unknown := unknown_values(session, departments):
            answer["unknown"] = unknown
    return answer


def _cursor(last: answers.CommitmentSummary) -> str:
    due_at = last["agreed_due_at"]
    due = NEVER if due_at is None else round((due_at - instant(0)).total_seconds() * 1_000_000)
    return to_cursor(due, last["commitment_id"])


def due(session: Session, moment: Moment, until: datetime) -> answers.Due:
    """The worklist: overdue first, then what falls due up to and including ``until``; each by
    agreed date, then id. Silence is in seconds since the last sign of the company about it."""
    name_customers(session, moment.as_of)
    rows = session.rows(
        "SELECT s.commitment_id, coalesce(k.customer, s.subject), s.about, s.owner,"
        " epoch_us(s.agreed_due_at), s.status, epoch_us($as_of) - epoch_us(s.last_sign_at)"
        f" FROM ({STATUS_AS_OF}) AS s LEFT JOIN known_as AS k ON k.party = s.subject"
        " WHERE s.status = 'overdue' OR (s.status = 'pending' AND s.agreed_due_at <= $until)"
        " ORDER BY s.status <> 'overdue', s.agreed_due_at, s.commitment_id",
        {"as_of": moment.as_of, "until": until},
    )
    return {
        "due": [
            {
                "commitment_id": commitment_id,
                "customer": customer,
                "about": about,
                "owner": owner,
                "agreed_due_at": instant(agreed),
                "status": status,
                "silence": seconds(silence),
            }
            for commitment_id, customer, about, owner, agreed, status, silence in rows
        ]
    }


def seconds(microseconds: int) -> int | float:
    """A duration in seconds, whole where it is."""
    whole, rest = divmod(microseconds, 1_000_000)
    return whole if rest == 0 else microseconds / 1_000_000


def commitment(
    session: Session, moment: Moment, commitment_id: str, limit: int | None = None
) -> answers.Commitment:
    """One commitment with its history, or, where that has more than ``limit`` facts, with as many
    from its two ends.

    Raises Unknown where no promise of that id had been made at that moment.
    """
    if limit is None or moment.replays:
        found = _folded(session, moment, commitment_id)
        return found if limit is None else _cut(found, limit)
    return _as_viewed(session, moment, commitment_id, limit)


def _cut(found: answers.Commitment, limit: int) -> answers.Commitment:
    history = found["history"]
    left_out = len(history) - limit
    if left_out <= 0:
        return found
    first = (limit + 1) // 2
    found["history"] = history[:first] + history[first + left_out :]
    found["left_out"] = left_out
    return found


def _as_viewed(
    session: Session, moment: Moment, commitment_id: str, limit: int
) -> answers.Commitment:
    """As the views have it, with a history of so many facts at the most: of a promise that a
    machine wrote to 100,000 times no more than these are read."""
    name_customers(session, moment.as_of)
    condition, parameters = only(session, [commitment_id])
    parameters["as_of"] = moment.as_of
    rows = session.rows(SUMMARY.format(standing=status_as_of(condition)), parameters)
    if not rows:
        raise _missing(session, commitment_id)
    own = {"id": commitment_id, "as_of": moment.as_of}
    ((facts,),) = session.rows(_SQL["length"], own)
    first = (limit + 1) // 2
    ends = session.rows(_SQL["history"].format(way="ASC", limit=first), own)
    last = min(limit // 2, facts - len(ends))
    if last:
        latest = session.rows(_SQL["history"].format(way="DESC", limit=last), own)
        ends += reversed(latest)
    left_out = facts - len(ends)
    answer = {**_summary(rows[0]), "history": _entries(session, moment, dict(ends))}
    if left_out:
        answer["left_out"] = left_out
    # Its keys are those of a summary, and the two that are added here.
    return cast("answers.Commitment", answer)


def _entries(
    session: Session, moment: Moment, applied: Mapping[int, bool]
) -> list[answers.HistoryEntry]:
    """The facts at some positions, in the order of these."""
    from projections.stored_facts import read_facts

    listed = ", ".join(map(str, applied))
    facts = {fact.position: fact for fact in read_facts(session, f"f.position IN ({listed})")}
    return [_entry(facts[at], applied[at], moment.head) for at in applied]


def _missing(session: Session, commitment_id: str) -> Unknown:
    """What to say where no promise of an id had been made."""
    meant = completed(commitment_id, ())
    condition, parameters = among("c.commitment_id", meant, "id")
    there = f"SELECT c.commitment_id FROM commitment AS c WHERE {condition}"
    made = {row[0] for row in session.rows(there, parameters)}
    likely = next((f"did you mean {each}? " for each in meant if each in made), "")
    return Unknown(
        "the id of a promise that had been made",
        f"{commitment_id!r}",
        f"{likely}{{commitments}} lists those there are, {{suspense}} what waits",
    )


def _folded(session: Session, moment: Moment, commitment_id: str) -> answers.Commitment:
    """From its facts, by ``domain/commitments.py``."""
    from domain.commitments import fold
    from projections.stored_facts import read_facts

    gone = not_in_force(session, moment)
    facts = read_facts(session, _naming(session, moment, commitment_id), {"id": commitment_id})
    in_force = [fact for fact in facts if fact.id not in gone]
    folded = fold(in_force, moment.as_of, _policy_dates(session, moment, in_force, gone))
    if folded is None:
        raise _missing(session, commitment_id)
    return _answer(folded, moment, _customer(session, moment, folded.commitment.customer, gone))


def _answer(folded: Folded, moment: Moment, customer: str) -> answers.Commitment:
    from domain.commitments import status

    own = folded.commitment
    return {
        "commitment_id": own.commitment_id,
        "about": own.about,
        "kind": own.kind,
        "made_to": own.made_to,
        "owner": own.owner,
        "state": own.state,
        "supports": own.supports,
        "made_at": own.made_at,
        "earliest_at": own.earliest_at,
        "first_due_at": own.first_due_at,
        "agreed_due_at": own.agreed_due_at,
        "latest_due_at": own.latest_due_at,
        "honoured_at": own.honoured_at,
        "released_at": own.released_at,
        "abandoned_at": own.abandoned_at,
        "reschedulings": own.reschedulings,
        "chases": own.chases,
        "paused": own.paused,
        "status": status(own, moment.as_of),
        "customer": customer,
        "history": [_entry(each.fact, each.applied, moment.head) for each in folded.history],
    }


def _entry(fact: Fact, applied: bool, head: Reach) -> answers.HistoryEntry:
    return {
        "id": str(fact.id),
        "type": fact.type,
        "time": fact.time,
        "recorded_at": fact.recorded_at,
        "position": shown(fact.position, head),
        "source": fact.source,
        "applied": applied,
        "data": fact.body.model_dump(exclude_none=True),
    }


def _naming(session: Session, moment: Moment, commitment_id: str) -> str:
    """The condition for the facts ``f`` that name a commitment. Its history knows where those in
    force lie, and is quicker to look through than all facts."""
    if moment.replays:
        return f"f.commitment_id = $id AND {known('f.position', moment.known_at)}"
    positions = session.rows(
        "SELECT h.position FROM commitment_history AS h WHERE h.commitment_id = $id",
        {"id": commitment_id},
    )
    listed = ", ".join(str(row[0]) for row in positions)
    return f"f.commitment_id = $id AND f.position IN ({listed or 'NULL'})"


def not_in_force(session: Session, moment: Moment) -> set[UUID]:
    """The facts that retractions known at the moment had removed."""
    if not moment.replays:
        return {row[0] for row in session.rows("SELECT fact_id FROM retracted")}
    from domain.retractions import undone

    rows = session.rows(
        "SELECT r.fact_id, r.target_id FROM retraction AS r"
        f" JOIN fact AS f ON f.id = r.fact_id WHERE {known('f.position', moment.known_at)}"
    )
    return undone(dict(rows))


def _policy_dates(
    session: Session, moment: Moment, facts: Sequence[Any], gone: set[UUID]
) -> dict[UUID, datetime]:
    from domain.events import CommitmentMade
    from domain.policies import policy_dates
    from projections.public_holidays import public_holidays
    from projections.stored_facts import read_facts

    undated = [f for f in facts if isinstance(f.body, CommitmentMade) and f.body.due_at is None]
    if not undated:
        return {}
    published = read_facts(
        session,
        "f.type IN ('policy.published', 'calendar.published')"
        f" AND {known('f.position', moment.known_at)}",
    )
    in_force = [fact for fact in published if fact.id not in gone]
    return policy_dates([*undated, *in_force], public_holidays)


def _customer(session: Session, moment: Moment, subject: str, gone: set[UUID]) -> str:
    """The canonical name of a party at the moment."""
    if not moment.replays:
        name_customers(session, moment.as_of)
        return parties_of(session, subject)[0]
    from domain.identity import canonical
    from projections.stored_facts import read_facts

    link_facts = read_facts(
        session,
        "f.type IN ('identity.linked', 'identity.unlinked')"
        f" AND {known('f.position', moment.known_at)}",
    )
    names = canonical((fact for fact in link_facts if fact.id not in gone), moment.as_of)
    return names.get(subject, subject)
