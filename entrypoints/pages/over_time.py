"""Values by month along an axis that has all months, so that one without a value is seen to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from entrypoints.pages.language import Language
from entrypoints.pages.pictures.process import Point

#: So many values are shown, at most.
_MOST = 36


@dataclass(frozen=True)
class Months:
    """The newest values by month, and the names of all months from the first of these on."""

    points: Sequence[Point]
    times: Sequence[str]


def newest(points: Mapping[str, Point], as_of: datetime, language: Language) -> Months:
    """The newest of values by month (``2024-06``), labelled with it. Those of a month that still
    runs at ``as_of`` are left out: only a part of it is known, and it would look odd."""
    shown = sorted(month for month in points if month < f"{as_of:%Y-%m}")[-_MOST:]
    times = ended_months(shown[0], as_of) if shown else []
    return Months([points[month] for month in shown], [language.month(month) for month in times])


def ended_months(first: str, as_of: datetime) -> list[str]:
    """The months from ``first`` to the last that has ended at ``as_of``, in the order of time."""
    year, month = map(int, first.split("-"))
    numbers = range(year * 12 + month - 1, as_of.year * 12 + as_of.month - 1)
    return [f"{number // 12:04}-{number % 12 + 1:02}" for number in numbers]
