"""What the SQL of a metric may read from, and what has to be made ready for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from projections.metrics.registry import Metric
from projections.queries.as_of import Moment
from projections.queries.identities import name_customers
from projections.queries.journeys import all_covered
from projections.queries.replay import (
    replay_commitments,
    replay_facts,
    replay_journeys,
    restitch_journeys,
)
from projections.queries.status_as_of import STATUS_AS_OF
from projections.session import Session
from projections.sql_files import statements_of
from projections.view_registry import COMMITMENTS, JOURNEYS, OPENED

_SQL = statements_of(__file__)

#: The units whose facts are shown.
LISTED = "listed"

#: The facts of the promises among them.
TOLD = "told"

#: In an order in which each reads only from those before it.
RELATIONS: Mapping[str, str] = {
    LISTED: _SQL["listed"],
    TOLD: _SQL["told"],
    "happened": _SQL["happened"],
    "naming": _SQL["naming"],
    "standing": STATUS_AS_OF,
    "promise": _SQL["promise"],
    "moved": _SQL["moved"],
    "customer_step": _SQL["customer_step"],
    "promise_in_journey": _SQL["promise_in_journey"],
    "open_stretch": _SQL["open_stretch"],
    "customer_journey": _SQL["customer_journey"],
    "journey_kept_whole": _SQL["journey_kept_whole"],
    "captured_payment": _SQL["captured_payment"],
    "repeated_charge": _SQL["repeated_charge"],
    "doubted_entitlement": _SQL["doubted_entitlement"],
    "used_discretion": _SQL["used_discretion"],
    "opened_issue": _SQL["opened_issue"],
    "rating": _SQL["rating"],
    "cause_turn": _SQL["cause_turn"],
}

#: Of what is read more than once, what is read anew each time: little of it is wanted, by facts
#: that are known, and all of it is much.
ANEW = ("happened", "naming", "customer_step")

_OPENED = [view for views in OPENED.values() for view in views]

_NAMED = re.compile(r"\b(?:FROM|JOIN)\s+(\w+)")
_PARAMETER = re.compile(r"\$(\w+)")


@cache
def units_of(metric: Metric, listed: bool = False) -> str:
    """The query for the units of a metric, with all that it reads from before it. ``listed``: there
    is a table of those whose facts are shown."""
    names = [name for name in relations_of(metric) if not (listed and name == LISTED)]
    before = [
        f"{name} AS {'NOT MATERIALIZED ' if name in ANEW else ''}({RELATIONS[name]})"
        for name in names
    ]
    return f"WITH {', '.join([*before, f'unit AS ({metric.sql})'])} SELECT * FROM unit"


def relations_of(metric: Metric) -> list[str]:
    """The relations that the units of a metric are read from, at first or second hand, in order."""
    wanted = read_by(metric.sql)
    for name in reversed([*RELATIONS]):
        if name in wanted:
            wanted |= read_by(RELATIONS[name])
    return [name for name in RELATIONS if name in wanted]


def lists_facts(metric: Metric) -> bool:
    """Whether a metric, or what it selects from, has the facts of those units alone that are
    listed. (What these select from in their turn hands on no facts.)"""
    named = read_by(metric.sql)
    named |= named.union(*(read_by(RELATIONS[name]) for name in named & {*RELATIONS}))
    return bool({LISTED, TOLD} & named)


def lists_promises(metric: Metric) -> bool:
    """Whether the units of a metric are promises, with the facts of these."""
    return "promise" in read_by(metric.sql) and " AS facts" not in metric.sql


def read_by(sql: str) -> set[str]:
    """The names of what a text selects from."""
    return set(_NAMED.findall(sql))


def parameters_in(sql: str) -> set[str]:
    """The parameters that a text has. A database refuses others."""
    return set(_PARAMETER.findall(sql))


def show(session: Session, moment: Moment, metric: Metric) -> None:
    """Make the views that a metric reads from show a moment: as they are, where they do so already,
    or else by a replay of as much as it needs."""
    tables = read_by(units_of(metric))
    journeys = bool(tables & {view.name for view in JOURNEYS})
    if journeys and not moment.replays and not all_covered(session, moment):
        restitch_journeys(session, moment, tables)
        return
    if moment.replays and journeys:
        replay_journeys(session, moment)
    elif moment.replays and tables & {view.name for view in (*COMMITMENTS, *_OPENED)}:
        replay_commitments(session, moment)
    elif moment.replays:
        replay_facts(session, moment)
    if "known_as" in tables:
        name_customers(session, moment.as_of)
