"""The handler of a signal may raise anywhere in ``emit``: the fact is kept or not, and what comes
later goes on as ever."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from pledger_sdk import Closed, Delivery, Emitter, EventData, Sealer
from pledger_sdk.outbox import Outbox, _Ticket
from tests.sdk.emitting import SOURCE, facts, made, offline, once

SEALER = Sealer(SOURCE)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.outbox"


@contextmanager
def interrupted_at(step: int) -> Iterator[None]:
    """Raises KeyboardInterrupt in the block, at its n-th step of those between which Python looks
    for signals: where a function begins, and after a call of one that is not written in Python."""
    steps = count()

    def look(frame: FrameType, event: str, argument: Any) -> None:
        if event in ("call", "c_return") and next(steps) == step:
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(look)
    try:
        yield
    finally:
        sys.setprofile(before)


def fact(number: int, subject: str = "customer:1") -> EventData:
    return SEALER.seal(made(number), subject=subject)


def until_it_returns(work: Callable[[int], None]) -> Iterator[int]:
    """Interrupts work one step later each time, until it comes to its end; every number but the
    last one's work was interrupted."""
    for step in count():
        try:
            with interrupted_at(step):
                work(step)
        except KeyboardInterrupt:
            yield step
        else:
            yield step
            return


def agrees(outbox: Outbox) -> bool:
    """Whether what it says of itself is what lies in its file."""
    rows = outbox.after(0, 1_000_000)
    settled = set(outbox._settled)
    rows = [row for row in rows if row.place not in settled]
    return (
        outbox.left == (len(rows), sum(row.size for row in rows))
        and outbox.wait_empty(0.0) == len(rows)
        and not outbox._queue
    )


@pytest.mark.parametrize("settled", [0, 1])
def test_a_put_that_is_cut_short_anywhere_is_kept_or_not(path: Path, settled: int) -> None:
    outbox = Outbox(path, 1_000_000, 1 << 40, fsync=False)
    returned: dict[str, Delivery] = {}
    emitted: list[str] = []

    def put(step: int) -> None:
        emitted.append(mine[step].id)
        returned[mine[step].id] = outbox.put([mine[step]], [True], 0.0)[0]

    mine = [fact(number) for number in range(2_000)]
    for step in until_it_returns(put):
        later = fact(step)
        (returned[later.id],) = outbox.put([later], [True], 0.0)
        emitted.append(later.id)
        assert agrees(outbox), f"step {step}"
        if settled:
            rows = outbox.after(0, 1)
            ((_, delivery),), _ = outbox.settle(rows, 1 << 40)
            kept = returned.pop(rows[0].fact.id, None)
            assert kept in (None, delivery)
    rows = outbox.after(0, 1_000_000)
    ids = [row.fact.id for row in rows]
    assert ids == [id for id in emitted if id in set(ids)], "in the order of emitting"
    assert returned.keys() <= set(ids), "nothing is lost"
    sequences = [int(row.fact.sequence or 0) for row in rows]
    assert sequences == list(range(sequences[0], sequences[0] + len(rows)))
    assert len(emitted) > 40
    outbox.close()
    again = Outbox(path, 1_000_000, 1 << 40, fsync=False)
    assert agrees(again)
    again.close()


@pytest.mark.parametrize("before", [True, False])
def test_those_who_wait_with_one_that_is_cut_short_are_written(path: Path, before: bool) -> None:
    outbox = Outbox(path, 1_000, 1 << 30, fsync=False)
    mine, others = fact(1), fact(2)
    cut_short(outbox, "_insert" if before else "_done")
    outbox._queue.append(waiting := ticket(others))
    with pytest.raises(KeyboardInterrupt):
        outbox.put([mine], [False], 0.0)
    assert waiting.done is not before
    outbox.put([fact(3)], [False], 0.0)
    assert waiting.done
    assert waiting.error is None
    ids = [row.fact.id for row in outbox.after(0, 9)]
    assert ids[:-1] == ([others.id] if before else [others.id, mine.id])
    assert agrees(outbox)
    outbox.close()


def test_an_interrupt_of_what_mends_an_interrupt_is_mended_too(path: Path) -> None:
    outbox = Outbox(path, 1_000, 1 << 30, fsync=False)
    for step in range(60):
        cut_short(outbox, "_done")
        cut_short(outbox, "_reread", step)
        with pytest.raises(KeyboardInterrupt):
            outbox.put([fact(step)], [True], 0.0)
        outbox.put([fact(step)], [True], 0.0)
        assert agrees(outbox)
    assert [row.fact.sequence for row in outbox.after(0, 1_000)] == [
        str(number) for number in range(1, 121)
    ]
    outbox.close()


def test_an_emit_that_is_cut_short_anywhere_leaves_a_working_emitter(
    broker: str, topic: str, path: Path
) -> None:
    emitter = Emitter(
        bootstrap_servers=broker, source=SOURCE, topic=topic, outbox=path, fsync=False
    )
    returned: list[str] = []

    def emit(step: int) -> None:
        returned.append(emitter.emit(made(step), subject="customer:1").id)

    for step in until_it_returns(emit):
        if step % 20 == 0:
            assert emitter.flush(60) == 0
            assert emitter.status() == (0, 0, None)
        emit(step)
    assert emitter.flush(60) == 0
    assert emitter.status() == (0, 0, None)
    assert emitter.close(60) == 0
    ids = [fact.id for fact in once(facts(broker, topic))]
    assert [id for id in ids if id in set(returned)] == returned


def test_a_close_that_is_cut_short_can_be_closed_again(path: Path) -> None:
    emitter = offline(outbox=path)
    emitter.emit(made(1), subject="customer:1")
    for name in ("wait_empty", "close"):
        cut_short(emitter._outbox, name)
        with pytest.raises(KeyboardInterrupt):
            emitter.close(0.0)
    with pytest.raises(Closed):
        emitter.emit(made(2), subject="customer:1")
    assert emitter.close(0.0) == 1
    assert emitter.close(0.0) == 0
    again = offline(outbox=path)
    assert again.close(0.0) == 1


class Late(Exception):
    """What the handler of a signal raises."""


@pytest.mark.parametrize(("method", "kept"), [("_transact", 0), ("_done", 1)])
def test_a_real_signal(path: Path, method: str, kept: int) -> None:
    def late(number: int, frame: FrameType | None) -> None:
        raise Late

    def alarm(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGALRM)

    before = signal.signal(signal.SIGALRM, late)
    emitter = offline(outbox=path)
    outbox = emitter._outbox
    try:
        setattr(outbox, method, alarm)
        with pytest.raises(Late):
            emitter.emit(made(1), subject="customer:1")
        assert emitter.status().waiting == kept
        delattr(outbox, method)
        emitter.emit(made(2), subject="customer:1")
        assert agrees(outbox)
        assert emitter.status().waiting == emitter.close(0.0) == kept + 1
    finally:
        signal.signal(signal.SIGALRM, before)


def cut_short(outbox: Outbox, name: str, step: int = 0) -> None:
    """Interrupts the next call of a method at a step."""
    method = getattr(outbox, name)

    def call(*arguments: Any) -> Any:
        delattr(outbox, name)
        with interrupted_at(step):
            return method(*arguments)

    setattr(outbox, name, call)


def ticket(fact: EventData) -> _Ticket:
    return _Ticket([fact], [False])
