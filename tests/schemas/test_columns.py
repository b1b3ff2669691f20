from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import catalogue, codec, columns
from schemas.errors import Refused, UnknownSchema, UnknownType
from tests.schemas.strategies import bodies

MADE: Mapping[str, object] = {"commitment_id": "C-1", "about": "delivery"}
DUE = datetime(2026, 11, 15, 9, 30, tzinfo=UTC)


def lists(body: Mapping[str, object]) -> dict[str, object]:
    """A body as Arrow gives it: tuples are lists."""
    return {k: list(v) if isinstance(v, tuple) else v for k, v in body.items()}


def made(count: int = 3) -> list[bytes]:
    return [
        codec.encode("commitment.made", {**MADE, "due_at": DUE, "refs": [f"order:{n}"]})
        for n in range(count)
    ]


def replaced(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), name, column)


@pytest.mark.parametrize("type", catalogue.TYPES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_batches_agree_with_the_codec_byte_for_byte(type: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(bodies(type), max_size=4))
    wires = [codec.encode(type, row) for row in rows]
    batch = columns.decode_batch(type, wires)
    assert batch.schema == columns.arrow_schema(type)
    assert batch.to_pylist() == [lists(codec.decode(wire)[1]) for wire in wires]
    assert columns.encode_batch(type, batch) == wires
    made_by_arrow = pa.RecordBatch.from_pylist(
        [lists(row) for row in rows], schema=columns.arrow_schema(type)
    )
    assert columns.encode_batch(type, made_by_arrow) == wires
    assert columns.encode_batch(type, batch.slice(1, 2)) == wires[1:3]


def test_columns_are_named_and_typed_as_the_fields() -> None:
    schema = columns.arrow_schema("commitment.made")
    assert schema.names == [field.name for field in catalogue.fields("commitment.made")]
    assert schema.field("due_at").type == pa.timestamp("us", tz="UTC")
    assert schema.field("kind").type == pa.string()
    assert not schema.field("kind").nullable
    assert schema.field("refs").type == pa.list_(pa.string())
    with pytest.raises(UnknownType):
        columns.arrow_schema("made.up")


def test_an_empty_batch_has_its_columns() -> None:
    batch = columns.decode_batch("commitment.made", [])
    assert batch.num_rows == 0
    assert batch.schema == columns.arrow_schema("commitment.made")
    assert columns.encode_batch("commitment.made", batch) == []


HEADER = made(1)[0][:5]


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (b"", "row 1: fact: expected a zero byte"),
        (HEADER, "row 1: commitment.made commitment_id: expected more bytes"),
        (made(1)[0][:-3], "row 1: commitment.made refs: expected more bytes"),
        (made(1)[0] + b"\0", "row 1: commitment.made: expected"),
        (HEADER + b"\x02\xff" + made(1)[0][9:], "row 1: commitment.made commitment_id: .* UTF-8"),
        (HEADER + b"\x02\x00" + made(1)[0][9:], "row 1: commitment.made commitment_id: .* NUL"),
        (codec.encode("issue.resolved", {"issue_id": "I"}), "row 1: .* one of issue.resolved"),
        (b"\0\xff\xff\xff\xff", "row 1: fact: expected a committed schema id"),
    ],
)
def test_the_row_that_can_not_be_read_is_named(bad: bytes, words: str) -> None:
    good = made()
    with pytest.raises(Refused, match=words) as caught:
        columns.decode_batch("commitment.made", [good[0], bad, good[1], bad])
    assert caught.value.row == 1
    if bad.startswith(b"\0\xff"):
        assert isinstance(caught.value, UnknownSchema)


def test_a_trailing_byte_is_seen_even_where_another_row_lacks_one() -> None:
    wires = [codec.encode("issue.resolved", {"issue_id": "I", "refs": ["a"]}) for _ in range(2)]
    with pytest.raises(Refused) as caught:
        columns.decode_batch("issue.resolved", [wires[0] + b"\0", wires[1][:-1]])
    assert caught.value.row == 0


