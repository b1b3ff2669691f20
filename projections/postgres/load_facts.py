"""Putting decoded facts into their tables on PostgreSQL, by COPY."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from domain.refs import ID_FIELDS, REF_FIELDS, department_of
from projections.duckdb.load_facts import Facts
from projections.errors import Unholdable
from projections.fact_tables import KEY_COLUMNS, table_of
from projections.postgres.copy_format import Copy, arrays, braced, copy_into, joined, quoted

#: The attributes that the table of envelopes takes as they are.
_PLAIN = (
    "position",
    "recorded_at",
    "id",
    "type",
    "source",
    "subject",
    "time",
    "correlationid",
    "causationid",
    "sequence",
    "sequence_number",
    "place",
    "extensions",
    *KEY_COLUMNS,
)


def refuse_unholdable(envelopes: pa.Table, by_type: Sequence[Facts]) -> None:
    """Raises Unholdable if a fact of the batch can't be held. Done before the transaction."""
    wrong: set[int] = set()
    for rows in (envelopes, *(pa.Table.from_batches([facts]) for _, facts in by_type)):
        for column in rows.columns:
            if _has_nul(column):
                matches = pc.match_substring(_text(column), "\0")
                wrong.update(rows["position"].filter(matches.fill_null(False)).to_pylist())
    if wrong:
        raise Unholdable(sorted(wrong))


def _has_nul(column: pa.ChunkedArray) -> bool:
    """Whether there may be a NUL: a look at the bytes, which is much quicker than one at texts."""
    for chunk in column.chunks:
        texts = chunk.flatten() if pa.types.is_list(chunk.type) else chunk
        if pa.types.is_string(texts.type) and len(texts):
            data = texts.buffers()[2]
            if data is not None and b"\0" in memoryview(data).tobytes():
                return True
    return False


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.binary_join(column, "") if pa.types.is_list(column.type) else column


def copies_of(envelopes: pa.Table, by_type: Sequence[Facts]) -> list[Copy]:
    """What has to be copied for facts to be in their tables. Pure, and done mostly outside the
    interpreter's lock: another thread may do it while the database is busy with what was before."""
    if not envelopes.num_rows:
        return []
    bodies = [(name, pa.Table.from_batches([facts])) for name, facts in by_type if facts.num_rows]
    return [
        copy_into("fact", _fact_rows(envelopes)),
        *(copy_into(table_of(name), _body_rows(facts)) for name, facts in bodies),
    ]


def _body_rows(facts: pa.Table) -> pa.Table:
    left_out = {"recorded_at", "correlationid", "causationid", "sequence", "extensions"}
    names = [name for name in facts.column_names if name not in left_out]
    rows = facts.select(names).combine_chunks()
    for index, column in enumerate(rows.columns):
        if pa.types.is_list(column.type):
            rows = rows.set_column(index, names[index], arrays(_one(column)))
    return rows


def _fact_rows(envelopes: pa.Table) -> pa.Table:
    """As projections/duckdb/load_facts.py does in DuckDB's SQL."""
    rows = envelopes.combine_chunks()
    sources = _one(rows["source"]).dictionary_encode()
    departments = pa.array(map(department_of, sources.dictionary.to_pylist()), pa.string())
    refs = joined(_one(rows["refs"]))
    named = [pc.if_else(pc.equal(refs, ""), "", pc.binary_join_element_wise(",", refs, ""))]
    for name in (*ID_FIELDS, *REF_FIELDS):
        prefix = f"{ID_FIELDS[name]}:" if name in ID_FIELDS else ""
        link = quoted(pc.binary_join_element_wise(prefix, _one(rows[name]), ""))
        named.append(pc.fill_null(pc.binary_join_element_wise(",", link, ""), ""))
    # Each with a comma before it, the first one too.
    links = braced(pc.utf8_slice_codeunits(pc.binary_join_element_wise(*named, ""), 1))
    columns = {name: rows[name] for name in _PLAIN}
    return pa.table(columns | {"department": departments.take(sources.indices), "links": links})


def _one(column: pa.ChunkedArray) -> pa.Array:
    """A column as one array."""
    return pa.concat_arrays(column.chunks) if column.num_chunks != 1 else column.chunk(0)
