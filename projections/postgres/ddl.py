"""The tables of a generation of the views, and the indexes that folds and answers look things up
by. A rebuild makes the tables first, fills them, and makes the indexes when all rows are there."""

from __future__ import annotations

from collections.abc import Sequence

from projections import fact_tables, view_registry
from projections.postgres import checkpoints, key_locks, parked_subjects
from projections.postgres.session import PostgresSession
from projections.sql_files import statements_of

_SQL = statements_of(__file__)

#: Keys that a worker has claimed, as long as its transaction lasts (see ``key_locks.py``). Not
#: logged: after a crash no transaction lasts.
CLAIM = "CREATE UNLOGGED TABLE claim (key bigint PRIMARY KEY)"

#: Rows of views come and go with every batch: what they leave is swept up early and at full speed.
CHURNING = (
    "autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_threshold = 20000,"
    " autovacuum_vacuum_cost_delay = 0, autovacuum_analyze_scale_factor = 0.05"
)

#: Types that are looked for by their type: few facts, which bear on many.
RARE = "('policy.published', 'calendar.published', 'identity.linked', 'identity.unlinked')"

# An id may be as long as a fact. A B-tree keeps the text itself and takes some 2,700 bytes; a hash
# index keeps a number of it, and equality is all that they are looked up by. But rows with one text
# are a chain in a hash index, of which every insert goes along all: what many rows share (a
# department's facts, a kind of promise) has a B-tree, and so a limit.
FACT_INDEXES = (
    "ALTER TABLE fact ADD PRIMARY KEY (position)",
    "CREATE UNIQUE INDEX fact_id ON fact (id)",
    "CREATE INDEX fact_subject ON fact (subject)",
    *(
        f"CREATE INDEX fact_{name} ON fact USING hash ({name}) WHERE {name} IS NOT NULL"
        for name in fact_tables.KEY_COLUMNS
    ),
    f"CREATE INDEX fact_rare ON fact (type) WHERE type IN {RARE}",
    "CREATE INDEX made_undated ON commitment_made (about) WHERE due_at IS NULL",
    *(
        f"CREATE INDEX {name}_pair ON {name} USING hash (least(party_a, party_b))"
        for name in ("identity_linked", "identity_unlinked")
    ),
)

VIEW_INDEXES = (
    "CREATE INDEX retraction_fact ON retraction (fact_id)",
    "CREATE INDEX retraction_target ON retraction (target_id)",
    "CREATE INDEX retracted_fact ON retracted (fact_id)",
    "CREATE INDEX policy_date_fact ON policy_date (fact_id)",
    "CREATE INDEX policy_date_commitment ON policy_date USING hash (commitment_id)",
    "CREATE INDEX party_link_pair ON party_link USING hash (party_a)",
    "CREATE INDEX party_identity_party ON party_identity USING hash (party)",
    "CREATE INDEX party_identity_customer ON party_identity USING hash (customer)",
    "CREATE INDEX commitment_history_id ON commitment_history USING hash (commitment_id)",
    "CREATE INDEX commitment_id ON commitment USING hash (commitment_id)",
    "CREATE INDEX commitment_pause_id ON commitment_pause USING hash (commitment_id)",
    "CREATE INDEX commitment_subject ON commitment (subject)",
    "CREATE INDEX joined_later_customer ON joined_later USING hash (customer)",
    "CREATE INDEX issue_deadline_fact ON issue_deadline (fact_id)",
    "CREATE INDEX issue_deadline_issue ON issue_deadline USING hash (issue_id)",
    *(
        f"CREATE INDEX {name}_key ON {name} USING hash ({kind}_id)"
        for kind in ("issue", "payment", "decision", "entitlement")
        for name in (kind, f"{kind}_step")
    ),
    "CREATE INDEX issue_subject ON issue (subject)",
    "CREATE INDEX suspense_about ON suspense USING hash (about)",
    "CREATE INDEX suspense_fact ON suspense (fact_id)",
    "CREATE INDEX journey_step_customer ON journey_step (customer)",
    "CREATE INDEX journey_step_journey ON journey_step (journey_id, n)",
    "ALTER TABLE journey ADD PRIMARY KEY (journey_id)",
    "CREATE INDEX journey_customer ON journey (customer)",
    "CREATE INDEX loose_fact_customer ON loose_fact (customer)",
    "CREATE INDEX customer_name ON customer USING hash (customer)",
)


def create_tables(session: PostgresSession, catalogue: fact_tables.Catalogue) -> None:
    """Make every table in the empty schema that comes first in the session's ``search_path``."""
    for statement in fact_tables.statements(catalogue):
        session.execute(statement)
    view_registry.create_touched(session)
    view_registry.create_views(session)
    for statement in (CLAIM, checkpoints.TABLE, *parked_subjects.TABLES):
        session.connection.execute(statement.encode())
    for table, column, kind in session.connection.execute(_SQL["uncollated"]).fetchall():
        change = f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE {kind} COLLATE "C"'
        session.connection.execute(change.encode())
    for table in (*(view.name for view in view_registry.VIEWS), "claim"):
        session.connection.execute(f"ALTER TABLE {table} SET ({CHURNING})".encode())


def create_session_tables(session: PostgresSession) -> None:
    """Make the temporary tables of a session that folds. They are emptied with each transaction."""
    # In one: each commit empties all that there are, so one for each would take their square.
    with session.transaction():
        view_registry.create_touched(session)
        for statement in key_locks.OWN_TABLES:
            session.connection.execute(statement.encode())
        for name in (view.name for view in view_registry.VIEWS if view.key):
            beside = f"CREATE TEMP TABLE replacing_{name} (LIKE {name}) ON COMMIT DELETE ROWS"
            session.connection.execute(beside.encode())


def index_facts(session: PostgresSession, catalogue: fact_tables.Catalogue) -> None:
    """Make the indexes of the fact tables. Fails where two facts have one id."""
    _run(session, [*FACT_INDEXES, *body_keys(catalogue)])


def body_keys(catalogue: fact_tables.Catalogue) -> list[str]:
    """The statements that make the keys of the tables of types."""
    return [
        f"ALTER TABLE {fact_tables.table_of(name)} ADD PRIMARY KEY (position)" for name in catalogue
    ]


def index_views(session: PostgresSession) -> None:
    """Make the indexes of the views and of the workings."""
    _run(session, VIEW_INDEXES)


def _run(session: PostgresSession, statements: Sequence[str]) -> None:
    for statement in statements:
        session.connection.execute(statement.encode())
