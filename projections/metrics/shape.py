"""What a kind needs of its units in SQL, and how they become a value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import Any

from projections.session import Row

Value = Mapping[str, Any]


@dataclass(frozen=True)
class Asked:
    """What a value depends on beside its units. ``matures``: they have a W that must run out."""

    as_of: datetime
    zone: str
    matures: bool


@dataclass(frozen=True)
class Shape:
    """SQL over a unit ``u``: units with the same ``alike`` are counted together by ``figures``, and
    a listed one shows ``columns`` under their names, as ``shown`` makes them. ``value`` takes rows
    of alike and figures, of one group or of several one after the other; unless figures do not
    ``add_up``, and then of one group, or of all units. ``side`` is ``u.side`` where a unit may be
    there twice."""

    value: Callable[[Sequence[Row]], Value]
    figures: Sequence[str]
    alike: Sequence[str] = ()
    columns: Mapping[str, str] = field(default_factory=dict)
    shown: Callable[[dict[str, Any]], Value] = dict
    side: Sequence[str] = ()
    add_up: bool = True


def counted(asked: Asked) -> str:
    """Whether a unit counts; null while its time still runs, or while it waits."""
    if not asked.matures:
        return "u.counted"
    return "CASE WHEN epoch_us(u.started_at) <= $matured THEN u.counted END"


def shares(asked: Asked) -> tuple[str, str, str]:
    """How many units count, of how many, and how many are left out so far."""
    which = counted(asked)
    return (
        f"count(*) FILTER (WHERE {which})",
        f"count({which})",
        f"count(*) - count({which})",
    )


def sums(rows: Sequence[Row], width: int) -> list[Any]:
    """The sums of the first columns over rows; a null is no more than 0. Whole numbers are ints,
    whichever type a database has for its sums."""
    return [_number(sum(row[at] or 0 for row in rows)) for at in range(width)]


def whole(value: Any) -> int | None:
    """A sum of whole numbers as an int. None where nothing was added up: that is not 0."""
    return None if value is None else int(value)


def _number(value: Any) -> int | float:
    return value if isinstance(value, float) else int(value)


def chained(rows: Sequence[Row], at: int) -> list[Any]:
    """The lists in one column of rows as one list."""
    return list(chain.from_iterable(row[at] or () for row in rows))
