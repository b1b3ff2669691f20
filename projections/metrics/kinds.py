"""What each kind needs of its units in SQL, and how it makes a value of that: once a kind.

Units that are alike are counted together by the database, so that a million of them come back as
few rows, or as one list; ``domain/measures`` does the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from domain.measures.agreement import pillar_agreement
from domain.measures.difference import difference
from domain.measures.score import ces, csat, nps, stars
from domain.measures.share import Share, share
from domain.measures.spread import spread
from domain.measures.sums import amount, count, ratio
from domain.measures.survival import time
from projections.metrics.registry import Kind, Metric
from projections.metrics.shape import Asked, Shape, Value, chained, counted, shares, sums, whole
from projections.metrics.tables import table
from projections.session import Row
from projections.stored_facts import optional_instant


def shape_of(metric: Metric, asked: Asked) -> Shape:
    """The shape of a metric's kind."""
    return _SHAPES[metric.kind](metric, asked)


def _share(metric: Metric, asked: Asked) -> Shape:
    waits = metric.shape.get("waiting", False)

    def value(rows: Sequence[Row]) -> Share:
        count, of, left_out = sums(rows, 3)
        return share(
            count,
            of,
            maturing=left_out if asked.matures else None,
            waiting=left_out if waits else None,
        )

    return Shape(value, shares(asked), columns={"counted": counted(asked)})


def _difference(metric: Metric, asked: Asked) -> Shape:
    def value(rows: Sequence[Row]) -> Value:
        a, b = (sums([row[1:] for row in rows if row[0] == side], 2) for side in ("a", "b"))
        independent = metric.shape.get("independent", True)
        return difference(share(*a), share(*b), independent=independent)

    weight = metric.shape.get("weight")
    if weight is not None:  # units that stand for several answers each
        count, of = weight
        return Shape(
            value,
            (f"sum(u.{count})", f"sum(u.{of})"),
            ("u.side",),
            {"side": "u.side", count: f"u.{count}", of: f"u.{of}"},
            side=("u.side",),
        )
    return Shape(
        value,
        shares(asked)[:2],
        ("u.side",),
        {"side": "u.side", "counted": "u.counted"},
        side=("u.side",),
    )


def _spread(metric: Metric, asked: Asked) -> Shape:
    del metric, asked
    return Shape(
        lambda rows: spread(chained(rows, 0)),
        ("array_agg(u.number ORDER BY u.number)",),
        columns={"number": "u.number"},
    )


#: How long a unit took, or has waited so far, in seconds.
_SECONDS = (
    "CAST(epoch_us(coalesce(u.ended_at, $as_of)) - epoch_us(u.started_at) AS DOUBLE) / 1000000"
)


def _time(metric: Metric, asked: Asked) -> Shape:
    del metric, asked
    ended, waiting = (
        f"array_agg({_SECONDS}) FILTER (WHERE u.ended_at IS {which})"
        for which in ("NOT NULL", "NULL")
    )

    def shown(unit: dict[str, Any]) -> Value:
        start, end, seconds = unit.values()
        return {"start": optional_instant(start), "end": optional_instant(end), "seconds": seconds}

    return Shape(
        lambda rows: time(chained(rows, 0), chained(rows, 1)),
        (ended, waiting),
        columns={
            "start": "epoch_us(u.started_at)",
            "end": "epoch_us(u.ended_at)",
            "seconds": _SECONDS,
        },
        shown=shown,
    )


def _ratio(metric: Metric, asked: Asked) -> Shape:
    """Time is added up as microseconds: a sum of whole numbers is exact, in any order."""
    del asked
    each = 1_000_000 if metric.texts["measured_in"] == "seconds" else 1
    names = ("part", "whole")
    return Shape(
        lambda rows: ratio(*(added / each for added in sums(rows, 2))),
        [f"sum(u.{name})" for name in names],
        columns={name: f"CAST(u.{name} AS DOUBLE) / {each}" for name in names},
    )


def _amount(metric: Metric, asked: Asked) -> Shape:
    """Every unit counts, but while its time still runs."""
    del metric
    columns = {"currency": "u.currency", "amount_minor": "u.amount_minor"}
    if asked.matures:
        columns["counted"] = counted(asked)
    running = f"({columns['counted']}) IS NULL" if asked.matures else "FALSE"

    def value(rows: Sequence[Row]) -> Value:
        added = [(row[0], whole(row[1]), *sums([row[2:]], 2)) for row in rows]
        maturing = sum(running for *_, running in added)
        known = [(currency, minor, units) for currency, minor, units, _ in added]
        return amount(known, maturing=maturing if asked.matures else None)

    figures = (
        f"sum(u.amount_minor) FILTER (WHERE NOT {running})",
        f"count(*) FILTER (WHERE NOT {running})",
        f"count(*) FILTER (WHERE {running})",
    )
    return Shape(value, figures, ("u.currency",), columns)


def _count(metric: Metric, asked: Asked) -> Shape:
    del metric, asked
    return Shape(lambda rows: count(*sums(rows, 1)), ("count(*)",))


#: The scores of answers on a scale.
_SCORES = {"nps": nps, "csat": csat, "ces": ces, "stars": stars}


def _score(metric: Metric, asked: Asked) -> Shape:
    """Answers with their scales, or, of ``pillar_agreement``, items with the pillars of both."""
    del asked
    if metric.name not in _SCORES:
        return _agreement()
    columns = {name: f"u.{name}" for name in ("score", "scale_min", "scale_max")}
    return Shape(_SCORES[metric.name], ("count(*)",), [*columns.values()], columns)


def _agreement() -> Shape:
    columns = {"person": "u.by_hand", "program": "u.by_program"}

    def value(rows: Sequence[Row]) -> Value:
        both = [row for row in rows if None not in row[:2]]
        return pillar_agreement(
            both, excluded=sum(row[2] for row in rows) - sum(row[2] for row in both)
        )

    return Shape(value, ("count(*)",), [*columns.values()], columns)


_SHAPES: Mapping[Kind, Callable[[Metric, Asked], Shape]] = {
    "share": _share,
    "difference": _difference,
    "time": _time,
    "spread": _spread,
    "ratio": _ratio,
    "amount": _amount,
    "count": _count,
    "score": _score,
    "table": table,
}
