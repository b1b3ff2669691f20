"""One month among colleagues: how they are, what they see of each other, what they learn and what
the house promised them."""

from __future__ import annotations

from typing import Final

from simulator.company import (
    DEPARTMENTS,
    DESK,
    LEDGER,
    MAIL,
    MEANS_LACK,
    NEIGHBOUR,
    PARCELS,
    SITE,
    THICKER_CARD,
)
from simulator.habits import settle_fate
from simulator.house import CARE, Timeline
from simulator.local_time import DAY, HOUR, evening, moment
from simulator.promises import Journey, Scribe

#: What teams are asked twice a year, and which share says yes, give or take a tenth: the customer
#: comes first, cooperation comes last.
_PULSE: Final = {
    "time_to_do_well": 0.6,
    "means_to_satisfy": 0.75,
    "cooperation": 0.5,
    "customer_first": 0.85,
    "meaning": 0.8,
    "leeway": 0.65,
}
#: What is left of it in the team that lacks the means.
_LACKING: Final = 0.25
_LEARNERS: Final = ("executive", "manager", "newcomer", "manager")


def month(scribe: Scribe, timeline: Timeline, number: int) -> None:
    """The month with this number, counted from 0."""
    at = timeline.month(number)
    if number % 6 == 0:
        _take_pulse(scribe, number, at)
    _see_each_other(scribe, at + 8 * DAY)
    _report(scribe, number, at + 10 * DAY)
    _correct(scribe, number, at + 20 * DAY)
    _have_an_idea(scribe, number, at + 11 * DAY)
    _coach(scribe, number, at + 16 * DAY)
    _owe_staff(scribe, number, at + 2 * DAY)


def _take_pulse(scribe: Scribe, number: int, at: int) -> None:
    for place, department in enumerate(DEPARTMENTS):
        when, people = at + place * DAY + 9 * HOUR, 6 + 3 * place
        for question, usual in _PULSE.items():
            lacking = (department, question) == ("accounting", "means_to_satisfy")
            lacking = lacking and number >= MEANS_LACK and not scribe.practices.gives_means
            share = _LACKING if lacking else usual
            favourable = round(people * (share + 0.2 * scribe.random() - 0.1))
            asked = {"department": department, "question": question, "respondents": people}
            pulse = {**asked, "favourable": favourable}
            scribe.fact("pulse.taken", DESK[department], f"staff:{department}", when, pulse)


def _see_each_other(scribe: Scribe, at: int) -> None:
    """Two bravos, a yellow card, which is answered within days, too late or never, and a hand
    that is lent. A card that was written down late has its answer on it already. Where colleagues
    are answered there are as many bravos as departments, and no card waits for a week."""
    answers = scribe.practices.answers_colleagues
    for day in range(len(DEPARTMENTS) if answers else 2):
        giver, taker = scribe.one_of(*DEPARTMENTS), scribe.one_of(*DEPARTMENTS)
        behaviour = scribe.one_of("answers_the_same_day", "keeps_me_informed", "says_what_is_true")
        seen = {"to_department": taker, "from_department": giver, "behaviour": behaviour}
        scribe.fact("bravo.given", DESK[giver], f"department:{taker}", at + day * DAY, seen)
    giver = scribe.one_of(*DEPARTMENTS)
    taker = NEIGHBOUR[giver]
    behaviour = scribe.one_of("leaves_me_without_news", "passes_it_on")
    chance = 0 if answers else scribe.random()
    noted = moment(at + 6 * DAY) if chance > 0.9 else None
    seen = {"to_department": taker, "from_department": giver, "behaviour": behaviour}
    shown: dict[str, object] = {**seen, "answered_at": noted}
    card = scribe.fact(
        "yellow_card.raised", DESK[giver], f"department:{taker}", at + 3 * DAY, shown
    )
    if chance < 0.75:
        answered = at + (5 + int(chance * 60)) * DAY
        answer = {"card": card}
        scribe.fact("yellow_card.answered", DESK[taker], f"department:{giver}", answered, answer)
    lent = {"to_department": NEIGHBOUR[taker]}
    scribe.fact("help.given", DESK[taker], f"department:{taker}", at + 4 * DAY, lent)


