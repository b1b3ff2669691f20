"""Customers and their journeys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any
from uuid import UUID

from projections.asks.cursor import from_cursor, to_cursor
from projections.asks.identity import name_customers, parties_of, settled
from projections.asks.moment import Moment, Unknown
from projections.asks.replay import replay_journeys
from projections.asks.standing import STANDING, STATUSES
from projections.reading import instant, optional_instant
from projections.session import Row, Session

if TYPE_CHECKING:
    from domain.journeys import Feedback, Journey, Promise, Step

STEPS = """
SELECT
    j.journey_id, j.customer, j.fact_id, j.type, epoch_us(j.time), j.department, f.links,
    j.channel, j.sign
FROM journey_step AS j
JOIN shown AS a ON a.journey_id = j.journey_id
JOIN fact AS f ON f.position = j.position
ORDER BY j.journey_id, j.n
"""

FEEDBACK = """
SELECT j.journey_id, f.question, f.score, f.scale_min, f.scale_max, epoch_us(j.time)
FROM journey_step AS j
JOIN shown AS a ON a.journey_id = j.journey_id
JOIN feedback_given AS f ON f.id = j.fact_id
ORDER BY j.journey_id, j.n
"""

PROMISES = f"""
SELECT
    j.journey_id, s.commitment_id, s.made_id, s.subject, s.about, s.kind, s.made_to,
    epoch_us(s.made_at), s.owner, s.state,
    epoch_us(s.agreed_due_at), epoch_us(s.honoured_at), epoch_us(s.released_at)
