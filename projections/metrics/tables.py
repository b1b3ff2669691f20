"""Tables: what their rows are made of, as their entries say, or by rules of their own."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from math import fsum
from typing import Any
from zoneinfo import ZoneInfo

from domain import wilson
from domain.instants import to_microseconds
from domain.measures.incidence import time_to_honour
from domain.measures.load import WEEKS, load, weeks
from domain.measures.sums import by_currency
from domain.measures.tables import around_due, overdue_age
from projections.metrics.registry import Metric
from projections.metrics.shape import Asked, Shape, Value, chained, counted, shares, sums, whole
from projections.session import Row
from projections.stored_facts import instant

Label = str | int | None


def table(metric: Metric, asked: Asked) -> Shape:
    """The shape of a table. Most are counted by labels, as their entries say:

    - ``labels``: the columns of a unit that name its row;
    - ``figures``: for each figure of a row its aggregate over units, which adds up over groups;
    - ``always``: the labels of the rows that are there without a unit, in their order; ``order``:
      an order for rows that are not;
    - ``rate``: two figures, the first of which is a part of the second; ``interval``: with its 95 %
      interval;
    - ``median``: a column whose nearest-rank median is shown;
    - ``shown``: more columns of a listed unit.

    Of ``flags``, which are columns too, each has a row with the units for which it holds; ``label``
    is what their rows are called by. With ``held_in`` they are values that a unit has in the list
    of that name.
    """
    if metric.name in _OWN:
        return _OWN[metric.name](metric, asked)
    return _flagged(metric) if "flags" in metric.shape else _counted(metric)


def _counted(metric: Metric) -> Shape:
    labels: list[str] = metric.shape["labels"]
    figures: dict[str, str] = metric.shape.get("figures", {"count": "count(*)"})
    median: str | None = metric.shape.get("median")
    aggregates = [*figures.values()]
    if median is not None:
        aggregates.append(f"percentile_disc(0.5) WITHIN GROUP (ORDER BY u.{median})")

    def value(rows: Sequence[Row]) -> Value:
        found: dict[tuple[Label, ...], list[Row]] = {
            (label,): [] for label in metric.shape.get("always", ())
        }
        for row in rows:
            found.setdefault(row[: len(labels)], []).append(row[len(labels) :])
        ordered = list(found) if "always" in metric.shape else sorted(found, key=_place(metric))
        return {
            "kind": "table",
            "rows": [
                {**dict(zip(labels, key, strict=True)), **_figures(metric, figures, found[key])}
                for key in ordered
            ],
        }

    columns = [*labels, *([median] if median else []), *metric.shape.get("shown", ())]
    return Shape(
        value,
        aggregates,
        [f'u."{label}"' for label in labels],
        {name: f'u."{name}"' for name in columns},
        add_up=median is None,
    )


def _flagged(metric: Metric) -> Shape:
    flags: list[str] = metric.shape["flags"]

    def value(rows: Sequence[Row]) -> Value:
        counts = zip(flags, sums(rows, len(flags)), strict=True)
        label = metric.shape["label"]
        return {"kind": "table", "rows": [{label: flag, "count": n} for flag, n in counts]}

    held_in: str | None = metric.shape.get("held_in")
    if held_in is not None:
        figures = [f"count(*) FILTER (WHERE list_contains(u.{held_in}, '{it}'))" for it in flags]
        return Shape(value, figures, columns={held_in: f"u.{held_in}"})
    figures = [f"count(*) FILTER (WHERE u.{flag})" for flag in flags]
    return Shape(value, figures, columns={flag: f"u.{flag}" for flag in flags})


def _place(metric: Metric) -> Callable[[tuple[Label, ...]], list[tuple[bool, Any]]]:
    """Where a row comes: by its labels, null last, or where an order is given for them, by that."""
    order: list[Label] = metric.shape.get("order", [])

    def place(key: tuple[Label, ...]) -> list[tuple[bool, Any]]:
        return [(label is None, order.index(label) if order else label) for label in key]

    return place


def _figures(metric: Metric, names: Mapping[str, str], rows: Sequence[Row]) -> dict[str, Any]:
    found: dict[str, Any] = dict(zip(names, sums(rows, len(names)), strict=True))
    if "rate" in metric.shape:
        part, whole = (found[name] for name in metric.shape["rate"])
        rate = wilson.share(part, whole)
        found |= rate if metric.shape.get("interval") else {"rate": rate["rate"]}
    if "median" in metric.shape:
        ((*_, found["median"]),) = rows
    return found


def _overdue_age(metric: Metric, asked: Asked) -> Shape:
    del metric, asked
    return Shape(overdue_age, ["count(*)"], ["u.days"], {"days": "u.days"})


def _around_due(metric: Metric, asked: Asked) -> Shape:
    del metric, asked
    columns = {"day": "u.day", "what": "u.what"}
    return Shape(around_due, ["count(*)"], [*columns.values()], columns)


#: What may become of a promise, open ones last.
_FATES = ("honoured", "released", "abandoned", "open")


def _time_to_honour(metric: Metric, asked: Asked) -> Shape:
    del metric, asked

    def value(rows: Sequence[Row]) -> Value:
        return time_to_honour(*(chained(rows, at) for at in range(len(_FATES))))

    figures = [f"array_agg(u.seconds) FILTER (WHERE u.fate = '{fate}')" for fate in _FATES]
    return Shape(value, figures, columns={"fate": "u.fate", "seconds": "u.seconds"})


def _load(metric: Metric, asked: Asked) -> Shape:
    del metric
    found = weeks(asked.as_of, ZoneInfo(asked.zone))
    starts = [to_microseconds(week.since) for week in found]

    def value(rows: Sequence[Row]) -> Value:
        overdue, counts = 0, [0] * len(found)
        for what, at, units in rows:
            if what == "overdue":
                overdue += units
            else:
                counts[bisect_right(starts, at) - 1] += units
        return load(found, counts[:WEEKS], counts[WEEKS:], overdue)

    return Shape(
        value,
        ["count(*)"],
        ["u.what", "epoch_us(u.placed_at)"],
        {"what": "u.what", "placed_at": "epoch_us(u.placed_at)"},
        lambda unit: {**unit, "placed_at": instant(unit["placed_at"])},
    )


#: What a control of trust consists of; money is of the abuse.
_CONTROLS = ("checks", "adverse", "disproved", "sampled", "abuse")


def _control(metric: Metric, asked: Asked) -> Shape:
    """One row: how many units of each sort there are, and what the abuse came to."""
    del metric, asked

    def value(rows: Sequence[Row]) -> Value:
        row = dict(zip(_CONTROLS, sums([row[1:] for row in rows], len(_CONTROLS)), strict=True))
        return {"kind": "table", "rows": [{**row, "abuse_amounts": _money(rows)}]}

    return _with_money(value, (), _CONTROLS)


#: What a return of complaints counts.
_RETURNED = (
    "open_at_start",
    "opened",
    "closed_4_weeks",
    "closed_8_weeks",
    "closed_later",
    "upheld",
    "open_at_end",
)


def _complaints_return(metric: Metric, asked: Asked) -> Shape:
    """A row a topic, with the redress that was paid for its complaints."""
    del metric, asked

    def value(rows: Sequence[Row]) -> Value:
        topics: dict[str, list[Row]] = {}
        for topic, *row in rows:
            topics.setdefault(topic, []).append(tuple(row))
        return {
            "kind": "table",
            "rows": [_returned(topic, topics[topic]) for topic in sorted(topics)],
        }

    return _with_money(value, ("topic",), _RETURNED)


def _returned(topic: str, rows: Sequence[Row]) -> Value:
    figures = sums([row[1:] for row in rows], len(_RETURNED))
    return {
        "topic": topic,
        **dict(zip(_RETURNED, figures, strict=True)),
        "redress": _money(rows),
    }


def _with_money(
    value: Callable[[Sequence[Row]], Value], labels: Sequence[str], flags: Sequence[str]
) -> Shape:
    """Rows of labels, a currency, how many units each flag holds for, and an amount."""
    alike = [*(f"u.{label}" for label in labels), "u.currency"]
    figures = [f"count(*) FILTER (WHERE u.{flag})" for flag in flags]
    columns = [*labels, *flags, "currency", "amount_minor"]
    return Shape(
        value,
        [*figures, "sum(u.amount_minor)"],
        alike,
        {column: f"u.{column}" for column in columns},
    )


def _money(rows: Sequence[Row]) -> Sequence[Value]:
    """The amounts at the ends of rows that begin with their currencies."""
    return by_currency((row[0], whole(row[-1])) for row in rows)


#: How things stood with a customer who was asked.
_STATES = ("no_issue", "recovered", "unrecovered")


def _service_recovery(metric: Metric, asked: Asked) -> Shape:
    """For each state what was said, and how many came back."""
    del metric

    def row(state: str, rows: Sequence[Row]) -> Value:
        figures = [row[1:] for row in rows]
        feedback, returned, of, maturing = sums(figures, 4)
        return {
            "state": state,
            "feedback": feedback,
            # Rounded once, so that it is the same in whichever order the scores come.
            "mean": fsum(chained(figures, 4)) / feedback if feedback else None,
            "returned": returned,
            "of": of,
            **wilson.share(returned, of),
            "maturing": maturing,
        }

    def value(rows: Sequence[Row]) -> Value:
        found = [row(state, [row for row in rows if row[0] == state]) for state in _STATES]
        return {"kind": "table", "rows": found}

    return Shape(
        value,
        ["count(*)", *shares(asked), "array_agg(u.score)"],
        ["u.state"],
        {"state": "u.state", "score": "u.score", "counted": counted(asked)},
    )


_OWN: Mapping[str, Callable[[Metric, Asked], Shape]] = {
    "overdue_age": _overdue_age,
    "around_due": _around_due,
    "time_to_honour": _time_to_honour,
    "load": _load,
    "control": _control,
    "complaints_return": _complaints_return,
    "service_recovery": _service_recovery,
}
