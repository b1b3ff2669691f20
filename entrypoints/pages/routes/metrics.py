"""``/metrics``: the registry; ``/metrics/{name}``: one number over time and by its keys, with what
it means; and the units behind it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from application.metrics import Metric, condition, metric, metrics, units
from entrypoints.pages.definitions import name as called
from entrypoints.pages.definitions import texts
from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.over_time import Months, ended_months, newest
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Cell, Picture, Table
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.process import Point, Series, process_chart
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.table_pictures import PICTURES, just_before
from entrypoints.pages.values import SCALES, figure, measure, money, reading
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: So many units are on a page, and so many groups in a picture.
UNITS, GROUPS = 100, 50
#: Kinds that are nought where there is nothing.
_COUNTED = frozenset({"amount", "count"})
#: Kinds of which an equal step is equally far everywhere, so that they can be charted over time.
CHARTED = frozenset({"share", "difference", "spread", "ratio", "amount", "count", "score"})

#: Between what the values of a kind lie, or those of a metric that has a scale of its own.
_REACH: Mapping[str, tuple[float, float | None]] = {
    "share": (0, 1),
    "ratio": (0, 1),
    "amount": (0, None),
    "count": (0, None),
    "csat": (0, 1),
    **SCALES,
}

#: Keys by which no picture is drawn: time has its own, a label wants a name, and those to whom
#: something was promised are as many as there are customers.
_UNDRAWN = frozenset({"month", "label:NAME", "made_to"})

#: Columns of units that hold what the metric is measured in.
_MEASURED = frozenset({"number", "part", "whole"})
#: How units are described that the search finds by their ids.
_SEARCHED = ("a payment", "an issue", "a complaint", "a customer's journey")
#: The ids of facts.
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Conditions = Annotated[Sequence[str], Query()]


@dataclass(frozen=True)
class Grouped:
    """A metric by one of its keys, and the heading that says by which."""

    by: str
    picture: Picture


@router.get("/metrics")
async def registry(page: AtPage) -> Response:
    """Which numbers there are, by family."""
    return await page.answer(_registry)


def _registry(visit: Visit) -> Response:
    found = metrics()["metrics"]
    families = {
        name: [(one, texts(one["name"], one["definition"], visit.language)) for one in own]
        for name, own in groupby(found, lambda one: one["family"])
    }
    return rendered(visit, "metrics.html", families=families)


@router.get("/metrics/{name}")
async def one(page: AtPage, name: str, where: Conditions = ()) -> Response:
    """One number: now, over time, by its keys; its definition, how it is gamed, and what harms."""
    return await page.answer(lambda visit: _one(visit, name, where))


def _one(visit: Visit, name: str, where: Sequence[str]) -> Response:
    asked = {"name": name, "where": [condition(text) for text in where], **visit.times}
    found = metric(visit.home, Metric(**asked))
    entry = next(each for each in metrics()["metrics"] if each["name"] == name)
    value, meant = found["value"], found["definition"]
    over_time = None
    if "month" in entry["by"] and value["kind"] in CHARTED:
        months = metric(visit.home, Metric(by=["month"], **asked)).get("groups", [])
        over_time = _over_time(visit, found, months, where)
    grouped = []
    for key in entry["by"] if value["kind"] != "table" else ():
        if key not in _UNDRAWN:
            groups = metric(visit.home, Metric(by=[key], **asked)).get("groups", [])
            grouped.append(_by(visit, found, key, groups, where))
    if name == "around_due":
        groups = metric(visit.home, Metric(by=["department"], **asked)).get("groups", [])
        heading = visit.language.say("around_due.just_before_heading")
        picture = just_before(
            groups,
            visit.language,
            lambda department: visit.link(
                "/metrics/{}/units", name, where=[*where, f"department={department}"]
            ),
        )
        grouped.append(Grouped(heading, picture))
    return rendered(
        visit,
        "metric.html",
        title=called(name, visit.language),
        found=found,
        means=texts(name, meant, visit.language),
        reading=reading(name, value, meant, visit.language),
        rows=table_rows(value, visit.language),
        picture=PICTURES[name](value, visit.language) if name in PICTURES else None,
        over_time=over_time,
        grouped=grouped,
        where=where,
        said=_said(where, visit.language),
    )


@router.get("/metrics/{name}/units")
async def behind(
    page: AtPage, name: str, where: Conditions = (), after: str | None = None
) -> Response:
    """The units that a number is made of, a page at a time."""
    return await page.answer(lambda visit: _behind(visit, name, where, after))


def _behind(visit: Visit, name: str, where: Sequence[str], after: str | None) -> Response:
    conditions = [condition(text) for text in where]
    question = Metric(name=name, where=conditions, limit=UNITS, after=after, **visit.times)
    found = units(visit.home, question)
    return rendered(
        visit,
        "units.html",
        found=found,
        title=called(name, visit.language),
        means=texts(name, found["definition"], visit.language),
        table=_units(visit, found),
        said=_said(where, visit.language),
    )


def _over_time(
    visit: Visit,
    found: answers.Metric,
    months: Sequence[answers.MetricGroup],
    where: Sequence[str],
) -> Picture:
    """The metric by month, but for the month that still runs."""
    language, name, kind = visit.language, found["metric"], found["value"]["kind"]
    named = called(name, language)
    least, greatest = _REACH.get(name, _REACH.get(kind, (None, None)))
    shown = monthly(visit, found, months, where)
    series = Series(
        language.say("metric.how_many", name=named) if kind == "amount" else named,
        shown.points,
        measure(found["value"], found["definition"], language),
        least,
        greatest,
        times=shown.times,
    )
    return process_chart("over-time", series, language)


def monthly(
    visit: Visit,
    found: answers.Metric,
    months: Sequence[answers.MetricGroup],
    where: Sequence[str] = (),
) -> Months:
    """The values of a metric by month, but for the month that still runs. A month in which nothing
    was counted has nought, and one in which there was nothing to have a share has no value."""
    language, name = visit.language, found["metric"]
    points: dict[str, Point] = {}
    for group in months:
        said = reading(name, group["value"], found["definition"], language)
        month = group["key"]["month"]
        if isinstance(month, str) and said.number is not None:
            href = visit.link("/metrics/{}/units", name, where=[*where, f"month={month}"])
            points[month] = Point(language.month(month), said.number, said.rests_on, href)
    if points and found["value"]["kind"] in _COUNTED:
        for month in ended_months(min(points), visit.as_of):
            points.setdefault(month, Point(language.month(month), 0, NOTHING))
    return newest(points, visit.as_of, language)


def _by(
    visit: Visit,
    found: answers.Metric,
    key: str,
    groups: Sequence[answers.MetricGroup],
    where: Sequence[str],
) -> Grouped:
    """Shares by a key as a funnel plot, so that nobody ranks what chance alone sorts; other numbers
    as bars, in the order of their keys."""
    language, name = visit.language, found["metric"]
    column = _column(key, language)
    by = language.say("metric.by", key=_key(key, language))
    if len(groups) > GROUPS:
        much = language.say("metric.too_many", count=len(groups))
        return Grouped(by, Picture(None, much, Table((), ())))
    rows = []
    for group in groups:
        said = reading(name, group["value"], found["definition"], language)
        conditions = [*where, f"{key}={_text(group['key'][key])}"]
        href = visit.link("/metrics/{}/units", name, where=conditions)
        label, text = _label(key, group["key"][key], language), said.text
        if found["value"]["kind"] == "amount":  # of several currencies, so units are drawn
            text = f"{language.number(said.number)}× {text}"
        rows.append(Bar(label, said.number, text, more=(said.rests_on,), href=href))
    if found["value"]["kind"] == "share":
        members = [
            Member(row.label, group["value"]["count"], group["value"]["of"], row.href)
            for row, group in zip(rows, groups, strict=True)
        ]
        what = called(name, language)
        return Grouped(by, funnel_plot(f"by-{key}", what, members, column, language))
    columns = [column, language.say("column.value"), language.say("column.of")]
    title = language.say(
        "metric.by_title", name=called(name, language), key=_key(key, language), count=len(rows)
    )
    kind = measure(found["value"], found["definition"], language)
    return Grouped(by, bars(f"by-{key}", title, rows, columns, kind, language))


def _text(value: str | bool | None) -> str:
    """A key's value as conditions have it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def _label(key: str, value: str | bool | None, language: Language) -> str:
    if isinstance(value, bool):
        return language.say(f"value.{'yes' if value else 'no'}")
    return language.say("metric.none") if value is None else language.choice(key, value)


