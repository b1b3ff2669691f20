"""The views: which there are, in which order they are built, how touched rows are replaced, and
their version.

Each view is one file in ``views/``, named after it: a CREATE TABLE of a SELECT over the facts of
the *touched* keys. ``{always_signs}`` in it stands for the types that are always a sign
(``domain/company_signs.py``), ``f.{order}`` for the order of facts. Building from nothing touches
every key; keeping up touches those of the new facts. It is the same text both times."""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from domain.company_signs import ALWAYS_SIGNS
from projections.session import Session
from projections.sql_files import in_order, statements_of

FOLDER = Path(__file__).parent / "views"

#: The files with the statements of the folds, each beside its module.
FOLDS = ("*.sql", "fold/*.sql", "duckdb/*.sql", "postgres/bulk_fold.sql")

#: Raise it when the code that decides rows changes so that it decides other ones.
#: ``tests/house/test_fold_version.py`` checks it.
FOLD_VERSION = 2

#: The packages that rows depend on: what runs the SQL, and the public holidays and time zones by
#: which policies reckon dates. What decodes messages is not among them: the bytes of a fact mean
#: the same for ever. Nor is what only carries values (Arrow, the drivers).
PACKAGES = ("duckdb", "holidays", "tzdata")

#: Tables that last as long as a session: the facts that are new or whose being in force has
#: changed, which keys a fold is about, which facts are about them, and what union-find finds.
TOUCHED = {
    "fresh": (
        "position BIGINT, id UUID, type VARCHAR, subject VARCHAR, commitment_id VARCHAR,"
        " issue_id VARCHAR, decision_id VARCHAR, payment_id VARCHAR, entitlement_id VARCHAR"
    ),
    "changed": "fact_id UUID",
    "touched_commitment": "commitment_id VARCHAR",
    "touched_issue": "issue_id VARCHAR",
    "touched_decision": "decision_id VARCHAR",
    "touched_payment": "payment_id VARCHAR",
    "touched_entitlement": "entitlement_id VARCHAR",
    "touched_retraction": "fact_id UUID",
    "touched_rule": "fact_id UUID",
    "touched_pair": "party_a VARCHAR, party_b VARCHAR",
    "touched_party": "party VARCHAR",
    "canonical_name": "party VARCHAR, customer VARCHAR",
    "touched_customer": "customer VARCHAR",
    "named": (
        "position BIGINT, id UUID, type VARCHAR, time TIMESTAMPTZ, sequence_number BIGINT,"
        " place SMALLINT, department VARCHAR,"
        " commitment_id VARCHAR, issue_id VARCHAR, decision_id VARCHAR, payment_id VARCHAR,"
        " entitlement_id VARCHAR"
    ),
    "step": (
        "kind VARCHAR, about VARCHAR, n BIGINT, id UUID, position BIGINT, type VARCHAR,"
        " time TIMESTAMPTZ, step_at TIMESTAMPTZ, department VARCHAR"
    ),
    "walked": (
        "commitment_id VARCHAR, n BIGINT, moved BOOLEAN, state_before VARCHAR, state VARCHAR,"
        " honoured_at TIMESTAMPTZ, in_time BOOLEAN, released_at TIMESTAMPTZ,"
        " abandoned_at TIMESTAMPTZ, first_due_at TIMESTAMPTZ, agreed_due_at TIMESTAMPTZ,"
        " latest_due_at TIMESTAMPTZ, customer_due_at TIMESTAMPTZ, owner VARCHAR,"
        " proposed_owner VARCHAR, previous_owner VARCHAR, reschedulings INTEGER, paused BOOLEAN"
    ),
    "customer_party": "customer VARCHAR, party VARCHAR",
    "customer_fact": (
        "customer VARCHAR, subject VARCHAR, n BIGINT, position BIGINT, id UUID, type VARCHAR,"
        " time TIMESTAMPTZ, sequence_number BIGINT, place SMALLINT, department VARCHAR,"
        " links VARCHAR[]"
    ),
    "linked": "customer VARCHAR, n BIGINT, link VARCHAR",
    "anchored": "customer VARCHAR, n BIGINT, first_n BIGINT",
    "anchor": "customer VARCHAR, n BIGINT, low BIGINT, high BIGINT",
    "joined": "node BIGINT, label BIGINT",
    "stitched": "label BIGINT, n BIGINT",
}

#: Tables that a fold keeps beside the views: what Python computes and the views read.
WORKINGS = {
    "retraction": "fact_id UUID, target_id UUID, about VARCHAR",
    "retracted": "fact_id UUID",
    "policy_date": "commitment_id VARCHAR, fact_id UUID, due_at TIMESTAMPTZ",
    "unreadable": "fact_id UUID",
    "issue_deadline": (
        "issue_id VARCHAR, fact_id UUID, acknowledgement_due_at TIMESTAMPTZ,"
        " answer_due_at TIMESTAMPTZ"
    ),
}


@dataclass(frozen=True)
class View:
    """A view: its name, and the condition under which a row of it is about a touched key."""

    name: str
    touched: str
    #: The columns by which a row is known again, where most rows of a touched key stay as they
    #: were: a database that pays for each row it writes leaves those alone.
    key: tuple[str, ...] = ()

    @property
    def select(self) -> str:
        """The view's rows for the touched keys."""
        head, _, select = _text(self.name).partition(f"CREATE TABLE {self.name} AS\n")
        if not select:
            message = f"views/{self.name}.sql: expected 'CREATE TABLE {self.name} AS', saw {head!r}"
            raise ValueError(message)
        return select.rstrip().removesuffix(";")

    @property
    def unordered(self) -> str:
        """The same rows in any order, for those who look nothing up in them."""
        return self.select.partition("\nORDER BY ")[0]


