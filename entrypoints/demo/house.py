"""The house's own facts: its calendar, policies and rules, and what it does about them each month.

``Policies`` also says which date a policy gives, in the simulator's own arithmetic.
"""

from __future__ import annotations

from dataclasses import dataclass

from entrypoints.demo import company
from entrypoints.demo.moments import (
    DAY,
    HOUR,
    MINUTE,
    ZONE,
    date_of,
    day_of,
    holidays,
    local,
    offset,
    working_day,
)
from entrypoints.demo.scribe import Scribe

_OPEN = ("09:00-12:30", "13:30-18:00")
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri")
CALENDAR = "brumelle-open"
QUESTIONS = ("time_to_do_well", "means_to_satisfy", "cooperation", "customer_first", "leeway")


@dataclass(frozen=True, slots=True)
class Policies:
    """The policies of the house. Call-backs are due in fewer hours from ``tightened_at`` on."""

    tightened_at: int

    def callback_due(self, made: int) -> int:
        """When a call-back that was promised at ``made`` is due."""
        before, since = company.CALLBACK_HOURS
        return made + (since if made >= self.tightened_at else before) * HOUR

    def answer_due(self, made: int) -> int:
        """When a complaint is answered whose answer was promised at ``made``, which lies in the
        opening hours: at the same hour, some working days later."""
        day = day_of(made)
        later = working_day(day, company.ANSWER_DAYS)
        return made + (later - day) * DAY + offset(day) - offset(later)


def opening_hour(scribe: Scribe, at: int) -> int:
    """An instant of the opening hours, on the day of ``at`` if the house is open and else on the
    next day that it is."""
    day = working_day(day_of(at) + 1)
    hour = (9, 10, 11, 14, 15, 16)[int(scribe.random() * 6)]
    return local(day, hour) + MINUTE + int(scribe.random() * 55) * MINUTE


def publish(scribe: Scribe, policies: Policies, start: int, years: int) -> None:
    """Calendars, policies and rules. Each autumn the calendar gains the next year's holidays."""
    first = date_of(day_of(start)).year - 1
    at = start - 40 * DAY
    for version in range(1, years + 2):
        year = first + version - 1
        published = at if version == 1 else max(at, _october(year))
        _publish_calendar(scribe, published, version, first, year + 1)
    _publish_policy(scribe, at + HOUR, "callback", 1, f"PT{company.CALLBACK_HOURS[0]}H")
    _publish_policy(scribe, policies.tightened_at, "callback", 2, f"PT{company.CALLBACK_HOURS[1]}H")
    _publish_policy(
        scribe, at + HOUR, "complaint_answer", 1, f"{company.ANSWER_DAYS} working days", CALENDAR
    )
    for number, (rule, space) in enumerate(
        (
            ("dead-plant", "Believe the customer; replace without a photo."),
            ("late-parcel", "Refund the postage up to the limit."),
            ("returns", "Take back within thirty days; beyond that, use your judgement."),
        )
    ):
        scribe.fact(
            "rule.published",
            company.MAIL,
            "department:care",
            at + (number + 2) * HOUR,
            {
                "rule_id": rule,
                "version": 1,
                "judgement_space": space,
                "limit_minor": 9900,
                "currency": "EUR",
            },
        )


def _october(year: int) -> int:
    return local(working_day(day_of(0) + _days_to(year, 10, 5)), 9)


def _days_to(year: int, month: int, day: int) -> int:
    return date_of(0).replace(year=year, month=month, day=day).toordinal() - date_of(0).toordinal()


def _publish_calendar(scribe: Scribe, at: int, version: int, first: int, last: int) -> None:
    closed = tuple(
        date_of(day).isoformat() for year in range(first, last + 1) for day in holidays(year)
    )
    scribe.fact(
        "calendar.published",
        company.MAIL,
        "department:care",
        at,
        {
            "calendar_id": CALENDAR,
            "version": version,
            "timezone": ZONE,
            "weekly": tuple(f"{day} {hours}" for day in _WEEKDAYS for hours in _OPEN),
            "closed": closed,
        },
    )


def _publish_policy(
    scribe: Scribe, at: int, about: str, version: int, due: str, calendar: str | None = None
) -> None:
    body: dict[str, object] = {
        "policy_id": f"policy-{about}",
        "version": version,
        "about": about,
        "due": due,
        "clock_starts": "made",
    }
    if calendar is not None:
        body["calendar_id"] = calendar
    scribe.fact("policy.published", company.MAIL, "department:care", at, body)


def month(scribe: Scribe, number: int, at: int) -> None:
    """One month among colleagues, from ``at`` on. ``number`` counts months from 0."""
    asked = QUESTIONS[number % len(QUESTIONS)]
    for place, department in enumerate(company.DEPARTMENTS):
        people = 6 + 3 * place
        when = scribe.between(at + place * DAY, at + (place + 1) * DAY)
        source, subject = company.DESK[department], f"staff:{department}"
        scribe.fact(
            "pulse.taken",
            source,
            subject,
            when,
            {
                "department": department,
                "question": asked,
                "respondents": people,
                "favourable": int(people * (0.4 + 0.5 * scribe.random())),
            },
        )
    giver, taker = scribe.one_of(company.DEPARTMENTS), scribe.one_of(company.DEPARTMENTS)
    kind = "bravo.given" if scribe.random() < 0.7 else "yellow_card.raised"
    scribe.fact(
        kind,
        company.DESK[giver],
        f"department:{taker}",
        at + 9 * DAY,
        {"to_department": taker, "behaviour": "answers_the_same_day", "from_department": giver},
    )
    scribe.fact(
        "dysfunction.reported",
        company.PARCELS,
        "department:logistics",
        at + 10 * DAY,
        {"report_id": f"REPORT-{number}", "topic": "labels_fade_in_the_rain"},
    )
    _learn(scribe, number, at)


def _learn(scribe: Scribe, number: int, at: int) -> None:
    idea: dict[str, object] = {"idea_id": f"IDEA-{number}"}
    department = company.DEPARTMENTS[number % len(company.DEPARTMENTS)]
    source, subject = company.DESK[department], f"department:{department}"
    said = {**idea, "topic": "shorter_letters"}
    scribe.fact("idea.proposed", source, subject, at + 11 * DAY, said)
    accepted = scribe.random() < 0.6
    scribe.fact("idea.decided", source, subject, at + 15 * DAY, {**idea, "accepted": accepted})
    if accepted:
        scribe.fact("idea.implemented", source, subject, at + 22 * DAY, dict(idea))
    scribe.fact("idea.answered", source, subject, at + 23 * DAY, dict(idea))
    scribe.fact(
        "coaching.held",
        company.MAIL,
        "department:care",
        at + 16 * DAY,
        {"about_department": "care", "rule_id": "dead-plant", "encouraged": True},
    )
    if number % 3 == 0:
        scribe.fact(
            "immersion.held",
            source,
            subject,
            at + 18 * DAY,
            {"department": department, "role": "manager", "days": 1.5, "learnings": 3},
        )
        scribe.fact(
            "cause.corrected",
            company.PARCELS,
            "department:logistics",
            at + 20 * DAY,
            {"cause": "label_lost", "action": "printed_in_pigment_ink"},
        )
