"""What comes after an order: questions, complaints, dead plants, refunds, kind words."""

from __future__ import annotations

from entrypoints.demo import company
from entrypoints.demo.fates import settle_fate
from entrypoints.demo.giving import Giving, give
from entrypoints.demo.house import Policies, opening_hour
from entrypoints.demo.moments import DAY, HOUR, MINUTE, date_of, day_number, day_of, local, moment
from entrypoints.demo.orders import Order, hand_out
from entrypoints.demo.people import People
from entrypoints.demo.scribe import Scribe
from entrypoints.demo.word import Word


def feedback(scribe: Scribe, order: Order, at: int) -> None:
    """A score, lower where the parcel was late, and for some a pillar read from the comment."""
    question, low, high = (("stars", 1, 5), ("nps", 0, 10), ("csat", 1, 5), ("ces", 1, 7))[
        int(scribe.random() * 4)
    ]
    happy = at < order.due + 2 * DAY
    share = 0.6 + 0.4 * scribe.random() if happy else 0.7 * scribe.random()
    body: dict[str, object] = {
        "question": question,
        "score": low + round(share * (high - low)),
        "scale_min": low,
        "scale_max": high,
        "about_ref": order.thread,
    }
    given = scribe.fact("feedback.given", company.MAIL, order.party, at, body)
    if scribe.random() < 0.15:
        scribe.fact(
            "pillar.tagged",
            company.MAIL,
            order.party,
            at + DAY,
            {
                "fact_id": given,
                "pillar": "thoughtfulness" if happy else "facilitation",
                "praise": happy,
                "coder": "person",
                "refs": order.refs,
            },
        )
        scribe.fact(
            "attitude.shown",
            company.MAIL,
            order.party,
            at + DAY + HOUR,
            {"attitude": "attend", "seen_by": "customer", "refs": order.refs},
        )


def call(scribe: Scribe, order: Order, people: People, policies: Policies, at: int) -> None:
    """The customer calls with a question and is promised a call back, within the policy's time."""
    party = people.caller(scribe, order.party, at)
    called: dict[str, object] = {
        "kind": "call",
        "channel": "phone",
        "initiated_by": "customer",
        "refs": order.refs,
    }
    scribe.fact("touchpoint.occurred", company.PHONE, party, at, called)
    made = at + 6 * MINUTE
    word: list[Word] = []

    def deed(when: int) -> None:
        word[0].write_first(when - 2 * MINUTE, "call", "phone", company.PHONE)

    giving = Giving(
        f"CALLBACK-{order.number}",
        "callback",
        party,
        company.PHONE,
        made,
        order.refs,
        policy_due=policies.callback_due(made),
        channel="phone",
        deed=deed,
    )
    word.append(give(scribe, giving))
    if scribe.random() < 0.2:
        scribe.fact(
            "information.reasked",
            company.PHONE,
            party,
            at + 3 * MINUTE,
            {"what": "order_number", "refs": order.refs},
        )
    settle_fate(word[0])


def small_promise(scribe: Scribe, order: Order, about: str, at: int) -> None:
    """A copy of an invoice, a catalogue, or a note when a rose is in stock again."""
    source, days = {
        "invoice_copy": (company.INVOICES, 3),
        "catalogue": (company.CATALOGUE, 12),
        "stock_notice": (company.SITE, None),
    }[about]
    due = None if days is None else local(day_of(at) + days, 18)
    prefix = about.partition("_")[0].upper()
    giving = Giving(
        f"{prefix}-{order.number}",
        about,
        order.party,
        source,
        at,
        order.refs,
        due=due,
        channel="web" if days is None else "email",
        chosen_by="company" if due else None,
    )
    if due is not None and scribe.random() < 0.06:
        _done_before_written(scribe, giving, at)
    else:
        settle_fate(give(scribe, giving))


def _done_before_written(scribe: Scribe, giving: Giving, at: int) -> None:
    if at <= scribe.end:
        word = give(scribe, giving)
        word.promise.fate = "kept"
        word.kept_already(scribe.between(at - 3 * HOUR, at))


