"""Single commitments, lists of them, and the worklist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from domain.errors import Unknown
from domain.instants import MICROSECOND
from projections.known_positions import shown
from projections.queries.as_of import Moment
from projections.queries.cursor import from_cursor, to_cursor
from projections.queries.identities import name_customers, parties_of
from projections.queries.replay import replay_commitment
from projections.queries.status_as_of import FEW, STATUS_AS_OF, among, only, status_as_of
from projections.queries.unknown import completed, expect_party, unknown_values
from projections.session import Row, Session
from projections.sql_files import statements_of
from projections.stored_facts import instant, optional_instant, read_bodies

if TYPE_CHECKING:
    from domain.statuses import Status
    from projections.queries import answers

TEXTS = ("commitment_id", "about", "kind", "made_to", "owner", "status", "state", "supports")
INSTANTS = (
    "made_at",
    "earliest_at",
    "first_due_at",
    "agreed_due_at",
    "latest_due_at",
    "customer_due_at",
    "honoured_at",
    "released_at",
    "abandoned_at",
)
FIGURES = ("in_time", "reschedulings", "chases", "paused")

SUMMARY = (
    "SELECT coalesce(k.customer, s.subject), "
    + ", ".join(f"s.{name}" for name in (*TEXTS, *FIGURES))
    + ", "
    + ", ".join(f"epoch_us(s.{name})" for name in INSTANTS)
    + " FROM ({standing}) AS s LEFT JOIN known_as AS k ON k.party = s.subject"
)

#: What the answer about one commitment has first, in its order.
_OF_ONE = (
    *("commitment_id", "about", "kind", "made_to", "owner", "state", "supports"),
    *INSTANTS,
    *FIGURES,
)

_SQL = statements_of(__file__)

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
    if moment.replays:
        replay_commitment(session, moment, commitment_id)
    name_customers(session, moment.as_of)
    condition, asked = only(session, [commitment_id])
    query = SUMMARY.format(standing=status_as_of(condition))
    rows = session.rows(query, {"as_of": moment.as_of, **asked})
    if not rows:
        raise no_commitment(session, commitment_id)
    summary = _summary(rows[0])
    found = {name: summary[name] for name in (*_OF_ONE, "status", "customer")}  # type: ignore[literal-required]
    found["clocks"] = _clocks(session, moment, summary)
    found["history"], left_out = _history(session, moment, commitment_id, limit)
    if left_out:
        found["left_out"] = left_out
    return cast("answers.Commitment", found)


def _clocks(session: Session, moment: Moment, summary: answers.CommitmentSummary) -> answers.Clocks:
    """The clocks of a commitment at the moment."""
    from domain.clocks import Pause, clocks

    paused = [
        Pause(waiting_for, instant(since), optional_instant(until))
        for waiting_for, since, until in session.rows(
            _SQL["pauses"], {"id": summary["commitment_id"], "as_of": moment.as_of}
        )
    ]
    settled = summary["honoured_at"] or summary["released_at"] or summary["abandoned_at"]
    found = clocks(summary["made_at"], settled or moment.as_of, paused)
    return {
        "customer": seconds(found.customer // MICROSECOND),
        "company": seconds(found.company // MICROSECOND),
        "paused": {name: seconds(time // MICROSECOND) for name, time in found.paused.items()},
    }


def no_commitment(session: Session, commitment_id: str) -> Unknown:
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


def _history(
    session: Session, moment: Moment, commitment_id: str, limit: int | None
) -> tuple[list[answers.HistoryEntry], int]:
    """The entries, and how many facts between the two ends are left out."""
    rows, left_out = _ends(session, moment, commitment_id, limit)
    if limit is not None or len(rows) <= FEW:
        # Written out: the database then looks up these alone.
        which, asked = ", ".join(str(row[0]) for row in rows) or "NULL", {}
    else:
        which, asked = _SQL["of_history"], {"id": commitment_id}
    recorded = {
        row[0]: row[1:] for row in session.rows(_SQL["recorded"].format(which=which), asked)
    }
    bodies: dict[int, dict[str, object]] = {}
    for fact_type in dict.fromkeys(row[2] for row in rows):
        bodies |= read_bodies(session, fact_type, which, asked)
    entries: list[answers.HistoryEntry] = [
        {
            "id": fact_id,
            "type": fact_type,
            "time": instant(time),
            "recorded_at": instant(recorded[position][0]),
            "position": shown(position, moment.head),
            "source": recorded[position][1],
            "applied": applied,
            "data": {name: value for name, value in bodies[position].items() if value is not None},
        }
        for position, fact_id, fact_type, time, applied in rows
    ]
    return entries, left_out


def _ends(
    session: Session, moment: Moment, commitment_id: str, limit: int | None
) -> tuple[list[Row], int]:
    """The rows of a history, at most ``limit``, and how many are left out: of a promise that a
    machine wrote to 100,000 times no more than these are read."""
    own = {"id": commitment_id, "as_of": moment.as_of}
    history = _SQL["history"]
    if limit is None:
        return session.rows(history.format(way="ASC", limit=""), own), 0
    ((facts,),) = session.rows(_SQL["length"], own)
    first = (limit + 1) // 2
    ends = session.rows(history.format(way="ASC", limit=f"LIMIT {first}"), own)
    last = min(limit // 2, facts - len(ends))
    if last:
        ends += reversed(session.rows(history.format(way="DESC", limit=f"LIMIT {last}"), own))
    return ends, facts - len(ends)
