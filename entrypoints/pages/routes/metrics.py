"""``/metrics``: the registry; ``/metrics/{name}``: one number over time and by its keys, with what
it means; and the units behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from application.metrics import Metric, condition, metric, metrics, units
from entrypoints.http.scopes import needs
from entrypoints.pages.language import Language
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Cell, Picture, Table
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.process import Point, Series, process_chart
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.values import figure, reading, writer
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute, dependencies=[needs("ask")])

#: So many units are on a page, so many groups in a picture, and so many months over time.
UNITS, GROUPS, MONTHS = 100, 50, 36
#: Kinds of which an equal step is equally far everywhere, so that they can be charted over time.
_CHARTED = frozenset({"share", "difference", "spread", "ratio", "amount", "count", "score"})

Conditions = Annotated[Sequence[str], Query()]


@dataclass(frozen=True)
class Grouped:
    """A metric by one of its keys."""

    key: str
    picture: Picture


@router.get("/metrics")
async def registry(page: AtPage) -> Response:
    """Which numbers there are, by family."""
    return await page.answer(_registry)


def _registry(visit: Visit) -> Response:
    found = metrics()["metrics"]
    families = {name: list(own) for name, own in groupby(found, lambda one: one["family"])}
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
    if "month" in entry["by"] and value["kind"] in _CHARTED:
        months = metric(visit.home, Metric(by=["month"], **asked)).get("groups", [])
        over_time = _over_time(visit, name, months, meant)
    grouped = [
        _by(visit, found, key, metric(visit.home, Metric(by=[key], **asked)).get("groups", []))
        for key in entry["by"]
        if key not in ("month", "label:NAME") and value["kind"] != "table"
    ]
    return rendered(
        visit,
        "metric.html",
        entry=entry,
        found=found,
        reading=reading(value, meant, visit.language),
        rows=_rows(value, visit.language),
        over_time=over_time,
        grouped=grouped,
        where=where,
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
    return rendered(visit, "units.html", found=found, table=_units(visit, found), where=where)


def _over_time(
    visit: Visit,
    name: str,
    months: Sequence[answers.MetricGroup],
    meant: Mapping[str, str | None],
) -> Picture:
    language, running = visit.language, f"{visit.as_of:%Y-%m}"
    points: list[Point] = []
    written, marked, bounds = language.short, language.short, {}
    for group in months:
        month, value = group["key"]["month"], group["value"]
        said = reading(value, meant, language)
        if not isinstance(month, str) or month >= running or said.number is None:
            continue
        written = language.short if value["kind"] == "amount" else writer(value, meant, language)
        marked = written
        if value["kind"] == "share":
            marked, bounds = language.whole_percent, {"least": 0.0, "greatest": 1.0}
        href = visit.link("/metrics/{}/units", name, where=f"month={month}")
        points.append(Point(language.month(month), said.number, said.rests_on, href))
    series = Series(name, points[-MONTHS:], written, marked, **bounds)
    return process_chart("over-time", series, language)


def _by(
    visit: Visit, found: answers.Metric, key: str, groups: Sequence[answers.MetricGroup]
) -> Grouped:
    """Shares by a key as a funnel plot, so that nobody ranks what chance alone sorts; other numbers
    as bars, in the order of their keys."""
    language, name = visit.language, found["metric"]
    column = _column(key, language)
    if len(groups) > GROUPS:
        said = language.say("metric.too_many", count=len(groups))
        return Grouped(column, Picture(None, said, Table((), ())))
    hrefs = [
        visit.link("/metrics/{}/units", name, where=f"{key}={_text(group['key'][key])}")
        for group in groups
    ]
    labels = [_label(group["key"][key], language) for group in groups]
    if found["value"]["kind"] == "share":
        members = [
            Member(label, group["value"]["count"], group["value"]["of"], href)
            for label, group, href in zip(labels, groups, hrefs, strict=True)
        ]
        return Grouped(column, funnel_plot(f"by-{key}", name, members, column, language))
    rows = []
    for label, group, href in zip(labels, groups, hrefs, strict=True):
        said = reading(group["value"], found["definition"], language)
        rows.append(Bar(label, said.number, said.text, more=(said.rests_on,), href=href))
    columns = [column, language.say("column.value"), language.say("column.of")]
    title = language.say("metric.by_title", name=name, key=column, count=len(rows))
    written = writer(found["value"], found["definition"], language)
    if any(row.value is not None and row.value < 0 for row in rows):
        table = Table(
            tuple(columns),
            tuple(
                (Cell(r.label), Cell(r.text, figure=True, href=r.href), Cell(r.more[0]))
                for r in rows
            ),
        )
        return Grouped(column, Picture(None, title, table))
    return Grouped(column, bars(f"by-{key}", title, rows, columns, written, language))


def _text(value: str | bool | None) -> str:
    """A key's value as conditions have it."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else value


def _label(value: str | bool | None, language: Language) -> str:
    if isinstance(value, bool):
        return language.say(f"value.{'yes' if value else 'no'}")
    return language.say("metric.none") if value is None else value


def _column(key: str, language: Language) -> str:
    return language.say(f"column.{key}") if language.has(f"column.{key}") else key


def _rows(value: Mapping[str, Any], language: Language) -> Table | None:
    """The rows of a table, under their own names."""
    if value["kind"] != "table" or not value["rows"]:
        return None
    heads = tuple(value["rows"][0])
    rows = tuple(
        tuple(
            Cell(figure(row[head], language), isinstance(row[head], int | float)) for head in heads
        )
        for row in value["rows"]
    )
    return Table(tuple(_column(head, language) for head in heads), rows)


def _units(visit: Visit, found: answers.MetricUnits) -> Table:
    language = visit.language
    known = ("unit", "facts", "at", "key")
    more = [name for name in (found["units"][0] if found["units"] else ()) if name not in known]
    keys = list(found["units"][0]["key"]) if found["units"] else []
    rows = []
    for unit in found["units"]:
        cells = [Cell(str(unit["unit"]), href=_unit_page(visit, found, unit))]
        cells.append(Cell(language.instant(unit["at"])))
        cells += [Cell(_label(unit["key"][key], language)) for key in keys if key != "month"]
        cells += [Cell(_shown(unit[name], language)) for name in more]
        rows.append(tuple(cells))
    heads = ["unit", "at", *(key for key in keys if key != "month"), *more]
    return Table(tuple(_column(head, language) for head in heads), tuple(rows))


def _shown(value: Any, language: Language) -> str:
    from datetime import datetime

    return language.instant(value) if isinstance(value, datetime) else figure(value, language)


def _unit_page(visit: Visit, found: answers.MetricUnits, unit: Mapping[str, Any]) -> str | None:
    """Where a unit has a page of its own: a commitment, or a customer."""
    text = str(unit["unit"])
    if text.startswith("customer:"):
        return visit.link("/customers/{}", text)
    commitment = "commitment" in (found["definition"]["unit"] or "")
    return visit.link("/commitments/{}", text) if commitment and "/" not in text else None
