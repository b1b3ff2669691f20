"""One batch, one transaction: offsets, rows, quarantine and parking together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Literal, NamedTuple

from consumers.conflicts import first_of_each
from consumers.decode import Arrival, decode_messages
from consumers.errors import SystematicFailure
from consumers.worker.batch import Batch
from domain.instants import EPOCH
from domain.positions import offset_of, partition_of
from domain.topics import Topic
from ledger.kafka.arrow import Misfit
from ledger.kafka.message import Message
from projections.errors import Unfoldable, Unholdable
from projections.postgres import (
    checkpoints,
    control_schema,
    generation_topic,
    parked_subjects,
)
from projections.postgres.apply_batch import Landed, PreparedFacts, apply_batch, prepare_facts
from projections.postgres.duplicates import Conflict
from projections.postgres.errors import explained, folding
from projections.postgres.quarantine import Quarantine, Quarantined
from projections.postgres.session import PostgresSession

#: Subjects that one batch may park. If there are more, the facts are not the cause.
CULPRITS = 25

#: Returns messages by their places (partition, offset).
Fetch = Callable[[Iterable[tuple[int, int]]], list[Message]]


class Prepared(NamedTuple):
    """A batch with its facts decoded, and its messages that are no facts."""

    batch: Batch
    arrival: Arrival | PreparedFacts
    misfits: list[Misfit]


class Culprit(NamedTuple):
    """The first fact of a subject that is parked now. ``kind`` names the error."""

    fact_id: str
    type: str
    partition: int
    offset: int
    kind: str


class Written(NamedTuple):
    """What became of a batch: facts that were landed, that are duplicates, that contradict others
    and are in quarantine; messages that are no facts, and are there too; facts that wait because
    their subject is parked, and those that brought this about."""

    landed: int
    duplicates: int
    conflicts: list[Conflict]
    misfits: list[Misfit]
    waiting: int
    culprits: list[Culprit]


class Swapped(Exception):
    """Another generation of the views is live. Nothing was written."""


class BatchWriter:
    """Writes batches into one generation, through one session. ``clock`` gives the time that is
    recorded; ``fetch`` the messages of facts that came with earlier batches."""

    def __init__(
        self,
        session: PostgresSession,
        schema: str,
        generation: int,
        clock: Callable[[], datetime],
        fetch: Fetch,
    ) -> None:
        self.generation = generation
        self._session = session
        self._connection = session.connection
        self._schema = schema
        self.clock = clock
        self._fetch = fetch
        self._topic: Topic | None = None

    def write(
        self, prepared: Prepared, epochs: Mapping[int, int], *, suspecting: bool = False
    ) -> Written:
        """Write a batch, and move its partitions on under these epochs. What a fold fails on is
        parked; with ``suspecting``, an internal error of the database counts as one of the fold.
        Raises ``Fenced``, ``Swapped``, ``SystematicFailure``, ``Away``, ``AtFault`` and
        ``TryAgain``; nothing was written then, but after ``Away`` that is unknown."""
        if suspecting:
            return self._write(prepared, epochs, partial(self._in_parts, suspecting=True))
        try:
            return self._write(prepared, epochs, self._at_once)
        except Unfoldable:
            return self._write(prepared, epochs, self._in_parts)

    def take_up(self, messages: Sequence[Message]) -> Written:
        """As ``write``, for messages that were set aside before: no partition moves. Part of the
        caller's transaction; raises ``Unfoldable`` where a fold fails."""
        arrival, misfits = decode_messages(messages)
        batch = Batch({}, list(messages))
        return self._rows(Prepared(batch, arrival, misfits), self._at_once)

    def hold(self) -> None:
        """Keep the generation the live one until the transaction ends. Raises ``Swapped``."""
        live = control_schema.hold_live(self._connection, self._schema)
        if live is None or live.id != self.generation:
            raise Swapped

    def quarantine(self) -> Quarantine:
        """What is set aside of the topic that the generation is of."""
        # The topic may be recorded later, and then it stays the same.
        if self._topic is None:
            self._topic = generation_topic.topic_of(self._connection, self._schema, self.generation)
        return Quarantine(self._connection, self._schema, self._topic)

    def _write(self, prepared: Prepared, epochs: Mapping[int, int], fold: Fold) -> Written:
        with explained(), self._session.transaction():
            # The order matters. Until the offsets have moved, under this epoch, nothing of this
            # batch may be written; once they have, a worker that takes a partition over waits for
            # this transaction. A crash at any line leaves the transaction to be rolled back: the
            # offsets stand where they stood, and the next owner reads the same messages again.
            self.hold()
            at = self.clock()
            for partition, offsets in sorted(prepared.batch.ranges.items()):
                last = None
                if offsets.last_offset is not None and offsets.recorded_at is not None:
                    last = offsets.last_offset, instant(offsets.recorded_at)
                checkpoints.advance(
                    self._connection,
                    partition,
                    epochs[partition],
                    offsets.start,
                    offsets.end,
                    last,
                    at,
                    digest=offsets.digest,
                )
            return self._rows(prepared, fold)

    def _rows(self, prepared: Prepared, fold: Fold) -> Written:
        prepared, waiting = self._apart(self._without_dismissed(prepared))
        landed, failed = fold(prepared)
        for subject, error in failed.items():
            parked_subjects.park(self._connection, subject, str(error), self.clock())
        waiting += _readable(prepared, failed)
        parked_subjects.queue(
            self._connection, ((m.partition, m.offset, _subject(m)) for m in waiting)
        )
        self._set_aside(prepared, landed.conflicts)
        return Written(
            len(landed.positions),
            len(landed.duplicates),
            landed.conflicts,
            prepared.misfits,
            len(waiting),
            list(_culprits(prepared.arrival, failed)),
        )

    def _without_dismissed(self, prepared: Prepared) -> Prepared:
        """The batch without the messages that were dismissed. They come again where views are built
        anew, and another program may be able to read them."""
        ranges = [(p, one.start, one.end) for p, one in prepared.batch.ranges.items()] or [
            (m.partition, m.offset, m.offset + 1) for m in prepared.batch.messages
        ]
        found = self.quarantine().dismissed_in(ranges)
        if not found:
            return prepared
        gone = {m.position for m in prepared.batch.messages if _dismissal_key(m) in found}
        messages = [m for m in prepared.batch.messages if m.position not in gone]
        misfits = [one for one in prepared.misfits if one[0].position not in gone]
        batch = prepared.batch._replace(messages=messages)
        return _without(prepared, "position", gone)._replace(batch=batch, misfits=misfits)

    def _apart(self, prepared: Prepared) -> tuple[Prepared, list[Message]]:
        """The batch without the facts of subjects that are parked, and those facts."""
        parked = parked_subjects.parked_among(self._connection, _subjects(prepared.arrival))
        if not parked:
            return prepared, []
        waiting = _readable(prepared, parked)
        return _without(prepared, "subject", parked), waiting

    def _at_once(self, prepared: Prepared, *, suspecting: bool = False) -> Folded:
        with folding(suspecting=suspecting):
            return apply_batch(self._session, prepared.arrival), {}

    def _in_parts(self, prepared: Prepared, *, suspecting: bool = False) -> Folded:
        """Fold by bisection over the subjects: halves that fail are halved again, each on top of
        what succeeded before. Views are a function of the set of facts, so folding in parts gives
        what folding at once would."""
        landed = Landed([], [], [])
        failed: dict[str, Unfoldable] = {}
        subjects = list(_subjects(prepared.arrival))
        parts = _halves(subjects)
        while parts:
            part = parts.pop()
            try:
                # A savepoint: if the part fails, what went well before stays.
                with self._session.transaction():
                    rest = set(subjects) - set(part)
                    here = _without(prepared, "subject", rest)
                    some, _ = self._at_once(here, suspecting=suspecting)
            except Unfoldable as error:
                if len(part) == 1:
                    failed[part[0]] = error
                    if len(failed) > CULPRITS:
                        raise _too_many(error) from error
                else:
                    parts += _halves(part)
            else:
                landed = Landed(
                    landed.positions + some.positions,
                    landed.duplicates + some.duplicates,
                    landed.conflicts + some.conflicts,
                )
        return landed, failed

    def _set_aside(self, prepared: Prepared, conflicts: Sequence[Conflict]) -> None:
        seen = self.clock()
        rows = [quarantined(message, reason, seen) for message, reason in prepared.misfits]
        if conflicts:
            sources = self._messages(prepared, conflicts)
            found = [quarantined_conflict(sources[one.position], one, seen) for one in conflicts]
            rows += first_of_each(self.quarantine(), found)
        self.quarantine().add(rows)

    def _messages(self, prepared: Prepared, conflicts: Sequence[Conflict]) -> dict[int, Message]:
        wanted = {conflict.position for conflict in conflicts}
        found = {one.position: one for one in prepared.batch.messages if one.position in wanted}
        # The fact that does not count came with an earlier batch.
        older = wanted - found.keys()
        if older:
            places = [(partition_of(position), offset_of(position)) for position in older]
            found |= {one.position: one for one in self._fetch(places)}
        return found


