"""What the folds of domain/ say the rows of each view are. Pure: facts in, rows out.

``rows_of`` takes all that a ledger knows, by position, and gives for each view its rows as dicts
by column. Nothing here reads SQL; this is the other half of every comparison.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from domain.clocks import pauses
from domain.commitments import Commitment, Folded, evolve, fold_all, opened
from domain.company_signs import is_sign
from domain.events import CommitmentMade, IdentityLinked, IdentityUnlinked
from domain.facts import Fact
from domain.identity import canonical
from domain.journeys import Step, Stitching, stitch, summarise
from domain.policies import policy_dates
from domain.retractions import in_force, in_order, retracted_ids
from domain.suspense import waits
from projections.public_holidays import public_holidays
from tests.projections.rows_of_openings import rows_of_openings

Row = dict[str, Any]
Names = Mapping[str, str]

#: What a commitment and each of its steps say alike.
SHARED = (
    "first_due_at",
    "agreed_due_at",
    "latest_due_at",
    "customer_due_at",
    "state",
    "honoured_at",
    "in_time",
    "released_at",
    "abandoned_at",
    "owner",
    "proposed_owner",
    "reschedulings",
    "chases",
    "first_chased_at",
    "paused",
    "last_sign_at",
)


class Known(NamedTuple):
    """What one ledger knows, folded."""

    everything: Sequence[Fact]
    standing: Sequence[Fact]
    names: Names
    dates: Mapping[UUID, datetime]
    folded: Mapping[str, Folded]
    stitched: Stitching


def known(everything: Sequence[Fact]) -> Known:
    standing = in_force(everything)
    names = canonical(standing)
    dates = policy_dates(standing, public_holidays)
    folded = fold_all(standing, None, dates)
    return Known(everything, standing, names, dates, folded, stitch(standing, names))


def rows_of(everything: Sequence[Fact]) -> dict[str, list[Row]]:
    """The rows of every view, and of the workings that folds decide."""
    all_of_it = known(everything)
    return {
        "retracted": [{"fact_id": id} for id in retracted_ids(everything)],
        "party_identity": [
            {"party": party, "customer": name} for party, name in all_of_it.names.items()
        ],
        "party_link": list(_party_link(all_of_it)),
        "commitment_history": [
            row for folded in all_of_it.folded.values() for row in _history(all_of_it, folded)
        ],
        "commitment": [_commitment(all_of_it, one) for one in all_of_it.folded.values()],
        "commitment_pause": [
            row for folded in all_of_it.folded.values() for row in _pauses(folded)
        ],
        "suspense": list(_suspense(all_of_it)),
        **rows_of_openings(all_of_it.standing, all_of_it.names),
        "journey_step": [row for row, _ in _steps(all_of_it)],
        "journey": list(_journeys(all_of_it)),
        "loose_fact": list(_loose(all_of_it)),
        "customer": list(_customers(all_of_it)),
        "joined_later": list(_joined_later(all_of_it)),
    }


def _party_link(of: Known) -> Iterator[Row]:
    """A linked fact holds until the next fact about its pair."""
    told: dict[tuple[str, str], list[Fact]] = {}
    for fact in in_order(of.standing):
        body = fact.body
        if isinstance(body, IdentityLinked | IdentityUnlinked) and body.party_a != body.party_b:
            pair = min(body.party_a, body.party_b), max(body.party_a, body.party_b)
            told.setdefault(pair, []).append(fact)
    for (party_a, party_b), facts in told.items():
        ends = [fact.time for fact in facts[1:]]
        for fact, until in zip(facts, [*ends, None], strict=True):
            if isinstance(fact.body, IdentityLinked) and until != fact.time:
                yield {"party_a": party_a, "party_b": party_b, "since": fact.time, "until": until}


def _walk(of: Known, folded: Folded) -> Iterator[tuple[Fact, Commitment]]:
    """The facts in the order of the walk, each with the commitment after it."""
    made, *rest = (entry.fact for entry in folded.entries)
    commitment = opened(made, of.dates.get(made.id))
    heard = made.time
    yield made, commitment
    for fact in rest:
        commitment = evolve(commitment, fact)
        if is_sign(fact):
            heard = max(heard, fact.time)
        yield fact, _heard(commitment, heard)


def _heard(commitment: Commitment, at: datetime) -> Commitment:
    from dataclasses import replace

    return replace(commitment, last_sign_at=at)


def _history(of: Known, folded: Folded) -> Iterator[Row]:
    entries = folded.entries
    nth = {entry.fact.id: number for number, entry in enumerate(folded.history, 1)}
    ends = [entry.at for entry in entries[1:]]
    walk = zip(entries, _walk(of, folded), [*ends, None], strict=True)
    for number, (entry, (fact, commitment), until) in enumerate(walk, 1):
        assert entry.fact is fact
        assert (entry.state, entry.owner) == (commitment.state, commitment.owner)
        pending = commitment.proposed_owner is not None
        yield {
            "commitment_id": commitment.commitment_id,
            "n": number,
            "nth": nth[fact.id],
            "fact_id": fact.id,
            "position": fact.position,
            "type": fact.type,
            "time": fact.time,
            "step_at": entry.at,
            "department": fact.department,
            "applied": entry.applied,
            "state_before": entry.before,
            # The view keeps the last owner; the fold has it only while a hand-over is pending.
            "previous_owner": commitment.previous_owner if pending else commitment.owner,
            "opened_by": folded.commitment.made_id,
            "until": until,
            **{name: getattr(commitment, name) for name in SHARED},
        }


def _commitment(of: Known, folded: Folded) -> Row:
    one = folded.commitment
    made = folded.entries[0].fact
    assert isinstance(made.body, CommitmentMade)
    return {
        "commitment_id": one.commitment_id,
        "customer": of.names.get(one.customer, one.customer),
        "subject": one.customer,
        "about": one.about,
        "kind": one.kind,
        "made_to": one.made_to,
        "entry_point": one.entry_point,
        "supports": one.supports,
        "labels": sorted(one.labels),
        "due_chosen_by": made.body.due_chosen_by,
        "consigned": made.body.consigned,
        "feasibility_checked": made.body.feasibility_checked,
        "made_id": one.made_id,
        "made_position": made.position,
        "made_at": one.made_at,
        "earliest_at": one.earliest_at,
        "requested_at": made.body.requested_at,
        "facts": len(folded.entries),
        **{name: getattr(one, name) for name in SHARED},
    }


def _pauses(folded: Folded) -> Iterator[Row]:
    for pause in pauses(folded.entries):
        yield {
            "commitment_id": folded.commitment.commitment_id,
            "waiting_for": pause.waiting_for,
            "since": pause.since,
            "until": pause.until,
        }


def _suspense(of: Known) -> Iterator[Row]:
    position = {fact.id: fact.position for fact in of.everything}
    for wait in waits(of.everything, holidays=public_holidays):
        yield {
            "reason": wait.reason,
            "about": wait.about,
            "fact_id": wait.fact,
            "position": position[wait.fact],
            "since": wait.since,
            "until": wait.until,
        }


def _steps(of: Known) -> Iterator[tuple[Row, Fact]]:
    for journey in of.stitched.journeys:
        before: Fact | None = None
        signed_at: datetime | None = None
        for number, fact in enumerate(journey.facts, 1):
            step = Step.of(fact)
            yield (
                {
                    "journey_id": journey.journey_id,
                    "n": number,
                    "fact_id": fact.id,
                    "position": fact.position,
                    "customer": journey.customer,
                    "type": fact.type,
                    "time": fact.time,
                    "department": fact.department,
                    "handover": before is not None and before.department != fact.department,
                    "previous_id": before and before.id,
                    "previous_at": before and before.time,
                    "previous_department": before and before.department,
                    "previous_sign_at": signed_at,
                    "channel": step.channel,
                    "sign": step.sign,
                },
                fact,
            )
            before = fact
            signed_at = fact.time if step.sign else signed_at


def _journeys(of: Known) -> Iterator[Row]:
    for stitched in of.stitched.journeys:
        steps = [Step.of(fact) for fact in stitched.facts]
        _, sequence, place, _ = stitched.facts[0].order
        # Promises and feedback don't show in the view's columns.
        one = summarise(stitched.customer, steps, [], [], stitched.facts[-1].time)
        yield {
            "journey_id": one.journey_id,
            "customer": one.customer,
            "party": stitched.facts[0].subject,
            "first_at": one.first_at,
            "first_sequence": sequence,
            "first_place": place,
            "last_at": one.last_at,
            "facts": one.facts,
            "departments": list(one.departments),
            "handovers": one.handovers,
            "touchpoints": sum(one.touchpoints.values()),
            "chases": one.chases,
            "reasked": one.reasked,
            "channels_forced": one.channels_forced,
            "conducted": any(step.type == "journey.conductor_named" for step in steps),
        }


def _loose(of: Known) -> Iterator[Row]:
    n = Counter[str]()
    for fact in of.stitched.loose:
        customer = of.names.get(fact.subject, fact.subject)
        n[customer] += 1
        yield {
            "customer": customer,
            "n": n[customer],
            "fact_id": fact.id,
            "position": fact.position,
            "type": fact.type,
            "time": fact.time,
            "department": fact.department,
        }


def _customers(of: Known) -> Iterator[Row]:
    own: dict[str, list[Fact]] = {}
    for fact in of.standing:
        own.setdefault(of.names.get(fact.subject, fact.subject), []).append(fact)
    loose = {fact.id for fact in of.stitched.loose}
    for name, facts in own.items():
        yield {
            "customer": name,
            "first_at": min(fact.time for fact in facts),
            "last_at": max(fact.time for fact in facts),
            "facts": len(facts),
            "journeys": sum(one.customer == name for one in of.stitched.journeys),
            "loose": sum(fact.id in loose for fact in facts),
        }


def _joined_later(of: Known) -> Iterator[Row]:
    for journey in of.stitched.journeys:
        own = {journey.customer} | {
            party for party, name in of.names.items() if name == journey.customer
        }
        seen = set(journey.facts[0].links) - own
        apart = False
        for fact in journey.facts[1:]:
            refs = set(fact.links) - own
            apart = apart or not refs & seen
            seen |= refs
        if apart or len({fact.subject for fact in journey.facts}) > 1:
            yield {"customer": journey.customer, "journey_id": journey.journey_id}
    for name in dict.fromkeys(of.names.values()):
        parties = {party for party, one in of.names.items() if one == name}
        links = (parties & {*f.links} - {f.subject} for f in of.standing if f.subject in parties)
        if any(links):
            yield {"customer": name, "journey_id": None}
