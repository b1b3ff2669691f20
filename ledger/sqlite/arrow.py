"""Facts of a SQLite ledger as Arrow columns, checked as columns too.

To look at each row in Python would cost a rebuild several per cent. The contents that the digest is
over are joined as columns instead, and lie one after the other in one buffer: which is what the
digest can be continued over in one call.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import pyarrow as pa
import pyarrow.compute as pc
from eventsourcing.persistence import PersistenceError

from ledger.arrow_schema import RECORDED
from ledger.digest import ABSENT, SEPARATOR, extend, texts_to_bytes
from ledger.extensions import extensions_to_text
from ledger.port import RecordedEvent
from ledger.sqlite.origins import Origin
from ledger.sqlite.reader import FactReader
from ledger.sqlite.rows import STORED, UNREADABLE

#: RECORDED, with ids as the 16 bytes that they are kept as.
COLUMNS = RECORDED.set(RECORDED.get_field_index("id"), pa.field("id", pa.uuid()))

#: The types of the columns of STORED.
_STORED = (
    pa.int64(), pa.int64(), pa.binary(16), pa.int64(), pa.string(), pa.int64(), pa.binary(),
    pa.string(), pa.string(), pa.string(), pa.string(),
)  # fmt: skip
#: How many facts are checked at once: their contents, once more in memory, stay in the cache.
_CHECKED = 4_096
_OPTIONAL = ("correlationid", "causationid", "sequence", "extensions")
_NUMBERS = ("position", "recorded_at", "time")


class _Unsound(Exception):
    """Something is not as it was recorded; which fact it is remains to be seen."""


def read_columns(reader: FactReader, after: int, upto: int, batch: int) -> Iterator[pa.RecordBatch]:
    """The facts at positions in (after, upto], in order, ``batch`` at a time. Raises ``Damaged``
    where one is not as it was recorded. Each batch is a transaction of its own, so that a slow
    reader keeps nothing from being written.

    Through Python's own SQLite. A driver with another copy of SQLite in it would be quicker, but
    two copies in one process undo each other's locks, and then read what is half-written:
    https://www.sqlite.org/howtocorrupt.html, "multiple copies of SQLite".
    """
    while after < upto:
        last = min(after + batch, upto)
        if reader.leaves_out(after, last):
            found = _from_facts(reader.one_by_one(after, last))
        else:
            try:
                found = _checked(reader, after, last)
            except (_Unsound, pa.ArrowException, PersistenceError, *UNREADABLE):
                # Raises where it finds what is wrong.
                found = _from_facts(reader.one_by_one(after, last))
        if found.num_rows:
            yield found
        after = last


def _checked(reader: FactReader, after: int, last: int) -> pa.RecordBatch:
    names = STORED.split(", ")
    with closing(reader.rows(after, last)) as some:
        parts = [
            pa.RecordBatch.from_arrays(
                [
                    pa.array(values, kind)
                    for values, kind in zip(zip(*rows, strict=True), _STORED, strict=True)
                ],
                names=names,
            )
            for rows in some
        ]
    if not parts:
        raise _Unsound
    stored = pa.Table.from_batches(parts).combine_chunks().to_batches()[0]
    origins, before, end = reader.origins(), reader.digest(after), reader.digest(last)
    if before is None or stored.num_rows != last - after or stored["position"][0].as_py() <= after:
        raise _Unsound
    columns = {name: stored[name] for name in stored.schema.names}
    marks = pa.array([None if each is None else each.mark for each in origins], pa.string())
    if marks.null_count < len(marks):
        of_facts = marks.take(columns["origin"])
        columns["extensions"] = pc.coalesce(columns["extensions"], of_facts)
    if not is_sound(columns, origins, before, end):
        raise _Unsound
    columns["id"] = pa.ExtensionArray.from_storage(pa.uuid(), columns["id"])
    for name in ("type", "source"):
        texts = pa.array([getattr(each, name, None) for each in origins], pa.string())
        columns[name] = texts.take(columns["origin"])
    return pa.RecordBatch.from_arrays(
        [columns[field.name].cast(field.type) for field in COLUMNS], schema=COLUMNS
    )


def is_sound(
    columns: dict[str, pa.Array], origins: Sequence[Origin | None], before: int, end: int | None
) -> bool:
    """Whether facts lead from the digest before them to that which is stored with the last one."""
    return _digest(columns, origins, before) == end


def _digest(columns: dict[str, pa.Array], origins: Sequence[Origin | None], before: int) -> int:
    """The digest after facts of which ``before`` is that before them."""
    separator = pa.scalar(SEPARATOR)
    names = pa.array([None if each is None else texts_to_bytes(each[:2]) for each in origins])
    parts: list[pa.Array | pa.Scalar] = [
        *(columns[name].view(pa.binary(8)).cast(pa.binary()) for name in _NUMBERS),
        columns["id"].cast(pa.binary()),
        names.take(columns["origin"]),
        columns["subject"].cast(pa.binary()),
        separator,
    ]
    for name in _OPTIONAL:
        column = columns[name]
        absent = column.null_count == len(column)
        parts += [pa.scalar(ABSENT) if absent else column.cast(pa.binary()), separator]
    parts.append(columns["body"])
    digest = before
    for start in range(0, len(columns["body"]), _CHECKED):
        some = [
            part.slice(start, _CHECKED) if isinstance(part, pa.Array) else part for part in parts
        ]
        contents = pc.binary_join_element_wise(
            *some, pa.scalar(b""), null_handling="replace", null_replacement=ABSENT
        )
        digest = extend(digest, memoryview(contents.buffers()[2]))
    return digest


def _from_facts(facts: Sequence[RecordedEvent]) -> pa.RecordBatch:
    values = {name: [getattr(fact, name) for fact in facts] for name in COLUMNS.names}
    values["id"] = [bytes.fromhex(fact.id.replace("-", "")) for fact in facts]
    values["extensions"] = [
        None if each is None else extensions_to_text(each) for each in values["extensions"]
    ]
    arrays = []
    for field in COLUMNS:
        if field.name == "id":
            storage = pa.array(values["id"], pa.binary(16))
            arrays.append(pa.ExtensionArray.from_storage(pa.uuid(), storage))
        else:
            arrays.append(pa.array(values[field.name], field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=COLUMNS)
