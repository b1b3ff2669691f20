"""Facts into views without a group: for callers that want the views at a vector of offsets once: a
copy to another home, and tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from consumers.runtime import Runtime
from consumers.worker.apply_batch import Swapped, Written, prepare
from consumers.worker.batch import BatchBuffer, Pace
from consumers.worker.db_session import DbSession
from consumers.worker.topic_guard import TopicGuard
from domain.errors import Unavailable
from domain.topics import Topic
from ledger.errors import Lost, OutOfRange
from ledger.kafka.group_consumer import GroupReader
from ledger.kafka.ledger import fetch
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_state import ASKING_S, Watch
from projections.errors import Fenced
from projections.postgres.checkpoints import OwnedPartition
from projections.postgres.store import PostgresStore

#: Called with how many offsets were read, and how many there are in all.
OnProgress = Callable[[int, int], None]

#: How often other workers may have the partitions that are wanted, and how long to wait then.
PATIENCE = 200
PAUSE_S = 0.1


def run_until(
    kafka: KafkaSettings,
    views: PostgresStore,
    upto: Mapping[int, int],
    runtime: Runtime,
    *,
    owner: str = "nobody's worker",
    on_progress: OnProgress = lambda done, total: None,
) -> list[Written]:
    """Fold each partition up to its offset, if it is not already there. Takes all of these over,
    those without a record too, so that a worker that has them is fenced, and takes them back;
    answers what became of each batch. Raises as ``Worker`` does, ``Away`` and ``Unavailable``."""
    watch = Watch(kafka)
    topic = watch.topic()
    if _stand(views, topic, upto):
        return []  # no worker is fenced for nothing
    db_session = DbSession(views, owner, partial(fetch, kafka), runtime)
    reader = GroupReader(kafka, None)
    total = sum(upto.values())
    written: list[Written] = []
    try:
        for _ in range(PATIENCE):
            try:
                db_session.expect(topic)
                held = db_session.take_over(list(upto)).held
                if held.keys() < upto.keys():  # another worker is writing a batch of the others
                    runtime.pause(PAUSE_S)
                    continue
                for one, missing in _batches(reader, watch, db_session, held, upto, runtime):
                    written.append(one)
                    on_progress(total - missing, total)
            except (Fenced, Swapped):
                continue
            on_progress(total, total)
            db_session.leave({partition: one.epoch for partition, one in held.items()})
            return written
        seen = f"other workers that had them {PATIENCE} times, and fold the same facts"
        raise Unavailable("the partitions to be ours", seen, "wait for them, or stop them")
    finally:
        reader.close()
        db_session.close()


def _stand(views: PostgresStore, topic: Topic, upto: Mapping[int, int]) -> bool:
    """Whether the views are there, of this topic, and know each partition up to its offset."""
    state, remembered = views.state(), views.topic()
    return (
        state is not None
        and remembered == topic
        and state.definition == views.definition
        and all(state.reach.get(partition, 0) >= end for partition, end in upto.items())
    )


def _batches(
    reader: GroupReader,
    watch: Watch,
    db_session: DbSession,
    held: Mapping[int, OwnedPartition],
    upto: Mapping[int, int],
    runtime: Runtime,
) -> Iterator[tuple[Written, int]]:
    """Write what is missing, batch by batch; yields each with how many offsets are left."""
    behind = {p: one for p, one in held.items() if one.next_offset < upto[p]}
    if not behind:
        return
    _expect_there(watch, behind, upto)
    topic_guard = TopicGuard(watch, ASKING_S)
    reader.assign(topic_guard.starts(behind))
    buffer, pace = BatchBuffer(), Pace()
    for partition, one in behind.items():
        buffer.begin(partition, one.next_offset)
    while missing := sum(max(0, upto[p] - buffer.end(p)) for p in behind):
        try:
            polled = reader.poll(pace.limit - len(buffer), 0.1)
        except OutOfRange as error:
            raise _lost(error.partition, upto) from error
        topic_guard.see(polled.messages, polled.ends)
        known = [m for m in polled.messages if m.offset < upto[m.partition]]
        buffer.add(known, {p: min(end, upto[p]) for p, end in polled.ends.items()})
        missing = sum(upto[p] - buffer.end(p) for p in behind)
        if buffer.moved() and (not missing or pace.full(buffer)):
            prepared = prepare(buffer.flush())
            epochs = {partition: held[partition].epoch for partition in prepared.batch.ranges}
            begun_at = runtime.monotonic()
            yield db_session.write(prepared, epochs), missing
            pace.learn(len(prepared.batch.messages), runtime.monotonic() - begun_at)


def _expect_there(
    watch: Watch, behind: Mapping[int, OwnedPartition], upto: Mapping[int, int]
) -> None:
    """A vector that goes beyond the topic would be waited for in vain."""
    for partition, (first, end) in watch.bounds(behind).items():
        if behind[partition].next_offset < first or end < upto[partition]:
            raise _lost(partition, upto)


def _lost(partition: int, upto: Mapping[int, int]) -> Lost:
    return Lost(
        f"the topic to have what the views need of partition {partition} up to offset"
        f" {upto[partition]}",
        "that it does not",
        "facts are gone: restore the topic from a backup",
    )
