"""What a figure rests on: how many facts of a type there are. Where nobody reports chases,
everything looks unprompted."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from domain.instants import to_microseconds
from projections.fact_tables import table_of
from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.session import Session
from projections.sql_files import statements_of

_SQL = statements_of(__file__)


def evidence(session: Session, moment: Moment, types: Iterable[str]) -> dict[str, int]:
    """How many facts of each type are known, in force, and had happened at the moment."""
    names = list(types)
    found = _of_now(session, moment, names) if session.keeps and not moment.replays else None
    return _counted(session, moment, names) if found is None else found


def _of_now(session: Session, moment: Moment, types: Iterable[str]) -> dict[str, int] | None:
    """What is known of all facts of these types; None where some have yet to happen."""
    as_of, found = to_microseconds(moment.as_of), {}
    for name in types:
        found[name], last = session.once(f"facts of {name}", partial(_of_all, session, name))
        if last is not None and last > as_of:
            return None
    return found


def _of_all(session: Session, name: str) -> tuple[int, int | None]:
    """How many facts of a type are in force, and when the last one happened, in force or not."""
    ((count, last),) = session.rows(_SQL["all"].format(table=table_of(name)))
    return count, last


def _counted(session: Session, moment: Moment, types: Iterable[str]) -> dict[str, int]:
    which = known("f.position", moment.known_at)
    counts = {name: _SQL["count"].format(table=table_of(name), which=which) for name in types}
    (found,) = session.rows(
        f"SELECT {', '.join(f'({count})' for count in counts.values())}", {"as_of": moment.as_of}
    )
    return dict(zip(counts, found, strict=True))


def in_suspense(session: Session, moment: Moment) -> int:
    """How many commitments are known by later facts alone."""
    ((waiting,),) = session.rows(_SQL["in_suspense"], {"as_of": moment.as_of})
    return int(waiting)
