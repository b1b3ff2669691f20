"""What comes after an order: questions, complaints, dead plants, refunds, kind words."""

from __future__ import annotations

from simulator import company
from simulator.company import MAIL, PHONE
from simulator.habits import settle_fate
from simulator.house import callback_due, opening_hour
from simulator.local_time import (
    DAY,
    HOUR,
    MINUTE,
    evening,
    local_date,
    moment,
    on,
    working_days_later,
)
from simulator.orders import Order, hand_out
from simulator.people import People
from simulator.promises import Deed, Journey, Promise

#: Questions with their scales.
_SCALES = (("stars", 1, 5), ("nps", 0, 10), ("csat", 1, 5), ("ces", 1, 7))
#: What is promised after an order: the first word of its id, who promises, through which channel,
#: and who chose the date, where one is given.
_PROMISED = {
    "callback": ("CALLBACK", PHONE, "phone", None),
    "catalogue": ("CATALOGUE", company.CATALOGUE, "email", "company"),
    "complaint_answer": ("ANSWER", MAIL, "email", None),
    "invoice_copy": ("INVOICE", company.INVOICES, "email", "company"),
    "refund": ("REFUND", company.REFUNDS, "email", "company"),
    "replacement": ("REPLACEMENT", MAIL, "email", "customer"),
    "stock_notice": ("STOCK", company.SITE, "web", None),
}
#: Small things that are promised within so many days.
_DAYS = {"catalogue": 12, "invoice_copy": 3}


def _promise(
    order: Order,
    about: str,
    at: int,
    *,
    caller: Journey | None = None,
    due: int | None = None,
    policy_due: int | None = None,
    kept_at: str | None = None,
    deed: Deed | None = None,
) -> Promise:
    prefix, source, channel, chosen_by = _PROMISED[about]
    return order.scribe.promise(
        caller or order,
        f"{prefix}-{order.number}",
        about,
        source,
        at,
        due=due,
        policy_due=policy_due,
        kept_at=kept_at,
        deed=deed,
        entry_point=channel,
        due_chosen_by=chosen_by,
    )


def feedback(order: Order, at: int) -> None:
    """A score, lower where the parcel was late, and for some a pillar read from the comment."""
    scribe = order.scribe
    question, low, high = _SCALES[int(scribe.random() * 4)]
    happy = at < order.due + 2 * DAY
    share = 0.6 + 0.4 * scribe.random() if happy else 0.7 * scribe.random()
    score = {"score": low + round(share * (high - low)), "scale_min": low, "scale_max": high}
    about = {"question": question, "about_ref": order.refs[0]}
    given = order.fact("feedback.given", MAIL, at, **score, **about)
    if scribe.random() < 0.15:
        pillar = "thoughtfulness" if happy else "facilitation"
        read = {"fact_id": given, "pillar": pillar, "praise": happy, "coder": "person"}
        order.fact("pillar.tagged", MAIL, at + DAY, **read, refs=order.refs)
        shown = {"attitude": "attend", "seen_by": "customer", "refs": order.refs}
        order.fact("attitude.shown", MAIL, at + DAY + HOUR, **shown)


def call(order: Order, people: People, tightened_at: int, at: int) -> None:
    """The customer calls with a question and is promised a call back, within the policy's time."""
    caller = people.caller(order, at)
    caller.touch(PHONE, at, "call", "phone", "customer")
    made = at + 6 * MINUTE

    def deed(when: int) -> None:
        promise.write_first(when - 2 * MINUTE, "call", "phone", PHONE)

    due = callback_due(made, tightened_at)
    promise = _promise(order, "callback", made, caller=caller, policy_due=due, deed=deed)
    if order.scribe.random() < 0.2:
        reasked = {"what": "order_number", "refs": order.refs}
        caller.fact("information.reasked", PHONE, at + 3 * MINUTE, **reasked)
    settle_fate(promise)


def small_promise(order: Order, about: str, at: int) -> None:
    """A copy of an invoice, a catalogue, or a note when a rose is in stock again. Some are done
    before the promise is written down."""
    scribe = order.scribe
    due = evening(at, _DAYS[about]) if about in _DAYS else None
    done_before = due is not None and scribe.random() < 0.06
    if done_before and at > scribe.end:
        return
    promise = _promise(order, about, at, due=due)
    if done_before:
        promise.kept_already(scribe.between(at - 3 * HOUR, at))
    else:
        settle_fate(promise)


def refund(order: Order, at: int) -> None:
    """Money is promised back within a fortnight."""

    def deed(when: int) -> None:
        back = {**order.money, "reason": "order_cancelled", "refs": order.refs}
        order.fact("payment.refunded", company.REFUNDS, when - MINUTE, **back)

    settle_fate(_promise(order, "refund", at, due=evening(at, 14), deed=deed))


def decline(order: Order, at: int) -> None:
    """A date that cannot be kept is declined, honestly."""
    declined = {"about": "delivery", "reason": "ground_frozen", "refs": order.refs}
    order.fact("commitment.declined", company.ORDERS, at, **declined)


def _open_issue(order: Order, issue: str, topic: str, at: int, complaint: bool) -> None:
    channel = order.scribe.one_of("email", "email", "phone", "letter")
    source = PHONE if channel == "phone" else MAIL
    sent_at = moment(at - 2 * DAY) if channel == "letter" else None
    what = {"issue_id": issue, "topic": topic, "complaint": complaint, "channel": channel}
    about = {"about_commitment_id": f"DELIVERY-{order.number}", "refs": order.refs}
    order.fact("issue.opened", source, at, **what, **about, sent_at=sent_at)


