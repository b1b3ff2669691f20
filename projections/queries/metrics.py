"""One metric: its value over units, in all and in groups, and the units themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from domain.durations import UnreadableDuration, parse
from domain.instants import EARLIEST, from_microseconds, to_microseconds
from domain.measures.load import WEEKS, weeks
from projections.errors import NoCursor
from projections.known_positions import shown_reach
from projections.metrics.definition import definition
from projections.metrics.kinds import shape_of
from projections.metrics.registry import LABEL, MONTH, Metric
from projections.metrics.relations import (
    LISTED,
    RELATIONS,
    TOLD,
    lists_facts,
    lists_promises,
    parameters_in,
    units_of,
)
from projections.metrics.shape import Asked, Shape
from projections.queries.as_of import Moment
from projections.queries.cursor import BIGINT, from_cursor, to_cursor
from projections.queries.evidence import evidence
from projections.queries.months import join_months, month_in
from projections.session import Row, Session
from projections.sql_files import statements_of
from projections.stored_facts import optional_instant

if TYPE_CHECKING:
    from projections.queries import answers

_SQL = statements_of(__file__)

_DAY = 86_400_000_000
#: Longer than the calendar: what may take so long has never run out.
_LONGEST = 400_000_000_000_000_000
#: Where units come in a list: by their anchors, those without one last.
_PLACE = f"coalesce(epoch_us(u.at), {BIGINT[-1]})"


@dataclass(frozen=True)
class Selection:
    """Which units a question is about: those for which all of ``where`` hold (pairs of a key and
    its value, "" for null), with their anchors in (``start``, ``end``], in groups ``by``. Months
    are those of ``zone``. ``within`` is W as it was given; None is the metric's own."""

    by: Sequence[str] = ()
    where: Sequence[tuple[str, str]] = ()
    start: datetime | None = None
    end: datetime | None = None
    within: str | None = None
    zone: str = "UTC"


@dataclass(frozen=True)
class _Units:
    """The units of a question in SQL: rows ``u`` of ``source`` for which ``condition`` holds, what
    each key is, and the values of the parameters."""

    source: str
    condition: str
    keys: Mapping[str, str]
    parameters: Mapping[str, object]

    def rows(self, session: Session, select: Sequence[str], rest: str = "") -> list[Row]:
        """What is selected of the units; ``rest`` is what follows the condition."""
        sql = f"SELECT {', '.join(select)} FROM {self.source} WHERE {self.condition}{rest}"
        return session.rows(sql, _used(sql, self.parameters))


def fixed_length(within: str) -> int:
    """The microseconds of a duration of weeks, days of 24 hours, hours, minutes and seconds. Raises
    ``UnreadableDuration`` for any other, and for one of months."""
    duration = parse(within)
    if duration.months:
        raise UnreadableDuration(
            "a duration of a fixed length, such as P14D, P2W or PT36H",
            f"{within!r}, and months and years have none",
            "give it in weeks, days or hours",
        )
    return min(duration.days * _DAY + duration.microseconds, _LONGEST)


def metric(
    session: Session, moment: Moment, metric: Metric, selection: Selection
) -> answers.Metric:
    """The value over all units that are left and, with ``by``, in groups ordered by key, null last.
    The views show the moment."""
    shape = shape_of(metric, _asked(moment, metric, selection))
    units = _units(session, moment, metric, selection, selection.by)
    keys = [units.keys[name] for name in selection.by]
    rows = _counted(session, units, [*keys, *shape.alike], shape)
    if shape.add_up or not keys:
        whole = [row[len(keys) :] for row in rows]
    else:
        whole = _counted(session, units, shape.alike, shape)
    groups: answers.MetricGroups = {}
    if selection.by:
        groups["groups"] = [
            {"key": dict(zip(selection.by, key, strict=True)), "value": shape.value(own)}
            for key, own in _groups(rows, len(keys))
        ]
    return {
        **_head(moment, metric, selection),
        "value": shape.value(whole),
        **groups,
        **_evidence(session, moment, metric),
        "definition": definition(metric),
    }


def _counted(session: Session, units: _Units, alike: Sequence[str], shape: Shape) -> list[Row]:
    """The figures of units that are alike."""
    places = ", ".join(str(1 + place) for place in range(len(alike)))
    rest = f" GROUP BY {places}" if places else ""
    return units.rows(session, [*alike, *shape.figures], rest)


