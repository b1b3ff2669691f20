"""Facts whose other half nobody ever writes: they wait in suspense for good, one of each kind."""

from __future__ import annotations

from entrypoints.demo import company
from entrypoints.demo.moments import DAY, HOUR
from entrypoints.demo.scribe import Scribe

PARTY = "customer:stray"
#: A fact that nobody wrote.
NOBODY = "00000000-0000-5000-8000-00000000dead"

_MONEY: dict[str, object] = {"amount_minor": 7470, "currency": "EUR"}

#: Reason, the id that is waited for, the type of fact that waits, who speaks, and the body.
_STRAYS: tuple[tuple[str, str, str, str, dict[str, object]], ...] = (
    (
        "unknown_commitment",
        "STRAY-PROMISE",
        "commitment.honoured",
        company.PARCELS,
        {"commitment_id": "STRAY-PROMISE"},
    ),
    (
        "unknown_issue",
        "STRAY-ISSUE",
        "issue.answered",
        company.MAIL,
        {"issue_id": "STRAY-ISSUE", "final": False},
    ),
    (
        "unknown_decision",
        "STRAY-DECISION",
        "discretion.reviewed",
        company.MAIL,
        {"decision_id": "STRAY-DECISION", "outcome": "sound"},
    ),
    (
        "unknown_payment",
        "STRAY-PAYMENT",
        "payment.refunded",
        company.REFUNDS,
        {"payment_id": "STRAY-PAYMENT", **_MONEY},
    ),
    (
        "unknown_fact",
        NOBODY,
        "fact.retracted",
        company.MAIL,
        {"fact_id": NOBODY, "reason": "entered_by_mistake"},
    ),
    (
        "unlinked_payment",
        "STRAY-TRANSFER",
        "payment.captured",
        company.GATEWAY,
        {"payment_id": "STRAY-TRANSFER", "method": "transfer", "reference": "ODILE", **_MONEY},
    ),
)


def strays(scribe: Scribe, at: int) -> None:
    """Writes them from ``at`` on, and a promise entered for the wrong customer, which is taken
    back: it was never made."""
    refs = ("order:STRAY",)
    scribe.open("strays", refs[0], watched=True)
    for number, (reason, about, type_, source, body) in enumerate(_STRAYS):
        when = at + number * HOUR
        fact = scribe.fact(type_, source, PARTY, when, {**body, "refs": refs})
        scribe.wait(reason, about, when, fact)
    made: dict[str, object] = {"commitment_id": "STRAY-WRONG", "about": "delivery", "refs": refs}
    wrong = scribe.fact("commitment.made", company.MAIL, PARTY, at + DAY, made)
    taken: dict[str, object] = {"fact_id": wrong, "reason": "wrong_customer", "refs": refs}
    scribe.fact("fact.retracted", company.MAIL, PARTY, at + DAY + HOUR, taken)
    scribe.void(wrong)
