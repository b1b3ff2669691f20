"""The value of units, kind by kind, from one unit after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from statistics import fmean
from typing import Any

from domain.measures.difference import difference
from domain.measures.incidence import time_to_honour
from domain.measures.load import load, weeks
from domain.measures.share import share
from domain.measures.spread import HALF, NINE_TENTHS, nearest_rank
from domain.measures.survival import time
from domain.measures.tables import AGES, around_due
from projections.metrics.registry import Metric
from tests.metrics.plain.world import Json, Unit


def value_of(metric: Metric, units: Sequence[Unit], as_of: datetime, matures: bool) -> Json:
    """The value of a metric over these units."""
    if metric.kind == "table":
        return {"kind": "table", **_TABLES[metric.name](units, as_of)}
    return {"kind": metric.kind, **_VALUES[metric.kind](metric, units, matures)}


def _share(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    counted = [own.rest["counted"] for own in units]
    running = counted.count(None)
    found = share(
        counted.count(True),
        len(counted) - running,
        maturing=running if matures else None,
        waiting=running if metric.shape.get("waiting") else None,
    )
    return {**found}


def _difference(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    sides = []
    for side in ("a", "b"):
        counted = [own.rest["counted"] for own in units if own.side == side]
        sides.append(share(counted.count(True), len(counted)))
    return {**difference(*sides, independent=metric.shape.get("independent", True))}


def _spread(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    numbers = sorted(own.rest["number"] for own in units)
    return {
        "n": len(numbers),
        "median": nearest_rank(numbers, HALF),
        "p90": nearest_rank(numbers, NINE_TENTHS),
        "max": max(numbers, default=None),
        "mean": fmean(numbers) if numbers else None,
    }


def _time(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    ended = [own.rest["seconds"] for own in units if own.rest["end"] is not None]
    waiting = [own.rest["seconds"] for own in units if own.rest["end"] is None]
    return {**time(ended, waiting)}


def _ratio(metric: Metric, units: Sequence[Unit], matures: bool) -> Json:
    part, whole = (sum(own.rest[name] for own in units) for name in ("part", "whole"))
    return {"part": part, "whole": whole, "rate": part / whole if whole else None}


_VALUES: Mapping[str, Callable[[Metric, Sequence[Unit], bool], Json]] = {
    "share": _share,
    "difference": _difference,
    "spread": _spread,
    "time": _time,
    "ratio": _ratio,
    "count": lambda metric, units, matures: {"count": len(units)},
}


def rows(
    units: Sequence[Unit],
    labels: Sequence[str],
    figures: Callable[[Sequence[Unit]], Json] = lambda own: {"count": len(own)},
) -> Json:
    """A row for each set of labels that some unit has, in their order, null last."""
    found: dict[tuple[Any, ...], list[Unit]] = {}
    for own in units:
        found.setdefault(tuple(own.rest[name] for name in labels), []).append(own)
    ordered = sorted(found, key=lambda key: [(name is None, name) for name in key])
    return {
        "rows": [{**dict(zip(labels, key, strict=True)), **figures(found[key])} for key in ordered]
    }


def _median(own: Sequence[Unit]) -> Json:
    return {
        "count": len(own),
        "median": nearest_rank(sorted(one.rest["seconds"] for one in own), HALF),
    }


def _overdue_age(units: Sequence[Unit], as_of: datetime) -> Json:
    counts = dict.fromkeys((age for age, _ in AGES), 0)
    for own in units:
        counts[next(age for age, most in AGES if own.rest["days"] <= most)] += 1
    return {"rows": [{"age": age, "count": count} for age, count in counts.items()]}


def _time_to_honour(units: Sequence[Unit], as_of: datetime) -> Json:
    fates = ("honoured", "released", "abandoned", "open")
    return {
        **time_to_honour(
            *([own.rest["seconds"] for own in units if own.rest["fate"] == fate] for fate in fates)
        )
    }


def _load(units: Sequence[Unit], as_of: datetime) -> Json:
    found = weeks(as_of, UTC)
    placed = [(own.rest["what"], own.rest["placed_at"]) for own in units]
    counts = [
        sum(what != "overdue" and week.since <= at < week.until for what, at in placed)
        for week in found
    ]
    return {**load(found, counts[:8], counts[8:], [what for what, _ in placed].count("overdue"))}


_TABLES: Mapping[str, Callable[[Sequence[Unit], datetime], Json]] = {
    "overdue_age": _overdue_age,
    "around_due": lambda units, as_of: {
        **around_due((own.rest["day"], own.rest["what"], 1) for own in units)
    },
    "time_to_honour": _time_to_honour,
    "load": _load,
    "department_graph": lambda units, as_of: rows(units, ("from", "to"), _median),
    "breaks": lambda units, as_of: rows(units, ("from", "owner", "about")),
}
