"""The place of each type: what decides between facts of one instant, where their source does not.

At one instant a promise is made before it is passed on, passed on before it is taken, and taken
before it is kept. The places are those of the catalogue of facts, and committed beside the schema
ids. The list stands here, and not with the models, because those take long to import.
"""

from __future__ import annotations

from types import MappingProxyType

_IN_PLACE = (
    "touchpoint.occurred",
    "information.reasked",
    "channel.forced",
    "customer.chased",
    "progress.shared",
    "commitment.made",
    "commitment.declined",
    "commitment.rescheduled",
    "commitment.paused",
    "commitment.resumed",
    "commitment.handed_over",
    "commitment.accepted",
    "commitment.part_honoured",
    "commitment.honoured",
    "commitment.confirmed",
    "commitment.released",
    "commitment.abandoned",
    "commitment.disputed",
    "commitment.dispute_settled",
    "commitment.reopened",
    "payment.captured",
    "payment.linked",
    "payment.refunded",
    "charge.repeated",
    "entitlement.checked",
    "proof.presented",
    "suspicion.cleared",
    "issue.opened",
    "issue.acknowledged",
    "issue.answered",
    "issue.resolved",
    "issue.confirmed",
    "issue.reopened",
    "issue.escalated",
    "error.acknowledged",
    "remedy.given",
    "cause.identified",
    "cause.corrected",
    "rule.published",
    "rule.invoked",
    "rule.unmatched",
    "discretion.used",
    "discretion.sampled",
    "discretion.reviewed",
    "coaching.held",
    "feedback.given",
    "pillar.tagged",
    "attitude.shown",
    "bravo.given",
    "yellow_card.raised",
    "yellow_card.answered",
    "help.given",
    "alert.raised",
    "dysfunction.reported",
    "idea.proposed",
    "idea.decided",
    "idea.implemented",
    "idea.answered",
    "pulse.taken",
    "immersion.held",
    "journey.opened",
    "journey.closed",
    "journey.conductor_named",
    "conductor.intervened",
    "identity.linked",
    "identity.unlinked",
    "fact.retracted",
    "calendar.published",
    "policy.published",
)
_PLACES = MappingProxyType({type: place for place, type in enumerate(_IN_PLACE, start=1)})


def place_of(type: str) -> int:
    """The place of a type, from 1 on. Raises ``KeyError`` for what is no type of the catalogue."""
    return _PLACES[type]