def _report(scribe: Scribe, number: int, at: int) -> None:
    """Something does not work; every fourth report is written down by two departments."""
    topic, process, source = (
        ("labels_fade_in_the_rain", "packing", PARCELS),
        ("stock_is_wrong", "ordering", SITE),
        ("two_lists_of_vouchers", "ordering", SITE),
        ("labels_fade_in_the_rain", "packing", PARCELS),
    )[number % 4]
    report = {"report_id": f"REPORT-{number}", "topic": topic, "process": process}
    for day, reporting in enumerate((source, MAIL) if number % 4 == 1 else (source,)):
        scribe.fact("dysfunction.reported", reporting, CARE, at + day * DAY, report)


def _correct(scribe: Scribe, number: int, at: int) -> None:
    """The labels are corrected each quarter, and the card of the boxes once and for all."""
    for cause, action, now in (
        ("label_lost", "printed_in_pigment_ink", number % 3 == 0),
        ("box_crushed", "thicker_card", number == THICKER_CARD),
    ):
        if now:
            done = {"cause": cause, "action": action}
            scribe.fact("cause.corrected", PARCELS, "department:logistics", at, done)


def _have_an_idea(scribe: Scribe, number: int, at: int) -> None:
    """Ideas are decided and mostly answered: within the month, in the second month, or never."""
    department = DEPARTMENTS[number % len(DEPARTMENTS)]
    source, subject = DESK[department], f"department:{department}"

    def idea(step: str, day: int, **body: object) -> None:
        told = {"idea_id": f"IDEA-{number}", **body}
        scribe.fact(f"idea.{step}", source, subject, at + day * DAY, told)

    idea("proposed", 0, topic=scribe.one_of("shorter_letters", "thicker_card", "one_list"))
    # Up to 0.6 the answer comes within the month.
    chance = scribe.random() * (0.6 if scribe.practices.answers_colleagues else 1)
    if chance > 0.9:
        return
    idea("decided", 4, accepted=chance < 0.5)
    if chance < 0.3:
        idea("implemented", 11)
    if chance < 0.8:
        idea("answered", 12 if chance < 0.6 else 45)


def _coach(scribe: Scribe, number: int, at: int) -> None:
    """Care is encouraged to use its judgement; the shop is told what it did wrong."""
    department, rule = (("care", "dead-plant"), ("web-shop", "late-parcel"))[number % 2]
    encouraged = scribe.random() < (0.9 if department == "care" else 0.2)
    coached = {"about_department": department, "rule_id": rule, "encouraged": encouraged}
    scribe.fact("coaching.held", DESK[department], f"department:{department}", at, coached)
    if number % 3 == 0:
        department = DEPARTMENTS[number // 3 % len(DEPARTMENTS)]
        role = _LEARNERS[number // 3 % len(_LEARNERS)]
        held = {"department": department, "role": role, "days": 1.5, "learnings": number % 4 + 1}
        scribe.fact("immersion.held", DESK[department], f"department:{department}", at, held)


def _owe_staff(scribe: Scribe, number: int, at: int) -> None:
    """What is promised to colleagues is kept less often than what is promised to customers:
    expenses are paid back by accounting, training is given by one's own department."""
    for place, about in enumerate(("expenses", "training")):
        department = DEPARTMENTS[(number + place) % len(DEPARTMENTS)]
        source = LEDGER if about == "expenses" else DESK[department]
        made = at + place * DAY + 9 * HOUR
        due = evening(made, 30 if about == "training" else 14)
        promised = f"{about.upper()}-{number}"
        staff = Journey(scribe, f"staff:{department}")
        settle_fate(scribe.promise(staff, promised, about, source, made, due=due))
