"""Trust and judgement: payments, entitlements, decisions and rules."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from simulator.journal import Event
from tests.simulator.practices.counting import (
    Shares,
    Wait,
    Waits,
    Worth,
    ended,
    first_of,
    of_type,
    ripe,
    said_of,
    shares,
    speaks,
    wait,
    worth,
    worths,
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


def unlinked_amount(truth: Truth) -> dict[str, Worth]:
    """By method: what those are worth."""
    items: Any = truth.suspense()["items"]
    lost = {item["about"] for item in items if item["reason"] == "unlinked_payment"}
    return worths(
        (str(event.body["method"]), event.body)
        for payment, event in first_of(truth, "payment.captured", "payment_id").items()
        if payment in lost and ripe(truth, event.time, 1)
    )


def time_to_link(truth: Truth) -> Waits[str]:
    """By method: until a system or a person linked the payment, or all of it was given back."""
    linked = first_of(truth, "payment.linked", "payment_id")
    refunds = said_of(truth, "payment.refunded", "payment_id")
    found: Waits[str] = {}
    for payment, captured in first_of(truth, "payment.captured", "payment_id").items():
        link = linked.get(payment)
        ends = (None if link is None else link.time, _repaid(captured, refunds.get(payment, [])))
        end = min((at for at in ends if at is not None), default=None)
        method = str(captured.body["method"])
        found.setdefault(method, []).append(wait(truth, captured.time, end))
    return found


def _repaid(owed: Event, refunds: list[Event]) -> int | None:
    """When refunds came up to an amount, if they did."""
    left = int(str(owed.body["amount_minor"]))
    for refund in refunds:
        left -= int(str(refund.body["amount_minor"]))
        if left <= 0:
            return refund.time
    return None


def adverse_checks(truth: Truth) -> dict[str, Event]:
    """The first check of each entitlement that went against the customer."""
    found: dict[str, Event] = {}
    for event in of_type(truth, "entitlement.checked"):
        if event.body["outcome"] in ("not_found", "refused"):
            found.setdefault(str(event.body["entitlement_id"]), event)
    return found


def time_to_clear(truth: Truth) -> Waits[str | None]:
    """By the rule of the check: of each entitlement, until the suspicion was cleared."""
    cleared = first_of(truth, "suspicion.cleared", "entitlement_id")
    waits: Waits[str | None] = {}
    for entitlement, check in adverse_checks(truth).items():
        end = cleared.get(entitlement)
        rule: Any = check.body.get("rule_id")
        found = wait(truth, check.time, None if end is None else end.time)
        waits.setdefault(rule, []).append(found)
    return waits


def wrongful_suspicion(truth: Truth) -> Shares[str | None]:
    """By the rule of the check."""
    times = time_to_clear(truth)
    return shares((rule, each.ended) for rule, some in times.items() for each in some)


def paid_twice(truth: Truth) -> dict[str, Worth]:
    """What was charged twice, by department."""
    charges = first_of(truth, "charge.repeated", "payment_id").values()
    return worths((speaks(charge), charge.body) for charge in charges)


def time_to_repair(truth: Truth) -> Waits[str]:
    """By department: of each repeated charge, until all was given back."""
    refunds = said_of(truth, "payment.refunded", "payment_id")
    waits: Waits[str] = {}
    for payment, charge in first_of(truth, "charge.repeated", "payment_id").items():
        repaired = wait(truth, charge.time, _repaid(charge, refunds.get(payment, [])))
        waits.setdefault(speaks(charge), []).append(repaired)
    return waits


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


def review_outcomes(truth: Truth) -> dict[str | None, Counter[str]]:
    """What the last reviews say, of drawn decisions and of others, by rule."""
    outcomes: dict[str | None, Counter[str]] = {}
    for each in decisions(truth):
        if each.last is not None:
            outcomes.setdefault(rule_of(each), Counter())[each.last] += 1
    return outcomes


def rule_of(decision: Decision) -> str | None:
    """The rule by which, or beyond which, something was decided."""
    rule: Any = decision.used.body.get("rule_id")
    return None if rule is None else str(rule)


class Control(NamedTuple):
    """How customers are checked, and how decisions are; the ``cents`` of those that were abuse."""

    checks: int
    adverse: int
    disproved: int
    sampled: int
    abuse: int
    cents: Counter[str]


def control(truth: Truth) -> Control:
    """Of all checks and decisions."""
    found = [each for each in decisions(truth) if each.found == "abuse"]
    return Control(
        checks=sum(1 for _ in of_type(truth, "entitlement.checked")),
        adverse=sum(
            check.body["outcome"] in ("not_found", "refused")
            for check in of_type(truth, "entitlement.checked")
        ),
        disproved=sum(map(ended, time_to_clear(truth).values())),
        sampled=sum(each.drawn for each in decisions(truth)),
        abuse=len(found),
        cents=sum((worth(each.used.body) for each in found), Worth()).cents,
    )


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


def discretion(truth: Truth) -> dict[str, Worth]:
    """What was decided, by gesture."""
    return worths((str(each.used.body["gesture"]), each.used.body) for each in decisions(truth))


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


def time_to_rule(truth: Truth) -> dict[str, Wait]:
    """Of each situation, until a rule was published for it."""
    waits: dict[str, Wait] = {}
    for situation, first in first_of(truth, "rule.unmatched", "situation").items():
        ruled = [
            event.time
            for event in of_type(truth, "rule.published")
            if situation in _prompts(event) and event.time > first.time
        ]
        waits[situation] = wait(truth, first.time, ruled[0] if ruled else None)
    return waits


def _prompts(event: Event) -> tuple[str, ...]:
    prompts: Any = event.body.get("prompted_by", ())
    return tuple(prompts)


def rules_revised_from_practice(truth: Truth) -> Shares[str]:
    """Of all revisions, by rule."""
    return shares(
        (str(event.body["rule_id"]), bool(_prompts(event)))
        for event in of_type(truth, "rule.published")
        if int(str(event.body["version"])) > 1
    )


def coaching_encouraged(truth: Truth) -> Shares[str]:
    """By the department that was coached."""
    return shares(
        (str(event.body["about_department"]), event.body["encouraged"] is True)
        for event in of_type(truth, "coaching.held")
    )