def test_values_that_no_encoder_of_ours_writes_are_refused() -> None:
    days = codec.encode(
        "immersion.held", {"department": "d", "role": "other", "days": 1.0, "learnings": 1}
    )
    at = len(days) - 10
    nan = days[:at] + b"\0\0\0\0\0\0\xf8\x7f" + days[at + 8 :]
    with pytest.raises(Refused, match="row 1: immersion.held days: expected a finite number"):
        columns.decode_batch("immersion.held", [days, nan])
    far = codec.encode("bravo.given", {"to_department": "d", "behaviour": "b"})
    far = far[:-2] + b"\x02" + b"\xff" * 9 + b"\x01\x00"
    with pytest.raises(Refused, match="row 0: bravo.given answered_at: .* the years 1 to 9999"):
        columns.decode_batch("bravo.given", [far])
    long = codec.encode("issue.resolved", {"issue_id": "I" * (codec.LIMIT - 9)})
    assert columns.decode_batch("issue.resolved", [long]).num_rows == 1
    longer = long[:5] + b"\x82\x80\x20" + b"I" * (codec.LIMIT + 1 - 8) + long[-1:]
    with pytest.raises(Refused, match="row 0"):
        columns.decode_batch("issue.resolved", [longer])


def test_another_way_to_write_the_same_body_is_read() -> None:
    start = codec.encode("issue.resolved", {"issue_id": "I"})[:-1]
    blocks = start + b"\x01\x04\x02a\x02\x02b\x00"
    batch = columns.decode_batch("issue.resolved", [start + b"\0", blocks])
    assert batch.column("refs").to_pylist() == [[], ["a", "b"]]


# ------------------------------------------------------------------------------- batches of others


def test_columns_come_in_any_order_and_the_missing_take_their_default() -> None:
    batch = pa.RecordBatch.from_pydict({"about": ["delivery"], "commitment_id": ["C-1"]})
    assert columns.encode_batch("commitment.made", batch) == [codec.encode("commitment.made", MADE)]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("about", pa.array(["delivery"] * 3, pa.large_string())),
        ("about", pa.array(["delivery"] * 3, pa.string_view())),
        ("kind", pa.array(["explicit"] * 3).dictionary_encode()),
        ("due_at", pa.array([DUE] * 3, pa.timestamp("ns", tz="Europe/Paris"))),
        ("due_at", pa.array([DUE] * 3, pa.timestamp("s", tz="+02:00"))),
        ("refs", pa.array([[f"order:{n}"] for n in range(3)], pa.large_list(pa.large_string()))),
        ("wording", pa.nulls(3)),
        ("earliest_at", pa.array([None] * 3, pa.int32())),
    ],
)
def test_related_arrow_types_are_taken(name: str, column: pa.Array) -> None:
    batch = columns.decode_batch("commitment.made", made())
    assert columns.encode_batch("commitment.made", replaced(batch, name, column)) == made()


def test_whole_numbers_of_other_widths_are_taken_where_they_fit() -> None:
    given_ = {
        "department": ["d"],
        "role": ["other"],
        "days": pa.array([2], pa.int64()),
        "learnings": pa.array([7], pa.uint8()),
    }
    body = {"department": "d", "role": "other", "days": 2.0, "learnings": 7}
    batch = pa.RecordBatch.from_pydict(given_)
    assert columns.encode_batch("immersion.held", batch) == [codec.encode("immersion.held", body)]


@pytest.mark.parametrize(
    ("name", "column", "path", "words", "row"),
    [
        ("about", pa.array(["a", None, "b"]), "about", "expected text; saw null", 1),
        ("about", pa.nulls(3), "about", "expected text; saw null", 0),
        ("about", pa.array(["a", "b", "\0"]), "about", "without NUL", 2),
        ("kind", pa.array(["law", "law", "lore"]), "kind", "one of explicit.*saw text of 4", 2),
        ("kind", pa.array(["law", None, "law"]), "kind", "one of explicit.*saw null", 1),
        ("consigned", pa.array(["unknown"] * 3), "consigned", "one of at_source", 0),
        ("refs", pa.array([["a"], ["b", None], []]), "refs[1]", "expected text; saw null", 1),
        ("refs", pa.array([["a"], ["b", "\0"], []]), "refs[1]", "without NUL", 1),
        ("refs", pa.array([["a"], None, []]), "refs", "a list of texts; saw null", 1),
        ("about", pa.array([1, 2, 3]), "about", "a column of string; saw one of int64", None),
        ("due_at", pa.array(["2026-03-01"] * 3), "due_at", "a column of timestamp", None),
        (
            "due_at",
            pa.array([datetime(2026, 3, 1)] * 3, pa.timestamp("us")),
            "due_at",
            r"a column of timestamp\[us, tz=UTC\]; saw one of timestamp\[us\]",
            None,
        ),
        (
            "due_at",
            pa.array([0, 1000, 1], pa.timestamp("ns", tz="UTC")),
            "due_at",
            "whole microseconds .* saw another",
            2,
        ),
        (
            "due_at",
            pa.array([0, 2**62, None], pa.timestamp("us", tz="UTC")),
            "due_at",
            "the years 1 to 9999",
            1,
        ),
        (
            "due_at",
            pa.array([0, None, 2**62], pa.timestamp("s", tz="UTC")),
            "due_at",
            "the years 1 to 9999 of UTC; saw another",
            2,
        ),
        ("refs", pa.array([[1], [2], [3]]), "refs", "a column of list<", None),
    ],
)
def test_what_does_not_fit_is_refused_by_row_or_column(
    name: str, column: pa.Array, path: str, words: str, row: int | None
) -> None:
    batch = replaced(columns.decode_batch("commitment.made", made()), name, column)
    with pytest.raises(Refused, match=words) as caught:
        columns.encode_batch("commitment.made", batch)
    assert caught.value.path == path
    assert caught.value.row == row


