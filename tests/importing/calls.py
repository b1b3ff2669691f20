"""Importers of calls, and what they answer."""

from __future__ import annotations

from datetime import UTC, datetime

from application.importing import Imported
from tests.importing.folders import Home

HOUR = "'%Y-%m-%d %H:%M'"


def select(rows: str = "rows('calls.csv')", **columns: str) -> str:
    given = {
        "key": "id",
        "time": f"instant(called, {HOUR}, 'UTC')",
        "source": "'/care/phone'",
        "subject": "'customer:' || id",
        "channel": "'phone'",
    } | columns
    return f"SELECT {', '.join(f'{sql} AS {name}' for name, sql in given.items())} FROM {rows}"


def rejected(answer: Imported) -> list[tuple[str, int]]:
    return [(each["file"], each["line"]) for each in answer["rejected"]]


def times(home: Home) -> list[str]:
    return [datetime.fromtimestamp(fact.time / 1e6, UTC).isoformat()[:16] for fact in home.facts()]


CALLS = "id,called\n1,2026-03-01 09:00\n2,2026-03-01 10:00\n"
