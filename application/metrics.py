"""The registry of metrics, and one of them: its value, its groups, and the units behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from application.errors import Unknown, Wrong
from application.home import silent
from application.question import Page, asked
from application.request_checks import expect_among, expect_in_order, expect_zone, meant, pair

if TYPE_CHECKING:
    from application.home import Asking, OnProgress
    from projections.metrics.registry import Metric as Entry
    from projections.queries import answers
    from projections.queries.as_of import Moment
    from projections.queries.metrics import Selection
    from projections.session import Session

_LABEL = re.compile(r"label:[a-z0-9_]+")
#: So many metrics are named that may have been meant.
_LIKELY = 5


@dataclass(frozen=True, kw_only=True)
class Metric(Page):
    """A metric over the units for which all of ``where`` hold (pairs of a key and its value, "" for
    null), with their anchors in (``start``, ``end``], in groups ``by``; months are those of
    ``zone``. ``within`` is another W than the metric's own. Of its units ``limit`` and ``after``
    make a page."""

    name: str
    by: Sequence[str] = ()
    where: Sequence[tuple[str, str]] = ()
    start: datetime | None = None
    end: datetime | None = None
    within: str | None = None
    zone: str | None = None


def condition(text: str) -> tuple[str, str]:
    """The key and the value of a condition on units, as in ``about=delivery``. Raises Wrong."""
    return pair(text, "KEY=VALUE, where an empty value means none")


def metrics(family: str | None = None) -> answers.Metrics:
    """The registry, or one family of it."""
    from projections.metrics.definition import definition
    from projections.metrics.registry import FAMILIES
    from projections.metrics.registry import metrics as registry

    expect_among("families", [] if family is None else [family], FAMILIES)
    return {
        "metrics": [
            {
                "name": one.name,
                "family": one.family,
                "kind": one.kind,
                "question": one.texts["question"] or "",
                "by": list(one.by),
                "within": one.within,
                "definition": definition(one),
            }
            for one in registry().values()
            if family in (None, one.family)
        ]
    }


def definitions(code: str) -> Mapping[str, Mapping[str, str]]:
    """What people read of each metric in another language, by the names of metrics and of texts;
    metrics that a text names stand in braces."""
    from projections.metrics.translations import MADE_FROM, translated

    return {
        name: {key: text for key, text in texts.items() if key != MADE_FROM}
        for name, texts in translated(code).items()
    }


def metric(home: Asking, question: Metric, on_progress: OnProgress = silent) -> answers.Metric:
    """The value of a metric and, with ``by``, that of each group."""
    from projections.queries.metrics import metric
    from projections.queries.unknown_units import is_nothing, unknown_units

    if question.limit is not None or question.after is not None:
        raise Wrong("a page of units, or all of a value", "a page of a value", "{units}")
    entry = _expected(question)
    with _ready(home, question, entry, on_progress) as (session, moment):
        asked_for = (session, moment, entry, _selection(question))
        answer = metric(*asked_for)
        if unknown := unknown_units(*asked_for, none=is_nothing(answer["value"])):
            answer["unknown"] = unknown
        return answer


def units(home: Asking, question: Metric, on_progress: OnProgress = silent) -> answers.MetricUnits:
    """A page of the units behind a metric, by their anchors."""
    from projections.queries.metrics import units
    from projections.queries.unknown_units import unknown_units

    entry = _expected(question)
    with _ready(home, question, entry, on_progress) as (session, moment):
        asked_for = (session, moment, entry, _selection(question))
        answer = units(*asked_for, question.limit, question.after)
        if unknown := unknown_units(*asked_for, none=not answer["units"]):
            answer["unknown"] = unknown
        return answer


def _selection(question: Metric) -> Selection:
    from projections.queries.metrics import Selection

    return Selection(
        list(dict.fromkeys(question.by)),
        question.where,
        question.start,
        question.end,
        question.within,
        question.zone or "UTC",
    )


@contextmanager
def _ready(
    home: Asking, question: Metric, entry: Entry, on_progress: OnProgress
) -> Iterator[tuple[Session, Moment]]:
    """A session in which the views show what the metric reads from, as of the moment."""
    from projections.metrics.relations import show

    with asked(home, question, on_progress) as (session, moment):
        show(session, moment, entry)
        yield session, moment


def _expected(question: Metric) -> Entry:
    """The metric that is asked for. Raises Unknown, and Wrong for an option that it does not
    take."""
    from projections.metrics.registry import metrics as registry
    from projections.queries.metrics import fixed_length

    entry = registry().get(question.name)
    if entry is None:
        raise _no_metric(question.name, list(registry()))
    for key in (*question.by, *(key for key, _ in question.where)):
        _expect_key(entry, key)
    if question.zone is not None:
        expect_zone(question.zone)
        if not entry.takes_zone:
            raise _untaken(entry, "a time zone", "it knows no months")
    if question.within is not None:
        if entry.within is None:
            raise _untaken(entry, "a time within which", "nothing has to happen in time")
        fixed_length(question.within)
    if (question.start or question.end) and entry.window == "none":
        raise _untaken(entry, "a window", "it is of the instant that is asked about")
    expect_in_order(question.start, question.end)
    return entry


def _no_metric(name: str, known: Sequence[str]) -> Unknown:
    """What there is instead: first the metrics with the text in their names, or else those most
    like it."""
    from difflib import get_close_matches

    typed = name.strip().lower()
    likely = [one for one in known if typed and typed in one] or get_close_matches(typed, known)
    asked = f"did you mean {' or '.join(likely[:_LIKELY])}? " if likely else ""
    there = f"{{metrics}} lists all {len(known)}: {', '.join(known)}"
    return Unknown("the name of a metric", repr(name), asked + there)


def _expect_key(entry: Entry, key: str) -> None:
    if entry.has_key(key) and (not key.startswith("label:") or _LABEL.fullmatch(key)):
        return
    there = ", ".join(entry.by) or "none"
    near = "" if key.startswith("label:") else meant(key, entry.by)
    raise Wrong(f"a key of {entry.name} ({there})", f"{key!r}", near)


def _untaken(entry: Entry, what: str, why: str) -> Wrong:
    return Wrong(f"a question that {entry.name} can answer", f"{what}, and {why}", "leave it out")