#: What was landed, and subject -> error for those that failed.
Folded = tuple[Landed, dict[str, Unfoldable]]
Fold = Callable[[Prepared], Folded]


def prepare(batch: Batch) -> Prepared:
    """Decode a batch and make its facts ready to be landed. No bytes make this fail: what can't be
    read is a misfit, and what the database can't hold is reported when it is written."""
    arrival, misfits = decode_messages(batch.messages)
    try:
        return Prepared(batch, prepare_facts(arrival), misfits)
    except Unholdable:
        return Prepared(batch, arrival, misfits)


def without(prepared: Prepared, partitions: Collection[int]) -> Prepared:
    """A batch as if these partitions had not been read."""
    if prepared.batch.ranges.keys().isdisjoint(partitions):
        return prepared
    return prepare(prepared.batch.without(partitions))


def instant(milliseconds: int) -> datetime:
    """A message's timestamp. One that no calendar has becomes that of 1970: it was not set by the
    broker."""
    try:
        return EPOCH + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return EPOCH


def quarantined(message: Message, reason: str, seen: datetime) -> Quarantined:
    """A message as the quarantine keeps it."""
    headers = tuple((name.encode(errors="replace"), value) for name, value in message.headers)
    return Quarantined(
        message.partition,
        message.offset,
        instant(message.timestamp),
        message.key,
        message.value,
        headers,
        reason,
        seen,
    )


