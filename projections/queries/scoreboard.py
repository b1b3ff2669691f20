"""How well promises were kept, and how what is outstanding came about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal, cast, get_args

from domain.statuses import COUNTED, STATUSES
from domain.wilson import share
from projections.known_positions import shown_reach
from projections.queries.as_of import Moment
from projections.queries.evidence import evidence, in_suspense
from projections.queries.labels import label_columns
from projections.queries.months import join_months
from projections.queries.status_as_of import STATUS_AS_OF
from projections.queries.unknown import unknown_values
from projections.session import Row, Session
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from domain import scoreboard
    from projections.queries import answers

BASES = ("first", "agreed", "latest")

#: What the scoreboard rests on beside promises: who asked, and whose dates were moved.
EVIDENCE = ("customer.chased", "commitment.rescheduled")

#: The instants whose months can be used, as SQL over a row of the standing.
INSTANTS: Mapping[str, str] = {"month_due": "s.agreed_due_at", "month_made": "s.made_at"}

#: What promises can be grouped by, as SQL over a row of the standing; of the months, the instants
#: that lie in them.
DIMENSIONS: Mapping[str, str] = {
    "department": "s.owner",
    "about": "s.about",
    "channel": "s.entry_point",
    "month_due": INSTANTS["month_due"],
    "month_made": INSTANTS["month_made"],
    "supports": "s.supports",
}

#: What they can be selected by: the same, and what has too many values to group by.
CONDITIONS: Mapping[str, str] = {
    **DIMENSIONS,
    "kind": "s.kind",
    "made_to": "s.made_to",
    "status": "s.status",
}


@dataclass(frozen=True)
class Selection:
    """Which promises a question is about. ``where`` are pairs of a condition and its value (""
    means that there is none); of one condition any value will do. The agreed date lies in
    (``due_from``, ``due_to``]. Months are those of ``zone``."""

    where: Sequence[tuple[str, str]] = ()
    due_from: datetime | None = None
    due_to: datetime | None = None
    zone: str = "UTC"

    def condition(self, columns: Mapping[str, str]) -> tuple[str, dict[str, object]]:
        """The condition in SQL over the columns of its keys, and its parameters."""
        parameters: dict[str, object] = {}
        allowed: dict[str, list[str]] = {}
        for number, (name, value) in enumerate(self.where):
            test = f"{columns[name]} IS NULL"
            if value:
                parameters[f"where_{number}"] = value
                test = f"{columns[name]} = $where_{number}"
            allowed.setdefault(name, []).append(test)
        tests = [f"({' OR '.join(any_of)})" for any_of in allowed.values()]
        for bound, sign in (("due_from", ">"), ("due_to", "<=")):
            value_of = getattr(self, bound)
            if value_of is not None:
                parameters[bound] = value_of
                tests.append(f"s.agreed_due_at {sign} ${bound}")
        return " AND ".join(tests) or "TRUE", parameters


def _counting() -> str:
    counted = ["count(*)"]
    counted += [f"count(*) FILTER (WHERE s.status = '{status}')" for status in STATUSES]
    for basis in BASES:
        due = f"s.{basis}_due_at"
        cohort = f"{due} < $as_of AND NOT (s.state = 'released' AND s.released_at <= {due})"
        in_time = f"coalesce(s.in_time, s.honoured_at <= {due})"
        kept = f"{cohort} AND s.state = 'honoured' AND {in_time}"
        counted += [f"count(*) FILTER (WHERE {kept})", f"count(*) FILTER (WHERE {cohort})"]
    alone = "(s.first_chased_at IS NULL OR s.first_chased_at >= s.honoured_at)"
    counted.append(f"count(*) FILTER (WHERE s.status = 'kept' AND {alone})")
    return ", ".join(counted)


@dataclass(frozen=True)
class Selected:
    """The rows ``s`` of the standing with what they are grouped and selected by beside them, as
    SQL: where they come from, by which condition they are selected, and its parameters. ``columns``
    has each key; ``labels`` are those that are labels."""

    source: str
    condition: str
    parameters: Mapping[str, object]
    columns: Mapping[str, str]
    labels: Iterable[str]


def selected(
    session: Session, moment: Moment, selection: Selection, by: Sequence[str] = ()
) -> Selected:
    """What a question about promises selects, ready to be asked."""
    asked = {*by, *(name for name, _ in selection.where)}
    labels, joins = label_columns([*by, *(name for name, _ in selection.where)])
    columns = {**CONDITIONS, **labels}
    source = f"({STATUS_AS_OF}) AS s{joins}"
    as_of = {"as_of": moment.as_of}
    instants = {name: instant for name, instant in INSTANTS.items() if name in asked}
    if instants:
        months = join_months(session, source, as_of, instants, selection.zone)
        source += months.joins
        columns |= months.columns
    condition, parameters = selection.condition(columns)
    return Selected(source, condition, parameters | as_of, columns, labels)


def promises(
    session: Session,
    moment: Moment,
    selection: Selection = Selection(),
    by: Sequence[str] = (),
) -> answers.Promises:
    """Counts by status, kept rates on the three bases and their slip gap, and how many were kept
    without a reminder; in all and, with ``by``, in groups ordered by key, null last."""
    chosen = selected(session, moment, selection, by)
    rows = _counted(session, chosen, by)
    keys = len(by)
    total = [sum(column) for column in zip(*(row[keys:] for row in rows), strict=True)]
    account = _account(total or [0] * (len(COUNTED) + 2 * len(BASES) + 1))
    answer: answers.Promises = {
        "as_of": moment.as_of,
        "known_at": shown_reach(moment.known_at),
        "counts": account["counts"],
        "kept_rate": account["kept_rate"],
        "slip_gap": account["slip_gap"],
        "unprompted": account["unprompted"],
        "evidence": evidence(session, moment, EVIDENCE),
        "in_suspense": in_suspense(session, moment),
    }
    if by:
        answer["groups"] = [
            {"key": dict(zip(by, row, strict=False)), **_account(row[keys:])} for row in rows
        ]
    doubtful = _doubtful(selection, chosen.labels, account["counts"]["made"])
    if unknown := unknown_values(session, doubtful):
        answer["unknown"] = unknown
    return answer


def _counted(session: Session, chosen: Selected, by: Sequence[str]) -> list[Row]:
    """A row a group, by key, null last: the key, and what is counted."""
    keys = [chosen.columns[name] for name in by]
    select = ", ".join([*keys, _counting()])
    group = f" GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}" if keys else ""
    query = f"SELECT {select} FROM {chosen.source} WHERE {chosen.condition}{group}"
    rows = session.rows(query, chosen.parameters)
    return sorted(rows, key=lambda row: null_last(row[: len(keys)]))


def _doubtful(selection: Selection, labels: Iterable[str], made: int) -> Sequence[tuple[str, str]]:
    """The conditions of which the answer itself does not show that their values are there. No
    groups show that a label is."""
    shown = made > 0 and len({key for key, _ in selection.where}) == len(selection.where)
    return [*((key, "") for key in labels), *(() if shown else selection.where)]


def null_last(key: Iterable[str | None]) -> list[tuple[bool, str]]:
    """The order of groups: by key, and those without one last."""
    return [(value is None, value or "") for value in key]


def _account(row: Sequence[int]) -> scoreboard.Promises:
    # Its keys come from a loop, where none is seen to be missing.
    counts = cast("scoreboard.Counts", dict(zip(COUNTED, row, strict=False)))
    *pairs, alone = row[len(COUNTED) :]
    first, agreed, latest = map(_rate, pairs[::2], pairs[1::2])
    low, high, kept = first["rate"], latest["rate"], counts["kept"]
    return {
        "counts": counts,
        "kept_rate": {"first": first, "agreed": agreed, "latest": latest},
        "slip_gap": None if low is None or high is None else high - low,
        "unprompted": {"kept": kept, "unprompted": alone, **share(alone, kept)},
    }


def _rate(kept: int, cohort: int) -> scoreboard.KeptRate:
    return {"kept": kept, "due": cohort, **share(kept, cohort)}


#: The entries of a commitment's account: a step between two settled states counts twice.
Entry = Literal["made", "reopened", "honoured", "released", "abandoned"]

BALANCE_BY: Mapping[str, str] = {"department": "c.owner", "about": "c.about"}

BALANCE = statements_of(__file__)["balance"]

Figure = Literal["opening", Entry, "closing"]
FIGURES: tuple[Figure, ...] = get_args(Figure)


@dataclass(frozen=True)
class Window:
    """The time (``start``, ``end``] of a balance."""

    start: datetime
    end: datetime
    by: Sequence[str] = field(default=())


def balance(session: Session, moment: Moment, window: Window) -> answers.Balance:
    """What was outstanding at the start, what came and what went, and what is outstanding at the
    end, which always adds up. Facts after ``as_of`` do not count. The owner is the one at the
    end."""
    end = min(window.end, moment.as_of)
    keys = [BALANCE_BY[name] for name in window.by]
    sums = [f"coalesce(sum(c.{name}), 0)" for name in FIGURES]
    group = f" GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}" if keys else ""
    rows = session.rows(
        f"{BALANCE} SELECT {', '.join([*keys, *sums])} FROM owned AS c{group}",
        {"from": min(window.start, end), "to": end},
    )
    rows.sort(key=lambda row: null_last(row[: len(keys)]))
    figures = [_figures(row[len(keys) :]) for row in rows]
    total = {name: sum(one[name] for one in figures) for name in FIGURES}
    # The keys of the figures come from a loop, where none is seen to be missing.
    answer = cast("answers.Balance", {"from": window.start, "to": window.end, **total})
    if window.by:
        answer["groups"] = [
            {"key": dict(zip(window.by, row, strict=False)), **own}
            for row, own in zip(rows, figures, strict=True)
        ]
    return answer


def _figures(row: Row) -> scoreboard.Balance:
    # As in ``balance``.
    return cast("scoreboard.Balance", dict(zip(FIGURES, map(int, row), strict=True)))
