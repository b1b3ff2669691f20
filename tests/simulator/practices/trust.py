"""Trust and judgement: payments, entitlements, decisions and rules."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from simulator.journal import Event
from tests.simulator.practices.counting import (
    Shares,
    first_of,
    of_type,
    ripe,
    said_of,
    shares,
    speaks,
)
from tests.simulator.truth import Truth


def unlinked_payments(truth: Truth) -> Shares[str]:
    """By method: those that no system has linked and nobody has given back, after a day."""
    items: Any = truth.suspense()["items"]
    lost = {item["about"] for item in items if item["reason"] == "unlinked_payment"}
    return shares(
        (str(event.body["method"]), payment in lost)
        for payment, event in first_of(truth, "payment.captured", "payment_id").items()
        if ripe(truth, event.time, 1)
    )


def unlinked_amount(truth: Truth) -> Counter[str]:
    """Those payments' amounts in cents, by currency."""
    items: Any = truth.suspense()["items"]
    lost = {item["about"] for item in items if item["reason"] == "unlinked_payment"}
    amounts: Counter[str] = Counter()
    for payment, event in first_of(truth, "payment.captured", "payment_id").items():
        if payment in lost and ripe(truth, event.time, 1):
            amounts[str(event.body["currency"])] += int(str(event.body["amount_minor"]))
    return amounts


def adverse_checks(truth: Truth) -> dict[str, Event]:
    """The first check of each entitlement that went against the customer."""
    found: dict[str, Event] = {}
    for event in of_type(truth, "entitlement.checked"):
        if event.body["outcome"] in ("not_found", "refused"):
            found.setdefault(str(event.body["entitlement_id"]), event)
    return found


def time_to_clear(truth: Truth) -> dict[str | None, list[int | None]]:
    """Of each entitlement, the microseconds until the suspicion was cleared, None where it still
    waits; by the rule of the check."""
    cleared = first_of(truth, "suspicion.cleared", "entitlement_id")
    times: dict[str | None, list[int | None]] = {}
    for entitlement, check in adverse_checks(truth).items():
        end = cleared.get(entitlement)
        rule: Any = check.body.get("rule_id")
        times.setdefault(rule, []).append(None if end is None else end.time - check.time)
    return times


def wrongful_suspicion(truth: Truth) -> Shares[str | None]:
    """By the rule of the check."""
    times = time_to_clear(truth)
    return shares((rule, time is not None) for rule, some in times.items() for time in some)


def paid_twice(truth: Truth) -> Counter[str]:
    """What was charged twice, in cents, by currency."""
    amounts: Counter[str] = Counter()
    for event in first_of(truth, "charge.repeated", "payment_id").values():
        amounts[str(event.body["currency"])] += int(str(event.body["amount_minor"]))
    return amounts


def time_to_repair(truth: Truth) -> list[int | None]:
    """Of each repeated charge, the microseconds until all was given back, None where it waits."""
    refunds = said_of(truth, "payment.refunded", "payment_id")
    times: list[int | None] = []
    for payment, charge in first_of(truth, "charge.repeated", "payment_id").items():
        owed, repaired = int(str(charge.body["amount_minor"])), None
        for refund in refunds.get(payment, []):
            owed -= int(str(refund.body["amount_minor"]))
            if owed <= 0 and repaired is None:
                repaired = refund.time - charge.time
        times.append(repaired)
    return times


class Decision(NamedTuple):
    """A decision at somebody's discretion, and what was made of it. ``drawn``: at random;
    ``found``: what the last review after that said; ``last``: what the last review of all said."""

    used: Event
    drawn: bool
    found: str | None
    last: str | None


def decisions(truth: Truth) -> list[Decision]:
    """All decisions."""
    sampled = first_of(truth, "discretion.sampled", "decision_id")
    reviewed = said_of(truth, "discretion.reviewed", "decision_id")
    made = []
    for decision, used in first_of(truth, "discretion.used", "decision_id").items():
        draw, reviews = sampled.get(decision), reviewed.get(decision, [])
        after = [each for each in reviews if draw is not None and each.time > draw.time]
        made.append(Decision(used, draw is not None, _last_outcome(after), _last_outcome(reviews)))
    return made


def _last_outcome(reviews: list[Event]) -> str | None:
    return str(reviews[-1].body["outcome"]) if reviews else None


def sampled(truth: Truth) -> Shares[str]:
    """By department."""
    return shares((speaks(each.used), each.drawn) for each in decisions(truth))


def abuse(truth: Truth) -> Shares[str]:
    """By department, of the decisions that were drawn and then reviewed."""
    return shares(
        (speaks(each.used), each.found == "abuse")
        for each in decisions(truth)
        if each.found is not None
    )


def abuse_waiting(truth: Truth) -> Counter[str]:
    """How many were drawn and not reviewed since, by department."""
    return Counter(
        speaks(each.used) for each in decisions(truth) if each.drawn and each.found is None
    )


def review_outcomes(truth: Truth) -> dict[str, Counter[str]]:
    """What the last reviews say, of drawn decisions and of others, by department."""
    outcomes: dict[str, Counter[str]] = {}
    for each in decisions(truth):
        if each.last is not None:
            outcomes.setdefault(speaks(each.used), Counter())[each.last] += 1
    return outcomes


def on_customers_word(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(each.used), each.used.body.get("on_customer_word") is True)
        for each in decisions(truth)
    )


def beyond_rule(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(each.used), each.used.body.get("beyond_rule") is True) for each in decisions(truth)
    )


def discretion(truth: Truth) -> Counter[tuple[str, str]]:
    """What was decided, in cents, by gesture and currency."""
    amounts: Counter[tuple[str, str]] = Counter()
    for each in decisions(truth):
        body = each.used.body
        if "amount_minor" in body:
            amounts[str(body["gesture"]), str(body["currency"])] += int(str(body["amount_minor"]))
    return amounts


def no_next_step(truth: Truth) -> Shares[str]:
    """By department."""
    return shares(
        (speaks(event), event.body["next_step_offered"] is False)
        for event in of_type(truth, "rule.invoked")
    )


def uncovered(truth: Truth) -> Shares[str]:
    """Issues that no rule had foreseen, by the department that opened them."""
    unmatched = first_of(truth, "rule.unmatched", "issue_id")
    return shares(
        (speaks(opened), issue in unmatched)
        for issue, opened in first_of(truth, "issue.opened", "issue_id").items()
    )


def time_to_rule(truth: Truth) -> dict[str, int | None]:
    """Of each situation, the microseconds until a rule was published for it, None where it still
    waits."""
    times: dict[str, int | None] = {}
    for situation, first in first_of(truth, "rule.unmatched", "situation").items():
        ruled = [
            event.time
            for event in of_type(truth, "rule.published")
            if situation in _prompts(event) and event.time > first.time
        ]
        times[situation] = ruled[0] - first.time if ruled else None
    return times


def _prompts(event: Event) -> tuple[str, ...]:
    prompts: Any = event.body.get("prompted_by", ())
    return tuple(prompts)


def rules_revised_from_practice(truth: Truth) -> Shares[None]:
    """Of all revisions."""
    return shares(
        (None, bool(_prompts(event)))
        for event in of_type(truth, "rule.published")
        if int(str(event.body["version"])) > 1
    )


def coaching_encouraged(truth: Truth) -> Shares[str]:
    """By the department that was coached."""
    return shares(
        (str(event.body["about_department"]), event.body["encouraged"] is True)
        for event in of_type(truth, "coaching.held")
    )