def refund(scribe: Scribe, order: Order, at: int) -> None:
    """Money is promised back within a fortnight."""

    def deed(when: int) -> None:
        scribe.fact(
            "payment.refunded",
            company.REFUNDS,
            order.party,
            when - MINUTE,
            {
                "payment_id": f"PAYMENT-{order.number}",
                "amount_minor": order.amount,
                "currency": "EUR",
                "reason": "order_cancelled",
                "refs": order.refs,
            },
        )

    giving = Giving(
        f"REFUND-{order.number}",
        "refund",
        order.party,
        company.REFUNDS,
        at,
        order.refs,
        due=local(day_of(at) + 14, 18),
        channel="email",
        chosen_by="company",
        deed=deed,
    )
    settle_fate(give(scribe, giving))


def decline(scribe: Scribe, order: Order, at: int) -> None:
    """A date that cannot be kept is declined, honestly."""
    scribe.fact(
        "commitment.declined",
        company.ORDERS,
        order.party,
        at,
        {"about": "delivery", "reason": "ground_frozen", "refs": order.refs},
    )


def _open_issue(
    scribe: Scribe, order: Order, issue: str, topic: str, at: int, complaint: bool
) -> str:
    channel = ("email", "email", "phone", "letter")[int(scribe.random() * 4)]
    source = company.PHONE if channel == "phone" else company.MAIL
    body: dict[str, object] = {
        "issue_id": issue,
        "topic": topic,
        "complaint": complaint,
        "channel": channel,
        "about_commitment_id": f"DELIVERY-{order.number}",
        "refs": order.refs,
    }
    if channel == "letter":
        body["sent_at"] = moment(at - 2 * DAY)
    scribe.fact("issue.opened", source, order.party, at, body)
    return channel


def dead_plant(scribe: Scribe, order: Order, at: int) -> None:
    """A rose died. Mostly the customer is believed without a question, and chooses when the new one
    comes: in November, or in March for those who write in autumn."""
    issue: dict[str, object] = {"issue_id": f"ISSUE-{order.number}"}
    _open_issue(scribe, order, f"ISSUE-{order.number}", "plant_dead", at, complaint=False)
    _believe(scribe, order, issue, at)
    scribe.fact("issue.resolved", company.MAIL, order.party, at + 40 * MINUTE, issue)
    today = date_of(day_of(at))
    year, month, day = (today.year + 1, 3, 15) if today.month >= 9 else (today.year, 11, 30)
    due = local(day_number(today.replace(year, month, day)), 18)
    giving = Giving(
        f"REPLACEMENT-{order.number}",
        "replacement",
        order.party,
        company.MAIL,
        at + HOUR,
        order.refs,
        due=due,
        channel="email",
        chosen_by="customer",
        honoured_at_source=company.PARCELS,
        deed=lambda when: hand_out(scribe, order, when - DAY, when),
    )
    word = give(scribe, giving)
    if scribe.random() < 0.6:
        write = scribe.between(due - 28 * DAY, due - 24 * DAY)
        word.write_first(write, "letter", "email", company.MAIL)
    settle_fate(word)


def _believe(scribe: Scribe, order: Order, issue: dict[str, object], at: int) -> None:
    decision = f"DECISION-{order.number}"
    scribe.fact(
        "discretion.used",
        company.MAIL,
        order.party,
        at + 30 * MINUTE,
        {
            **issue,
            "decision_id": decision,
            "rule_id": "dead-plant",
            "gesture": "replacement",
            "amount_minor": 2490,
            "currency": "EUR",
            "on_customer_word": scribe.random() < 0.85,
        },
    )
    if scribe.random() < 0.1:
        _review(scribe, order, decision, at)


def _review(scribe: Scribe, order: Order, decision: str, at: int) -> None:
    drawn: dict[str, object] = {"decision_id": decision}
    scribe.fact("discretion.sampled", company.MAIL, order.party, at + 10 * DAY, drawn)
    outcome = ("sound", "sound", "sound", "could_improve")[int(scribe.random() * 4)]
    scribe.fact(
        "discretion.reviewed",
        company.MAIL,
        order.party,
        at + 20 * DAY,
        {"decision_id": decision, "outcome": outcome},
    )


