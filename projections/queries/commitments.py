"""Single commitments, lists of them, and the worklist."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
from projections.queries.status_as_of import STATUS_AS_OF, among, status_as_of
from projections.queries.unknown import completed, expect_party, unknown_values
from projections.session import Row, Session
from projections.sql_files import statements_of
from projections.stored_facts import instant, optional_instant, read_bodies

if TYPE_CHECKING:
    from domain.clocks import Pause
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
    (found,) = each_commitment(session, moment, [commitment_id], limit)
    if isinstance(found, Unknown):
        raise found
    return found


def each_commitment(
    session: Session, moment: Moment, ids: Sequence[str], limit: int | None = None
) -> list[answers.Commitment | Unknown]:
    """As ``commitment``, for several at once, which takes little longer than for one; in the place
    of one that had not been made is what is said of it. The views show the moment."""
    name_customers(session, moment.as_of)
    condition, asked = among("{}.commitment_id", dict.fromkeys(ids), "id")
    query = SUMMARY.format(standing=status_as_of(condition))
    rows = session.rows(query, {"as_of": moment.as_of, **asked})
    summaries = {one["commitment_id"]: one for one in map(_summary, rows)}
    paused = _pauses(session, moment, summaries)
    histories = _histories(session, moment, summaries, limit)
    found: dict[str, answers.Commitment] = {}
    for id, summary in summaries.items():
        whole = {name: summary[name] for name in (*_OF_ONE, "status", "customer")}  # type: ignore[literal-required]
        whole["clocks"] = _clocks(moment, summary, paused.get(id, ()))
        whole["history"], left_out = histories[id]
        if left_out:
            whole["left_out"] = left_out
        found[id] = cast("answers.Commitment", whole)
    return [found.get(id) or no_commitment(session, id) for id in ids]


def _pauses(session: Session, moment: Moment, ids: Iterable[str]) -> dict[str, list[Pause]]:
    """The pauses of commitments that had begun."""
    from domain.clocks import Pause

    which, asked = among("p.commitment_id", ids, "id")
    query = _SQL["pauses"].format(which=which)
    found: dict[str, list[Pause]] = {}
    for id, waiting_for, since, until in session.rows(query, {"as_of": moment.as_of, **asked}):
        pause = Pause(waiting_for, instant(since), optional_instant(until))
        found.setdefault(id, []).append(pause)
    return found


def _clocks(
    moment: Moment, summary: answers.CommitmentSummary, paused: Sequence[Pause]
) -> answers.Clocks:
    """The clocks of a commitment at the moment."""
    from domain.clocks import clocks

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


def _histories(
    session: Session, moment: Moment, ids: Collection[str], limit: int | None
) -> dict[str, tuple[list[answers.HistoryEntry], int]]:
    """The entries of each, and how many facts between the two ends are left out."""
    ends = _ends(session, moment, ids, limit)
    rows = [row for own, _ in ends.values() for row in own]
    types: dict[str, list[int]] = {}
    for position, _, fact_type, *_ in rows:
        types.setdefault(fact_type, []).append(position)
    positions = [row[0] for row in rows]
    recorded = {row[0]: row[1:] for row in session.rows(_SQL["recorded"], {"positions": positions})}
    bodies: dict[int, dict[str, object]] = {}
    for name, own in types.items():
        bodies |= read_bodies(session, name, own)
    return {
        id: ([_entry(row, recorded[row[0]], bodies[row[0]], moment) for row in own], left_out)
        for id, (own, left_out) in ends.items()
    }


def _entry(
    row: Row, recorded: Row, body: Mapping[str, object], moment: Moment
) -> answers.HistoryEntry:
    position, fact_id, fact_type, time, applied = row
    return {
        "id": fact_id,
        "type": fact_type,
        "time": instant(time),
        "recorded_at": instant(recorded[0]),
        "position": shown(position, moment.head),
        "source": recorded[1],
        "applied": applied,
        "data": {name: value for name, value in body.items() if value is not None},
    }


def _ends(
    session: Session, moment: Moment, ids: Collection[str], limit: int | None
) -> dict[str, tuple[list[Row], int]]:
    """The rows of each history, at most ``limit``, and how many are left out: of a promise that a
    machine wrote to 100,000 times no more than these are read."""
    if limit is not None:
        return {id: _ends_of_one(session, moment, id, limit) for id in ids}
    which, asked = among("h.commitment_id", ids, "id")
    query = _SQL["history"].format(which=which, way="ASC", limit="")
    found: dict[str, tuple[list[Row], int]] = {id: ([], 0) for id in ids}
    for id, *row in session.rows(query, {"as_of": moment.as_of, **asked}):
        found[id][0].append(tuple(row))
    return found


def _ends_of_one(
    session: Session, moment: Moment, commitment_id: str, limit: int
) -> tuple[list[Row], int]:
    which, asked = among("h.commitment_id", [commitment_id], "id")
    own = {"as_of": moment.as_of, **asked}
    ((facts,),) = session.rows(_SQL["length"].format(which=which), own)

    def end(way: str, most: int) -> list[Row]:
        query = _SQL["history"].format(which=which, way=way, limit=f"LIMIT {most}")
        return [row[1:] for row in session.rows(query, own)]

    ends = end("ASC", (limit + 1) // 2)
    last = min(limit // 2, facts - len(ends))
    if last:
        ends += reversed(end("DESC", last))
    return ends, facts - len(ends)