_SQL = statements_of(__file__)

PARTY_LINK = View("party_link", _SQL["of_touched_pair"])
PARTY_IDENTITY = View("party_identity", _SQL["of_touched_party"])

#: The views that the fold of commitments refreshes, those of what is opened by one fact, by the
#: keys that touch them, and those of journeys, in their order: a view may read those before it.
COMMITMENTS = (
    View("commitment_history", _SQL["of_touched_commitment"]),
    View("commitment", _SQL["of_touched_commitment"]),
    View("commitment_pause", _SQL["of_touched_commitment"]),
    View("suspense", _SQL["about_touched_key"]),
)
OPENED: Mapping[str, tuple[View, ...]] = {
    "touched_issue": (
        View("issue_step", _SQL["of_touched_issue"]),
        View("issue", _SQL["of_touched_issue"]),
    ),
    "touched_payment": (
        View("payment_step", _SQL["of_touched_payment"]),
        View("payment", _SQL["of_touched_payment"]),
    ),
    "touched_decision": (
        View("decision_step", _SQL["of_touched_decision"]),
        View("decision", _SQL["of_touched_decision"]),
    ),
    "touched_entitlement": (
        View("entitlement_step", _SQL["of_touched_entitlement"]),
        View("entitlement", _SQL["of_touched_entitlement"]),
    ),
}
JOURNEYS = (
    View("journey_step", _SQL["of_touched_customer"], key=("journey_id", "n")),
    View("journey", _SQL["of_touched_customer"]),
    View("loose_fact", _SQL["of_touched_customer"]),
    View("customer", _SQL["of_touched_customer"]),
    View("joined_later", _SQL["of_touched_customer"]),
)

#: In the order in which they are built.
VIEWS = (
    PARTY_LINK,
    PARTY_IDENTITY,
    *COMMITMENTS,
    *(view for views in OPENED.values() for view in views),
    *JOURNEYS,
)


@cache
def _text(name: str) -> str:
    text = (FOLDER / f"{name}.sql").read_text(encoding="utf-8")
    signs = ", ".join(f"'{one}'" for one in sorted(ALWAYS_SIGNS))
    return in_order(text.replace("{always_signs}", signs))


def folded_tables() -> list[str]:
    """The tables that a fold fills: the workings and the views."""
    return [*WORKINGS, *(view.name for view in VIEWS)]


def create_touched(session: Session, names: Iterable[str] = TOUCHED) -> None:
    """Make the touched tables; they last as long as the session."""
    for name in names:
        session.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({TOUCHED[name]})")


def create_views(session: Session) -> None:
    """Make the workings and the views of an empty home. Fact tables must be there."""
    for name, columns in WORKINGS.items():
        session.execute(f"CREATE TABLE {name} ({columns})")
    for view in VIEWS:
        session.execute(f"CREATE TABLE {view.name} AS {view.select} WITH NO DATA")


def refresh(session: Session, view: View, *, empty: bool) -> None:
    """Replace the rows of the touched keys. ``empty``: there are none to replace."""
    if empty:
        session.execute(f"INSERT INTO {view.name} {view.select}")
    else:
        session.replace(view.name, view.touched, view.select, view.key)


def definition(catalogue_statements: Iterable[str], packages: Iterable[str] = PACKAGES) -> str:
    """A fingerprint of everything that decides what the rows are: the tables of facts, the SQL of
    the views and of the folds, the version of the code that folds, and those of the packages that
    it rests on. A home that was built with another one must be built again."""
    decides = [f"fold version {FOLD_VERSION}"]
    decides += [f"{name}=={_version(name)}" for name in packages]
    decides += [" ".join(statement.split()) for statement in catalogue_statements]
    decides += [f"{view.name}: {bare(view.select)}; {view.key}" for view in VIEWS]
    files = (path for one in FOLDS for path in Path(__file__).parent.glob(one))
    folds = (statements_of(str(path.with_suffix(".py"))) for path in files)
    decides += sorted(f"{name}: {bare(sql)}" for fold in folds for name, sql in fold.items())
    return hashlib.sha256("\n".join(decides).encode()).hexdigest()[:16]


_COMMENT = re.compile(r"('[^']*')|--.*|/\*(?s:.*?)\*/")


def bare(sql: str) -> str:
    """An SQL text without its comments, and however it is laid out."""
    if "--" in sql or "/*" in sql:
        sql = _COMMENT.sub(lambda found: found[1] or "", sql)
    parts = sql.split("'")  # every other one is a text in quotes
    return "'".join(part if n % 2 else " ".join(part.split()) for n, part in enumerate(parts))


def _version(package: str) -> str:
    """The version of an installed package, by the name of the folder that says so beside it. Where
    there is none (an egg), ``metadata`` knows; it takes a tenth of a small ask to import."""
    for folder in filter(None, sys.path):
        for found in Path(folder).glob(f"{package}-*.dist-info"):
            return found.name.removesuffix(".dist-info").partition("-")[2]
    from importlib import metadata

    return metadata.version(package)