def complaint(scribe: Scribe, order: Order, policies: Policies, at: int) -> None:
    """A complaint: its answer is promised by policy, so many working days from an hour at which
    the house is open."""
    issue = f"COMPLAINT-{order.number}"
    _open_issue(scribe, order, issue, "parcel_damaged", at, complaint=True)
    made = opening_hour(scribe, at)
    about: dict[str, object] = {"issue_id": issue}
    scribe.fact("issue.acknowledged", company.MAIL, order.party, made - MINUTE, dict(about))
    answered: list[int] = []

    def deed(when: int) -> None:
        final = {**about, "final": True}
        scribe.fact("issue.answered", company.MAIL, order.party, when - MINUTE, final)
        answered.append(when)

    giving = Giving(
        f"ANSWER-{order.number}",
        "complaint_answer",
        order.party,
        company.MAIL,
        made,
        order.refs,
        policy_due=policies.answer_due(made),
        channel="email",
        deed=deed,
    )
    word = give(scribe, giving)
    _make_it_hard(scribe, order, issue, made)
    settle_fate(word)
    if answered:
        _close_complaint(scribe, order, issue, word, answered[-1])
    else:
        _escalate(scribe, order, issue, made + 40 * DAY)


def _make_it_hard(scribe: Scribe, order: Order, issue: str, at: int) -> None:
    """Eight times in ten something stands between the customer and the answer, or somebody helps:
    the first row whose share is not used up by the dice."""
    chance = scribe.random()
    rule = {"rule_id": "returns", "next_step_offered": chance < 0.56}
    forced = {"from_channel": "phone", "to_channel": "letter"}
    for share, type_, source, body in (
        (0.25, "channel.forced", company.MAIL, forced),
        (0.50, "information.reasked", company.MAIL, {"what": "photo"}),
        (0.60, "rule.invoked", company.MAIL, rule),
        (0.65, "rule.unmatched", company.MAIL, {"situation": "rose_moved_house"}),
        (0.80, "help.given", company.PARCELS, {"to_department": "care"}),
    ):
        if chance < share:
            scribe.fact(type_, source, order.party, at + HOUR, {**body, "issue_id": issue})
            return


def _close_complaint(scribe: Scribe, order: Order, issue: str, word: Word, answered: int) -> None:
    about: dict[str, object] = {"issue_id": issue}
    party, commitment = order.party, word.promise.commitment_id
    at = answered + HOUR
    if scribe.random() < 0.6:
        scribe.fact(
            "error.acknowledged",
            company.MAIL,
            party,
            at,
            {**about, "commitment_id": commitment, "detected_by": "customer"},
        )
        scribe.fact(
            "remedy.given",
            company.MAIL,
            party,
            at + MINUTE,
            {
                **about,
                "commitment_id": commitment,
                "remedy": "postage_refunded",
                "amount_minor": 690,
                "currency": "EUR",
            },
        )
        scribe.sign(word.promise, at, at + MINUTE)
    cause = {**about, "cause": "label_lost"}
    scribe.fact("cause.identified", company.PARCELS, party, at + 2 * HOUR, cause)
    scribe.fact("issue.resolved", company.MAIL, party, at + 3 * HOUR, dict(about))
    chance = scribe.random()
    if chance < 0.6:
        scribe.fact("issue.confirmed", company.MAIL, party, at + 2 * DAY, dict(about))
    elif chance < 0.68:
        again = {**about, "reason": "not_solved"}
        scribe.fact("issue.reopened", company.MAIL, party, at + 4 * DAY, again)
        _escalate(scribe, order, issue, at + 12 * DAY)


def _escalate(scribe: Scribe, order: Order, issue: str, at: int) -> None:
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
        scribe.fact(type_, company.MAIL, order.party, at + number * DAY, body)