FROM ({STANDING}) AS s
JOIN journey_step AS j ON j.fact_id = s.made_id
JOIN shown AS a ON a.journey_id = j.journey_id
ORDER BY j.journey_id, j.n
"""

# The steps at which a promise was opened or ceased to be open.
TURNS = """
SELECT h.commitment_id, epoch_us(h.step_at), h.state = 'open'
FROM commitment_history AS h
JOIN journey_step AS j ON j.fact_id = h.opened_by
JOIN shown AS a ON a.journey_id = j.journey_id
WHERE h.step_at <= $as_of
ORDER BY h.commitment_id, h.n
"""


@dataclass(frozen=True)
class Page:
    """Which journeys a list shows. ``customer`` is any id of theirs."""

    customer: str | None = None
    limit: int | None = None
    after: str | None = None


def customer(session: Session, moment: Moment, party: str) -> dict[str, Any]:
    """Everything about a customer, by any of the linked ids: journeys, and the facts that belong
    to none. Somebody of whom nothing is known has nothing."""
    _look(session, moment, party)
    name_customers(session, moment.as_of)
    canonical, members = parties_of(session, party)
    _show(session, "WHERE j.customer = $customer", {"customer": canonical})
    return {
        "customer": party,
        "canonical": canonical,
        "aliases": [member for member in members if member != party],
        "journeys": _journeys(session, moment.as_of),
        "loose": _loose(session, moment, members),
        "promises": _counts(session, moment.as_of, members),
    }


def journey(session: Session, moment: Moment, journey_id: str) -> dict[str, Any]:
    """One journey. Raises Unknown where there was none of that id at that moment."""
    about = _subject(session, moment, journey_id)
    if about is not None:
        _look(session, moment, about)
        _show(session, "WHERE j.journey_id = $id", {"id": UUID(journey_id)})
        found = _journeys(session, moment.as_of)
        if found:
            return found[0]
    raise Unknown(
        f"expected the id of a journey, which is that of its first fact, saw {journey_id!r};"
        " './pledger journeys' and './pledger customer ID' list those there are"
    )


def journeys(session: Session, moment: Moment, page: Page) -> dict[str, Any]:
    """A page of journeys by their first facts, by (time, id)."""
    if page.customer is not None:
        _look(session, moment, page.customer)
    elif not _all_covered(session, moment):
        replay_journeys(session, moment)
    tests, parameters = ["TRUE"], dict[str, object]()
    if page.customer is not None:
        name_customers(session, moment.as_of)
        parameters["customer"] = parties_of(session, page.customer)[0]
        tests.append("j.customer = $customer")
    if page.after is not None:
        time, fact_id = from_cursor(page.after)
        parameters.update(time=time, id=UUID(str(fact_id)))
        first = "epoch_us(j.first_at)"
        tests.append(f"({first} > $time OR ({first} = $time AND j.journey_id > $id))")
    order = " ORDER BY j.first_at, j.journey_id"
    limit = "" if page.limit is None else f" LIMIT {page.limit + 1}"
    _show(session, f"WHERE {' AND '.join(tests)}{order}{limit}", parameters)
    found = _journeys(session, moment.as_of)
    if page.limit is None or len(found) <= page.limit:
        return {"journeys": found, "next": None}
    found = found[: page.limit]
    return {"journeys": found, "next": _cursor(found[-1]) if found else None}


def _cursor(last: Mapping[str, Any]) -> str:
    first = last["first_at"] - instant(0)
    return to_cursor(round(first.total_seconds() * 1_000_000), last["journey_id"])


def _subject(session: Session, moment: Moment, fact_id: str) -> str | None:
    """Whom a fact is about, if it was known at the moment."""
    try:
        found = session.rows(
            "SELECT f.subject FROM fact AS f WHERE f.id = $id AND f.position <= $known",
            {"id": UUID(fact_id), "known": moment.known_at},
        )
    except ValueError:
        return None
    return found[0][0] if found else None


def _look(session: Session, moment: Moment, party: str) -> None:
    """Make the views show the customer as of the moment: as they are, if nothing has come since,
    or by a replay."""
    if not moment.replays and settled(session, moment.as_of):
        later = session.rows(
            "SELECT 1 FROM customer AS c WHERE c.last_at > $as_of AND c.customer = coalesce("
            "(SELECT i.customer FROM party_identity AS i WHERE i.party = $party), $party)",
            {"as_of": moment.as_of, "party": party},
        )
        if not later:
            return
    replay_journeys(session, moment, [party])


def _all_covered(session: Session, moment: Moment) -> bool:
    later = "SELECT 1 FROM customer AS c WHERE c.last_at > $as_of LIMIT 1"
    return (
        not moment.replays
        and settled(session, moment.as_of)
        and not session.rows(later, {"as_of": moment.as_of})
    )


def _show(session: Session, which: str, parameters: Mapping[str, object]) -> None:
    """Fill ``shown`` with the journeys that an answer is about."""
    session.execute("CREATE OR REPLACE TEMP TABLE shown (journey_id UUID)")
    session.execute(f"INSERT INTO shown SELECT j.journey_id FROM journey AS j {which}", parameters)


def _journeys(session: Session, as_of: datetime) -> list[dict[str, Any]]:
    """The journeys in ``shown``, by (time, id) of their first facts."""
    from domain.journeys import Step, summarise

    feedback = _feedback(session)
    promises = _promises(session, as_of)
    found = []
    for (journey_id, name), rows in groupby(session.rows(STEPS), key=lambda row: row[:2]):
        steps = [
            Step(fact_id, kind, instant(time), department, tuple(links), channel, sign)
            for _, _, fact_id, kind, time, department, links, channel, sign in rows
        ]
        own = promises.get(journey_id, [])
        found.append(summarise(name, steps, own, feedback.get(journey_id, []), as_of))
    found.sort(key=lambda one: (one.first_at, one.journey_id.int))
    return [_answer(one) for one in found]


def _feedback(session: Session) -> dict[UUID, list[Feedback]]:
    from domain.journeys import Feedback

    found: dict[UUID, list[Feedback]] = {}
    for journey_id, question, score, low, high, time in session.rows(FEEDBACK):
        found.setdefault(journey_id, []).append(Feedback(question, score, low, high, instant(time)))
    return found


def _promises(session: Session, as_of: datetime) -> dict[UUID, list[Promise]]:
    from domain.commitments import Commitment
    from domain.journeys import Promise

    turns: dict[str, list[Row]] = {}
    for row in session.rows(TURNS, {"as_of": as_of}):
        turns.setdefault(row[0], []).append(row)
    found: dict[UUID, list[Promise]] = {}
    for (
        journey_id,
        name,
        made_id,
        subject,
        about,
        kind,
        made_to,
        made_at,
        owner,
        *rest,
    ) in session.rows(PROMISES, {"as_of": as_of}):
        state, *instants = rest
        agreed, honoured, released = (optional_instant(one) for one in instants)
        commitment = Commitment(
            name, made_id, subject, about, kind, made_to, instant(made_at), owner,
            agreed_due_at=agreed, state=state, honoured_at=honoured, released_at=released,
        )  # fmt: skip
        promise = Promise(commitment, _stretches(turns[name], as_of))
        found.setdefault(journey_id, []).append(promise)
    return found


def _stretches(turns: Iterable[Row], as_of: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """The stretches in which a promise was open, from its steps."""
    stretches = []
    since: datetime | None = None
    for _, step_at, is_open in turns:
        at = instant(step_at)
        if is_open and since is None:
            since = at
        elif not is_open and since is not None:
            stretches.append((since, at))
            since = None
    if since is not None:
        stretches.append((since, as_of))
    return tuple(stretches)


def _answer(one: Journey) -> dict[str, Any]:
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
        "promises": dict(one.promises),
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
        "steps": [_step(step) for step in one.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    return {
        "id": str(step.id),
        "type": step.type,
        "time": step.time,
        "department": step.department,
        "refs": list(dict.fromkeys(step.refs)),
    }


def _loose(session: Session, moment: Moment, parties: Sequence[str]) -> list[dict[str, Any]]:
    rows = session.rows(
        "SELECT CAST(f.id AS VARCHAR), f.type, epoch_us(f.time) FROM fact AS f"
        " WHERE f.subject IN (SELECT unnest($parties)) AND len(f.links) = 0"
        " AND f.time <= $as_of AND f.position <= $known"
        " AND f.id NOT IN (SELECT r.fact_id FROM retracted AS r) ORDER BY f.time, f.id",
        {"parties": list(parties), "as_of": moment.as_of, "known": moment.known_at},
    )
    return [{"id": row[0], "type": row[1], "time": instant(row[2])} for row in rows]


def _counts(session: Session, as_of: datetime, parties: Sequence[str]) -> dict[str, int]:
    rows = session.rows(
        f"SELECT s.status, count(*) FROM ({STANDING}) AS s"
        " WHERE s.subject IN (SELECT unnest($parties)) GROUP BY s.status",
        {"as_of": as_of, "parties": list(parties)},
    )
    found = {status: int(count) for status, count in rows}
    return {"made": sum(found.values()), **{one: found.get(one, 0) for one in STATUSES}}
