"""The house's own facts: its calendar, policies and rules, and what it does about them each month.

Also which date a policy gives, in the simulator's own arithmetic.
"""

from __future__ import annotations

from simulator.company import ANSWER_DAYS, CALLBACK_HOURS, DEPARTMENTS, DESK, MAIL, PARCELS
from simulator.local_time import (
    DAY,
    HOUR,
    MINUTE,
    ZONE,
    day_of,
    holidays,
    local,
    local_date,
    on,
    working_day,
)
from simulator.promises import Scribe

CALENDAR = "brumelle-open"
CARE, LOGISTICS = "department:care", "department:logistics"
QUESTIONS = ("time_to_do_well", "means_to_satisfy", "cooperation", "customer_first", "leeway")

_WEEK = tuple(
    f"{day} {hours}"
    for day in ("mon", "tue", "wed", "thu", "fri")
    for hours in ("09:00-12:30", "13:30-18:00")
)
_RULES = {
    "dead-plant": "Believe the customer; replace without a photo.",
    "late-parcel": "Refund the postage up to the limit.",
    "returns": "Take back within thirty days; beyond that, use your judgement.",
}


def callback_due(made: int, tightened_at: int) -> int:
    """When a call-back that was promised at ``made`` is due: in fewer hours from ``tightened_at``
    on."""
    return made + CALLBACK_HOURS[made >= tightened_at] * HOUR


def opening_hour(scribe: Scribe, at: int) -> int:
    """An instant of the opening hours, on the next day after ``at`` that the house is open."""
    day = working_day(day_of(at) + 1)
    hour = (9, 10, 11, 14, 15, 16)[int(scribe.random() * 6)]
    return local(day, hour) + MINUTE + int(scribe.random() * 55) * MINUTE


def publish(scribe: Scribe, start: int, years: int, tightened_at: int) -> None:
    """Calendars, policies and rules. Each autumn the calendar gains the next year's holidays."""
    at = start - 40 * DAY
    _publish_calendars(scribe, at, local_date(start).year - 1, years)
    before, since = (f"PT{hours}H" for hours in CALLBACK_HOURS)
    answered = {"due": f"{ANSWER_DAYS} working days", "calendar_id": CALENDAR}
    _publish_policy(scribe, at + HOUR, "callback", 1, due=before)
    _publish_policy(scribe, tightened_at, "callback", 2, due=since)
    _publish_policy(scribe, at + HOUR, "complaint_answer", 1, **answered)
    for number, (rule, space) in enumerate(_RULES.items(), 2):
        limit = {"limit_minor": 9900, "currency": "EUR"}
        body = {"rule_id": rule, "version": 1, "judgement_space": space, **limit}
        scribe.fact("rule.published", MAIL, CARE, at + number * HOUR, body)


def _publish_calendars(scribe: Scribe, at: int, first: int, years: int) -> None:
    for version, year in enumerate(range(first, first + years + 1), 1):
        autumn = local(working_day(day_of(on(year, 10, 5))), 9)
        body = {
            "calendar_id": CALENDAR,
            "version": version,
            "timezone": ZONE,
            "weekly": _WEEK,
            "closed": tuple(day.isoformat() for day in holidays(first, year + 1)),
        }
        scribe.fact("calendar.published", MAIL, CARE, at if version == 1 else max(at, autumn), body)


def _publish_policy(scribe: Scribe, at: int, about: str, version: int, **due: object) -> None:
    body = {"policy_id": f"policy-{about}", "version": version, "about": about, **due}
    scribe.fact("policy.published", MAIL, CARE, at, {**body, "clock_starts": "made"})


def month(scribe: Scribe, number: int, at: int) -> None:
    """One month among colleagues, from ``at`` on. ``number`` counts months from 0."""
    for place, department in enumerate(DEPARTMENTS):
        when = scribe.between(at + place * DAY, at + (place + 1) * DAY)
        people = 6 + 3 * place
        pulse = {
            "department": department,
            "question": QUESTIONS[number % len(QUESTIONS)],
            "respondents": people,
            "favourable": int(people * (0.4 + 0.5 * scribe.random())),
        }
        scribe.fact("pulse.taken", DESK[department], f"staff:{department}", when, pulse)
    giver, taker = scribe.one_of(*DEPARTMENTS), scribe.one_of(*DEPARTMENTS)
    kind = "bravo.given" if scribe.random() < 0.7 else "yellow_card.raised"
    seen = {"to_department": taker, "from_department": giver, "behaviour": "answers_the_same_day"}
    scribe.fact(kind, DESK[giver], f"department:{taker}", at + 9 * DAY, seen)
    report = {"report_id": f"REPORT-{number}", "topic": "labels_fade_in_the_rain"}
    scribe.fact("dysfunction.reported", PARCELS, LOGISTICS, at + 10 * DAY, report)
    _learn(scribe, number, at)


def _learn(scribe: Scribe, number: int, at: int) -> None:
    department = DEPARTMENTS[number % len(DEPARTMENTS)]
    source, subject = DESK[department], f"department:{department}"

    def idea(step: str, day: int, **body: object) -> None:
        told = {"idea_id": f"IDEA-{number}", **body}
        scribe.fact(f"idea.{step}", source, subject, at + day * DAY, told)

    idea("proposed", 11, topic="shorter_letters")
    accepted = scribe.random() < 0.6
    idea("decided", 15, accepted=accepted)
    if accepted:
        idea("implemented", 22)
    idea("answered", 23)
    coached = {"about_department": "care", "rule_id": "dead-plant", "encouraged": True}
    scribe.fact("coaching.held", MAIL, CARE, at + 16 * DAY, coached)
    if number % 3 == 0:
        held = {"department": department, "role": "manager", "days": 1.5, "learnings": 3}
        scribe.fact("immersion.held", source, subject, at + 18 * DAY, held)
        cause = {"cause": "label_lost", "action": "printed_in_pigment_ink"}
        scribe.fact("cause.corrected", PARCELS, LOGISTICS, at + 20 * DAY, cause)
