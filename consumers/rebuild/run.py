"""Building the views of a server home anew, while the live ones are read and kept up.

The bulk, up to a vector of offsets that is pinned at the start, goes around PostgreSQL: processes
read the topic and decode, a scratch file takes the facts and folds them
(``projections/postgres/bulk_fold``), and finished tables are copied into a new generation, several
at once. From the pinned vector to the present the new generation is kept up with a worker's own
code, and then it is swapped in (``swap``). Both ways give the same rows, since views are a function
of the set of facts.

A kill leaves the new generation and the scratch file. The next rebuild goes on with them if it is
of the same definition, with each partition where it was read to, each table that is done, or the
catch-up; otherwise it throws them away.
"""

from __future__ import annotations

import os
import platform
import tempfile
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from consumers.conflicts import first_of_each
from consumers.decode import FactBuffer
from consumers.rebuild.preflight import expect_all, still_has
from consumers.rebuild.read import Portion, portions
from consumers.rebuild.swap import CatchUp, drop_retired, swap
from consumers.worker.apply_batch import instant, quarantined, quarantined_conflict
from domain.positions import Vector, offset_of, partition_of, vector_from_text
from domain.topics import Topic
from ledger.kafka.arrow import Misfit
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from projections.duckdb.store import MEMORY_LIMIT
from projections.errors import Unfoldable
from projections.file_names import expect_nameable
from projections.postgres import (
    bulk_copy,
    control_schema,
    generation_topic,
    generations,
    parked_subjects,
    rebuild_state,
)
from projections.postgres.bulk_fold import ScratchFile, WaitingFact, is_of, remove, scratch_file
from projections.postgres.connection import Postgres, connected
from projections.postgres.duplicates import Conflict
from projections.postgres.errors import explained
from projections.postgres.quarantine import Quarantine
from projections.postgres.store import PostgresStore

#: Facts of a transaction of the scratch file: what a kill makes to be read again, at the most.
AT_ONCE = 200_000

#: Called with the number of facts done and the number in all.
OnProgress = Callable[[int, int], None]

# The phases, as ``status`` shows them. Only the last one decides anything: there the generation is
# filled, and the scratch file is worth nothing any more.
READING, SIFTING, FOLDING = "reading", "sifting", "folding"
LOADING, CATCHING_UP = "loading", "catching up"


class RebuildResult(NamedTuple):
    """The facts that the new views are of, and how far they stand, partition -> next offset."""

    facts: int
    horizon: Mapping[int, int]


def rebuild(
    kafka: KafkaSettings,
    views: PostgresStore,
    on_progress: OnProgress = lambda done, total: None,
    *,
    folder: Path | None = None,
    within: Path | None = None,
    memory: str = MEMORY_LIMIT,
    forget_lost: bool = False,
    on_note: Callable[[str], None] = lambda sentence: None,
) -> RebuildResult:
    """Build every view from nothing beside the live ones, and swap. Goes on with a rebuild of the
    same definition that was killed.

    ``folder`` is where the scratch file lies, on a disk that outlives a kill and has room for all
    facts (about 300 bytes each); by default one of its own ``within`` another: by default that of
    the system's temporary files. ``memory`` bounds what the fold holds in memory (``4GB``).
    ``forget_lost`` builds without facts that the live views know and the topic has not any more;
    where it has lost its first ones, it begins with those that it still has. ``on_note`` is called
    with remarks for people.

    Raises ``AlreadyBuilding``, ``LedgerError`` (``Lost`` and ``Repartitioned`` among them) and
    ``Away``: what was done stays, and the next call goes on from there."""
    within = within or Path(tempfile.gettempdir())
    expect_nameable(folder or within)
    views.prepare()
    with (
        KafkaLedger(kafka) as ledger,
        connected(views.dsn, "control") as connection,
        explained(),
        rebuild_state.alone(connection, views.schema),
    ):
        topic = expect_all(ledger, connection, views.schema, forget_lost=forget_lost)
        workspace = _Workspace(folder or within / _name(kafka, views.schema, connection), memory)
        listeners = _Listeners(on_progress, on_note)
        return _Rebuild(ledger, views, connection, workspace, topic, forget_lost, listeners).run()


