"""The two stories that can be found by name.

*The rosebush* (customer ``customer:rosebush``, promise ``ROSEBUSH``): a rose dies, the customer is
believed and chooses November, the ticket is closed in April, and in November the house writes
first. *The counter* (customer ``customer:counter-17``, payment ``PAYMENT-LOST``): a payment that no
system linked, a customer taken for a cheat who pays twice, and how the house made up for it.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.demo import company
from entrypoints.demo.giving import Giving, give
from entrypoints.demo.moments import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    date_of,
    day_number,
    day_of,
    local,
    moment,
)
from entrypoints.demo.scribe import Scribe

ROSEBUSH = "customer:rosebush"
COUNTER = "customer:counter-17"
MONEY: dict[str, object] = {"amount_minor": 4980, "currency": "EUR"}


@dataclass(frozen=True, slots=True)
class Story:
    """A story as it was meant. ``journey_id`` is the id of its first fact, ``facts`` how many
    belong to its one journey; ``departments`` in order of their first fact; ``longest_silence`` in
    seconds."""

    customer: str
    journey_id: str
    commitments: tuple[str, ...]
    payments: tuple[str, ...]
    facts: int
    departments: tuple[str, ...]
    handovers: int
    kept_whole: bool
    longest_silence: int


def rosebush_year(end: int) -> int:
    """The last year whose November is told in full before the end."""
    year = date_of(day_of(end)).year
    told = day_number(date_of(0).replace(year=year, month=11, day=20))
    return year if told < day_of(end) else year - 1


def rosebush_starts(end: int) -> int:
    """When the rose was ordered."""
    return _on(rosebush_year(end), 3, 29, 20, 14)


def _on(year: int, month: int, day: int, hour: int, minute: int = 0) -> int:
    return local(day_number(date_of(0).replace(year=year, month=month, day=day)), hour, minute)


def rosebush(scribe: Scribe, at: int) -> Story:
    """The rosebush, ordered at ``at`` and kept in November."""
    year = date_of(day_of(at)).year
    refs = ("order:ROSEBUSH-1",)
    scribe.open("rosebush", refs[0], watched=True)
    first = _order(scribe, ROSEBUSH, at, refs)
    _pay(scribe, at + MINUTE, refs)
    _rose_arrives(scribe, year, at + 5 * MINUTE, refs)
    made = _rose_dies(scribe, year, refs)
    wrote = _november(scribe, year, made, refs)
    return Story(
        customer=ROSEBUSH,
        journey_id=first,
        commitments=("ROSEBUSH", "ROSEBUSH-DELIVERY"),
        payments=("PAYMENT-ROSEBUSH",),
        facts=14,
        departments=("web-shop", "payments", "accounting", "logistics", "care"),
        handovers=7,
        kept_whole=True,
        longest_silence=(wrote - made) // SECOND,
    )


def _order(scribe: Scribe, party: str, at: int, refs: tuple[str, ...]) -> str:
    ordered: dict[str, object] = {
        "kind": "order_placed",
        "channel": "web",
        "initiated_by": "customer",
        "refs": refs,
    }
    return scribe.fact("touchpoint.occurred", company.ORDERS, party, at, ordered)


def _pay(scribe: Scribe, at: int, refs: tuple[str, ...]) -> None:
    paid = scribe.fact(
        "payment.captured",
        company.GATEWAY,
        ROSEBUSH,
        at,
        {
            "payment_id": "PAYMENT-ROSEBUSH",
            "amount_minor": 2490,
            "currency": "EUR",
            "method": "card",
            "reference": "ROSEBUSH-1",
            "refs": refs,
        },
    )
    scribe.fact(
        "payment.linked",
        company.LEDGER,
        ROSEBUSH,
        at + 2 * MINUTE,
        {"payment_id": "PAYMENT-ROSEBUSH", "to_ref": refs[0], "how": "exact_reference"},
        paid,
    )
    scribe.wait("unlinked_payment", "PAYMENT-ROSEBUSH", at, paid, at + 2 * MINUTE)


def _rose_arrives(scribe: Scribe, year: int, at: int, refs: tuple[str, ...]) -> None:
    arrived = _on(year, 4, 8, 11)
    giving = Giving(
        "ROSEBUSH-DELIVERY",
        "delivery",
        ROSEBUSH,
        company.ORDERS,
        at,
        refs,
        owner="logistics",
        due=_on(year, 4, 9, 18),
        channel="web",
        chosen_by="company",
        honoured_at_source=company.PARCELS,
    )
    word = give(scribe, giving)
    word.promise.fate = "kept"
    delivered: dict[str, object] = {
        "kind": "delivery",
        "channel": "field",
        "initiated_by": "company",
        "refs": refs,
    }
    scribe.fact("touchpoint.occurred", company.PARCELS, ROSEBUSH, arrived - MINUTE, delivered)
    word.keep(arrived)


def _rose_dies(scribe: Scribe, year: int, refs: tuple[str, ...]) -> int:
    """The letter, and the answer within the hour; the time of the promise."""
    at = _on(year, 4, 13, 9, 5)
    issue: dict[str, object] = {"issue_id": "ROSEBUSH-DEAD"}
    opened = {**issue, "topic": "plant_dead", "channel": "email", "refs": refs}
    scribe.fact("issue.opened", company.MAIL, ROSEBUSH, at, opened)
    scribe.fact(
        "discretion.used",
        company.MAIL,
        ROSEBUSH,
        at + 35 * MINUTE,
        {
            **issue,
            "decision_id": "ROSEBUSH-DECISION",
            "gesture": "replacement",
            "reason": "Crue sur parole.",
            "on_customer_word": True,
        },
    )
    scribe.fact("issue.resolved", company.MAIL, ROSEBUSH, at + 40 * MINUTE, issue)
    return at + 45 * MINUTE


def _november(scribe: Scribe, year: int, made: int, refs: tuple[str, ...]) -> int:
    """The promise, and how it was kept; the time at which the house wrote first."""
    giving = Giving(
        "ROSEBUSH",
        "replacement",
        ROSEBUSH,
        company.MAIL,
        made,
        refs,
        due=_on(year, 11, 30, 18),
        channel="email",
        chosen_by="customer",
        honoured_at_source=company.PARCELS,
        wording="Un nouveau rosier en novembre, quand la terre sera prête.",
    )
    word = give(scribe, giving)
    word.promise.fate = "moved_agreed"
    wrote = _on(year, 11, 3, 10)
    word.write_first(wrote, "letter", "email", company.MAIL)
    word.source = company.MAIL
    word.move(_on(year, 11, 4, 8), _on(year, 11, 20, 18), "company", agreed=True, consent=True)
    word.source = company.PARCELS
    word.keep(_on(year, 11, 18, 14, 30))
    scribe.fact(
        "feedback.given",
        company.MAIL,
        ROSEBUSH,
        _on(year, 11, 19, 20),
        {
            "question": "stars",
            "score": 5,
            "scale_min": 1,
            "scale_max": 5,
            "about_ref": refs[0],
            "comment": "Vous n'aviez pas oublié !",
        },
    )
    return wrote


def counter_starts(end: int) -> int:
    """When the roses were ordered that were to be fetched at the counter."""
    return local(day_of(end) - 200, 21, 5)


def counter(scribe: Scribe, at: int) -> Story:
    """The customer who paid, was not believed, and paid again."""
    refs = ("order:COUNTER-17",)
    scribe.open("counter", refs[0], watched=True)
    first = _order(scribe, COUNTER, at, refs)
    giving = Giving(
        "PICKUP-17",
        "pickup",
        COUNTER,
        company.ORDERS,
        at + 2 * MINUTE,
        refs,
        due=local(day_of(at) + 4, 18),
        channel="web",
        chosen_by="customer",
        honoured_at_source=company.COUNTER,
    )
    word = give(scribe, giving)
    word.promise.fate = "kept"
    fetched = local(day_of(at) + 4, 10, 10)
    lost = _pay_in_vain(scribe, at + 9 * MINUTE, fetched, refs)
    again = _pay_again(scribe, fetched + 14 * MINUTE, refs)
    word.keep(fetched + 25 * MINUTE)
    found = _look_into_it(scribe, fetched + 6 * HOUR, lost, refs)
    scribe.wait("unlinked_payment", "PAYMENT-LOST", at + 9 * MINUTE, lost, found)
    _make_amends(scribe, found + DAY, again, refs)
    return Story(
        customer=COUNTER,
        journey_id=first,
        commitments=("PICKUP-17",),
        payments=("PAYMENT-LOST", "PAYMENT-AGAIN"),
        facts=13,
        departments=("web-shop", "payments", "care", "accounting"),
        handovers=6,
        kept_whole=True,
        longest_silence=(fetched + 25 * MINUTE - at - 2 * MINUTE) // SECOND,
    )


def _pay_in_vain(scribe: Scribe, at: int, fetched: int, refs: tuple[str, ...]) -> str:
    """The transfer that no system links, and what it is worth at the counter."""
    lost = scribe.fact(
        "payment.captured",
        company.GATEWAY,
        COUNTER,
        at,
        {**MONEY, "payment_id": "PAYMENT-LOST", "method": "transfer", "reference": "R0SES?"},
    )
    entitled: dict[str, object] = {"entitlement_id": "ENTITLEMENT-17", "refs": refs}
    checked = {**entitled, "outcome": "not_found"}
    scribe.fact("entitlement.checked", company.COUNTER, COUNTER, fetched, checked)
    proof = {**entitled, "what": "relevé de banque"}
    scribe.fact("proof.presented", company.COUNTER, COUNTER, fetched + 8 * MINUTE, proof)
    return lost


def _pay_again(scribe: Scribe, at: int, refs: tuple[str, ...]) -> str:
    again = scribe.fact(
        "payment.captured",
        company.COUNTER,
        COUNTER,
        at,
        {**MONEY, "payment_id": "PAYMENT-AGAIN", "method": "card", "refs": refs},
    )
    scribe.fact(
        "charge.repeated",
        company.COUNTER,
        COUNTER,
        at + MINUTE,
        {**MONEY, "payment_id": "PAYMENT-AGAIN", "first_payment_id": "PAYMENT-LOST", "refs": refs},
        again,
    )
    scribe.fact(
        "payment.linked",
        company.COUNTER,
        COUNTER,
        at + 2 * MINUTE,
        {"payment_id": "PAYMENT-AGAIN", "to_ref": refs[0], "how": "exact_reference"},
        again,
    )
    scribe.wait("unlinked_payment", "PAYMENT-AGAIN", at, again, at + 2 * MINUTE)
    return again


def _look_into_it(scribe: Scribe, told: int, lost: str, refs: tuple[str, ...]) -> int:
    """The complaint, and the payment found by the customer's proof; when it was found."""
    scribe.fact(
        "issue.opened",
        company.PHONE,
        COUNTER,
        told,
        {
            "issue_id": "ISSUE-17",
            "topic": "not_believed",
            "complaint": True,
            "channel": "phone",
            "sent_at": moment(told),
            "refs": refs,
        },
    )
    found = told + 5 * DAY
    scribe.fact(
        "payment.linked",
        company.LEDGER,
        COUNTER,
        found,
        {"payment_id": "PAYMENT-LOST", "to_ref": refs[0], "how": "customer_proof"},
        lost,
    )
    return found


def _make_amends(scribe: Scribe, at: int, again: str, refs: tuple[str, ...]) -> None:
    scribe.fact(
        "suspicion.cleared",
        company.MAIL,
        COUNTER,
        at,
        {"entitlement_id": "ENTITLEMENT-17", "amends": "letter_of_apology", "refs": refs},
    )
    scribe.fact(
        "payment.refunded",
        company.REFUNDS,
        COUNTER,
        at + DAY,
        {**MONEY, "payment_id": "PAYMENT-AGAIN", "reason": "charged_twice"},
        again,
    )