@pytest.mark.parametrize(
    ("column", "row", "words"),
    [
        (pa.array([1, 2**40], pa.int64()), 1, "32 bits"),
        (pa.array([1.0, 2.0]), None, "a column of int32; saw one of double"),
        (pa.array([True, False]), None, "a column of int32; saw one of bool"),
    ],
)
def test_numbers_that_do_not_fit_are_refused(column: Any, row: int | None, words: str) -> None:
    given_ = {
        "department": ["d", "e"],
        "role": ["other", "other"],
        "days": [2.0, 3.0],
        "learnings": column,
    }
    with pytest.raises(Refused, match=words) as caught:
        columns.encode_batch("immersion.held", pa.RecordBatch.from_pydict(given_))
    assert caught.value.path == "learnings"
    assert caught.value.row == row


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(number: float) -> None:
    given_ = {"department": ["d"], "role": ["other"], "days": [number], "learnings": [1]}
    with pytest.raises(Refused, match="row 0: immersion.held days: expected a finite number"):
        columns.encode_batch("immersion.held", pa.RecordBatch.from_pydict(given_))


def test_a_large_whole_number_that_a_double_holds_is_taken() -> None:
    body = {"department": "d", "role": "other", "days": 2**60, "learnings": 1}
    batch = pa.RecordBatch.from_pylist([body])
    assert batch.schema.field("days").type == pa.int64()
    assert columns.encode_batch("immersion.held", batch) == [codec.encode("immersion.held", body)]


def test_a_whole_number_that_no_double_holds_is_refused() -> None:
    days = pa.array([1, 2**53 + 1], pa.int64())
    given_ = {"department": ["d"] * 2, "role": ["other"] * 2, "days": days, "learnings": [1] * 2}
    with pytest.raises(Refused, match="row 1: immersion.held days: .* a double holds exactly"):
        columns.encode_batch("immersion.held", pa.RecordBatch.from_pydict(given_))


def test_columns_that_are_missing_unknown_or_doubled_are_named() -> None:
    with pytest.raises(Refused, match="issue.resolved issue_id: expected a column; saw nothing"):
        columns.encode_batch("issue.resolved", pa.RecordBatch.from_pydict({"refs": [["a"]]}))
    with pytest.raises(
        Refused, match="the columns issue_id, refs; saw another name .* mean issue_id"
    ):
        columns.encode_batch("issue.resolved", pa.RecordBatch.from_pydict({"isue_id": ["I"]}))
    doubled = pa.RecordBatch.from_arrays([pa.array(["I"])] * 2, names=["issue_id"] * 2)
    with pytest.raises(Refused, match="issue.resolved issue_id: expected one column; saw more"):
        columns.encode_batch("issue.resolved", doubled)


def test_a_fact_is_at_most_256_kib() -> None:
    given_ = {"issue_id": ["I", "I" * codec.LIMIT]}
    with pytest.raises(Refused, match="row 1: issue.resolved: expected at most 262144 bytes"):
        columns.encode_batch("issue.resolved", pa.RecordBatch.from_pydict(given_))


def test_a_column_of_text_that_is_not_text_is_refused() -> None:
    broken = pa.array([b"I", b"\xff"]).view(pa.string())
    with pytest.raises(Refused, match="row 1: issue.resolved: expected text in UTF-8"):
        columns.encode_batch("issue.resolved", pa.RecordBatch.from_pydict({"issue_id": broken}))
