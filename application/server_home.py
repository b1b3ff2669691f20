"""A server home: a folder with a ``pledger.toml`` that names Kafka and PostgreSQL.

Kafka is the ledger there and PostgreSQL holds the views, which workers keep up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from application.errors import Problem, Unavailable, UnfitTopic, Wrong, WrongSettings
from application.home import AS_USUAL, IMPORT_PATIENCE_S, SERVER_FILE, Rebuilding, Rebuilt, silent
from application.settings import read_settings, revealed, secret
from application.under_way import UnderWay
from consumers.runtime import Runtime

if TYPE_CHECKING:
    import pyarrow as pa

    from application.desk import Desk
    from application.home import OnProgress, OnWait
    from domain.positions import Reach
    from domain.topics import Topic
    from ledger.kafka.ledger import KafkaLedger
    from ledger.kafka.settings import KafkaSettings
    from ledger.port import EventData, Receipt
    from projections.postgres.access import PostgresAccess
    from projections.postgres.decisions import PostgresDecisions
    from projections.postgres.session import PostgresSession
    from projections.postgres.store import PostgresStore

#: How long workers may make no progress before they are taken for gone: longer than their session.
PATIENCE_S = 15.0
#: How many seconds the database may take to answer a request that can do without.
ASKING_S = 3
PAUSE_S = 0.1


class ServerHome:
    """The home that a ``pledger.toml`` names. Servers are reached when they are needed. So many
    connections for questions as there are ``readers`` stay open between them."""

    def __init__(
        self,
        folder: Path,
        runtime: Runtime,
        environment: Mapping[str, str],
        on_wait: OnWait,
        readers: int = 0,
    ) -> None:
        self.folder = folder
        self._readers = readers
        self.runtime = runtime
        self._path = folder / SERVER_FILE
        self._environment = environment
        self._on_wait = on_wait
        self._settings = read_settings(self._path)
        self._views: PostgresStore | None = None
        self._questions = UnderWay()

    @property
    def kafka(self) -> KafkaSettings:
        """Where the ledger is. Raises WrongSettings."""
        from ledger.kafka.settings import KafkaSettings

        table = self._settings.kafka
        security = revealed(table.security, self._path, self._environment)
        try:
            return KafkaSettings(
                table.bootstrap_servers,
                topic=table.topic,
                client_id=table.client_id,
                security=security,
            )
        except Wrong as error:
            raise self._wrong("[kafka]", error) from error

    @property
    def dsn(self) -> str:
        """Where the views are, as libpq takes it, with its password if the file names one."""
        from projections.postgres.dsn import whole

        table = self._settings.postgres
        place = table.password_env, table.password_file
        password = secret("password", *place, self._path, self._environment)
        try:
            return whole(table.dsn.get_secret_value(), password)
        except Wrong as error:
            raise self._wrong("[postgres]", error) from error

    def _wrong(self, table: str, error: Wrong) -> WrongSettings:
        return WrongSettings(f"{error.expected} in {self._path}, {table}", error.seen, error.remedy)

    @property
    def schema(self) -> str:
        """The name of the control schema."""
        return self._settings.postgres.control_schema

    def remembered(self) -> Topic | None:
        """The topic that the live views are of, as it was when they were begun; None where there
        are none. Raises ``Problem`` where the database does not answer."""
        from projections.postgres.generation_topic import topic_of_live

        return topic_of_live(self.dsn, self.schema, patience_s=ASKING_S)

    def views(self) -> PostgresStore:
        """The views. Made once: their version is of everything that folds."""
        if self._views is None:
            from consumers.embedded_projector import catalogue_of_types
            from projections.postgres.store import PostgresStore

            self._views = PostgresStore(
                self.dsn,
                catalogue_of_types(),
                schema=self.schema,
                on_wait=self._on_wait,
                readers=self._readers,
            )
        return self._views

    def close(self) -> None:
        """Let go of what is kept open between questions."""
        if self._views is not None:
            self._views.close()

    @property
    def building(self) -> tuple[int, int] | None:
        """None: workers take facts in, and a rebuild stops no question."""
        return None

    def definition(self) -> str:
        """A fingerprint of everything that decides what the rows of the views are."""
        return self.views().definition

    @contextmanager
    def ledger(self, patience_s: float = 30.0) -> Iterator[KafkaLedger]:
        """The ledger as it is, in places of its partitions. ``patience_s`` is how long it may take
        to answer."""
        from ledger.kafka.ledger import KafkaLedger

        with KafkaLedger(self.kafka, patience=patience_s) as ledger:
            yield ledger

    @contextmanager
    def writing(self, *, trust_clock: bool = False, new_topic: bool = False) -> Iterator[Counted]:
        """The ledger to append to, once it is known that its topic can lose no fact, and is the one
        that the views are of, and has what they need next: workers would take nothing from another.
        ``new_topic`` fills another all the same. The database knows which topic it was, how many
        partitions it had, and how far it went. Facts can be kept without it, so where it does not
        answer, these alone are not checked: workers, which can't do without it, will. Raises
        ``Missing`` and ``UnfitTopic``."""
        from ledger.kafka.topic_admin import check
        from projections.postgres.generation_topic import known_to_live

        del trust_clock  # recorded times are the brokers'
        try:
            known = known_to_live(self.dsn, self.schema, patience_s=ASKING_S)
        except Problem:
            known = None
        faults = check(self.kafka, partitions=known and known.topic.partitions)
        with self.ledger() as ledger:
            if known is not None and not new_topic:
                _expect_topic_of_views(known.topic, ledger.topic())
                _expect_offsets_of_views(known.offsets, ledger.bounds())
            if faults:
                raise UnfitTopic(faults)
            yield Counted(ledger)

    def left_out(self) -> tuple[int, ...]:
        """None: a worker puts what it can't read in quarantine, where it is counted."""
        return ()

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[PostgresSession, Reach]]:
        """A session on the views as the workers have kept them, and how far they stand."""
        del on_progress  # workers take facts in, not readers
        with self.views().reading() as session, self._questions.noted(session):
            yield session, _reach(session.horizon)

    def interrupt(self, thread: int) -> None:
        """Have the question that a thread is asking fail, if it asks one."""
        self._questions.interrupt(thread)

    def catch_up(self, on_progress: OnProgress) -> None:
        """Have the views take in all that the ledger has now. Workers do so; where none is at work
        for a while, this process does it itself."""
        with self.ledger() as ledger:
            head = ends_of(ledger)
        self.views().prepare()
        if not self._await(head, on_progress):
            self.fold_here(head, on_progress)

    def take_in(self, on_progress: OnProgress) -> None:
        """Wait until workers have taken in all that the topic has now. Raises ``Unavailable`` where
        none is at work for a while."""
        with self.ledger() as ledger:
            head = ends_of(ledger)
        self.views().prepare()
        if not self._await(head, on_progress):
            raise Unavailable(
                "views that hold all facts of the topic, to compare a snapshot with",
                "that none is at work, or none has taken any in for a while",
                "nothing was written. {worker} takes them in; {status} shows how far it is",
            )

    def importing(self) -> AbstractContextManager[object]:
        """To be the only one who imports a snapshot."""
        from projections.postgres.import_lock import held_alone

        return held_alone(self.dsn, self.schema, IMPORT_PATIENCE_S)

    def fold_here(self, head: Mapping[int, int], on_progress: OnProgress) -> None:
        """Have the views take in the ledger up to a place, in this process. Workers that hold the
        partitions lose them for as long."""
        from consumers.catch_up import run_until

        run_until(self.kafka, self.views(), head, self.runtime, on_progress=on_progress)

    @contextmanager
    def desk(self, on_progress: OnProgress = silent, *, begin: bool = True) -> Iterator[Desk]:
        """The desk, whose decisions lie in the control schema. What the ledger gets from others
        meanwhile is weighed once workers have taken it in."""
        del begin  # the servers are there, or not
        from application.desk import Desk
        from application.desk_facts import ServerFacts
        from consumers.relay import relay
        from ledger.decisions import Decisions
        from projections.known_positions import shown

        with self.writing() as writing, closing(self.decisions()) as records:
            decisions, ledger = Decisions(records), writing.ledger
            reach = counted({}, ledger.partitions())
            yield Desk(
                decisions,
                ServerFacts(self, ledger, on_progress),
                lambda: relay(decisions, ledger, records.alone),
                lambda position: shown(position, reach),
                self.runtime.clock,
                {},
            )

    def decisions(self) -> PostgresDecisions:
        """What the desk decided, and what of it waits."""
        from projections.postgres.decisions import PostgresDecisions

        return PostgresDecisions(self.dsn, self.schema, self._on_wait)

    @contextmanager
    def access(self, *, begin: bool = True) -> Iterator[PostgresAccess]:
        """Keys, sessions and access records, which lie in the control schema."""
        del begin  # the servers are there, or not
        from projections.postgres.access import PostgresAccess

        with closing(PostgresAccess(self.dsn, self.schema, self._on_wait)) as store:
            yield store

    def await_workers(self, ledger: KafkaLedger, on_progress: OnProgress = silent) -> int:
        """Wait until workers have taken in all that the topic has now, as long as they make
        progress, and a while for one to begin; how many messages are missing then."""
        head = ends_of(ledger)
        if self._await(head, on_progress, unowned_too=True):
            return 0
        return self._missing(head, self._kept_up()[0])

    def _await(
        self, head: Mapping[int, int], on_progress: OnProgress, *, unowned_too: bool = False
    ) -> bool:
        """Whether workers have taken in all up to here. Waits as long as they make progress; with
        ``unowned_too``, for one to begin."""
        monotonic = self.runtime.monotonic
        total, before, since = sum(head.values()), -1, monotonic()
        while True:
            horizon, owned = self._kept_up()
            missing = self._missing(head, horizon)
            on_progress(total - missing, total)
            if not missing:
                return True
            if missing != before:
                before, since = missing, monotonic()
            if not (owned or unowned_too) or monotonic() - since > PATIENCE_S:
                return False
            self.runtime.pause(PAUSE_S)

    @staticmethod
    def _missing(head: Mapping[int, int], horizon: Mapping[int, int]) -> int:
        return sum(max(0, end - horizon.get(p, 0)) for p, end in head.items())

    def _kept_up(self) -> tuple[dict[int, int], bool]:
        """How far the views stand, and whether a worker has taken any of their partitions."""
        from projections.postgres.checkpoints import progress

        with self.views().reading() as session:
            checkpoints = progress(session.connection)
        horizon = {partition: one.next_offset for partition, one in checkpoints.items()}
        return horizon, any(one.owner is not None for one in checkpoints.values())

    def select(self, sql: str, on_progress: OnProgress, timeout_s: float) -> pa.Table:
        """The rows of one query of the data teams' own, in PostgreSQL's SQL. Raises
        ``QueryRefused`` and ``TooSlow``."""
        del on_progress
        from projections.postgres.adhoc_sql import query

        note = self._on_wait
        with self.views().reading() as session:
            return query(session, sql, schema=self.schema, timeout_s=timeout_s, on_note=note)

    def rebuild(self, on_progress: OnProgress, how: Rebuilding = AS_USUAL) -> Rebuilt:
        """Build every view anew, beside the live ones, and swap. Raises ``Lost`` where
        the topic lacks facts that it had, unless they are to be forgotten."""
        from consumers.rebuild.run import rebuild
        from projections.duckdb.store import MEMORY_LIMIT

        if how.without or how.taken_back:
            raise Wrong(
                "an embedded home, to leave out facts by their positions",
                "a server home",
                "take a message out of these views with {quarantine dismiss}",
            )

        done = rebuild(
            self.kafka,
            self.views(),
            on_progress,
            within=how.within,
            memory=how.memory or MEMORY_LIMIT,
            forget_lost=how.forget_lost,
            on_note=self._on_wait,
        )
        return Rebuilt(done.facts, _reach(done.horizon))


