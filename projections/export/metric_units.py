"""The units of each metric as a query over exported tables, and what the value is of them.

An expression is the value where SQL can say it in one; what needs more than that (survival curves,
tables, agreement) has the number of its units in the place of it, and says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from projections.dictionary.tables import Table
from projections.fact_tables import quoted
from projections.metrics.kinds import shape_of
from projections.metrics.registry import LABEL, Metric
from projections.metrics.relations import parameters_in, read_by, units_of
from projections.metrics.shape import Asked
from projections.queries.as_of import Moment
from projections.queries.metrics import Selection, parameters_of

#: The names of customers at a moment are those of a table that shows it.
_KNOWN_AS = "WITH known_as AS (SELECT * FROM party_identity), "

_SHARE = "avg(CASE WHEN {NAME}.counted THEN 1.0 WHEN NOT {NAME}.counted THEN 0.0 END)"
_VALID = (
    "{NAME}.scale_min = {LOW} AND {NAME}.scale_max = {HIGH}"
    " AND {NAME}.score BETWEEN {LOW} AND {HIGH}"
)
#: The scale of each score, and what an answer on it adds to the mean.
_SCORES: Mapping[str, tuple[int, int, str | None]] = {
    "nps": (
        0,
        10,
        "CASE WHEN {NAME}.score >= 9 THEN 100.0 WHEN {NAME}.score <= 6 THEN -100.0 ELSE 0.0 END",
    ),
    "csat": (1, 5, "CASE WHEN {NAME}.score >= 4 THEN 1.0 ELSE 0.0 END"),
    "ces": (1, 7, "{NAME}.score"),
    "stars": (1, 5, "{NAME}.score"),
}


@dataclass(frozen=True)
class MetricUnits:
    """The query for a metric's units at a moment, its columns, and an expression over them.
    ``is_value`` says that this is the metric's value, and ``each_currency`` that there is one of
    each currency."""

    source: str
    columns: tuple[str, ...]
    expression: str
    is_value: bool
    each_currency: bool = False


def metric_units(metric: Metric, name: str, as_of: datetime) -> MetricUnits:
    """The units of a metric under a ``name`` by which its expression calls them."""
    moment = Moment(as_of, 0, 0)
    selection = Selection()
    shape = shape_of(metric, Asked(as_of, selection.zone, metric.within is not None))
    keys = [key for key in metric.keys if not key.startswith(LABEL)]
    columns = {"unit": "u.unit", "at": "u.at"} | {key: f"u.{quoted(key)}" for key in keys}
    columns |= shape.columns
    shown = ", ".join(f"{value} AS {quoted(column)}" for column, value in columns.items())
    query = f"SELECT {shown} FROM ({units_of(metric)}) AS u"
    if "known_as" in read_by(query):
        query = query.replace("WITH ", _KNOWN_AS, 1)
    expression, is_value = _expression(metric, name)
    return MetricUnits(
        _written_out(query, parameters_of(moment, metric, selection)),
        tuple(columns),
        expression,
        is_value,
        each_currency=metric.kind == "amount",
    )


def tables_of(metric: Metric, tables: Mapping[str, Table]) -> list[str]:
    """The tables that a metric is computed from."""
    return sorted(read_by(units_of(metric)) & tables.keys())


def _written_out(sql: str, parameters: Mapping[str, object]) -> str:
    """A query with the values of its parameters in it."""
    for name in sorted(parameters_in(sql), key=len, reverse=True):
        value = parameters[name]
        text = f"TIMESTAMPTZ '{value.isoformat()}'" if isinstance(value, datetime) else f"{value}"
        sql = sql.replace(f"${name}", text)
    return sql.replace(" AS UUID)", " AS VARCHAR)")  # as ids are in exported tables


def _expression(metric: Metric, name: str) -> tuple[str, bool]:
    """What is computed of the units, as SQL, and whether that is the value."""
    valued = {
        "share": _SHARE,
        "spread": "percentile_disc(0.5) WITHIN GROUP (ORDER BY {NAME}.number)",
        "ratio": "sum({NAME}.part) / nullif(sum({NAME}.whole), 0)",
        "amount": "sum({NAME}.amount_minor)",
        "count": "count({NAME}.unit)",
    }
    text = valued.get(metric.kind)
    if metric.kind == "difference":
        text = _difference(metric)
    elif metric.kind == "score":
        text = _score(metric)
    if metric.kind == "amount" and metric.within is not None:
        text = "sum(CASE WHEN {NAME}.counted IS NOT NULL THEN {NAME}.amount_minor END)"
    if text is None:
        return f"count({name}.unit)", False
    return text.format(NAME=name), True


def _difference(metric: Metric) -> str:
    weight = metric.shape.get("weight")
    if weight is None:
        sides = [
            f"avg(CASE WHEN {{NAME}}.side = '{side}' AND {{NAME}}.counted THEN 1.0"
            f" WHEN {{NAME}}.side = '{side}' THEN 0.0 END)"
            for side in ("a", "b")
        ]
    else:
        count, of = weight
        sides = [
            f"sum(CASE WHEN {{NAME}}.side = '{side}' THEN 1.0 * {{NAME}}.{count} END)"
            f" / nullif(sum(CASE WHEN {{NAME}}.side = '{side}' THEN {{NAME}}.{of} END), 0)"
            for side in ("a", "b")
        ]
    return " - ".join(sides)


def _score(metric: Metric) -> str | None:
    """Answers on another scale, or off it, do not count."""
    low, high, value = _SCORES.get(metric.name, (0, 0, None))
    if value is None:
        return None
    valid = _VALID.replace("{LOW}", str(low)).replace("{HIGH}", str(high))
    return f"avg(CASE WHEN {valid} THEN {value} END)"
