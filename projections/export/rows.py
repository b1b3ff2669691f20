"""The rows of each table as they are carried out of a home: those of a moment, in an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from projections.dictionary.tables import Table
from projections.fact_tables import quoted
from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.queries.replay import replay_all
from projections.session import Session


@dataclass(frozen=True)
class Rows:
    """Rows to be written: the query for them, the columns by which they are sorted, and the type of
    each column, as the embedded home calls it."""

    select: str
    order: tuple[str, ...]
    types: Mapping[str, str]


def show_all(session: Session, moment: Moment) -> None:
    """Make every view show the moment: as it is where it does so already, or else by a replay of
    all facts that were known and had happened."""
    later = "SELECT 1 FROM fact AS f WHERE f.time > $as_of LIMIT 1"
    if moment.replays or session.rows(later, {"as_of": moment.as_of}):
        replay_all(session, moment)


def rows_of(table: Table, session: Session, moment: Moment) -> Rows:
    """The rows of a table at the moment, once ``show_all`` has made the views show it. Ids of facts
    are text, as in all answers."""
    names = {one.name: quoted(one.name) for one in table.columns}
    columns = ", ".join(
        f"CAST({names[one.name]} AS VARCHAR) AS {names[one.name]}"
        if one.type == "UUID"
        else names[one.name]
        for one in table.columns
    )
    return Rows(
        select=f"SELECT {columns} FROM {_source(table, session, moment)}",
        order=table.order,
        types={one.name: one.type for one in table.columns},
    )


def _source(table: Table, session: Session, moment: Moment) -> str:
    """Where the rows are. Of the tables of facts only the one of envelopes is ever hidden behind a
    replay."""
    if table.kind == "view":
        return table.name
    happened = f"time <= TIMESTAMPTZ '{moment.as_of.isoformat()}'"
    return f"{session.home}.{table.name} WHERE {known('position', moment.known_at)} AND {happened}"
