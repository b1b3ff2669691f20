"""Messages of Kafka told apart: facts ready to be landed, and what is no fact."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from consumers.arrivals import Arrival
from ledger.kafka.bodies import decoded
from ledger.kafka.columns import Misfit, columns
from ledger.kafka.wire import Message
from projections.landing import Facts, envelopes


def sort_out(messages: Sequence[Message]) -> tuple[Arrival, list[Misfit]]:
    """The facts in messages, by type in the order they came, and the messages that are none, each
    with its reason, by partition and offset. Without a fact, the arrival is empty of columns too.

    Messages that come from one place twice are there twice: dropping duplicates is for who lands
    them, by the facts' ids."""
    facts, misfits = columns(messages)
    by_type: list[Facts] = []
    unread: dict[int, str] = {}  # by position
    for name in pc.unique(facts["type"]).to_pylist():
        of_type = facts.filter(pc.equal(facts["type"], name))
        body, bad = decoded(name, of_type["body"].to_pylist())
        if bad:
            positions = of_type["position"].to_pylist()
            unread |= {positions[row]: reason for row, reason in bad}
            rows = {row for row, _ in bad}
            of_type = of_type.filter([row not in rows for row in range(of_type.num_rows)])
        if of_type.num_rows:
            by_type.append((name, _beside(of_type.drop_columns(["type", "body"]), body)))
    if unread:
        misfits += [(m, unread[m.position]) for m in messages if m.position in unread]
        misfits.sort(key=lambda misfit: misfit[0].position)
    by_type.sort(key=lambda item: item[0])
    return Arrival(envelopes(by_type) if by_type else pa.table({}), by_type), misfits


def _beside(envelope: pa.RecordBatch, body: pa.RecordBatch) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays(
        [*envelope.columns, *body.columns], schema=pa.schema([*envelope.schema, *body.schema])
    )
