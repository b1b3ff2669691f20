"""The rules of bodies over whole columns, for those who read millions.

Each value is looked at once a batch. What this finds is what ``body_rules.refusal`` finds.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ledger.body_rules import RULED, RULES, refusal
from schemas.errors import Refused


def refusals(type: str, bodies: pa.RecordBatch) -> dict[int, Refused]:
    """The rows that are the bodies of no facts of the type, though they fit its schema, and why."""
    if type != "pulse.taken" and not any(_is_wrong(name, bodies) for name in RULED.get(type, ())):
        return {}
    found = ((row, refusal(type, body)) for row, body in enumerate(bodies.to_pylist()))
    return {row: problem for row, problem in found if problem is not None}


def _is_wrong(name: str, bodies: pa.RecordBatch) -> bool:
    """Whether any value of a field breaks the field's rule."""
    if name not in bodies.schema.names:
        return False
    column = bodies.column(name)
    values = column.flatten() if pa.types.is_list(column.type) else column
    return any(
        isinstance(value, str) and RULES[name](value) is not None
        for value in pc.unique(values).to_pylist()
    )
