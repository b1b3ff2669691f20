"""The database's side of a worker: one session, what it may write there, and for how long.

Everything here is called by one thread, but for ``cancel``. After an error that leaves it unknown
what the database has (``Away``), or that changes which generation is live (``Swapped``) or what is
allowed (``Forbidden``), the session is closed; whatever is called next opens another one, and
begins from what is committed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack, suppress
from functools import partial
from typing import NamedTuple, TypeVar

from consumers.errors import OtherDefinition
from consumers.runtime import Backoff, Runtime
from consumers.worker.apply_batch import BatchWriter, Fetch, Prepared, Swapped, Written
from consumers.worker.topic_guard import expect_same
from domain.topics import Topic
from projections.errors import AtFault, Away, Forbidden, TryAgain
from projections.postgres import checkpoints, control_schema, generation_topic
from projections.postgres.checkpoints import OwnedPartition
from projections.postgres.errors import explained
from projections.postgres.session import PostgresSession
from projections.postgres.store import PostgresStore

Result = TypeVar("Result")

#: What is done in a transaction, and what comes of it.
Task = Callable[[BatchWriter, control_schema.Postgres], Result]

#: How often a batch is tried again at once, when another transaction is in the way, before it is
#: put off.
TRIES = 8
FIRST_PAUSE_S = 0.02

#: A worker that hangs in the middle of a batch holds up the worker that takes its partitions over:
#: after so many seconds the server ends its session, or another worker does
#: (``checkpoints.end_hanging``). A machine that is gone is missed by its silence.
HANGS_S = 30
SESSION = {
    "idle_in_transaction_session_timeout": f"{HANGS_S}s",
    "lock_timeout": "20s",
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "3",
}


class Assignment(NamedTuple):
    """Partitions that are the worker's, the generation that it folds them into, and the topic that
    this one is of, if it is recorded."""

    generation: int
    held: dict[int, OwnedPartition]
    topic: Topic | None


class DbSession:
    """Takes partitions over and writes batches, in the live generation of ``views``.

    ``owner`` names the worker in the database; ``fetch`` gives messages of earlier batches.
    """

    def __init__(self, views: PostgresStore, owner: str, fetch: Fetch, runtime: Runtime) -> None:
        self.retries = 0
        self._views = views
        self._owner = owner
        self._fetch = fetch
        self._runtime = runtime
        self._open: ExitStack | None = None
        self._session: PostgresSession | None = None
        self._writer: BatchWriter | None = None

    def take_over(self, partitions: Collection[int]) -> Assignment:
        """Take partitions over in the live generation, but for those of which another transaction
        is writing a batch: call again. Without any, only see that there is a generation, and make
        the first. Raises ``OtherDefinition``, ``Away``, ``Swapped``, ``TryAgain``."""
        # Two processes that make the tables may collide: the second try succeeds.
        task = partial(self._take_over, partitions)
        return self._closing_on_error(lambda: self._retrying(task, (AtFault,)))

    def remember(self, topic: Topic) -> Assignment:
        """Record which topic the live generation is of, if none is recorded; answers which it is,
        without any partitions."""
        return self._closing_on_error(lambda: self._remember(topic))

    def expect(self, seen: Topic) -> None:
        """See that a topic is the one that the live generation is of, before anything is read from
        it. Raises ``Missing``, ``Repartitioned`` and what ``take_over`` raises."""
        remembered = self.take_over(()).topic or self.remember(seen).topic
        if remembered is not None:
            expect_same(remembered, seen)

    def write(self, prepared: Prepared, epochs: Mapping[int, int]) -> Written:
        """See ``BatchWriter.write``. Tries again by itself when another transaction is in the way,
        for a while."""
        return self._closing_on_error(lambda: self._write(prepared, epochs))

    def look(self) -> None:
        """See whether the generation is still the live one. Raises ``Swapped``, ``Away``."""
        self._closing_on_error(self._look)

    def within(self, task: Task[Result]) -> Result:
        """Do something else in one transaction on the live generation, which stays so meanwhile. It
        is done anew when another transaction is in the way, or when another generation is live by
        now."""
        while True:
            try:
                return self._closing_on_error(lambda: self._within(task))
            except Swapped:
                continue

    def leave(self, epochs: Mapping[int, int]) -> None:
        """Give these partitions up in the database, and close the session."""
        try:
            if self._session is not None:
                with explained(), self._session.transaction():
                    checkpoints.give_up(self._session.connection, epochs, self._runtime.clock())
        finally:
            self.close()

    def cancel(self) -> None:
        """Cancel the statement that runs, from another thread. Its transaction is rolled back."""
        session = self._session
        if session is not None:
            with suppress(Away, Forbidden, TryAgain), explained():
                session.connection.cancel_safe(timeout=0.5)

    def close(self) -> None:
        """Close the session; what is not committed is undone."""
        opened, self._open, self._session, self._writer = self._open, None, None, None
        if opened is not None:
            with suppress(Away, Forbidden, TryAgain), explained():
                opened.close()

    def _closing_on_error(self, task: Callable[[], Result]) -> Result:
        try:
            return task()
        except (Away, Forbidden, Swapped):
            self.close()
            raise

    def _take_over(self, partitions: Collection[int]) -> Assignment:
        writer, session = self._opened()
        with explained(), session.transaction():
            writer.hold()
            connection = session.connection
            # The worker that had one of them may hang in the middle of a batch: the others need not
            # wait.
            held_up = checkpoints.held_up(connection, partitions)
            if held_up:
                checkpoints.end_hanging(connection, HANGS_S)
            free = set(partitions) - held_up
            held = checkpoints.take_over(connection, free, self._owner, self._runtime.clock())
            topic = generation_topic.topic_of(connection, self._views.schema, writer.generation)
        return Assignment(writer.generation, held, topic)

    def _remember(self, topic: Topic) -> Assignment:
        writer, session = self._opened()
        with explained(), session.transaction():
            writer.hold()
            generation_topic.remember(
                session.connection, self._views.schema, writer.generation, topic
            )
        return self._take_over(())

    def _write(self, prepared: Prepared, epochs: Mapping[int, int]) -> Written:
        writer, _ = self._opened()
        try:
            return self._retrying(lambda: writer.write(prepared, epochs))
        except AtFault:
            # Each time anew: it may be one of these facts, and then the others are to go on.
            return writer.write(prepared, epochs, suspecting=True)

    def _look(self) -> None:
        writer, session = self._opened()
        with explained(), session.transaction():
            writer.hold()

    def _within(self, task: Task[Result]) -> Result:
        writer, session = self._opened()

        def once() -> Result:
            with explained(), session.transaction():
                writer.hold()
                return task(writer, session.connection)

        return self._retrying(once)

    def _retrying(
        self,
        task: Callable[[], Result],
        troubles: tuple[type[Exception], ...] = (AtFault, TryAgain),
    ) -> Result:
        """Try again for a while after these errors."""
        backoff = Backoff(self._runtime, FIRST_PAUSE_S)
        for _ in range(TRIES):
            try:
                return task()
            except troubles:
                self.retries += 1
                self._end_hanging()
                if self._runtime.pause(backoff.failed()):
                    raise
        return task()

    def _end_hanging(self) -> None:
        if self._session is not None:
            with explained():
                checkpoints.end_hanging(self._session.connection, HANGS_S)

    def _opened(self) -> tuple[BatchWriter, PostgresSession]:
        if self._writer is None or self._session is None:
            self._views.prepare()
            with ExitStack() as opening:
                session = opening.enter_context(self._views.writing())
                with explained():
                    self._expect_own_definition(session)
                    for name, value in SESSION.items():
                        session.connection.execute(
                            "SELECT set_config(%s, %s, false)", [name, value]
                        )
                self._session = session
                self._writer = BatchWriter(
                    session,
                    self._views.schema,
                    session.generation,
                    self._runtime.clock,
                    self._fetch,
                )
                self._open = opening.pop_all()
        return self._writer, self._session

    def _expect_own_definition(self, session: PostgresSession) -> None:
        live = control_schema.live(session.connection, self._views.schema)
        if live is None or live.id != session.generation:
            raise Swapped
        if live.definition != self._views.definition:
            raise OtherDefinition(
                f"views that this program builds ({self._views.definition})",
                f"generation {live.id}, which another version has built ({live.definition})",
                "they were not changed. Run {rebuild} with this version: it builds them anew beside"
                " the others, while those can be asked; or start the other version",
            )
