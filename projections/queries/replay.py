"""Replays: what was answered, or would have been, at an earlier moment.

Views stand for everything that is known. Where the question is not about that, the same SQL folds
the facts that were known then, into tables in memory that hide those of the home.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from projections.fold.affected_keys import customers_of, forget, keys_in, touch
from projections.fold.identities import update_identities
from projections.fold.journeys import STITCHING, name_parties, stitch_facts
from projections.fold.retractions import update_retracted
from projections.fold.run import fold_commitments, fold_journeys, fold_keys, fold_opened
from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.queries.identities import name_customers
from projections.session import Session
from projections.sql_files import statements_of
from projections.view_registry import JOURNEYS, View, create_touched, create_views

_SQL = statements_of(__file__)

KEYS = (
    "touched_commitment",
    "touched_issue",
    "touched_decision",
    "touched_payment",
    "touched_entitlement",
    "touched_retraction",
    "touched_rule",
)

#: The customers that the parties in ``asked`` are part of.
ASKED = (
    "SELECT coalesce(i.customer, a.party) FROM asked AS a"
    " LEFT JOIN party_identity AS i ON i.party = a.party"
)

#: What is found of journeys before facts are stitched again.
FOUND = {
    "relinked": "customer VARCHAR, whole BOOLEAN",
    "changed": "journey_id UUID, customer VARCHAR",
    "going_on": "journey_id UUID, customer VARCHAR",
}

#: The views of journeys that questions about all of them read, with when a row of them is over.
#: The second is made of the first.
RESTITCHED = dict(zip(JOURNEYS[:2], ("j.time", "j.last_at"), strict=True))

#: The name that a customer had then.
RENAMED = "coalesce(c.customer, j.customer) AS customer"

MADE_BY_TOUCHED = (
    "SELECT f.commitment_id FROM customer_party AS p JOIN fact AS f ON f.subject = p.party"
    " WHERE f.type = 'commitment.made'"
)


class Found(NamedTuple):
    """What a question may be about: ids by the kind of what they name, and parties."""

    ids: Mapping[str, Collection[str]]
    parties: Collection[str]


def replay_facts(session: Session, moment: Moment) -> None:
    """Hide the facts that were not known at the moment, for questions about no view."""
    _hide(session, moment, cut=False)


def replay_commitments(session: Session, moment: Moment) -> None:
    """Hide the views about commitments, suspense, and what was opened behind those of the moment's
    knowledge."""
    _hide(session, moment, cut=False)
    keys = keys_in("fact")
    for table in KEYS:
        touch(session, table, keys[table])
    fold_commitments(session, empty=True)
    fold_opened(session, empty=True)


def replay_commitment(session: Session, moment: Moment, commitment_id: str) -> None:
    """As ``replay_commitments``, for one commitment."""
    _hide(session, moment, cut=False)
    session.insert("touched_commitment", ("commitment_id",), [(commitment_id,)])
    fold_commitments(session, empty=True)


def replay_journeys(session: Session, moment: Moment, parties: Iterable[str] | None = None) -> None:
    """Hide the views about journeys, and about the commitments made in them.

    Journeys are cut at ``as_of`` too: what is one journey now may have been two. ``parties``
    limits the work to the customers that these are part of.
    """
    _hide(session, moment, cut=True)
    if parties is None:
        touch(session, "touched_customer", customers_of("fact"))
    else:
        session.execute("CREATE OR REPLACE TEMP TABLE asked (party VARCHAR)")
        session.insert("asked", ("party",), [(party,) for party in parties])
        touch(session, "touched_customer", ASKED)
    name_parties(session)
    touch(session, "touched_commitment", MADE_BY_TOUCHED)
    fold_commitments(session, empty=True)
    fold_journeys(session, empty=True)


def replay_all(session: Session, moment: Moment) -> None:
    """Hide every view behind that of the facts which were known and had happened at the moment."""
    _hide(session, moment, cut=True)
    fold_keys(session)
    # A retraction waits for what the ledger has not seen, not for what has yet to happen.
    seen = known("f.position", moment.known_at)
    session.execute(_SQL["seen_all_the_same"].format(home=session.home, seen=seen))


def replay_found(session: Session, moment: Moment, find: Callable[[], Found]) -> None:
    """Hide the views about commitments, issues, payments and customers behind rows of those alone
    that ``find`` names: it is called when the facts are hidden that were not known or had not
    happened at the moment."""
    _hide(session, moment, cut=True)
    found = find()
    for kind, ids in found.ids.items():
        session.insert(f"touched_{kind}", (f"{kind}_id",), [(id,) for id in sorted(ids)])
    session.execute("CREATE OR REPLACE TEMP TABLE asked (party VARCHAR)")
    session.insert("asked", ("party",), [(party,) for party in sorted(found.parties)])
    touch(session, "touched_customer", ASKED)
    fold_commitments(session, empty=True)
    fold_opened(session, empty=True)
    fold_journeys(session, empty=True)


def restitch_journeys(session: Session, moment: Moment, tables: Collection[str]) -> None:
    """As ``replay_journeys`` of all, where everything is known that the views stand for, as far as
    a question about ``tables`` needs it.

    A journey that ended by ``as_of`` is that of the views, and one that goes on is its steps until
    then. Only what may have been several journeys, as ``joined_later`` says, is stitched again of
    its facts until then, and so is all that there is of customers who had parties that they have no
    longer. ``known_as`` has the names of customers then.
    """
    home, then = session.home, f"TIMESTAMPTZ '{moment.as_of.isoformat()}'"
    _stitch_cut(session, moment, then)
    steps, journeys = RESTITCHED
    shown = (steps, journeys) if journeys.name in tables else (steps,)
    _restitch(session, steps)
    if journeys in shown:
        _find(session, moment, "going_on")
        until = _SQL["steps_until"].format(home=home, then=then)
        session.execute(f"CREATE VIEW {steps.name} AS {until}")
        session.execute(_SQL["first_facts"].format(home=home))
        touch(session, "touched_customer", _SQL["their_customers"])
        _restitch(session, journeys)
        session.execute(f"DROP VIEW {steps.name}")
    for view in shown:
        columns = session.columns(f"{home}.{view.name}")
        beside = _SQL["beside"].format(
            own=f"restitched_{view.name}",
            views=f"{home}.{view.name}",
            renamed=", ".join(RENAMED if one == "customer" else f"j.{one}" for one in columns),
            ended=RESTITCHED[view],
            then=then,
        )
        session.execute(f"CREATE VIEW {view.name} AS {beside}")


def _find(session: Session, moment: Moment, table: str) -> None:
    session.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({FOUND[table]})")
    session.execute(f"INSERT INTO {table} {_SQL[table]}", {"as_of": moment.as_of})


def _restitch(session: Session, view: View) -> None:
    """Make the rows of a view that are of the facts which were stitched again."""
    session.execute(f"CREATE TABLE restitched_{view.name} AS {view.unordered}")


def _stitch_cut(session: Session, moment: Moment, then: str) -> None:
    """Find the journeys of the views that were others at the moment, and stitch the facts until
    ``then``, which is the same in SQL, of those that may have been several."""
    name_customers(session, moment.as_of)
    for table in ("relinked", "changed"):
        _find(session, moment, table)
    create_touched(session, ("touched_customer", "customer_party", *STITCHING))
    for table in ("touched_customer", "customer_party"):
        session.execute(f"DELETE FROM {table}")
    session.execute(_SQL["cut_parties"])
    session.shadow()
    stitch_facts(session, _SQL["cut_facts"].format(home=session.home, then=then))


def _hide(session: Session, moment: Moment, *, cut: bool) -> None:
    """Hide the facts that were not known or, if ``cut``, had not happened. Retractions count from
    the moment they are known, whatever their own time, so they are taken in before the cut."""
    session.shadow()
    known_facts = f"SELECT * FROM {session.home}.fact WHERE {known('position', moment.known_at)}"
    session.execute(f"CREATE VIEW fact AS {known_facts}")
    create_touched(session)
    forget(session)
    create_views(session)
    update_retracted(session, "fact")
    if cut:
        happened = f"time <= TIMESTAMPTZ '{moment.as_of.isoformat()}'"
        session.execute(f"CREATE OR REPLACE VIEW fact AS {known_facts} AND {happened}")
    touch(session, "touched_pair", keys_in("fact")["touched_pair"])
    update_identities(session, empty=True)
    session.execute("DELETE FROM touched_customer")
    session.execute("DELETE FROM touched_commitment")
