"""The bodies of messages, read to their end, and the messages whose bodies can't be."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ledger.kafka.columns import Misfit, columns
from ledger.kafka.wire import Message, body_problem
from schemas.columns import decode_batch
from schemas.errors import Refused


def whole_columns(messages: Sequence[Message]) -> tuple[pa.RecordBatch, list[Misfit]]:
    """As ``columns``, with every body read to its end: what is here can be decoded."""
    facts, misfits = columns(messages)
    unread: dict[int, str] = {}  # by position
    for type in pc.unique(facts["type"]).to_pylist():
        of_type = facts.filter(pc.equal(facts["type"], type))
        _, bad = decoded(type, of_type["body"].to_pylist())
        if bad:
            positions = of_type["position"].to_pylist()
            unread |= {positions[row]: reason for row, reason in bad}
    if not unread:
        return facts, misfits
    misfits += [(m, unread[m.position]) for m in messages if m.position in unread]
    keep = pc.invert(pc.is_in(facts["position"], pa.array(unread, pa.int64())))
    return facts.filter(keep), sorted(misfits, key=lambda misfit: misfit[0].position)


def decoded(type: str, wires: Sequence[bytes]) -> tuple[pa.RecordBatch, list[tuple[int, str]]]:
    """The bodies among wire messages of one type as columns, and the rows of those that are none,
    each with its reason."""
    try:
        return decode_batch(type, wires), []
    except Refused:
        problems = [body_problem(type, wire) for wire in wires]
    bad = [(row, problem) for row, problem in enumerate(problems) if problem is not None]
    good = [wire for wire, problem in zip(wires, problems, strict=True) if problem is None]
    return decode_batch(type, good), bad
