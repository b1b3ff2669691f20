"""Calendars and policies as they are published, for tests: an office in Paris and its holidays."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.calendars import WEEKDAYS
from domain.events import CalendarPublished, PolicyPublished
from domain.published_rules import calendar_from

PARIS = ZoneInfo("Europe/Paris")
FRENCH = {
    2026: frozenset({date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 8), date(2026, 12, 25)})
}


def french(code: str, year: int) -> frozenset[date]:
    if code != "FR":
        raise LookupError(code)
    return FRENCH.get(year, frozenset())


def published(**fields: object) -> CalendarPublished:
    given: dict[str, object] = {
        "calendar_id": "CAL",
        "version": 1,
        "timezone": "Europe/Paris",
        "weekly": tuple(f"{day} 09:00-17:00" for day in WEEKDAYS[:5]),
        "closed": (),
        "holidays": "FR",
    }
    return CalendarPublished.model_validate(given | fields)


def policy(due: str, calendar_id: str | None = None) -> PolicyPublished:
    return PolicyPublished.model_validate(
        {
            "policy_id": "POL",
            "version": 1,
            "about": "callback",
            "due": due,
            "calendar_id": calendar_id,
            "clock_starts": "made",
        }
    )


OFFICE = calendar_from(published(), french)


def paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)
