"""Reading a topic for a rebuild: several processes, each with some of the partitions.

Taking a message apart is Python's work and holds the interpreter, so threads would take turns at
it. A process of its own reads, decodes, and hands Arrow columns on through a pipe; while none are
taken, it waits. It ends with the process that started it: its next columns find the pipe closed.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from typing import NamedTuple

from consumers.decode import Arrival, decode_messages
from domain.positions import Vector
from ledger.errors import LedgerError
from ledger.kafka.arrow import Misfit
from ledger.kafka.digest import digest_of, together
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import Message
from ledger.kafka.settings import KafkaSettings
from projections.errors import Unholdable
from projections.postgres.load_facts import refuse_unholdable

#: Messages that are decoded, and handed on, at a time; fewer than ``FEW`` are read by this process
#: before another one would have started.
AT_ONCE, FEW = 20_000, 5_000
#: Seconds that a process is given to end by itself.
PATIENCE_S = 10.0


class Portion(NamedTuple):
    """What some messages of a partition hold: facts, messages that are none, and positions of facts
    that PostgreSQL can't hold, with the reason. ``ends``: partition -> the offset before which all
    of it has been handed on; ``digests``: partition -> the digest of the messages."""

    arrival: Arrival
    misfits: list[Misfit]
    unholdable: dict[int, str]
    ends: dict[int, int]
    digests: dict[int, int]

    @property
    def size(self) -> int:
        """How many messages these are."""
        return int(self.arrival.envelopes.num_rows) + len(self.misfits)


def portions(
    settings: KafkaSettings, after: Vector, upto: Vector, processes: int
) -> Generator[Portion]:
    """What lies on the topic after one reach and up to another, in the order of each partition,
    read by so many processes at the most. Close it, and the processes end. Raises ``LedgerError``;
    what was handed on until then is right, and need not be read again."""
    shares = shared_out(after, upto, processes)
    if sum(end - start for share in shares for start, end in share.values()) < FEW:
        with KafkaLedger(settings) as ledger:
            for share in shares:
                yield from _of_share(ledger, share)
        return
    context = multiprocessing.get_context("spawn")  # clients of Kafka don't survive a fork
    pipes: list[Connection] = []
    children = []
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            pipes.append(ours)
            child = context.Process(target=_read, args=(settings, share, theirs), daemon=True)
            _start(child)
            children.append(child)
            theirs.close()  # so that the end of the process is the end of the pipe
        yield from _received(pipes)
    finally:
        for pipe in pipes:
            pipe.close()
        for child in children:
            child.join(PATIENCE_S)
            if child.is_alive():
                child.kill()
                child.join()


def _start(child: SpawnProcess) -> None:
    """Start a process that Ctrl-C does not reach, from its first instruction on: Ctrl-C is for this
    process, and when it ends the pipe is closed."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        child.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def shared_out(after: Vector, upto: Vector, processes: int) -> list[dict[int, tuple[int, int]]]:
    """The partitions that have something to read, shared among so many processes at the most, with
    about as much to read for each: partition -> (first offset, end)."""
    missing = {p: (after.get(p, 0), end) for p, end in upto.items() if end > after.get(p, 0)}
    shares: list[dict[int, tuple[int, int]]] = [{} for _ in range(min(processes, len(missing)))]
    for partition, (start, end) in sorted(missing.items(), key=lambda one: one[1][0] - one[1][1]):
        least = min(shares, key=lambda share: sum(e - s for s, e in share.values()))
        least[partition] = (start, end)
    return shares


def _received(pipes: Sequence[Connection]) -> Iterator[Portion]:
    waiting = list(pipes)
    while waiting:
        ready = wait(waiting)
        for pipe in [one for one in waiting if one in ready]:
            try:
                received = pipe.recv()
            except EOFError:
                raise LedgerError(
                    "the processes that read the topic to come to its end",
                    "that one was ended",
                    "run the command again: it goes on from where it was",
                ) from None
            if received is None:
                waiting.remove(pipe)
            elif isinstance(received, LedgerError):
                raise received
            else:
                yield received


def _read(settings: KafkaSettings, share: Mapping[int, tuple[int, int]], sink: Connection) -> None:
    """In a process of its own: hand on what a share of the topic holds, then None."""
    # A message becomes a handful of tuples that live as long as their portion and are in no cycle;
    # looking through all of them again and again takes a quarter of the time.
    gc.disable()
    with suppress(BrokenPipeError), sink:
        try:
            with KafkaLedger(settings) as ledger:
                for portion in _of_share(ledger, share):
                    sink.send(portion)
                    gc.collect(0)
        except LedgerError as error:
            sink.send(error)
        else:
            sink.send(None)


def _of_share(ledger: KafkaLedger, share: Mapping[int, tuple[int, int]]) -> Iterator[Portion]:
    for partition, (start, end) in share.items():
        yield from _of_partition(ledger, partition, start, end)


def _of_partition(ledger: KafkaLedger, partition: int, start: int, end: int) -> Iterator[Portion]:
    last: list[Message] = []
    parts = ledger.messages(Vector({partition: start}), Vector({partition: end}), AT_ONCE)
    for messages in parts:
        if last:
            yield portion_of(last, {partition: last[-1].offset + 1})
        last = messages
    # Behind the last message there may be markers of transactions, which no message has.
    yield portion_of(last, {partition: end})


def portion_of(messages: Sequence[Message], ends: dict[int, int]) -> Portion:
    """What messages of a partition hold, and up to which offset that is all."""
    arrival, misfits = decode_messages(messages)
    unholdable: dict[int, str] = {}
    try:
        refuse_unholdable(arrival.envelopes, arrival.by_type)
    except Unholdable as error:
        unholdable = dict.fromkeys(error.positions, "a text has the character NUL")
    digests = dict.fromkeys(ends, together(map(digest_of, messages)))
    return Portion(arrival, misfits, unholdable, ends, digests)