class Counted:
    """A ledger on Kafka that gives its head as people count."""

    def __init__(self, ledger: KafkaLedger) -> None:
        self._ledger = ledger

    @property
    def ledger(self) -> KafkaLedger:
        """The ledger, in places of its partitions."""
        return self._ledger

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        """See ``ledger.port.Ledger``."""
        return self._ledger.append(facts, all_or_nothing=all_or_nothing)

    def head(self) -> Reach:
        """See ``ledger.port.Ledger``."""
        return counted(self._ledger.head(), self._ledger.partitions())


def _expect_topic_of_views(remembered: Topic, seen: Topic) -> None:
    """As a worker does before it reads. Another number of partitions is a fault of the topic."""
    from consumers.errors import Missing
    from consumers.worker.topic_guard import expect_same

    if remembered.is_same(seen):
        return
    try:
        expect_same(remembered, seen)
    except Missing as error:
        error.add_note("nothing was written; to fill the new topic before that, {new topic}")
        raise


def _expect_offsets_of_views(
    wanted: Mapping[int, int], bounds: Mapping[int, tuple[int, int]]
) -> None:
    """As a worker does before it reads, but for the last record, which would have to be read. The
    topic is asked after the database: it only grows."""
    from consumers.errors import Missing
    from consumers.worker.topic_guard import expect_within

    try:
        for partition in wanted.keys() & bounds.keys():
            expect_within(partition, wanted[partition], bounds[partition])
    except Missing as error:
        error.add_note("nothing was written")
        raise


def ends_of(ledger: KafkaLedger) -> dict[int, int]:
    """Partition -> next offset, of all that there are: those without a record too."""
    return dict.fromkeys(range(ledger.partitions()), 0) | dict(ledger.head())


def _reach(horizon: Mapping[int, int]) -> Reach:
    return counted(horizon, len(horizon))


def counted(ends: Mapping[int, int], partitions: int) -> Reach:
    """Partition -> next offset as people count: a plain number where there is one partition."""
    from domain.positions import Vector

    return ends.get(0, 0) if partitions <= 1 and ends.keys() <= {0} else Vector(ends)