def _dismissal_key(message: Message) -> tuple[int, int, datetime]:
    return message.partition, message.offset, instant(message.timestamp)


def quarantined_conflict(message: Message, conflict: Conflict, seen: datetime) -> Quarantined:
    """A fact that does not count, as the quarantine keeps it."""
    return quarantined(message, conflict_reason(conflict), seen)._replace(fact_id=conflict.id)


def conflict_reason(conflict: Conflict) -> str:
    """Why a fact does not count."""
    partition, offset = partition_of(conflict.kept), offset_of(conflict.kept)
    return (
        f"expected the fact {conflict.id} to say what it says at partition {partition}, offset"
        f" {offset}, which was recorded before; saw something else: the first one counts. Emit what"
        " is meant with an id of its own, and dismiss this one"
    )


def _subjects(arrival: Arrival | PreparedFacts) -> Iterator[str]:
    """The subjects of facts, each once, in a fixed order; computed when first used."""
    if arrival.by_type:
        yield from sorted(arrival.envelopes["subject"].unique().to_pylist())


def _halves(subjects: list[str]) -> list[list[str]]:
    """Two halves, the second one first, as a stack wants them; one subject stays whole."""
    middle = len(subjects) // 2
    return [half for half in (subjects[middle:], subjects[:middle]) if half]


def _subject(message: Message) -> str:
    return (message.key or b"").decode()


def _readable(prepared: Prepared, subjects: Collection[str]) -> list[Message]:
    """The messages of these subjects that are facts."""
    if not subjects:
        return []
    keys = {subject.encode() for subject in subjects}
    wrong = {(message.partition, message.offset) for message, _ in prepared.misfits}
    return [
        message
        for message in prepared.batch.messages
        if message.key in keys and (message.partition, message.offset) not in wrong
    ]


def _without(
    prepared: Prepared, column: Literal["subject", "position"], values: Collection[str | int]
) -> Prepared:
    """The batch as if the facts that have one of these values were not in it."""
    if not values or not prepared.arrival.by_type:
        return prepared
    import pyarrow as pa
    import pyarrow.compute as pc

    gone = pa.array(sorted(values), prepared.arrival.envelopes[column].type)
    by_type = []
    for name, facts in prepared.arrival.by_type:
        some = facts.filter(pc.invert(pc.is_in(facts[column], gone)))
        if some.num_rows:
            by_type.append((name, some))
    envelopes = prepared.arrival.envelopes
    rest = envelopes.filter(pc.invert(pc.is_in(envelopes[column], gone)))
    return prepared._replace(arrival=Arrival(rest, by_type))


def _culprits(
    arrival: Arrival | PreparedFacts, failed: Mapping[str, Unfoldable]
) -> Iterator[Culprit]:
    """The first fact of each subject that failed."""
    if not failed:
        return
    unnamed = set(failed)
    named = arrival.envelopes.select(["subject", "id", "type", "position"]).to_pylist()
    for row in named:  # by position
        if row["subject"] in unnamed:
            unnamed.remove(row["subject"])
            position = row["position"]
            yield Culprit(
                row["id"],
                row["type"],
                partition_of(position),
                offset_of(position),
                failed[row["subject"]].kind,
            )


def _too_many(error: Unfoldable) -> SystematicFailure:
    return SystematicFailure(
        "facts that can be folded",
        f"the fold fail for more than {CULPRITS} subjects of one batch, the last time with"
        f" {error.kind}: it is the program, not the facts",
        "nothing was parked or lost: run the version that built the views, or repair the program",
    )