def _key(key: str, language: Language) -> str:
    """What people call a key; one of a label has the label's own name."""
    own = key.partition("label:")[2]
    return f"{language.say('key.label')} {own}" if own else language.say(f"key.{key}")


def _said(where: Sequence[str], language: Language) -> list[str]:
    """Conditions in words."""
    said = []
    for key, value in map(condition, where):
        truth = {"true": True, "false": False}.get(value, value or None)
        label = language.month(value) if key == "month" else _label(key, truth, language)
        said.append(language.say("metric.condition", key=_key(key, language), value=label))
    return said


def _column(key: str, language: Language) -> str:
    own = key.partition("label:")[2]
    return f"{language.say('key.label')} {own}" if own else language.say(f"column.{key}")


def table_rows(value: Mapping[str, Any], language: Language) -> Table | None:
    """The rows of a table, under their own names."""
    if value["kind"] != "table" or not value["rows"]:
        return None
    heads = tuple(value["rows"][0])
    rows = tuple(
        tuple(
            Cell(figure(head, row[head], language), isinstance(row[head], int | float))
            for head in heads
        )
        for row in value["rows"]
    )
    named = ("share" if head == "rate" else head for head in heads)
    return Table(tuple(_column(head, language) for head in named), rows)


def _units(visit: Visit, found: answers.MetricUnits) -> Table:
    language = visit.language
    known = ("unit", "facts", "at", "key", "currency")  # an amount is told with its currency
    more = [name for name in (found["units"][0] if found["units"] else ()) if name not in known]
    keys = list(found["units"][0]["key"]) if found["units"] else []
    rows = []
    for unit in found["units"]:
        cells = [Cell(str(unit["unit"]), href=_unit_page(visit, found, unit))]
        cells.append(Cell(language.instant(unit["at"])))
        cells += [Cell(_label(key, unit["key"][key], language)) for key in keys if key != "month"]
        cells += [Cell(_shown(name, unit, found, language)) for name in more]
        rows.append(tuple(cells))
    heads = ["unit", "at", *(key for key in keys if key != "month"), *more]
    return Table(tuple(_column(head, language) for head in heads), tuple(rows))


def _shown(
    name: str, unit: Mapping[str, Any], found: answers.MetricUnits, language: Language
) -> str:
    value = unit[name]
    if name == "amount_minor" and value is not None:
        return money(unit, language)
    if name in _MEASURED and found["definition"].get("measured_in") == "seconds":
        return language.duration(value)
    return language.instant(value) if isinstance(value, datetime) else figure(name, value, language)


def _unit_page(visit: Visit, found: answers.MetricUnits, unit: Mapping[str, Any]) -> str | None:
    """Where a unit is told of: on a page of its own, or on that of whoever it is about, which the
    search knows; a unit that is a fact is shown as it was recorded."""
    text, described = str(unit["unit"]), found["definition"]["unit"] or ""
    if text.startswith("customer:"):
        return visit.link("/customers/{}", text)
    if described.startswith(_SEARCHED):
        return visit.link("/search", q=text)
    if _UUID.fullmatch(text) and not described.startswith("a commitment"):
        return f"/v1/facts/{text}" if text in unit["facts"] else None
    commitment = "commitment" in described
    return visit.link("/commitments/{}", text) if commitment and "/" not in text else None