class _Workspace(NamedTuple):
    """Where to fold: the folder of the scratch file, and how much of it is held in memory."""

    folder: Path
    memory: str


class _Listeners(NamedTuple):
    """The callbacks for progress and remarks."""

    progress: OnProgress
    note: Callable[[str], None]


class _Rebuild:
    """One rebuild, by the process that has the lock."""

    def __init__(
        self,
        ledger: KafkaLedger,
        views: PostgresStore,
        connection: Postgres,
        workspace: _Workspace,
        topic: Topic,
        forget_lost: bool,
        listeners: _Listeners,
    ) -> None:
        self._ledger = ledger
        self._views = views
        self._connection = connection
        self._folder, self._memory = workspace
        self._topic = topic
        self._quarantine = Quarantine(connection, views.schema, topic)
        self._forget_lost = forget_lost
        self._first = ledger.earliest() if forget_lost else Vector({})
        self._listeners = listeners
        self._builder = f"process {os.getpid()} on {platform.node()}"

    def run(self) -> RebuildResult:
        generation, phase = self._continued() or self._begun(loaded=False)
        if phase not in {READING, CATCHING_UP} and not is_of(self._folder, self._token(generation)):
            # What is loaded already was sifted with the subjects that were parked then. A file that
            # is begun anew would be sifted with those of now, and the tables would not agree.
            self._throw_away(generation.id)
            generation, phase = self._begun(loaded=False)
        if phase != CATCHING_UP:
            generation = self._bulk(generation)
        remove(self._folder)
        return self._swap(generation)

    # ------------------------------------------------------------------------------ beginning

    def _continued(self) -> tuple[control_schema.Generation, str] | None:
        """The rebuild that was killed, if this one can go on with it; others are thrown away."""
        schema = self._views.schema
        found = rebuild_state.current(self._connection, schema)
        going_on = None
        for one in control_schema.generations(self._connection, schema):
            if one.state != "building":
                continue
            if (
                found is not None
                and found.generation == one.id
                and one.definition == self._views.definition
                and generation_topic.topic_of(self._connection, schema, one.id) == self._topic
                # One that catches up needs records of the topic, which may be gone since.
                and (
                    found.phase != CATCHING_UP
                    or still_has(self._ledger, self._connection, schema, one.id)
                )
            ):
                going_on = one, found.phase
                rebuild_state.resume(self._connection, schema, one.id, self._builder)
            else:
                self._throw_away(one.id)
        return going_on

    def _throw_away(self, generation: int) -> None:
        # In this order: a row without a generation is nothing to go on with.
        self._views.drop(generation)
        rebuild_state.end(self._connection, self._views.schema, generation)

    def _begun(self, *, loaded: bool) -> tuple[control_schema.Generation, str]:
        """A new generation, pinned to what the topic has now. ``loaded``: nothing is to be loaded
        in bulk, so it gets its indexes at once."""
        views, phase = self._views, CATCHING_UP if loaded else READING
        pinned = self._ledger.head()
        with self._connection.transaction():
            one = generations.begin(
                self._connection,
                views.schema,
                views.catalogue,
                views.definition,
                indexed=loaded,
                pinned=str(pinned),
            )
            generation_topic.remember(self._connection, views.schema, one.id, self._topic)
            if not loaded:
                bulk_copy.begin(self._connection, views.schema, one.id)
            rebuild_state.begin(self._connection, views.schema, one.id, self._builder, phase)
        return one, phase

    # ------------------------------------------------------------------------------ in bulk

    def _bulk(self, generation: control_schema.Generation) -> control_schema.Generation:
        """Fill a generation up to its pinned vector. Answers which one is filled: if the bulk fails
        on some fact, another one, which is still empty and will be filled as workers do it. They
        find out whose fact it is, and park its subject."""
        pinned = vector_from_text(generation.pinned) if generation.pinned else Vector({})
        try:
            token, catalogue = self._token(generation), self._views.catalogue
            with scratch_file(self._folder, token, catalogue, self._memory) as file:
                self._read(file, generation.id, pinned)
                self._record_phase(generation.id, SIFTING)
                file.sift(self._quarantine.dismissed(), partial(self._keep, generation.id))
                self._fill(file, generation.id, sum(pinned.values()))
                self._filled(file, generation.id)
        except Unfoldable as error:
            self._listeners.note(
                f"building in bulk fails on some fact ({error.kind}); the views are built batch by"
                " batch instead, which takes several times as long and finds out which"
            )
            self._throw_away(generation.id)
            return self._begun(loaded=True)[0]
        return generation

    def _token(self, generation: control_schema.Generation) -> str:
        """What the scratch file of a generation is known by."""
        # A database that was made anew counts its generations anew.
        began = rebuild_state.current(self._connection, self._views.schema)
        begun_at = began and began.started_at.isoformat()
        # The file of a program that kept no digests is not gone on with.
        return f"{generation.id} {generation.definition} {begun_at} digests"

    def _read(self, file: ScratchFile, generation: int, pinned: Vector) -> None:
        """Take in what the topic has before the pinned vector. Messages that are no facts are in
        quarantine before their offsets are recorded as read; killed in between, they are read again
        and found there."""
        done, total = sum(file.read().values()), sum(pinned.values())
        file.hold(self._parked())
        after = Vector({**self._first, **file.read()})
        waiting: list[Portion] = []
        found = portions(self._ledger.settings, after, pinned, os.cpu_count() or 1)
        with closing(found):
            for portion in found:
                waiting.append(portion)
                done += portion.size
                self._record_phase(generation, READING, done, total)
                self._listeners.progress(done // 2, total)
                if sum(one.size for one in waiting) >= AT_ONCE:
                    self._take(file, waiting)
                    waiting = []
        self._take(file, waiting)

    def _take(self, file: ScratchFile, portions: Sequence[Portion]) -> None:
        """Land some portions, in one transaction."""
        ends: dict[int, int] = {}
        digests: Counter[int] = Counter()
        misfits: list[Misfit] = []
        held: dict[str, str] = {}
        for portion in portions:
            ends |= {p: max(end, ends.get(p, 0)) for p, end in portion.ends.items()}
            digests.update(portion.digests)
            held |= _subjects_of(portion)
            misfits += portion.misfits
        at = rebuild_state.clock(self._connection)
        unreadable = [quarantined(message, reason, at) for message, reason in misfits]
        self._quarantine.add(unreadable)
        heap = FactBuffer(file.session, self._views.catalogue)
        with file.landing(ends, digests, held):
            for portion in portions:
                if portion.arrival.by_type:
                    heap.add(portion.arrival)
            heap.land_all()

    def _parked(self) -> dict[str, str]:
        """The subjects that are parked in the live views: their facts are tried one subject at a
        time, at the end."""
        live = control_schema.live(self._connection, self._views.schema)
        if live is None:
            return {}
        generations.point_to(self._connection, self._views.schema, live.id)
        return {one.subject: one.reason for one in parked_subjects.every(self._connection)}

    def _keep(
        self, generation: int, waiting: Sequence[WaitingFact], conflicts: Sequence[Conflict]
    ) -> None:
        """Keep what the scratch file is about to leave out: facts that wait in the new generation,
        contradictions in quarantine."""
        at = rebuild_state.clock(self._connection)
        found = []
        for one in conflicts:
            place = partition_of(one.position), offset_of(one.position)
            found.append(quarantined_conflict(self._ledger.message(*place), one, at))
        reasons = {one.subject: one.reason for one in waiting}
        queue = [(partition_of(at), offset_of(at), subject) for at, subject, _ in waiting]
        with self._connection.transaction():
            generations.point_to(self._connection, self._views.schema, generation)
            for there in parked_subjects.every(self._connection):  # of a try that was killed
                parked_subjects.unpark(self._connection, there.subject)
            for subject, reason in reasons.items():
                parked_subjects.park(self._connection, subject, reason, at)
            parked_subjects.queue(self._connection, queue)
            self._quarantine.add(first_of_each(self._quarantine, found))

    def _fill(self, file: ScratchFile, generation: int, facts: int) -> None:
        """Fold, and copy all tables into the generation: those of facts while the fold goes on,
        which uses little more than one processor, and then those that it fills."""
        views = self._views
        target = bulk_copy.Target(views.dsn, views.schema, generation, views.catalogue)

        def reporter(phase: str, half: int) -> bulk_copy.OnRows:
            def on_rows(done: int, total: int) -> None:
                self._record_phase(generation, phase, done, total)
                share = facts * done // max(total, 1)
                self._listeners.progress(facts // 2 + (facts * half + share) // 4, facts)

            return on_rows

        self._record_phase(generation, FOLDING)
        with ThreadPoolExecutor(max_workers=1) as thread:
            beside, names = file.beside(), file.fact_tables()
            copied = thread.submit(bulk_copy.load, target, beside, names, 1, reporter(FOLDING, 0))
            file.fold()
            copied.result()
        streams = os.cpu_count() or 1
        bulk_copy.load(target, file, file.folded_tables(), streams, reporter(LOADING, 1))

    def _filled(self, file: ScratchFile, generation: int) -> None:
        """Record how far the generation stands."""
        last = {
            partition: (offset_of(position), instant(at // 1000))
            for partition, (position, at) in file.last_facts().items()
        }
        with self._connection.transaction():
            generations.point_to(self._connection, self._views.schema, generation)
            at = rebuild_state.clock(self._connection)
            # In one transaction: the process that goes on after a kill loads, or catches up. A
            # partition of which nothing was read may begin further on, if its first facts are to be
            # forgotten.
            ends = {**self._first, **file.read()}
            bulk_copy.finish(self._connection, ends, last, file.digests(), at)
            rebuild_state.say(self._connection, self._views.schema, generation, CATCHING_UP, 0, 0)

    # ------------------------------------------------------------------------------ at the end

    def _swap(self, generation: control_schema.Generation) -> RebuildResult:
        views, connection = self._views, self._connection
        with views.writing(generation.id) as session:

            def on_messages(done: int, total: int) -> None:
                rebuild_state.say(
                    session.connection, views.schema, generation.id, CATCHING_UP, done, total
                )

            catch_up = CatchUp(session, self._ledger, views.schema, self._builder, on_messages)
            catch_up.come_near()
            catch_up.agree()
            catch_up.try_parked()
            on_forgotten = self._listeners.note if self._forget_lost else None
            reach = swap(connection, views, catch_up, self._topic, on_forgotten)
            ((facts,),) = session.rows("SELECT count(*) FROM fact")
        everything = sum(reach.values())
        self._listeners.progress(everything, everything)
        drop_retired(views)
        return RebuildResult(facts, reach)

    def _record_phase(self, generation: int, phase: str, done: int = 0, total: int = 0) -> None:
        rebuild_state.say(self._connection, self._views.schema, generation, phase, done, total)


def _subjects_of(portion: Portion) -> dict[str, str]:
    """The subjects of facts that PostgreSQL can't hold, and why."""
    if not portion.unholdable:
        return {}
    rows = portion.arrival.envelopes.select(["position", "subject"]).to_pylist()
    reasons = portion.unholdable
    return {row["subject"]: reasons[row["position"]] for row in rows if row["position"] in reasons}


def _name(kafka: KafkaSettings, schema: str, connection: Postgres) -> str:
    """The same name each time for the same home, so that a rebuild finds what it left."""
    info = connection.info
    database = f"{info.host} {info.port} {info.dbname} {schema} {os.getuid()}"
    home = f"{kafka.bootstrap_servers} {kafka.topic} {database}"
    return f"pledger-rebuild-{sha256(home.encode()).hexdigest()[:16]}"
