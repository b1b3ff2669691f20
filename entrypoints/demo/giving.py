"""Giving a word: the ``commitment.made`` fact, and the note of what was promised."""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.demo.moments import moment
from entrypoints.demo.record import Promise
from entrypoints.demo.scribe import Scribe
from entrypoints.demo.word import Deed, Word


@dataclass(frozen=True, slots=True)
class Giving:
    """What is promised, by whom, where and until when. ``policy_due`` is the date that the house's
    policy gives where the promise itself names none."""

    commitment_id: str
    about: str
    customer: str
    source: str
    at: int
    refs: tuple[str, ...]
    owner: str | None = None
    due: int | None = None
    policy_due: int | None = None
    channel: str | None = None
    chosen_by: str | None = None
    wording: str | None = None
    made_to: str | None = None
    supports: str | None = None
    earliest: int | None = None
    requested: int | None = None
    feasible: bool | None = None
    late_written: bool = False
    honoured_at_source: str | None = None
    deed: Deed | None = None


def body_of(giving: Giving) -> dict[str, object]:
    """The body of ``commitment.made``; what is not said is not there."""
    said: dict[str, object | None] = {
        "wording": giving.wording,
        "kind": "policy" if giving.policy_due is not None else None,
        "made_to": giving.made_to,
        "owner": giving.owner,
        "entry_point": giving.channel,
        "earliest_at": None if giving.earliest is None else moment(giving.earliest),
        "due_at": None if giving.due is None else moment(giving.due),
        "requested_at": None if giving.requested is None else moment(giving.requested),
        "due_chosen_by": giving.chosen_by,
        "feasibility_checked": giving.feasible,
        "consigned": "discovered_later" if giving.late_written else None,
        "supports": giving.supports,
    }
    body: dict[str, object] = {"commitment_id": giving.commitment_id, "about": giving.about}
    body.update((name, value) for name, value in said.items() if value is not None)
    body["refs"] = giving.refs
    return body


def give(scribe: Scribe, giving: Giving) -> Word:
    """Writes the promise down and notes it; what becomes of it is told by ``fates``."""
    scribe.fact("commitment.made", giving.source, giving.customer, giving.at, body_of(giving))
    promise = Promise(
        commitment_id=giving.commitment_id,
        customer=giving.customer,
        about=giving.about,
        kind="explicit" if giving.policy_due is None else "policy",
        made_to=giving.made_to or giving.customer,
        channel=giving.channel,
        supports=giving.supports,
        earliest_at=giving.earliest,
        made_at=giving.at,
        settled_at=giving.at,
    )
    due = giving.policy_due if giving.due is None else giving.due
    word = Word(scribe, promise, due, giving.honoured_at_source or giving.source, giving.deed)
    word.refs = giving.refs
    word.begin(giving.owner or giving.source.split("/", 2)[1])
    return word
