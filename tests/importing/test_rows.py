"""Rows to facts: ids, reasons, and that a bad row never takes a good one with it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.importing.rows import RowReader, Rows, uuid5
from ledger.envelope import FACT_LIMIT, Envelope
from schemas import codec

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
LONG_AGO, NEVER = -(2**62), 2**63 - 1
ROW = {
    "key": "k",
    "time": NOON,
    "source": "/care/phone",
    "subject": "customer:7",
    "question": "stars",
    "score": 4,
    "scale_min": 1,
    "scale_max": 5,
}
INSTANT = pa.timestamp("us", tz="UTC")


def read(
    rows: Sequence[dict[str, Any]], types: dict[str, Any] | None = None, line: int = 1
) -> Rows:
    """Rows of ``feedback.given``, each as changes to ``ROW``, through the reader."""
    whole = [ROW | {"key": f"k{number}"} | row for number, row in enumerate(rows)]
    return RowReader("feedback.given", "shop", "feedback.given").read(columns(whole, types), line)


def columns(rows: Sequence[dict[str, Any]], types: dict[str, Any] | None = None) -> pa.RecordBatch:
    kinds = {"time": INSTANT} | (types or {})
    return pa.RecordBatch.from_pydict(
        {name: pa.array([row.get(name) for row in rows], kinds.get(name)) for name in rows[0]}
    )


def bodies(rows: Rows) -> list[dict[str, object]]:
    return [codec.decode(fact.body)[1] for fact in rows.facts]


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_ids_are_those_of_the_standard(name: str, key: str) -> None:
    prefix = f"pledger:import:{name}/a/"
    expected = str(uuid.uuid5(uuid.NAMESPACE_URL, prefix + key))
    assert uuid5(uuid.NAMESPACE_URL.bytes + prefix.encode(), key) == expected


def test_a_fact_is_what_its_row_says() -> None:
    (fact,) = read(
        [{"key": "7", "sequence": 12, "correlationid": "c", "about_ref": "order:1"}]
    ).facts
    assert fact.id == str(uuid.uuid5(uuid.NAMESPACE_URL, "pledger:import:shop/feedback.given/7"))
    assert (fact.type, fact.source, fact.subject) == ("feedback.given", "/care/phone", "customer:7")
    assert (fact.sequence, fact.correlationid, fact.causationid) == ("12", "c", None)
    assert fact.time == int(NOON.timestamp()) * 1_000_000
    type, body = codec.decode(fact.body)
    assert type == "feedback.given"
    assert (body["score"], body["about_ref"]) == (4, "order:1")


def test_rows_without_a_time_are_skipped_and_counted() -> None:
    rows = read([{}, {"time": None}, {"time": None, "key": None}, {}], line=11)
    assert (rows.lines, rows.skipped, rows.rejected) == ([11, 14], 2, [])


def test_no_time_at_all() -> None:
    rows = read([{"time": None}], {"time": pa.null()})
    assert (rows.facts, rows.skipped) == ([], 1)


def test_an_empty_batch() -> None:
    assert read([{}]).facts
    empty = columns([ROW]).slice(0, 0)
    assert RowReader("feedback.given", "a", "b").read(empty, 1) == Rows([], [], [], [], [], 0)


BAD = [
    ({"key": None}, "key: expected text that tells the row from all others"),
    ({"source": None}, "source: expected text, saw null"),
    ({"source": "care"}, "source: expected /department/system"),
    ({"source": "//phone"}, "source: expected /department/system"),
    ({"subject": None}, "subject: expected text, saw null"),
    ({"subject": ""}, "subject: expected kind:name"),
    ({"subject": "7"}, "subject: expected kind:name"),
    ({"subject": "customer: 7"}, "subject: expected a name without control characters"),
    ({"correlationid": ""}, "correlationid: expected text, saw empty text"),
    ({"question": "guess"}, "feedback.given question: expected one of "),
    ({"question": None}, "feedback.given question: expected one of "),
    ({"score": None}, "feedback.given score: expected a whole number; saw null"),
    ({"score": 2**31}, "feedback.given score: expected a whole number of 32 bits"),
    ({"comment": "a\0b"}, "feedback.given comment: expected text without NUL"),
    ({"comment": "x" * FACT_LIMIT}, "expected at most 262144 bytes"),
    ({"correlationid": "x" * FACT_LIMIT}, "expected a fact of at most 262,144 bytes"),
    ({"refs": [None]}, "feedback.given refs[0]: expected text; saw null"),
]


@pytest.mark.parametrize(("bad", "why"), BAD, ids=lambda value: str(value)[:40])
def test_a_bad_row_is_rejected_and_its_neighbours_are_kept(bad: dict[str, Any], why: str) -> None:
    types = {"comment": pa.string(), "correlationid": pa.string(), "refs": pa.list_(pa.string())}
    rest = {"comment": "fine", "correlationid": "fine", "refs": ["order:1"]}
    rows = read([rest, rest | bad, rest], types, line=5)
    assert rows.lines == [5, 7]
    assert [body["comment"] for body in bodies(rows)] == ["fine", "fine"]
    (rejection,) = rows.rejected
    assert rejection["line"] == 6
    assert why in rejection["why"]
    assert (rejection["id"] is None) == ("key" in bad)


def test_a_row_is_rejected_once_for_all_that_is_wrong_with_it() -> None:
    rows = read([{"source": "care", "subject": "7", "question": "guess"}, {}])
    assert [rejection["line"] for rejection in rows.rejected] == [1]
    assert rows.lines == [2]


def test_many_bad_rows_among_good_ones() -> None:
    rows = read([{"score": None if number % 3 else number} for number in range(300)])
    assert len(rows.rejected) == 200
    assert [body["score"] for body in bodies(rows)] == list(range(0, 300, 3))


@pytest.mark.parametrize("micros", [LONG_AGO, NEVER])
def test_instants_that_no_calendar_holds(micros: int) -> None:
    rows = read([{"time": 0}, {"time": micros}], {"time": INSTANT})
    assert rows.lines == [1]
    assert "time: expected an instant in the years 1 to 9999" in rows.rejected[0]["why"]


def test_times_as_text() -> None:
    texts = ["2026-03-01T13:00:00+01:00", "2026-03-01 13:00:00", "yesterday", None]
    rows = read([{"time": text} for text in texts], {"time": pa.string()})
    assert [fact.time for fact in rows.facts] == [int(NOON.timestamp()) * 1_000_000]
    assert [rejection["line"] for rejection in rows.rejected] == [2, 3]
    assert "timezone('America/Sao_Paulo'" in rows.rejected[0]["why"]
    assert rows.skipped == 1


def made(rows: Sequence[dict[str, Any]], types: dict[str, Any]) -> Rows:
    whole = [
        {name: ROW[name] for name in ("time", "source", "subject")}
        | {"key": str(number), "commitment_id": "c", "about": "delivery"}
        | row
        for number, row in enumerate(rows)
    ]
    return RowReader("commitment.made", "shop", "x").read(columns(whole, types), 1)


def test_a_null_means_the_default_where_null_may_not_be() -> None:
    given: list[dict[str, Any]] = [
        {"kind": None, "refs": None, "due_at": None},
        {"kind": "law", "refs": [], "due_at": 0},
    ]
    for types in (
        {"kind": pa.string(), "refs": pa.list_(pa.string()), "due_at": INSTANT},
        {"kind": pa.dictionary(pa.int8(), pa.string()), "due_at": INSTANT},
    ):
        rows = made(given, types)
        assert [body["kind"] for body in bodies(rows)] == ["explicit", "law"]
        assert [body["refs"] for body in bodies(rows)] == [(), ()]
        assert [body["due_at"] for body in bodies(rows)] == [None, datetime(1970, 1, 1, tzinfo=UTC)]
    nothing = made([{"kind": None, "refs": None, "due_at": None}], {})
    assert [body["kind"] for body in bodies(nothing)] == ["explicit"]


def test_instants_of_the_body() -> None:
    rows = made([{"due_at": 0}, {"due_at": NEVER}], {"due_at": INSTANT})
    assert rows.lines == [1]
    assert rows.rejected[0]["why"].startswith("due_at: expected an instant in the years")
    texts: list[dict[str, Any]] = [
        {"due_at": "2026-03-01T12:00:00Z"},
        {"due_at": "2026-03-01"},
        {"due_at": None},
    ]
    rows = made(texts, {"due_at": pa.string()})
    assert [body["due_at"] for body in bodies(rows)] == [NOON, None]
    assert rows.rejected[0]["why"].startswith("due_at: expected an instant in RFC 3339")


def test_what_duckdb_gives_for_numbers_and_lists() -> None:
    huge = pa.decimal128(38, 0)
    rows = read([{"score": Decimal(3)}, {"score": Decimal(2**70)}], {"score": huge})
    assert [body["score"] for body in bodies(rows)] == [3]
    assert "expected a whole number of 32 bits" in rows.rejected[0]["why"]
    pairs = pa.list_(pa.string(), 2)
    rows = made([{"refs": ["a:1", "b:2"]}], {"refs": pairs})
    assert [body["refs"] for body in bodies(rows)] == [("a:1", "b:2")]


def test_decimals_for_a_double() -> None:
    row = {name: ROW[name] for name in ("key", "time", "source", "subject")}
    row |= {"department": "care", "role": "manager", "days": Decimal("0.5"), "learnings": 3}
    rows = RowReader("immersion.held", "a", "b").read(columns([row]), 1)
    assert [body["days"] for body in bodies(rows)] == [0.5]


def test_a_type_of_which_no_column_is_given() -> None:
    row = {name: ROW[name] for name in ("key", "time", "source", "subject")}
    rows = RowReader("attitude.shown", "a", "b").read(columns([row]), 1)
    assert len(rows.facts) + len(rows.rejected) == 1


def test_fields_can_be_transformed_before_they_are_sealed() -> None:
    """As in every way in (see tests/ledger/test_envelope.py); a bad row still takes none along."""

    def veiled(envelope: Envelope, fields: Mapping[str, object]) -> Mapping[str, object]:
        return {**fields, "comment": f"{envelope.subject}'s {fields['comment']}"}

    rows = [
        ROW | {"key": key, "score": score, "comment": "own words"}
        for key, score in (("k", 4), ("l", None), ("m", 3))
    ]
    batch = columns(rows, {"score": pa.decimal128(38, 0)})
    found = RowReader("feedback.given", "shop", "feedback.given", veiled).read(batch, 1)
    assert [(body["comment"], body["score"]) for body in bodies(found)] == [
        ("customer:7's own words", 4),
        ("customer:7's own words", 3),
    ]
    assert found.lines == [1, 3]
    assert [each["line"] for each in found.rejected] == [2]
    plain = RowReader("feedback.given", "shop", "feedback.given").read(batch, 1)
    assert [fact.id for fact in found.facts] == [fact.id for fact in plain.facts]
