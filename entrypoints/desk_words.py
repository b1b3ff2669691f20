"""What can be said at the desk, in words, whichever door it is said at."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from application.desk_verbs import Thing

#: What each verb is for.
VERBS: Mapping[Thing, Mapping[str, str]] = {
    "promise": {
        "make": "promise something to somebody",
        "reschedule": "move the date of a promise",
        "hand-over": "propose another department as the owner",
        "accept": "take a promise over that was handed over, or take it back",
        "pause": "say for whom a promise waits",
        "resume": "end the pause",
        "honour": "say that a promise was kept",
        "part-honour": "say that part of it was done",
        "confirm": "say that the customer found it done well",
        "release": "say that the customer let the company off",
        "abandon": "say that the company will not keep it",
        "dispute": "say that the customer says it was not kept",
        "settle": "end a dispute",
        "reopen": "open a promise again that was settled",
        "decline": "say honestly that something will not be promised",
    },
    "issue": {
        "open": "open an issue that a customer brought up",
        "acknowledge": "say that it was received",
        "answer": "answer it, for good or not",
        "resolve": "say that it is solved",
        "confirm": "say that the customer agrees",
        "reopen": "open it again",
        "escalate": "say that it went to a higher level",
    },
}
#: What each field of their bodies is for.
FIELDS: Mapping[str, str] = {
    "about": "what is promised, such as delivery, callback, refund",
    "about_commitment_id": "the promise that it is about",
    "channel": "where the customer brought it up",
    "complaint": "it is a complaint",
    "consigned": "where the promise was written down",
    "customer_agreed": "the customer agreed to the new date",
    "due_at": "when it is due",
    "due_chosen_by": "who chose the date",
    "earliest_at": "not before",
    "entry_point": "where it was promised",
    "evidence": "what shows that it was kept (personal text)",
    "feasibility_checked": "it was checked that it can be done",
    "final": "it is the last answer",
    "in_time": "it was in time, or not, where that is known and the time is not",
    "initiated_by": "who wanted the new date",
    "kind": "where the promise comes from",
    "labels": "what to slice by, as in priority:P1; may be repeated",
    "level": "to whom it went",
    "made_to": "to whom it is promised (default: the customer)",
    "outcome": "how it ended",
    "owner": "the department that owns it (default: the one that speaks)",
    "reason": "why, as a short code",
    "refs": "a business object that it touches, as in order:123; may be repeated",
    "regime": "whose deadlines apply",
    "remaining": "what is still to be done (personal text)",
    "requested_at": "the date that the customer wished",
    "sent_at": "when the customer sent it",
    "supports": "the promise that this internal one serves",
    "to_department": "the department that is proposed",
    "topic": "what it is about",
    "waiting_for": "for whom it waits",
    "wording": "the words of it (personal text)",
}
#: Reasons are codes, but for this type.
_FREE_REASONS = frozenset({"commitment.disputed"})


def purpose_of(field: str, type: str) -> str:
    """What a field of a type's body is for."""
    if field == "reason" and type in _FREE_REASONS:
        return "why (personal text)"
    return FIELDS[field]
