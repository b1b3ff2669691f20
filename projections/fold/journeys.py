"""Stitching: which facts of the touched customers are one journey.

Facts are linked through refs, and journeys are the connected components. A recursive query would
take quadratic time on a long journey. Here facts are numbered in the order, SQL finds for each ref
the first fact that has it, and domain/components.py joins what a fact with several refs links. The
label of a journey is the number of its first fact.
"""

from __future__ import annotations

from domain.components import components
from projections.session import Session
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: The tables that stitching fills.
STITCHING = ("customer_fact", "linked", "anchored", "anchor", "joined", "stitched")


def name_parties(session: Session) -> None:
    """Fill ``customer_party`` with the parties that the touched customers are."""
    session.execute("DELETE FROM customer_party")
    session.execute(_SQL["parties"])


def stitch(session: Session) -> None:
    """Fill ``customer_fact`` with the facts of the touched customers, and ``stitched`` with a
    label for each of them that has refs: the same label, the same journey."""
    name_parties(session)
    stitch_facts(session, _SQL["facts"])


def stitch_facts(session: Session, facts: str) -> None:
    """As ``stitch``, of the facts that a statement puts into ``customer_fact``. The parties of
    their customers are named."""
    for table in STITCHING:
        session.execute(f"DELETE FROM {table}")
    for statement in (facts, _SQL["links"], _SQL["refs"], _SQL["anchors"]):
        session.execute(statement)
    found = components((low, other) for low, other in session.rows(_SQL["pairs"]))
    session.insert("joined", ("node", "label"), list(found.items()))
    session.execute(_SQL["labels"])
