"""``/``: do we keep our word?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from application.ask import Balance, Promises, balance, promises
from application.metrics import Metric, metric
from domain.scoreboard import Basis
from entrypoints.pages.over_time import newest
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.measures import rates
from entrypoints.pages.pictures.process import Point, Series, process_chart
from entrypoints.pages.pictures.waterfall import Step, waterfall
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.table_pictures import PICTURES, just_before
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute)

BASES: tuple[Basis, ...] = ("agreed", "first", "latest")
#: So long is a balance.
YEAR = timedelta(days=365)


@router.get("/")
async def our_word(page: AtPage) -> Response:
    """How well we keep our word."""
    return await page.answer(_our_word)


def _our_word(visit: Visit) -> Response:
    """How well promises are kept, on three bases and over time; what is outstanding, and how that
    came about; who differs by more than chance."""
    whole = promises(visit.home, Promises(by=["month_due"], **visit.times))
    pictures: dict[str, Picture] = {"rates": _rates(visit, whole)}
    for basis in BASES:
        pictures[f"over_time_{basis}"] = _over_time(visit, whole["groups"], basis)
    pictures |= {
        "balance": _balance(visit),
        "ageing": _table(visit, "overdue_age"),
        **_around_due(visit),
        "departments": _funnel(visit, "department"),
        "about": _funnel(visit, "about"),
    }
    return rendered(visit, "our_word.html", whole=whole, pictures=pictures, bases=BASES)


def _units(visit: Visit, metric_name: str, **conditions: str) -> str:
    """The address of the units behind a number."""
    where = [f"{key}={value}" for key, value in conditions.items()]
    return visit.link("/metrics/{}/units", metric_name, where=where)


def _rates(visit: Visit, whole: answers.Promises) -> Picture:
    language = visit.language
    rows = []
    for basis in BASES:
        found = whole["kept_rate"][basis]
        rows.append(
            Bar(
                language.say(f"basis.{basis}"),
                found["rate"],
                language.percent(found["rate"]),
                found["low"],
                found["high"],
                (
                    language.say("units.of", count=found["kept"], of=found["due"]),
                    language.interval(found["low"], found["high"]),
                ),
                _units(visit, f"kept_{basis}"),
            )
        )
    columns = [language.say(f"column.{name}") for name in ("basis", "rate", "of", "interval")]
    title = language.say("our_word.rates_title", gap=language.points(whole["slip_gap"]))
    return bars("rates", title, rows, columns, rates(language), language, greatest=1.0)


def _over_time(visit: Visit, groups: Sequence[Any], basis: Basis) -> Picture:
    language = visit.language
    points = {}
    for group in groups:
        month, found = group["key"]["month_due"], group["kept_rate"][basis]
        if month is not None and found["rate"] is not None:
            of = language.say("units.of", count=found["kept"], of=found["due"])
            href = _units(visit, f"kept_{basis}", month=month)
            points[month] = Point(language.month(month), found["rate"], of, href)
    shown = newest(points, visit.as_of, language)
    series = Series(
        language.say(f"our_word.kept_{basis}"),
        shown.points,
        rates(language),
        least=0.0,
        greatest=1.0,
        times=shown.times,
    )
    return process_chart(f"over-time-{basis}", series, language)


def _balance(visit: Visit) -> Picture:
    language, start = visit.language, visit.as_of - YEAR
    found = balance(visit.home, Balance(start=start, end=visit.as_of, **visit.times))
    flows = {
        "made": found["made"],
        "reopened": found["reopened"],
        "honoured": -found["honoured"],
        "released": -found["released"],
        "abandoned": -found["abandoned"],
    }
    steps = [Step(language.date(start), found["opening"], total=True)]
    steps += [Step(language.say(f"balance.{flow}"), count) for flow, count in flows.items()]
    steps.append(Step(language.date(visit.as_of), found["closing"], total=True))
    title = language.say(
        "balance.title",
        count=found["closing"],
        at=language.day(visit.as_of),
        start=language.day(start),
        before=found["opening"],
    )
    columns = (language.say("column.flow"), language.say("column.promises"))
    return waterfall("balance", title, steps, columns, language)


def _around_due(visit: Visit) -> dict[str, Picture]:
    """What happens around the agreed date, and in which departments just before it."""
    asked = Metric(name="around_due", by=["department"], **visit.times)
    found = metric(visit.home, asked)
    return {
        "around_due": PICTURES["around_due"](found["value"], visit.language),
        "just_before": just_before(
            found["groups"],
            visit.language,
            lambda department: _units(visit, "around_due", department=department),
        ),
    }


def _table(visit: Visit, name: str) -> Picture:
    """The picture of a metric that is a table."""
    found = metric(visit.home, Metric(name=name, **visit.times))
    return PICTURES[name](found["value"], visit.language)


def _funnel(visit: Visit, key: str) -> Picture:
    language = visit.language
    groups = promises(visit.home, Promises(by=[key], **visit.times))["groups"]
    members = []
    for group in groups:
        name, found = group["key"][key], group["kept_rate"]["agreed"]
        href = _units(visit, "kept_agreed", **{key: name or ""})
        label = name or language.say(f"our_word.no_{key}")
        members.append(Member(label, found["kept"], found["due"], href))
    what = language.say("our_word.kept_agreed")
    return funnel_plot(f"funnel-{key}", what, members, language.say(f"column.{key}"), language)
