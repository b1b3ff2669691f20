"""``/families/{family}``: the numbers of a family, for a manager who has two minutes; and
``/journeys``, which has the graph of departments besides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.responses import Response

from application.metrics import Metric, metric, metrics, units
from domain.errors import Unknown
from domain.measures.survival import curve
from entrypoints.pages.definitions import Texts, texts
from entrypoints.pages.definitions import name as called
from entrypoints.pages.pictures.canvas import Picture, Table
from entrypoints.pages.pictures.sparkline import sparkline
from entrypoints.pages.pictures.survival import survival_curve
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.routes.metrics import CHARTED, monthly, table_rows
from entrypoints.pages.table_pictures import PICTURES
from entrypoints.pages.values import Reading, reading
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

#: Of so many units, at most, a curve is drawn, and in so many steps.
UNITS, STEPS = 5_000, 100
#: What has its place at the head of the page of journeys.
_PICTURED = ("department_graph", "breaks")


@dataclass(frozen=True)
class Told:
    """A metric as a page of its family tells it: what it says; how it moved, as a small line; and a
    picture, or else the rows of a table. ``title`` is its name for people, ``means`` the texts of
    its definition in the language of the page."""

    found: answers.Metric
    title: str
    means: Texts
    reading: Reading
    spark: str | None
    picture: Picture | None
    rows: Table | None


@router.get("/families/{family}")
async def whole(page: AtPage, family: str) -> Response:
    """Each number of a family, with its question, its interval, and how it is gamed."""
    return await page.answer(lambda visit: _whole(visit, family))


@router.get("/journeys")
async def journeys(page: AtPage) -> Response:
    """How customers go from department to department, where that breaks, and how it feels."""
    return await page.answer(_journeys)


def _whole(visit: Visit, family: str) -> Response:
    families = list(dict.fromkeys(one["family"] for one in metrics()["metrics"]))
    if family not in families:
        raise Unknown("a family of metrics", repr(family), "{metrics} has them all")
    told = [_told(visit, entry) for entry in metrics(family)["metrics"]]
    return rendered(visit, "family.html", family=family, families=families, told=told)


def _journeys(visit: Visit) -> Response:
    told = {entry["name"]: _told(visit, entry) for entry in metrics("journeys")["metrics"]}
    pictured = {name: told.pop(name) for name in _PICTURED}
    return rendered(visit, "journeys.html", told=list(told.values()), pictured=pictured)


def _told(visit: Visit, entry: answers.MetricEntry) -> Told:
    name, language = entry["name"], visit.language
    by = ["month"] if "month" in entry["by"] and entry["kind"] in CHARTED else []
    found = metric(visit.home, Metric(name=name, by=by, **visit.times))
    value = found["value"]
    picture = PICTURES[name](value, language) if name in PICTURES else None
    return Told(
        found,
        called(name, language),
        texts(name, found["definition"], language),
        reading(name, value, found["definition"], language),
        _spark(visit, found),
        _curve(visit, name) if value["kind"] == "time" else picture,
        None if picture else table_rows(value, language),
    )


def _spark(visit: Visit, found: answers.Metric) -> str | None:
    months = monthly(visit, found, found.get("groups", []))
    points = months.points
    if len(points) < 2:
        return None
    title = visit.language.say("families.spark", first=points[0].label, last=points[-1].label)
    at = [months.times.index(point.label) for point in points]
    return sparkline(f"spark-{found['metric']}", title, [point.value for point in points], at)


def _curve(visit: Visit, name: str) -> Picture | None:
    """Which part still waits after how long; none of more units than can be read for a page."""
    found = units(visit.home, Metric(name=name, limit=UNITS, **visit.times))
    if found["next"] is not None:
        return None
    ended = [unit["seconds"] for unit in found["units"] if unit["end"] is not None]
    waiting = [
        (visit.as_of - unit["start"]).total_seconds()
        for unit in found["units"]
        if unit["end"] is None
    ]
    title = visit.language.say("families.curve", count=len(ended), waiting=len(waiting))
    return survival_curve(f"curve-{name}", title, thinned(curve(ended, waiting)), visit.language)


def thinned(steps: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Not more steps than one sees, the last of them included."""
    apart = len(steps) // STEPS + 1
    return [*steps[:-1:apart], *steps[-1:]]