def dead_plant(order: Order, at: int) -> None:
    """A rose died. Mostly the customer is believed without a question, and chooses when the new one
    comes: in November, or in March for those who write in autumn."""
    scribe, issue = order.scribe, f"ISSUE-{order.number}"
    _open_issue(order, issue, "plant_dead", at, complaint=False)
    _believe(order, issue, at)
    order.fact("issue.resolved", MAIL, at + 40 * MINUTE, issue_id=issue)
    today = local_date(at)
    due = on(today.year + 1, 3, 15) if today.month >= 9 else on(today.year, 11, 30)

    def deed(when: int) -> None:
        hand_out(order, when - DAY, when)

    kept_at = company.PARCELS
    promise = _promise(order, "replacement", at + HOUR, due=due, kept_at=kept_at, deed=deed)
    if scribe.random() < 0.6:
        write = scribe.between(due - 28 * DAY, due - 24 * DAY)
        promise.write_first(write, "letter", "email", MAIL)
    settle_fate(promise)


def _believe(order: Order, issue: str, at: int) -> None:
    scribe, decision = order.scribe, f"DECISION-{order.number}"
    gesture = {"gesture": "replacement", "amount_minor": company.PRICE, "currency": "EUR"}
    why = {"issue_id": issue, "decision_id": decision, "rule_id": "dead-plant"}
    believed = scribe.random() < 0.85
    used = {**why, **gesture, "on_customer_word": believed}
    order.fact("discretion.used", MAIL, at + 30 * MINUTE, **used)
    if scribe.random() < 0.1:
        order.fact("discretion.sampled", MAIL, at + 10 * DAY, decision_id=decision)
        outcome = scribe.one_of("sound", "sound", "sound", "could_improve")
        reviewed = {"decision_id": decision, "outcome": outcome}
        order.fact("discretion.reviewed", MAIL, at + 20 * DAY, **reviewed)


def complaint(order: Order, at: int) -> None:
    """A complaint: its answer is promised by policy, so many working days from an hour at which
    the house is open."""
    issue = f"COMPLAINT-{order.number}"
    _open_issue(order, issue, "parcel_damaged", at, complaint=True)
    made = opening_hour(order.scribe, at)
    order.fact("issue.acknowledged", MAIL, made - MINUTE, issue_id=issue)
    answered: list[int] = []

    def deed(when: int) -> None:
        order.fact("issue.answered", MAIL, when - MINUTE, issue_id=issue, final=True)
        answered.append(when)

    due = working_days_later(made, company.ANSWER_DAYS)
    promise = _promise(order, "complaint_answer", made, policy_due=due, deed=deed)
    _make_it_hard(order, issue, made + HOUR)
    settle_fate(promise)
    if answered:
        _close_complaint(order, issue, promise, answered[-1] + HOUR)
    else:
        _escalate(order, issue, made + 40 * DAY)


def _make_it_hard(order: Order, issue: str, at: int) -> None:
    """Eight times in ten something stands between the customer and the answer, or somebody helps:
    the first row whose share is not used up by the dice."""
    chance = order.scribe.random()
    rule = {"rule_id": "returns", "next_step_offered": chance < 0.56}
    forced = {"from_channel": "phone", "to_channel": "letter"}
    for share, type_, source, body in (
        (0.25, "channel.forced", MAIL, forced),
        (0.50, "information.reasked", MAIL, {"what": "photo"}),
        (0.60, "rule.invoked", MAIL, rule),
        (0.65, "rule.unmatched", MAIL, {"situation": "rose_moved_house"}),
        (0.80, "help.given", company.PARCELS, {"to_department": "care"}),
    ):
        if chance < share:
            order.fact(type_, source, at, issue_id=issue, **body)
            return


def _close_complaint(order: Order, issue: str, promise: Promise, at: int) -> None:
    if order.scribe.random() < 0.6:
        promise.write("error.acknowledged", MAIL, at, issue_id=issue, detected_by="customer")
        given = {"remedy": "postage_refunded", "amount_minor": 690, "currency": "EUR"}
        promise.write("remedy.given", MAIL, at + MINUTE, issue_id=issue, **given)
    cause = {"issue_id": issue, "cause": "label_lost"}
    order.fact("cause.identified", company.PARCELS, at + 2 * HOUR, **cause)
    order.fact("issue.resolved", MAIL, at + 3 * HOUR, issue_id=issue)
    chance = order.scribe.random()
    if chance < 0.6:
        order.fact("issue.confirmed", MAIL, at + 2 * DAY, issue_id=issue)
    elif chance < 0.68:
        order.fact("issue.reopened", MAIL, at + 4 * DAY, issue_id=issue, reason="not_solved")
        _escalate(order, issue, at + 12 * DAY)


def _escalate(order: Order, issue: str, at: int) -> None:
    """A mediator is asked, and one department conducts the rest."""
    journey: dict[str, object] = {"journey_id": issue, "refs": order.refs}
    conductor = {**journey, "department": "care"}
    told: tuple[tuple[str, dict[str, object]], ...] = (
        ("issue.escalated", {"issue_id": issue, "level": "mediator"}),
        ("journey.opened", {**journey, "kind": "mediation"}),
        ("journey.conductor_named", conductor),
        ("conductor.intervened", {**conductor, "reason": "no_answer"}),
        ("journey.closed", {**journey, "outcome": "settled"}),
    )
    for number, (type_, body) in enumerate(told):
        order.fact(type_, MAIL, at + number * DAY, **body)
