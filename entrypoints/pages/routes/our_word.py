"""``/``: do we keep our word?"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from starlette.responses import Response

from application.ask import Balance, Promises, balance, promises
from application.metrics import Metric, metric
from domain.scoreboard import Basis
from entrypoints.http.scopes import needs
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.process import Point, Series, process_chart
from entrypoints.pages.pictures.strips import Strip, strips
from entrypoints.pages.pictures.waterfall import Step, waterfall
from entrypoints.pages.render import PageRoute, rendered
from entrypoints.pages.visit import AtPage, Visit

if TYPE_CHECKING:
    from application.ask import answers

router = APIRouter(route_class=PageRoute, dependencies=[needs("ask")])

BASES: tuple[Basis, ...] = ("agreed", "first", "latest")
#: So many months are shown, at most, and so long is a balance.
MONTHS = 36
YEAR = timedelta(days=365)
#: The day of ``around_due`` behind which the agreed date has passed.
_ON_THE_DAY = 6


@router.get("/")
async def our_word(page: AtPage) -> Response:
    """How well we keep our word."""
    return await page.answer(_our_word)


def _our_word(visit: Visit) -> Response:
    """How well promises are kept, on three bases and over time; what is outstanding, and how that
    came about; who differs by more than chance."""
    whole = promises(visit.home, Promises(by=["month_due"], **visit.times))
    months = [each for each in whole["groups"] if _is_over(each["key"]["month_due"], visit.as_of)]
    pictures: dict[str, Picture] = {"rates": _rates(visit, whole)}
    for basis in BASES:
        pictures[f"over_time_{basis}"] = _over_time(visit, months[-MONTHS:], basis)
    pictures |= {
        "balance": _balance(visit),
        "ageing": _ageing(visit),
        "around_due": _around_due(visit),
        "departments": _funnel(visit, "department"),
        "about": _funnel(visit, "about"),
    }
    return rendered(visit, "our_word.html", whole=whole, pictures=pictures, bases=BASES)


def _is_over(month: str | None, as_of: datetime) -> bool:
    """Whether a month has ended: one that still runs has fewer promises, and would look odd."""
    return month is not None and month < f"{as_of:%Y-%m}"


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
    return bars(
        "rates",
        title,
        rows,
        columns,
        language.whole_percent,
        language,
        greatest=1.0,
    )


def _over_time(visit: Visit, months: Sequence[Any], basis: Basis) -> Picture:
    language = visit.language
    points = []
    for group in months:
        month, found = group["key"]["month_due"], group["kept_rate"][basis]
        if found["rate"] is not None:
            of = language.say("units.of", count=found["kept"], of=found["due"])
            href = _units(visit, f"kept_{basis}", month=month)
            points.append(Point(language.month(month), found["rate"], of, href))
    series = Series(
        language.say(f"our_word.kept_{basis}"),
        points,
        language.percent,
        language.whole_percent,
        least=0.0,
        greatest=1.0,
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
    steps = [Step(language.say("balance.opening"), found["opening"], total=True)]
    steps += [Step(language.say(f"balance.{flow}"), count) for flow, count in flows.items()]
    steps.append(Step(language.say("balance.closing"), found["closing"], total=True))
    title = language.say(
        "balance.title",
        count=found["closing"],
        at=language.day(visit.as_of),
        start=language.day(start),
        before=found["opening"],
    )
    columns = (language.say("column.flow"), language.say("column.promises"))
    return waterfall("balance", title, steps, columns, language)


def _ageing(visit: Visit) -> Picture:
    language = visit.language
    value = metric(visit.home, Metric(name="overdue_age", **visit.times))["value"]
    counts = {row["age"]: row["count"] for row in value["rows"]}
    rows = [
        Bar(language.say(f"age.{age.replace(' ', '_')}"), count, language.number(count),
            href=_units(visit, "overdue_age"))
        for age, count in counts.items()
    ]  # fmt: skip
    overdue, old = sum(counts.values()), counts["over 90"]
    title = language.say("our_word.ageing_title", count=overdue, old=old)
    columns = [language.say("column.age"), language.say("column.promises")]
    return bars("ageing", title, rows, columns, language.short, language, whole=True)


def _around_due(visit: Visit) -> Picture:
    language = visit.language
    found = metric(visit.home, Metric(name="around_due", **visit.times))["value"]["rows"]
    kinds = ("honoured", "moved", "released", "abandoned")
    shown = [
        Strip(language.say(f"around_due.{kind}"), tuple(row[kind] for row in found))
        for kind in kinds
    ]
    days = [_day(row["day"]) for row in found]
    before = sum(row["moved"] + row["released"] for row in found[_ON_THE_DAY - 1 : _ON_THE_DAY + 1])
    title = language.say("around_due.title", count=before)
    column = language.say("column.day_around")
    return strips("around-due", title, days, shown, column, language, line_after=_ON_THE_DAY)


def _day(day: int) -> str:
    return f"+{day}" if day > 0 else f"−{-day}" if day else "0"


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
