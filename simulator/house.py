"""The house's calendar, policies and rules, and which date a policy gives, in the simulator's own
arithmetic."""

from __future__ import annotations

from typing import Final, NamedTuple

from simulator.company import ANSWER_DAYS, CALLBACK_HOURS, MAIL, UNFORESEEN
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
CARE = "department:care"

_WEEK = tuple(
    f"{day} {hours}"
    for day in ("mon", "tue", "wed", "thu", "fri")
    for hours in ("09:00-12:30", "13:30-18:00")
)
_RULES: Final = {
    "dead-plant": "Believe the customer; replace without a photo.",
    "late-parcel": "Refund the postage up to the limit.",
    "returns": "Take back within thirty days; beyond that, use your judgement.",
    "voucher-once": "A voucher is good for one order.",
    "voucher-known": "A voucher is on the list.",
    "no-payment-no-roses": "Nothing is handed over that is not paid.",
}
#: What is revised in which month, and for which situations or decisions, if any.
_REVISED: Final = (
    ("dead-plant", 12, ("no_photo_to_send",)),
    ("returns", 20, ()),
    ("late-parcel", 26, ()),
)
#: The code of conduct that most complaints are under. Its clocks start when a complaint was sent:
#: so many hours for a word that it came, for a word about a present, and for the answer.
REGIME: Final = "mail-order-code"
ACKNOWLEDGED_HOURS: Final = 48
GIFT_ACKNOWLEDGED_HOURS: Final = 24
ANSWERED_HOURS: Final = 8 * 24


class Timeline(NamedTuple):
    """The house's months of thirty days, counted from ``start``."""

    start: int

    def month(self, number: int) -> int:
        """When a month begins; the first is 0."""
        return self.start + number * 30 * DAY

    def since(self, month: int, at: int) -> bool:
        """Whether a month has begun at ``at``."""
        return at >= self.month(month)

    @property
    def tightened_at(self) -> int:
        """From when on call-backs are due in fewer hours."""
        return self.start + 365 * DAY

    def callback_due(self, made: int) -> int:
        """When a call-back that was promised at ``made`` is due."""
        return made + CALLBACK_HOURS[made >= self.tightened_at] * HOUR


def opening_hour(scribe: Scribe, at: int) -> int:
    """An instant of the opening hours, on the next day after ``at`` that the house is open."""
    day = working_day(day_of(at) + 1)
    hour = (9, 10, 11, 14, 15, 16)[int(scribe.random() * 6)]
    return local(day, hour) + MINUTE + int(scribe.random() * 55) * MINUTE


def publish(scribe: Scribe, timeline: Timeline, years: int) -> None:
    """Calendars, policies and rules. Each autumn the calendar gains the next year's holidays."""
    at = timeline.start - 40 * DAY
    _publish_calendars(scribe, at, local_date(timeline.start).year - 1, years)
    _publish_policies(scribe, at + HOUR, timeline.tightened_at)
    _publish_rules(scribe, at + 2 * HOUR, timeline)


def _publish_policies(scribe: Scribe, at: int, tightened_at: int) -> None:
    before, since = (f"PT{hours}H" for hours in CALLBACK_HOURS)
    answered = {"due": f"{ANSWER_DAYS} working days", "calendar_id": CALENDAR}
    _publish_policy(scribe, at, "callback", due=before)
    _publish_policy(scribe, tightened_at, "callback", version=2, due=since)
    _publish_policy(scribe, at, "complaint_answer", **answered)
    code = {"regime": REGIME, "clock_starts": "sent"}
    gift = {"policy_id": "policy-gifts", "labels": ("occasion:gift",), **code}
    acknowledged, hours = "issue.acknowledged", (ACKNOWLEDGED_HOURS, GIFT_ACKNOWLEDGED_HOURS)
    _publish_policy(scribe, at, acknowledged, due=f"PT{hours[0]}H", **code)
    _publish_policy(scribe, at, acknowledged, due=f"PT{hours[1]}H", **gift)
    _publish_policy(scribe, at, "issue.answered", due=f"PT{ANSWERED_HOURS}H", **code)


def _publish_rules(scribe: Scribe, at: int, timeline: Timeline) -> None:
    """The rules of the first day, their revisions, and those for cases that nobody foresaw."""
    for number, (rule, space) in enumerate(_RULES.items()):
        limit = {"limit_minor": 9900, "currency": "EUR", "judgement_space": space}
        _publish_rule(scribe, at + number * HOUR, rule, 1, **limit)
    for rule, month, prompted_by in _REVISED:
        revised = {"judgement_space": _RULES[rule], "prompted_by": prompted_by}
        _publish_rule(scribe, timeline.month(month) + 8 * HOUR, rule, 2, **revised)
    for situation, (brought_up, ruled) in UNFORESEEN.items():
        unmatched = {"situation": situation}
        scribe.fact("rule.unmatched", MAIL, CARE, timeline.month(brought_up), unmatched)
        if ruled is not None:
            prompted = {"prompted_by": (situation,)}
            _publish_rule(scribe, timeline.month(ruled), situation, 1, **prompted)


def _publish_rule(scribe: Scribe, at: int, rule: str, version: int, **said: object) -> None:
    scribe.fact("rule.published", MAIL, CARE, at, {"rule_id": rule, "version": version, **said})


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


def _publish_policy(scribe: Scribe, at: int, about: str, **said: object) -> None:
    body = {"policy_id": f"policy-{about}", "version": 1, "about": about, "clock_starts": "made"}
    scribe.fact("policy.published", MAIL, CARE, at, {**body, **said})
