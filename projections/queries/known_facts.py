"""The facts about one promise or one issue, and the rules that give it dates, for who is to decide
about it."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from projections.fold.policy_dates import PUBLISHED
from projections.session import Session
from projections.sql_files import statements_of
from projections.stored_facts import read_facts

if TYPE_CHECKING:
    from domain.facts import Fact
    from domain.policies import Policies

#: What is decided about, as the column that names it.
Kind = Literal["commitment_id", "issue_id"]

_SQL = statements_of(__file__)


def facts_about(session: Session, kind: Kind, id: str, types: Collection[str]) -> list[Fact]:
    """The facts of these types that name a thing, retracted ones too, by position."""
    where = _SQL["about"].format(kind=kind)
    return read_facts(session, where, {"id": id, "types": list(types)})


def retracted_among(session: Session, ids: Collection[UUID]) -> set[UUID]:
    """Those of some ids that are not in force."""
    if not ids:
        return set()
    rows = session.rows(_SQL["retracted"], {"ids": [str(id) for id in ids]})
    return {UUID(str(row[0])) for row in rows}


def ids_named(session: Session, kind: Kind) -> set[str]:
    """The ids of all things of a kind that any fact names."""
    return {row[0] for row in session.rows(_SQL["named"].format(kind=kind))}


def policies(session: Session) -> Policies:
    """The policies and calendars in force."""
    from domain.policies import Policies
    from projections.public_holidays import public_holidays

    return Policies(read_facts(session, PUBLISHED), public_holidays)
