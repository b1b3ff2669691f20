"""A worker: carries facts from the partitions that the group gives it into the views.

Two threads share the work. This one listens to Kafka, gathers messages and decodes the next batch;
the other (``Hand``) writes the last one to the database. So the group sees the worker alive however
long the database takes, and decoding costs no time of its own.

Nothing here is needed for facts to be folded in exactly once: that rests on the offsets and the
epoch in the database (``projections/postgres/ownership.py``). A worker that is killed between any
two lines leaves partitions that somebody else takes over, and batches that were committed or not.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import wait
from dataclasses import dataclass
from typing import Any

from consumers.batches import MOST, Gathering, Pace
from consumers.errors import Missing
from consumers.hand import Hand, Job
from consumers.keeping import Keeper, Taken
from consumers.metrics import Standing
from consumers.recognising import Recognising, expect_same
from consumers.surroundings import Surroundings
from consumers.taking import Prepared, Swapped, Written, prepare, without
from consumers.telling import Teller
from consumers.waiting import Waiting
from domain.topics import Topic
from ledger.errors import OutOfRange, Unreachable
from ledger.kafka.admin import Watch
from ledger.kafka.consumer import GroupReader
from ledger.kafka.settings import KafkaSettings
from projections.errors import Away, Fenced, Forbidden, TryAgain
from projections.postgres.ownership import Held

#: How long a poll waits for messages, when there is nothing else to do and when there is.
IDLE_S, BUSY_S = 0.2, 0.02
#: Seconds until an idle worker looks again whether its generation is still the live one; and until
#: it asks again, before it writes a batch, whether the topic is still the one that it was.
LOOK_S, SURE_S = 2.0, 1.0
#: Seconds that a batch may hold up the messages that wait, before the client is told to read no
#: more. A pause throws away what it has read ahead, so it is not for every batch.
PATIENCE_S = 3.0
#: How long somebody else waits for a partition while we finish its batch.
REVOKED_S = 5.0
#: What a worker that is told to stop allows its last batch, the group, and the rest: under 5 s.
FINISH_S, GROUP_S, LEAVE_S = 2.0, 1.0, 0.4


@dataclass(frozen=True)
class Options:
    """What a worker may be told. ``most`` bounds the facts of a batch."""

    group: str = "pledger"
    session_timeout_s: float = 10.0
    most: int = MOST


class Worker:
    """See above. ``run`` returns when it is to stop, and raises what no waiting mends: ``Lost``,
    ``Repartitioned``, ``ledger.errors.Refused``, ``OtherDefinition``, ``SystematicFailure``."""

    def __init__(
        self,
        kafka: KafkaSettings,
        keeper: Keeper,
        options: Options,
        around: Surroundings,
        teller: Teller,
    ) -> None:
        self._keeper = keeper
        self._around = around
        self._teller = teller
        self._hand = Hand("database")
        self._job: Job | None = None
        self._gathering = Gathering()
        self._ready: deque[Prepared] = deque()
        self._pace = Pace(most=options.most)
        self._waiting = Waiting(around.monotonic, around.chance)
        self._taking_over = Waiting(around.monotonic, around.chance)
        self._look_at = self._sure_until = 0.0
        self._paused = False
        self._generation: int | None = None
        self._topic: Topic | None = None  # the one that the generation is of
        self._recognising = Recognising(Watch(kafka), LEAVE_S)
        # A partition is wanted until it is taken over, taken until Kafka gives its messages from
        # where the database stands, and held from then on.
        self._wanted: set[int] = set()
        self._taken: dict[int, Held] = {}
        self._held: dict[int, Held] = {}
        self._reader = GroupReader(
            kafka,
            options.group,
            session_timeout_s=options.session_timeout_s,
            on_assign=self._assigned,
            on_revoke=self._revoked,
            on_lost=self._lost,
        )

    def run(self) -> None:
        """Work until told to stop; then finish the batch, leave the group, and return."""
        try:
            self._begin()
            while not self._around.stopping():
                self._settle()
                self._employ()
                self._listen()
                self._teller.still_there()
            self._teller.log.info("stopping")
            self._finish()
        except Missing as error:
            self._teller.lost(error)
            raise
        finally:
            self._leave()

    def _begin(self) -> None:
        """Join the group once it is known that we may fold this topic into these views: a worker
        that is refused must not take partitions from those who work."""
        while not self._around.stopping():
            self._settle()
            if self._job is None and self._waiting.over():
                if self._generation is None:
                    self._give(lambda: self._keeper.take_over(()))
                elif self._recognised():
                    self._reader.join()
                    return
            self._teller.still_there()
            self._around.pause(BUSY_S)

    # --- what the group says, heard inside `poll` and `close` -------------------------------------

    def _assigned(self, partitions: frozenset[int]) -> None:
        self._teller.log.info("assigned", partitions=partitions)
        self._wanted |= partitions

    def _revoked(self, partitions: frozenset[int]) -> None:
        self._teller.log.info("revoked", partitions=partitions)
        job = self._job
        if job is not None and not partitions.isdisjoint(job.epochs):
            # Only to waste no work: whoever takes over waits for this batch in the database, or
            # finds it undone.
            self._wait(REVOKED_S)
            self._settle()
        self._forget(partitions)

    def _lost(self, partitions: frozenset[int]) -> None:
        self._teller.log.warning("partitions lost", partitions=partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[int]) -> None:
        """These partitions are not ours. A batch of them that is being written is committed if
        nobody has taken them over yet, and fails otherwise."""
        for partition in partitions:
            self._wanted.discard(partition)
            self._taken.pop(partition, None)
            self._held.pop(partition, None)
        self._drop(partitions)
        self._teller.metrics.dropped(partitions)

    def _drop(self, partitions: Collection[int]) -> None:
        """Messages of these partitions that wait are of no use."""
        self._gathering.drop(partitions)
        self._recognising.drop(partitions)
        waiting, self._ready = self._ready, deque()
        for prepared in waiting:
            self._queue(without(prepared, partitions))

    def _queue(self, prepared: Prepared) -> None:
        if prepared.batch.stretches:
            self._ready.append(prepared)

    # --- what the database did --------------------------------------------------------------------

    def _settle(self) -> None:
        """Take in what the other thread has done."""
        job = self._job
        if job is None or not job.future.done():
            return
        self._job = None
        try:
            result = job.future.result()
        except (Away, Forbidden) as error:
            # Whoever changes a password, or takes a right away, may mend that as he does a server.
            # At the start it is rather our own settings that are wrong, and somebody watches.
            if self._generation is None and isinstance(error, Forbidden):
                raise
            self._take_anew([*self._held, *self._taken])
            self._teller.trouble_with_database(error, self._waiting.failed())
        except Swapped:
            self._teller.log.info("another generation is live", generation=self._generation)
            self._take_anew([*self._held, *self._taken])
        except TryAgain as error:
            self._once_more(job)
            self._teller.held_up(error, self._keeper.retries, self._waiting.failed())
        except Fenced as error:
            # If the group still says that it is ours, where it stands is read anew.
            self._teller.fenced(error.partition)
            self._take_anew([error.partition])
            self._once_more(job)
            self._waiting.failed()
        else:
            self._waiting.succeeded()
            self._teller.database_answers()
            if isinstance(result, Taken):
                self._took_over(result)
            elif job.prepared is not None:
                self._wrote(result, job.prepared, job)

    def _took_over(self, result: Taken) -> None:
        self._generation, self._topic, self._sure_until = result.generation, result.topic, 0.0
        self._teller.metrics.generation(result.generation)
        for partition, held in result.held.items():
            # It may have been taken away meanwhile; then somebody else takes it over from us.
            if partition in self._wanted:
                self._wanted.discard(partition)
                self._taken[partition] = held
        # Of those that are left somebody writes a batch. He may hang; the others go on.
        if self._wanted:
            self._taking_over.failed()
        else:
            self._taking_over.succeeded()

    def _wrote(self, result: Written, prepared: Prepared, job: Job) -> None:
        seconds = self._around.monotonic() - job.begun_at
        self._pace.learn(len(prepared.batch.messages), seconds)
        self._teller.wrote(result, prepared, seconds)
        self._teller.metrics.retried(self._keeper.retries)
        ours = {p: s for p, s in prepared.batch.stretches.items() if self._is_held(p, job)}
        for partition, stretch in ours.items():
            self._teller.metrics.stands(partition, Standing(stretch.end, stretch.recorded_at))
        # For those who watch the group. A crash before this line changes nothing: nobody begins
        # where Kafka says.
        self._reader.commit({partition: stretch.end for partition, stretch in ours.items()})

    def _once_more(self, job: Job) -> None:
        """The batch was not written: it is the next one again, as far as its partitions are still
        ours, under the same epoch."""
        if job.prepared is not None:
            gone = [p for p in job.epochs if not self._is_held(p, job)]
            again = without(job.prepared, gone)
            if again.batch.stretches:
                self._ready.appendleft(again)

    def _is_held(self, partition: int, job: Job) -> bool:
        held = self._held.get(partition)
        return held is not None and held.epoch == job.epochs[partition]

    def _take_anew(self, partitions: Collection[int]) -> None:
        """Forget what was read of partitions that are ours, and take them over once more: where
        they stand is not known, or it is in another generation."""
        for partition in partitions:
            if self._held.pop(partition, None) or self._taken.pop(partition, None):
                self._wanted.add(partition)
                self._reader.stop(partition)
        self._drop(partitions)

    # --- what is to be done next ------------------------------------------------------------------

    def _employ(self) -> None:
        """Give the other thread something to do, if it has nothing."""
        self._start_taken()
        if self._job is not None or not self._waiting.over():
            return
        if self._wanted and self._taking_over.over():
            wanted = frozenset(self._wanted)
            self._give(lambda: self._keeper.take_over(wanted))
            return
        if not self._ready:
            self._decode()
        if self._ready:
            if self._recognised():
                self._write(self._ready.popleft())
        elif self._around.monotonic() >= self._look_at:
            self._give(self._keeper.look)

    def _decode(self) -> None:
        if self._gathering.moved():
            self._queue(prepare(self._gathering.take()))

    def _write(self, prepared: Prepared) -> None:
        epochs = {partition: self._held[partition].epoch for partition in prepared.batch.stretches}
        self._give(lambda: self._keeper.write(prepared, epochs), prepared, epochs)

    def _give(
        self,
        task: Callable[[], Any],
        prepared: Prepared | None = None,
        epochs: Mapping[int, int] | None = None,
    ) -> None:
        now = self._around.monotonic()
        self._look_at = now + LOOK_S
        self._job = Job(self._hand.give(task), now, prepared, epochs or {})

    def _start_taken(self) -> None:
        """Have messages of the partitions that were taken over, from where the database stands."""
        if not self._taken or not self._recognised():
            return
        try:
            starts = self._recognising.starts(self._taken)
        except Unreachable as error:
            self._teller.trouble_with_kafka(error)
            return
        for partition, offset in starts.items():
            if self._reader.start(partition, offset):
                held = self._held[partition] = self._taken.pop(partition)
                self._gathering.begin(partition, held.next_offset)
                self._teller.began(partition, held, self._generation)

    def _recognised(self) -> bool:
        """Whether we know that the topic is that of the live views. Raises as ``expect_same``."""
        now = self._around.monotonic()
        if now < self._sure_until:
            return True
        try:
            seen = self._recognising.topic()
        except Unreachable as error:
            self._teller.trouble_with_kafka(error)
            return False
        self._teller.kafka_answers()
        if self._topic is None:
            if self._job is None:
                self._give(lambda: self._keeper.remember(seen))
            return False
        expect_same(self._topic, seen)
        self._sure_until = now + SURE_S
        return True

    # --- listening --------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Hear what Kafka has, as far as there is room for it."""
        if self._pace.full(self._gathering) and not self._ready:
            self._decode()  # while the other thread is at the batch before
        if self._pace.full(self._gathering):
            self._hold_back()
            return
        if self._paused:
            self._reader.resume(self._held)
            self._paused = False
        self._poll(self._pace.limit - len(self._gathering), self._patience_s())
        if self._gathering.moved():
            self._wait(BUSY_S)

    def _patience_s(self) -> float:
        if self._job is None:
            return IDLE_S if self._waiting.over() and not self._taken else BUSY_S
        return 0.0 if self._gathering.moved() else BUSY_S

    def _hold_back(self) -> None:
        """There is no room. If that lasts, the group must still see that we are alive."""
        self._wait(BUSY_S)
        if self._job is not None and self._around.monotonic() - self._job.begun_at < PATIENCE_S:
            return
        if not self._paused:
            self._reader.pause(self._held)
            self._paused = True
        self._poll(1, BUSY_S)

    def _poll(self, limit: int, timeout_s: float) -> None:
        try:
            polled = self._reader.poll(limit, timeout_s)
        except OutOfRange as error:
            self._recognising.out_of_range(error.partition, self._gathering.end(error.partition))
            self._take_anew([error.partition])
            return
        if polled.trouble is not None:
            self._teller.trouble_with_kafka(polled.trouble)
        self._recognising.see(polled.messages, polled.ends)
        self._gathering.add(polled.messages, polled.ends)

    def _wait(self, seconds: float) -> None:
        if self._job is not None:
            wait([self._job.future], seconds)

    # --- the end ----------------------------------------------------------------------------------

    def _finish(self) -> None:
        """Let the last batch be committed; what takes too long is rolled back, and read again by
        whoever comes next."""
        self._wait(FINISH_S)
        if self._job is not None and not self._job.future.done():
            self._keeper.cancel()
            self._wait(LEAVE_S)
        self._settle()

    def _leave(self) -> None:
        epochs = {partition: held.epoch for partition, held in self._held.items()}
        # The partitions are given up in the books before the group gives them to others, who then
        # find nobody's name there. A crash in between leaves ours until they take over.
        hangs = self._job is not None and not self._job.future.done()
        if not hangs:
            self._give(lambda: self._keeper.leave(epochs))
            self._wait(LEAVE_S)
        self._job = None  # what hangs is not waited for once more when the group takes them back
        self._reader.close(GROUP_S)
        self._hand.close(0.0 if hangs else LEAVE_S)
        self._teller.metrics.up.set(0)
