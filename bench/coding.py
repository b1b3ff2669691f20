"""The codec: bodies to wire bytes and back, one by one and as columns."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bench.material import sealed
from bench.measured import Measured, Watch
from schemas import codec, columns

#: As many facts of one type as the projector decodes at once.
BATCH = 50_000


def encode_one_by_one(folder: Path) -> Measured:
    """Bodies as dictionaries to wire bytes."""
    facts = sealed(folder)
    bodies = [codec.decode(fact.body) for fact in facts]
    watch = Watch()
    with watch.lap():
        wires = [codec.encode(type, body) for type, body in bodies]
    _expect_equal(wires, [fact.body for fact in facts])
    return watch.measured(len(wires))


def decode_one_by_one(folder: Path) -> Measured:
    """Wire bytes to bodies as dictionaries."""
    wires = [fact.body for fact in sealed(folder)]
    watch = Watch()
    with watch.lap():
        for wire in wires:
            codec.decode(wire)
    return watch.measured(len(wires))


def encode_columns(folder: Path) -> Measured:
    """Bodies as Arrow columns to wire bytes, type by type."""
    batches = [(type, wires, columns.decode_batch(type, wires)) for type, wires in _by_type(folder)]
    watch = Watch()
    with watch.lap():
        encoded = [columns.encode_batch(type, batch) for type, _, batch in batches]
    for again, (_, wires, _) in zip(encoded, batches, strict=True):
        _expect_equal(again, wires)
    return watch.measured(sum(map(len, encoded)))


def decode_columns(folder: Path) -> Measured:
    """Wire bytes to bodies as Arrow columns, type by type."""
    batches = _by_type(folder)
    decode: Callable[..., object] = columns.decode_batch
    watch = Watch()
    with watch.lap():
        for type, wires in batches:
            decode(type, wires)
    return watch.measured(sum(len(wires) for _, wires in batches))


def _by_type(folder: Path) -> list[tuple[str, list[bytes]]]:
    heaps: dict[str, list[bytes]] = {}
    for fact in sealed(folder):
        heaps.setdefault(fact.type, []).append(fact.body)
    return [
        (type, wires[start : start + BATCH])
        for type, wires in heaps.items()
        for start in range(0, len(wires), BATCH)
    ]


def _expect_equal(seen: list[bytes], expected: list[bytes]) -> None:
    if seen != expected:
        raise RuntimeError("expected the bytes that are in the ledger, saw others from the encoder")
