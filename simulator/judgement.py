"""Rules and judgement: where a rule ends the conversation, and where somebody decides.

Care's decisions are drawn at random for review. Those of the shop are reviewed only where somebody
had a suspicion, so nothing can be told from them about the others.
"""

from __future__ import annotations

from simulator.company import MAIL, ORDERS, POSTAGE, PRICE, SITE, UNFORESEEN
from simulator.habits import settle_fate
from simulator.house import Timeline
from simulator.local_time import DAY, HOUR, MINUTE, evening
from simulator.orders import Order
from simulator.terms import promise_after


def request(order: Order, timeline: Timeline, at: int) -> None:
    """The customer asks for a change of the order. In the shop the rule is mostly the last word,
    and half of those who heard it come back; care nearly always says what can be done instead."""
    scribe, issue = order.scribe, f"REQUEST-{order.number}"
    shop = scribe.random() < 0.5
    source, channel = (SITE, "chat") if shop else (MAIL, "email")
    opened = {"issue_id": issue, "topic": "change_of_order", "channel": channel}
    order.fact("issue.opened", source, at, **opened, labels=order.labels, refs=order.refs)
    last_word = shop and not scribe.practices.offers_a_next_step
    offered = scribe.random() < (0.12 if last_word else 0.88)
    invoked = {"issue_id": issue, "rule_id": "returns", "next_step_offered": offered}
    order.fact("rule.invoked", source, at + 4 * MINUTE, **invoked)
    _unforeseen(order, issue, timeline, source, at + 9 * MINUTE)
    if offered or scribe.random() < 0.5:
        order.fact("issue.resolved", source, scribe.between(at + HOUR, at + DAY), issue_id=issue)
    elif scribe.practices.owns_issues:
        settle_by_call(order, issue, at + 10 * MINUTE)
    if not offered and scribe.random() < 0.5:
        called = {"issue_id": issue, "kind": "call", "channel": "phone", "initiated_by": "customer"}
        again = scribe.between(at + 2 * DAY, at + 12 * DAY)
        order.fact("touchpoint.occurred", MAIL, again, **called)


def settle_by_call(order: Order, issue: str, at: int) -> None:
    """The customer is promised a call about an issue, and the call settles it."""

    def deed(when: int) -> None:
        order.fact("issue.resolved", MAIL, when - MINUTE, issue_id=issue)

    due, again = evening(at, 2), f"-{issue}"
    settle_fate(promise_after(order, "callback", at, issue=issue, again=again, due=due, deed=deed))


def _unforeseen(order: Order, issue: str, timeline: Timeline, source: str, at: int) -> None:
    """Some cases are in no rule, until one is published for them."""
    open_ones = [
        situation
        for situation, (brought_up, ruled) in UNFORESEEN.items()
        if timeline.since(brought_up, at) and not (ruled and timeline.since(ruled, at))
    ]
    if open_ones and order.scribe.random() < 0.3:
        situation = order.scribe.one_of(*open_ones)
        order.fact("rule.unmatched", source, at, issue_id=issue, situation=situation)


def believe(order: Order, issue: str, at: int) -> None:
    """A rose died: mostly the customer is believed without a question. One decision in five is
    drawn for review, and most of those are reviewed."""
    scribe, decision = order.scribe, f"DECISION-{order.number}"
    amount = {"amount_minor": PRICE, "currency": order.money["currency"]}
    why = {"issue_id": issue, "decision_id": decision, "rule_id": "dead-plant"}
    believed, beyond = scribe.random() < 0.85, scribe.random() < 0.08
    used = {**why, **amount, "gesture": "replacement", "on_customer_word": believed}
    order.fact("discretion.used", MAIL, at, **used, beyond_rule=beyond)
    chance = scribe.random()
    if chance < 0.2:
        order.fact("discretion.sampled", MAIL, at + 10 * DAY, decision_id=decision)
    if chance < 0.18:
        outcomes = ("sound",) * 13 + ("could_improve",) * 5 + ("abuse", "other")
        outcome = scribe.one_of(*outcomes)
        if outcome in ("abuse", "other") or not scribe.practices.reviews_suspects:
            reviewed = {"decision_id": decision, "outcome": outcome}
            order.fact("discretion.reviewed", MAIL, at + 20 * DAY, **reviewed)


def excuse(order: Order, at: int) -> None:
    """The shop gives the postage back for a parcel that came late. Nobody draws these decisions:
    the ones that are reviewed are those which looked strange."""
    scribe, decision = order.scribe, f"POSTAGE-{order.number}"
    amount = {"amount_minor": POSTAGE, "currency": order.money["currency"]}
    used = {"decision_id": decision, "rule_id": "late-parcel", "gesture": "postage_refunded"}
    delivery = {"commitment_id": f"DELIVERY-{order.number}"}
    beyond = scribe.random() < 0.15
    order.fact("discretion.used", ORDERS, at, **used, **amount, **delivery, beyond_rule=beyond)
    if scribe.random() < 0.12:
        outcome = scribe.one_of("abuse", "abuse", "sound")
        reviewed = {"decision_id": decision, "outcome": outcome}
        order.fact("discretion.reviewed", ORDERS, at + 6 * DAY, **reviewed)
