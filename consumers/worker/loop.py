"""A worker: carries facts from the partitions that the group gives it into the views.

Two threads share the work. This one polls Kafka, gathers messages and decodes the next batch; the
other (``DbThread``) writes the last one to the database. So the group sees the worker alive however
long the database takes, and decoding costs no time of its own.

Nothing here is needed for facts to be folded in exactly once: that rests on the offsets and the
epoch in the database (``projections/postgres/checkpoints.py``). A worker that is killed between any
two lines leaves partitions that another worker takes over, and batches that were committed or not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from typing import Any

from consumers.errors import Missing
from consumers.runtime import Backoff, Runtime
from consumers.worker.apply_batch import Prepared, Swapped, Written, prepare, without
from consumers.worker.batch import MOST, BatchBuffer, Pace
from consumers.worker.db_session import Assignment, DbSession
from consumers.worker.db_thread import DbThread, Job
from consumers.worker.metrics import Checkpoint
from consumers.worker.telemetry import Telemetry
from consumers.worker.topic_guard import TopicGuard, expect_same
from domain.topics import Topic
from ledger.errors import OutOfRange, Unreachable
from ledger.kafka.group_consumer import GroupReader
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import Watch
from projections.errors import Away, Fenced, Forbidden, TryAgain
from projections.postgres.checkpoints import OwnedPartition

#: How long a poll waits for messages, when there is nothing else to do and when there is.
IDLE_S, BUSY_S = 0.2, 0.02
#: Seconds until an idle worker looks again whether its generation is still the live one; and until
#: it checks again, before it writes a batch, whether the topic is still the one that it was.
LOOK_S, CHECKED_S = 2.0, 1.0
#: Seconds that a batch may hold up the messages that wait, before the client is paused. A pause
#: throws away what it has read ahead, so it is not for every batch.
PATIENCE_S = 3.0
#: How long another worker waits for a partition while its batch is finished.
REVOKED_S = 5.0
#: What a worker that has to stop allows its last batch, the group, and the rest: under 5 s.
FINISH_S, GROUP_S, LEAVE_S = 2.0, 1.0, 0.4


@dataclass(frozen=True)
class Options:
    """The options of a worker. ``most`` bounds the facts of a batch."""

    group: str = "pledger"
    session_timeout_s: float = 10.0
    most: int = MOST


class Worker:
    """See above. ``run`` returns when it has to stop, and raises what does not mend by itself:
    ``Lost``, ``Repartitioned``, ``ledger.errors.Refused``, ``OtherDefinition``,
    ``SystematicFailure``."""

    def __init__(
        self,
        kafka: KafkaSettings,
        db_session: DbSession,
        options: Options,
        runtime: Runtime,
        telemetry: Telemetry,
    ) -> None:
        self._db = db_session
        self._runtime = runtime
        self._telemetry = telemetry
        self._db_thread = DbThread("database")
        self._job: Job | None = None
        self._buffer = BatchBuffer()
        self._ready: deque[Prepared] = deque()
        self._pace = Pace(most=options.most)
        self._backoff = Backoff(runtime)
        self._takeover_backoff = Backoff(runtime)
        self._next_look_at = self._checked_until = 0.0
        self._paused = False
        self._generation: int | None = None
        self._topic: Topic | None = None  # the one that the generation is of
        self._topic_guard = TopicGuard(Watch(kafka), LEAVE_S)
        # A partition is wanted until it is taken over, starting until the client reads it from
        # where the database stands, and held from then on.
        self._wanted: set[int] = set()
        self._starting: dict[int, OwnedPartition] = {}
        self._held: dict[int, OwnedPartition] = {}
        self._reader = GroupReader(
            kafka,
            options.group,
            session_timeout_s=options.session_timeout_s,
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def run(self) -> None:
        """Work until it has to stop; then finish the batch, leave the group, and return."""
        try:
            self._begin()
            while not self._runtime.stopping():
                self._take_result()
                self._submit_next()
                self._receive()
                self._telemetry.still_there()
            self._telemetry.log.info("stopping")
            self._finish()
        except Missing as error:
            self._telemetry.lost(error)
            raise
        finally:
            self._leave()

    def _begin(self) -> None:
        """Join the group once it is known that this topic may be folded into these views: a worker
        that is refused must not take partitions from those that work."""
        while not self._runtime.stopping():
            self._take_result()
            if self._job is None and self._backoff.over():
                if self._generation is None:
                    self._submit(lambda: self._db.take_over(()))
                elif self._is_same_topic():
                    self._reader.join()
                    return
            self._telemetry.still_there()
            self._runtime.pause(BUSY_S)

    # --- callbacks of the group, called inside `poll` and `close` ---------------------------------

    def _assigned(self, partitions: frozenset[int]) -> None:
        self._telemetry.log.info("assigned", partitions=partitions)
        self._wanted |= partitions

    def _revoked(self, partitions: frozenset[int]) -> None:
        self._telemetry.log.info("revoked", partitions=partitions)
        job = self._job
        if job is not None and not partitions.isdisjoint(job.epochs):
            # Only to waste no work: the worker that takes over waits for this batch in the
            # database, or finds it undone.
            self._wait(REVOKED_S)
            self._take_result()
        self._forget(partitions)

    def _lost(self, partitions: frozenset[int]) -> None:
        self._telemetry.log.warning("partitions lost", partitions=partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[int]) -> None:
        """These partitions were given up. A batch of them that is being written is committed if no
        other worker has taken them over yet, and fails otherwise."""
        for partition in partitions:
            self._wanted.discard(partition)
            self._starting.pop(partition, None)
            self._held.pop(partition, None)
        self._drop(partitions)
        self._telemetry.metrics.dropped(partitions)

    def _drop(self, partitions: Collection[int]) -> None:
        """Messages of these partitions that wait are of no use."""
        self._buffer.drop(partitions)
        self._topic_guard.drop(partitions)
        waiting, self._ready = self._ready, deque()
        for prepared in waiting:
            self._queue(without(prepared, partitions))

    def _queue(self, prepared: Prepared) -> None:
        if prepared.batch.ranges:
            self._ready.append(prepared)

    # --- what the database did --------------------------------------------------------------------

    def _take_result(self) -> None:
        """Take the result of the other thread's call, if it has ended."""
        job = self._job
        if job is None or not job.future.done():
            return
        self._job = None
        try:
            result = job.future.result()
        except (Away, Forbidden) as error:
            # A changed password or a missing right may be mended while the worker runs, as a server
            # may. At the start the settings are more likely to be wrong, and a person is watching.
            if self._generation is None and isinstance(error, Forbidden):
                raise
            self._take_over_again([*self._held, *self._starting])
            self._telemetry.trouble_with_database(error, self._backoff.failed())
        except Swapped:
            self._telemetry.log.info("another generation is live", generation=self._generation)
            self._take_over_again([*self._held, *self._starting])
        except TryAgain as error:
            self._requeue(job)
            self._telemetry.held_up(error, self._db.retries, self._backoff.failed())
        except Fenced as error:
            # If the group still assigns it to this worker, where it stands is read anew.
            self._telemetry.fenced(error.partition)
            self._take_over_again([error.partition])
            self._requeue(job)
            self._backoff.failed()
        else:
            self._backoff.succeeded()
            self._telemetry.database_answers()
            if isinstance(result, Assignment):
                self._took_over(result)
            elif job.prepared is not None:
                self._wrote(result, job.prepared, job)

    def _took_over(self, result: Assignment) -> None:
        self._generation, self._topic, self._checked_until = result.generation, result.topic, 0.0
        self._telemetry.metrics.generation(result.generation)
        for partition, held in result.held.items():
            # It may have been taken away meanwhile; then another worker takes it over.
            if partition in self._wanted:
                self._wanted.discard(partition)
                self._starting[partition] = held
        # Of those that are left another worker is writing a batch. It may hang; the others go on.
        if self._wanted:
            self._takeover_backoff.failed()
        else:
            self._takeover_backoff.succeeded()

    def _wrote(self, result: Written, prepared: Prepared, job: Job) -> None:
        seconds = self._runtime.monotonic() - job.begun_at
        self._pace.learn(len(prepared.batch.messages), seconds)
        self._telemetry.wrote(result, prepared, seconds)
        self._telemetry.metrics.retried(self._db.retries)
        written = {p: s for p, s in prepared.batch.ranges.items() if self._is_held(p, job)}
        for partition, read in written.items():
            self._telemetry.metrics.checkpoint(partition, Checkpoint(read.end, read.recorded_at))
        # For those who watch the group. A crash before this line changes nothing: no worker begins
        # at the offset that Kafka has.
        self._reader.commit({partition: read.end for partition, read in written.items()})

    def _requeue(self, job: Job) -> None:
        """The batch was not written: it is the next one again, as far as this worker still has its
        partitions, under the same epoch."""
        if job.prepared is not None:
            gone = [p for p in job.epochs if not self._is_held(p, job)]
            again = without(job.prepared, gone)
            if again.batch.ranges:
                self._ready.appendleft(again)

    def _is_held(self, partition: int, job: Job) -> bool:
        held = self._held.get(partition)
        return held is not None and held.epoch == job.epochs[partition]

    def _take_over_again(self, partitions: Collection[int]) -> None:
        """Forget what was read of partitions that this worker has, and take them over once more:
        where they stand is not known, or it is in another generation."""
        for partition in partitions:
            if self._held.pop(partition, None) or self._starting.pop(partition, None):
                self._wanted.add(partition)
                self._reader.stop(partition)
        self._drop(partitions)

    # --- what is to be done next ------------------------------------------------------------------

    def _submit_next(self) -> None:
        """Submit the next call to the other thread, if it is idle."""
        self._start_reading()
        if self._job is not None or not self._backoff.over():
            return
        if self._wanted and self._takeover_backoff.over():
            wanted = frozenset(self._wanted)
            self._submit(lambda: self._db.take_over(wanted))
            return
        if not self._ready:
            self._decode()
        if self._ready:
            if self._is_same_topic():
                self._write(self._ready.popleft())
        elif self._runtime.monotonic() >= self._next_look_at:
            self._submit(self._db.look)

    def _decode(self) -> None:
        if self._buffer.moved():
            self._queue(prepare(self._buffer.flush()))

    def _write(self, prepared: Prepared) -> None:
        epochs = {partition: self._held[partition].epoch for partition in prepared.batch.ranges}
        self._submit(lambda: self._db.write(prepared, epochs), prepared, epochs)

    def _submit(
        self,
        task: Callable[[], Any],
        prepared: Prepared | None = None,
        epochs: Mapping[int, int] | None = None,
    ) -> None:
        now = self._runtime.monotonic()
        self._next_look_at = now + LOOK_S
        self._job = Job(self._db_thread.submit(task), now, prepared, epochs or {})

    def _start_reading(self) -> None:
        """Start reading the partitions that were taken over, from where the database stands."""
        if not self._starting or not self._is_same_topic():
            return
        try:
            starts = self._topic_guard.starts(self._starting)
        except Unreachable as error:
            self._telemetry.trouble_with_kafka(error)
            return
        for partition, offset in starts.items():
            if self._reader.start(partition, offset):
                held = self._held[partition] = self._starting.pop(partition)
                self._buffer.begin(partition, held.next_offset)
                self._telemetry.began(partition, held, self._generation)

    def _is_same_topic(self) -> bool:
        """Whether the topic is known to be that of the live views. Raises as ``expect_same``."""
        now = self._runtime.monotonic()
        if now < self._checked_until:
            return True
        try:
            seen = self._topic_guard.topic()
        except Unreachable as error:
            self._telemetry.trouble_with_kafka(error)
            return False
        self._telemetry.kafka_answers()
        if self._topic is None:
            if self._job is None:
                self._submit(lambda: self._db.remember(seen))
            return False
        expect_same(self._topic, seen)
        self._checked_until = now + CHECKED_S
        return True

    # --- receiving --------------------------------------------------------------------------------

    def _receive(self) -> None:
        """Poll Kafka for messages, as far as there is room for them."""
        if self._pace.full(self._buffer) and not self._ready:
            self._decode()  # while the other thread writes the last batch
        if self._pace.full(self._buffer):
            self._hold_back()
            return
        if self._paused:
            self._reader.resume(self._held)
            self._paused = False
        self._poll(self._pace.limit - len(self._buffer), self._poll_timeout_s())
        if self._buffer.moved():
            self._wait(BUSY_S)

    def _poll_timeout_s(self) -> float:
        if self._job is None:
            return IDLE_S if self._backoff.over() and not self._starting else BUSY_S
        return 0.0 if self._buffer.moved() else BUSY_S

    def _hold_back(self) -> None:
        """There is no room. If that lasts, the group must still see the worker alive."""
        self._wait(BUSY_S)
        if self._job is not None and self._runtime.monotonic() - self._job.begun_at < PATIENCE_S:
            return
        if not self._paused:
            self._reader.pause(self._held)
            self._paused = True
        self._poll(1, BUSY_S)

    def _poll(self, limit: int, timeout_s: float) -> None:
        try:
            polled = self._reader.poll(limit, timeout_s)
        except OutOfRange as error:
            self._topic_guard.out_of_range(error.partition, self._buffer.end(error.partition))
            self._take_over_again([error.partition])
            return
        if polled.trouble is not None:
            self._telemetry.trouble_with_kafka(polled.trouble)
        self._topic_guard.see(polled.messages, polled.ends)
        self._buffer.add(polled.messages, polled.ends)

    def _wait(self, seconds: float) -> None:
        if self._job is not None:
            wait([self._job.future], seconds)

    # --- the end ----------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Let the last batch be committed; what takes too long is rolled back, and read again by
        the next owner."""
        self._wait(FINISH_S)
        if self._job is not None and not self._job.future.done():
            self._db.cancel()
            self._wait(LEAVE_S)
        self._take_result()

    def _leave(self) -> None:
        epochs = {partition: held.epoch for partition, held in self._held.items()}
        # The partitions are given up in the database before the group gives them to others, which
        # then find no owner there. A crash in between leaves this one until they take over.
        hangs = self._job is not None and not self._job.future.done()
        if not hangs:
            self._submit(lambda: self._db.leave(epochs))
            self._wait(LEAVE_S)
        self._job = None  # what hangs is not waited for once more when the group takes them back
        self._reader.close(GROUP_S)
        self._db_thread.close(0.0 if hangs else LEAVE_S)
        self._telemetry.metrics.up.set(0)