def units(
    session: Session,
    moment: Moment,
    metric: Metric,
    selection: Selection,
    limit: int | None = None,
    after: str | None = None,
) -> answers.MetricUnits:
    """A page of units by anchor (null last), then id; ``next`` is the cursor of what is behind it.
    The views show the moment. Raises NoCursor."""
    shape = shape_of(metric, _asked(moment, metric, selection))
    labels = [name for name, _ in selection.where] + [*selection.by]
    names = [name for name in metric.keys if not name.startswith(LABEL)]
    names += dict.fromkeys(name for name in labels if name.startswith(LABEL))
    found = _units(session, moment, metric, selection, names)
    if after is not None:
        found = _behind(found, after, shape)
    order = ", ".join(str(n + 1) for n in range(2 + len(shape.side)))
    limited = "" if limit is None else f" LIMIT {limit + 1}"
    keys = [found.keys[name] for name in names]
    select = [_PLACE, "u.unit", *shape.side, "epoch_us(u.at)", "u.facts", *keys]
    select += shape.columns.values()
    rows = found.rows(session, select, f" ORDER BY {order}{limited}")
    page = rows if limit is None else rows[:limit]
    place = 2 + len(shape.side)
    facts = _facts(session, found, metric, shape, page) if lists_facts(metric) else {}
    month = partial(month_in, ZoneInfo(selection.zone)) if metric.has_month else None
    return {
        **_head(moment, metric, selection),
        "units": [
            _unit(row[1], facts.get(row[1:place]), row[place:], names, shape, month) for row in page
        ],
        "next": _cursor(page[-1][:place]) if len(page) < len(rows) else None,
        **_evidence(session, moment, metric),
        "definition": definition(metric),
    }


def _facts(
    session: Session, units: _Units, metric: Metric, shape: Shape, page: Sequence[Row]
) -> dict[Row, list[str]]:
    """The facts of the units of a page by their names and sides. They are looked up for these
    alone: those of all units take longer than all else. Of a pair ``A/B`` both are looked up.
    Promises need not be found once more for that."""
    parts = {part for _, name, *_ in page for part in _parts(name)}
    session.execute(f"CREATE OR REPLACE TEMP TABLE {LISTED} (unit VARCHAR)")
    session.insert(LISTED, ("unit",), [(part,) for part in sorted(parts)])
    if lists_promises(metric):
        query = f"SELECT t.commitment_id, t.facts FROM ({RELATIONS[TOLD]}) AS t"
        told: dict[str, list[str]] = dict(session.rows(query, _used(query, units.parameters)))
        names_of = (row[1 : 2 + len(shape.side)] for row in page)
        return {names: told[names[0]] for names in names_of}
    source = f"({units_of(metric, listed=True)}) AS u"
    found = replace(units, source=source, condition=f"u.unit IN (SELECT l.unit FROM {LISTED} AS l)")
    rows = found.rows(session, ["u.facts", "u.unit", *shape.side])
    return {tuple(names): facts for facts, *names in rows}


def _parts(name: str) -> Iterator[str]:
    """A unit, and whatever it may be a pair of."""
    yield name
    for at, letter in enumerate(name):
        if letter == "/":
            yield name[:at]
            yield name[at + 1 :]


def _unit(
    name: str,
    looked_up: Sequence[str] | None,
    row: Row,
    names: Sequence[str],
    shape: Shape,
    month: Callable[[datetime | None], str | None] | None,
) -> dict[str, Any]:
    """A unit as it is listed, from its anchor, its facts (unless they are ``looked_up``), its keys
    and what its shape shows."""
    at, facts, *rest = row
    anchor = optional_instant(at)
    months = {} if month is None else {MONTH: month(anchor)}
    own = dict(zip(shape.columns, rest[len(names) :], strict=True))
    return {
        "unit": name,
        "facts": list(facts if looked_up is None else looked_up),
        "at": anchor,
        "key": dict(zip(names, rest, strict=False)) | months,
        **shape.shown(own),
    }


def _asked(moment: Moment, metric: Metric, selection: Selection) -> Asked:
    return Asked(moment.as_of, selection.zone, (selection.within or metric.within) is not None)


def _head(moment: Moment, metric: Metric, selection: Selection) -> answers.MetricHead:
    return {
        "metric": metric.name,
        "as_of": moment.as_of,
        "known_at": shown_reach(moment.known_at),
        "from": selection.start,
        "to": selection.end,
        "within": selection.within or metric.within,
    }


