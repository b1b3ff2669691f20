"""The views of a server home: PostgreSQL.

Workers keep the live generation up, queries read it, and a rebuild fills another one beside it
(``generations.py``). Every use has a connection of its own, or one of those that stay open.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import psycopg

from domain.positions import Vector
from domain.topics import Topic
from projections import fact_tables, view_registry
from projections.errors import InTheWay, NoViews, OlderViews
from projections.file_locks import OnWait
from projections.postgres import (
    control_schema,
    ddl,
    generation_topic,
    generations,
    migration,
    read_role,
)
from projections.postgres.connection import Postgres, connected
from projections.postgres.control_schema import Generation
from projections.postgres.errors import explained
from projections.postgres.session import PostgresSession

if TYPE_CHECKING:
    from projections.postgres.readers import Readers

#: SQLGlot puts the SQL that both homes share into PostgreSQL's words.
PACKAGES = (*view_registry.PACKAGES, "sqlglot")


class State(NamedTuple):
    """What the live views stand for: their generation, the fingerprint of what built them, and how
    far the ledger is folded in."""

    generation: int
    definition: str
    reach: Vector


class PostgresStore:
    """The views in one database. ``schema`` names the control schema; ``on_wait`` is called once
    when something is awaited, or in the way. So many connections as there are ``readers`` stay open
    between questions, until it is closed; with none, each question makes its own. Methods raise
    ``Away`` where no server answers."""

    def __init__(
        self,
        dsn: str,
        catalogue: fact_tables.Catalogue,
        *,
        schema: str = "pledger",
        on_wait: OnWait = lambda sentence: None,
        readers: int = 0,
    ) -> None:
        self.dsn = dsn
        self.catalogue = catalogue
        self.schema = schema
        self.definition = definition(catalogue)
        self._on_wait = on_wait
        self._readers: Readers | None = None
        if readers:
            from projections.postgres.readers import Readers

            self._readers = Readers(dsn, readers)

    def close(self) -> None:
        """Close what stays open between questions."""
        if self._readers is not None:
            self._readers.close()

    # ------------------------------------------------------------------------------ setting up

    def prepare(self) -> None:
        """Make what is missing: the control schema, and a first generation of empty views, which is
        live at once; and point the data teams' views at the live one. Any number of processes may
        do so at the same time. Raises ``TooNew``."""
        with connected(self.dsn, "control") as connection, explained():
            migration.prepare(connection, self.schema, self._on_wait)
            if control_schema.live(connection, self.schema) is None:
                with connection.transaction():
                    control_schema.lock(connection, f"{self.schema}:prepare")
                    if control_schema.live(connection, self.schema) is None:
                        first = self._begin(connection, indexed=True)
                        generations.swap(connection, self.schema, first.id)
            live = control_schema.live(connection, self.schema)
            self._let_read(connection)
            # Another version knows other names.
            if live is not None and live.definition == self.definition:
                self._publish(connection)

    def _let_read(self, connection: Postgres) -> None:
        """Have the role that queries run as, and let it read all generations that there are. A
        crash before the end leaves it with less, and the next process gives it the rest."""
        missing = read_role.make(connection, self.schema)
        if missing is not None:
            self._on_wait(missing)
        read_role.grant(connection, self.schema, generations.published_names(self.catalogue))

    def _publish(self, connection: Postgres) -> bool:
        """Point the data teams' views at the live generation; answers whether nothing of theirs is
        in the way of that."""
        try:
            generations.publish(connection, self.schema, self.catalogue)
        except InTheWay as error:
            self._on_wait(str(error))
            return False
        return True

    def live(self) -> Generation | None:
        """The generation that is read and kept up; None where nothing is prepared."""
        with connected(self.dsn, "control") as connection, explained():
            return control_schema.live_if_made(connection, self.schema)

    def topic(self) -> Topic | None:
        """The topic that the live views are of; None where none is recorded."""
        return generation_topic.topic_of_live(self.dsn, self.schema)

    def state(self) -> State | None:
        """What the live views stand for; None where nothing is prepared."""
        try:
            with self.reading() as session:
                ((fingerprint,),) = session.connection.execute(
                    f'SELECT definition FROM "{self.schema}".generation WHERE id = %s'.encode(),
                    [session.generation],
                ).fetchall()
                return State(session.generation, fingerprint, Vector(session.horizon))
        except NoViews:
            return None

    def dismissed(self) -> set[tuple[int, datetime]]:
        """The position of each message that was dismissed, and when it was recorded: no fact of the
        views, though the ledger may give it as one."""
        with connected(self.dsn, "control") as connection, explained():
            live = control_schema.live_if_made(connection, self.schema)
            if live is None:
                return set()
            return set(generation_topic.quarantine_of(connection, self.schema, live.id).dismissed())

    # ------------------------------------------------------------------------------ using

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        """A session for one question: all that it reads is of one moment, and it changes nothing
        but tables of its own, which go with it. It may go on while a rebuild swaps the views.
        Raises NoViews, and OlderViews where those of another version can't be asked it."""
        with self._reader() as connection:
            with explained():
                live = self._hold_live(connection)
                generations.point_to(connection, self.schema, live.id)
                connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ")
            try:
                yield PostgresSession(connection, live.id)
            except (psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedTable) as error:
                if live.definition == self.definition:
                    raise
                raise OlderViews(
                    f"views with all that this program asks for ({self.definition})",
                    f"generation {live.id}, which another version has built ({live.definition})",
                    "run {rebuild} with this version, which builds them anew beside the others; or"
                    " ask with the other version",
                ) from error

    def _reader(self) -> AbstractContextManager[Postgres]:
        if self._readers is None:
            return connected(self.dsn, "reader")
        return self._readers.connection()

    def _hold_live(self, connection: Postgres) -> Generation:
        """Hold on to the live generation, and answer which it is."""
        live = control_schema.live_if_made(connection, self.schema)
        while live is not None:
            generations.hold(connection, self.schema, live.id)
            # Between the two lines it may have been swapped and dropped; now it can't be any more.
            again = control_schema.live(connection, self.schema)
            if again is not None and again.id == live.id:
                return live
            generations.release(connection, self.schema, live.id)
            live = again
        raise NoViews(
            f"views in the schema {self.schema} of the database",
            "none",
            "{worker} makes them and keeps them up",
        )

    @contextmanager
    def writing(self, generation: int | None = None) -> Iterator[PostgresSession]:
        """A session that takes facts in and folds, on the live generation or the one that is named,
        which is not dropped meanwhile. What it changes, it changes in transactions. Raises
        NoViews."""
        with connected(self.dsn, "worker") as connection:
            with explained():
                if generation is None:
                    generation = self._hold_live(connection).id
                else:
                    generations.hold(connection, self.schema, generation)
                generations.point_to(connection, self.schema, generation)
                session = PostgresSession(connection, generation)
                ddl.create_session_tables(session)
            yield session

    def holds_live(self, session: PostgresSession) -> bool:
        """Whether a session's generation is the live one; it stays so until the session's
        transaction ends, and a swap waits."""
        live = control_schema.hold_live(session.connection, self.schema)
        return live is not None and live.id == session.generation

    # ------------------------------------------------------------------------------ building anew

    def begin_generation(self, *, pinned: str | None = None) -> Generation:
        """A new generation beside the live one: all its tables, empty and without indexes.
        ``pinned`` is kept with it, for the process that goes on after a kill."""
        with connected(self.dsn, "control") as connection, explained():
            return self._begin(connection, indexed=False, pinned=pinned)

    def _begin(
        self, connection: Postgres, *, indexed: bool, pinned: str | None = None
    ) -> Generation:
        return generations.begin(
            connection,
            self.schema,
            self.catalogue,
            self.definition,
            indexed=indexed,
            pinned=pinned,
        )

    def generations(self) -> list[Generation]:
        """All of them, the oldest first."""
        with connected(self.dsn, "control") as connection, explained():
            made = control_schema.is_made(connection, self.schema)
            return control_schema.generations(connection, self.schema) if made else []

    def index_facts(self, session: PostgresSession) -> None:
        """Make the indexes of the session's generation over facts. Fails where an id is twice."""
        ddl.index_facts(session, self.catalogue)

    def index_views(self, session: PostgresSession) -> None:
        """Make the indexes of the session's generation over views."""
        ddl.index_views(session)

    def swap(self, generation: int) -> None:
        """Make a generation the live one, and point the data teams' views at it."""
        with connected(self.dsn, "control") as connection, explained():
            generations.swap(connection, self.schema, generation)
            # A crash here leaves those views on the generation that was: it is not dropped before
            # they are pointed elsewhere, and ``drop_retired`` does that.
            self._publish(connection)

    def drop_retired(self) -> list[int]:
        """Drop the generations that were live once, and answer which still have readers: try those
        again later. What views of the data teams' own are in the way of is not waited for."""
        with connected(self.dsn, "control") as connection, explained():
            free = self._publish(connection)
            left = generations.drop_retired(connection, self.schema)
            return left if free else []

    def drop(self, generation: int) -> bool:
        """Drop a generation that is not live; answers whether it is gone, or still in use."""
        with connected(self.dsn, "control") as connection, explained():
            return generations.drop(connection, self.schema, generation)


def definition(catalogue: fact_tables.Catalogue) -> str:
    """As ``view_registry.definition``, for this home."""
    return view_registry.definition(fact_tables.statements(catalogue), PACKAGES)
