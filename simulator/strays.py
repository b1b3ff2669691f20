"""Facts whose other half nobody ever writes: they wait in suspense for good, one of each kind."""

from __future__ import annotations

from simulator.company import GATEWAY, MAIL, PARCELS, REFUNDS
from simulator.local_time import DAY, HOUR
from simulator.promises import Journey, Scribe

PARTY = "customer:stray"
#: A fact that nobody wrote.
NOBODY = "00000000-0000-5000-8000-00000000dead"

_MONEY: dict[str, object] = {"amount_minor": 7470, "currency": "EUR"}
_TRANSFER: dict[str, object] = {"method": "transfer", "reference": "ODILE", **_MONEY}

#: The type of fact that waits, who speaks, and the body, what is waited for first.
_STRAYS: tuple[tuple[str, str, dict[str, object]], ...] = (
    ("commitment.honoured", PARCELS, {"commitment_id": "STRAY-PROMISE"}),
    ("issue.answered", MAIL, {"issue_id": "STRAY-ISSUE", "final": False}),
    ("discretion.reviewed", MAIL, {"decision_id": "STRAY-DECISION", "outcome": "sound"}),
    ("payment.refunded", REFUNDS, {"payment_id": "STRAY-PAYMENT", **_MONEY}),
    ("fact.retracted", MAIL, {"fact_id": NOBODY, "reason": "entered_by_mistake"}),
    ("payment.captured", GATEWAY, {"payment_id": "STRAY-TRANSFER", **_TRANSFER}),
)


def strays(scribe: Scribe, at: int) -> None:
    """Writes them from ``at`` on, and a promise entered for the wrong customer, which is taken
    back: it was never made."""
    stray = Journey(scribe, PARTY, ("order:STRAY",))
    for number, (type_, source, body) in enumerate(_STRAYS):
        stray.fact(type_, source, at + number * HOUR, **body, refs=stray.refs)
    made = {"commitment_id": "STRAY-WRONG", "about": "delivery", "refs": stray.refs}
    wrong = stray.fact("commitment.made", MAIL, at + DAY, **made)
    taken = {"fact_id": wrong, "reason": "wrong_customer", "refs": stray.refs}
    stray.fact("fact.retracted", MAIL, at + DAY + HOUR, **taken)