def _evidence(session: Session, moment: Moment, metric: Metric) -> answers.MetricEvidence:
    counts = evidence(session, moment, (*metric.evidence, *metric.beside))
    return {
        "evidence": counts,
        "unreported": [name for name in metric.evidence if not counts[name]],
    }


def _units(
    session: Session,
    moment: Moment,
    metric: Metric,
    selection: Selection,
    shown: Iterable[str],
) -> _Units:
    """The units of a question. ``shown`` are the keys that it wants to see."""
    parameters = parameters_of(moment, metric, selection)
    source = f"({units_of(metric)}) AS u"
    used = dict.fromkeys([*shown, *(name for name, _ in selection.where)])
    keys: dict[str, str] = {}
    if MONTH in used:
        needed = _used(source, parameters)
        months = join_months(session, source, needed, {MONTH: "u.at"}, selection.zone)
        source += months.joins
        keys.update(months.columns)
    for name in used:
        if name == MONTH:
            continue
        if name.startswith(LABEL):
            label = f"label_{len(keys)}"
            parameters[label] = f"{name.removeprefix(LABEL)}:"
            keys[name] = _SQL["label"].format(label=label)
        else:
            keys[name] = f'u."{name}"'
    tests = []
    for number, (name, value) in enumerate(selection.where):
        tests.append(f"{keys[name]} IS NULL")
        if value:
            parameters[f"where_{number}"] = value
            tests[-1] = f"CAST({keys[name]} AS VARCHAR) = $where_{number}"
    if metric.window == "anchor":
        tests += ["u.at > $from"] if selection.start else []
        tests += ["u.at <= $to"] if selection.end else []
        tests += ["u.at IS NOT NULL"] if selection.start or selection.end else []
    return _Units(source, " AND ".join(tests) or "TRUE", keys, parameters)


def parameters_of(moment: Moment, metric: Metric, selection: Selection) -> dict[str, object]:
    """What the SQL of a metric may name: the instant, its window, W in microseconds, and the last
    instant, in microseconds since 1970, at which a unit must have started so that W has run out."""
    within = selection.within or metric.within
    length = 0 if within is None else fixed_length(within)
    bounds: dict[str, object] = {}
    if metric.shape.get("weeks"):
        found = weeks(moment.as_of, ZoneInfo(selection.zone))
        bounds = {
            "weeks_start": found[0].since,
            "this_week": found[WEEKS].since,
            "weeks_end": found[-1].until,
        }
    return {
        **bounds,
        "as_of": moment.as_of,
        "from": selection.start or from_microseconds(EARLIEST),
        "to": selection.end or moment.as_of,
        "within": length,
        "matured": to_microseconds(moment.as_of) - length - 1,
    }


def _used(sql: str, parameters: Mapping[str, object]) -> dict[str, object]:
    names = parameters_in(sql)
    return {name: value for name, value in parameters.items() if name in names}


def _groups(rows: Iterable[Row], width: int) -> list[tuple[Row, list[Row]]]:
    """The rows of each key, without it; by key, null last."""

    def place(row: Row) -> list[tuple[bool, object]]:
        return [(value is None, value) for value in row[:width]]

    ordered = sorted(rows, key=place)
    return [
        (key, [row[width:] for row in own])
        for key, own in groupby(ordered, key=lambda row: row[:width])
    ]


def _cursor(last: Row) -> str:
    place, *names = last
    return to_cursor(place, "\n".join(names))


def _behind(units: _Units, cursor: str, shape: Shape) -> _Units:
    """The units that come after the one of a cursor."""
    place, text = from_cursor(cursor)
    names = text.rsplit("\n", len(shape.side))
    if len(names) != 1 + len(shape.side):  # a cursor of another list
        raise NoCursor(cursor)
    columns = ["u.unit", *shape.side]
    behind = "FALSE"
    for number in reversed(range(len(columns))):
        column, value = columns[number], f"$after_{number}"
        behind = f"({column} > {value} OR ({column} = {value} AND {behind}))"
    condition = f"({_PLACE} > $place OR ({_PLACE} = $place AND {behind}))"
    after = {f"after_{number}": name for number, name in enumerate(names)}
    return replace(
        units,
        condition=f"{units.condition} AND {condition}",
        parameters={**units.parameters, "place": place, **after},
    )
