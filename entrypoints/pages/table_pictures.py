"""The pictures of metrics that are tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from entrypoints.pages.language import NOTHING, Language
from entrypoints.pages.pictures.bars import Bar, bars
from entrypoints.pages.pictures.canvas import Picture
from entrypoints.pages.pictures.funnel_plot import Member, funnel_plot
from entrypoints.pages.pictures.graph import Edge, graph
from entrypoints.pages.pictures.matrix import Entry, matrix
from entrypoints.pages.pictures.measures import numbers
from entrypoints.pages.pictures.strips import Strip, strips

Value = Mapping[str, Any]

#: Where in ``around_due`` the day lies on which a promise fell due.
_ON_THE_DAY = 6
#: What may happen to a promise in these days.
_KINDS = ("honoured", "moved", "released", "abandoned")
#: So many places where journeys break are drawn.
_SEAMS = 15


def ageing(value: Value, language: Language) -> Picture:
    """``overdue_age``: how old what is overdue is."""
    counts = {row["age"]: row["count"] for row in value["rows"]}
    rows = [
        Bar(language.say(f"age.{age.replace(' ', '_')}"), count, language.number(count))
        for age, count in counts.items()
    ]
    old = counts["over 90"]
    title = language.say("our_word.ageing_title", count=sum(counts.values()), old=old)
    columns = [language.say("column.age"), language.say("column.promises")]
    return bars("ageing", title, rows, columns, numbers(language, whole=True), language)


def around_due(value: Value, language: Language) -> Picture:
    """``around_due``: what happens in the days around the agreed date."""
    found = value["rows"]
    shown = [
        Strip(language.say(f"around_due.{kind}"), tuple(row[kind] for row in found))
        for kind in _KINDS
    ]
    days = [_day(row["day"]) for row in found]
    before = sum(row["moved"] + row["released"] for row in found[_ON_THE_DAY - 1 : _ON_THE_DAY + 1])
    title = language.say("around_due.title", count=before)
    column = language.say("column.day_around")
    axis = language.say("around_due.day_axis")
    return strips(
        "around-due", title, days, shown, column, language, line_after=_ON_THE_DAY, axis=axis
    )


def just_before(
    groups: Sequence[Mapping[str, Any]], language: Language, units_of: Callable[[str], str]
) -> Picture:
    """``around_due`` by department, of which the last two days before the date: of what was done
    about promises then, the part that moved dates without consent. It is a funnel plot, so that
    nobody is called unusual whom chance alone makes so. ``units_of`` gives the address of a
    department's units."""
    members = []
    for group in groups:
        days = group["value"]["rows"][_ON_THE_DAY - 1 : _ON_THE_DAY + 1]
        moved = sum(row["moved"] for row in days)
        done = sum(row[kind] for row in days for kind in _KINDS)
        department = group["key"]["department"] or ""
        name = department or language.say("our_word.no_department")
        members.append(Member(name, moved, done, units_of(department)))
    what, column = language.say("around_due.just_before"), language.say("column.department")
    return funnel_plot("just-before", what, members, column, language)


def _day(day: int) -> str:
    return f"+{day}" if day > 0 else f"−{-day}" if day else "0"


def department_graph(value: Value, language: Language) -> Picture:
    """``department_graph``: which department follows on which, how often and after how long."""
    edges = [Edge(row["from"], row["to"], row["count"], row["median"]) for row in value["rows"]]
    title = language.say("graph.title", count=sum(edge.count for edge in edges))
    return graph("graph", title, edges, language)


def cooperation(value: Value, language: Language) -> Picture:
    """``cooperation``: how well departments keep what they promise each other."""
    entries = [
        Entry(
            row["from"],
            row["to"],
            row["rate"] or 0.0,
            language.percent(row["rate"]),
            (language.say("units.of", count=row["kept"], of=row["due"]),),
        )
        for row in value["rows"]
    ]
    sides = [language.say(f"matrix.{name}") for name in ("by", "to")]
    columns = [*sides, *(language.say(f"column.{name}") for name in ("rate", "of"))]
    return matrix("matrix", language.say("matrix.kept"), entries, columns, language)


def help_given(value: Value, language: Language) -> Picture:
    """``help_given``: who helps whom."""
    entries = [
        Entry(row["from"], row["to"], row["count"], language.number(row["count"]))
        for row in value["rows"]
    ]
    sides = [language.say(f"matrix.{name}") for name in ("helper", "helped_one")]
    columns = [*sides, language.say("column.count")]
    return matrix("matrix", language.say("matrix.helped"), entries, columns, language)


def breaks(value: Value, language: Language) -> Picture:
    """``breaks``: after whom promises were made that were not kept, and whose they were; those that
    are most, since the others are in the table of the metric."""
    found = sorted(value["rows"], key=lambda row: -row["count"])
    rows = [
        Bar(
            language.say(
                "breaks.seam",
                before=row["from"] or language.say("breaks.nobody"),
                owner=row["owner"] or NOTHING,
                about=row["about"],
            ),
            row["count"],
            language.number(row["count"]),
        )
        for row in found[:_SEAMS]
    ]
    title = language.say("breaks.title", count=sum(row["count"] for row in found))
    columns = [language.say("breaks.column"), language.say("column.promises")]
    return bars("breaks", title, rows, columns, numbers(language, whole=True), language)


#: The metrics whose tables have a picture.
PICTURES: Mapping[str, Callable[[Value, Language], Picture]] = {
    "overdue_age": ageing,
    "around_due": around_due,
    "department_graph": department_graph,
    "breaks": breaks,
    "cooperation": cooperation,
    "help_given": help_given,
}
