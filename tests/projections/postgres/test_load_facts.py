"""Facts of every type are copied into PostgreSQL and read back as they were said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from math import inf, nan
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.decode import Arrival
from domain.events import BODIES
from domain.facts import Fact
from projections.errors import Unholdable
from projections.postgres.apply_batch import apply_batch, prepare_facts
from projections.postgres.copy_format import copy_into, run
from projections.stored_facts import read_facts
from tests.domain.given import day, fact, made
from tests.projections.duckdb.test_load_facts import SOME, one_of_each
from tests.projections.postgres.upkeep import PostgresTables, arrival

HOSTILE = (
    "",
    " ",
    "NULL",
    "\\N",
    "\\.",
    "a\n\\.\nb",
    '"',
    "'",
    "{}",
    '{"a",b}',
    ",",
    "\\",
    '\\"',
    "\r\n",
    "\t",
    "\x01\x7f\x85",
    "𝔘\N{ZERO WIDTH JOINER}é\N{COMBINING ACUTE ACCENT}\uffff\U0010ffff",
)


def read_back(tables: PostgresTables) -> list[Fact]:
    facts = read_facts(tables.session, "TRUE")
    return [replace(one, extensions=dict(one.extensions)) for one in facts]


@pytest.mark.parametrize("types", SOME, ids=lambda types: f"{types[0]} to {types[-1]}")
@settings(max_examples=4)
@given(data=st.data())
def test_every_type_is_read_back_as_it_was_said(
    tables: PostgresTables, types: Sequence[str], data: st.DataObject
) -> None:
    facts = data.draw(one_of_each(types))
    tables.empty()
    tables.apply_batch(facts)
    assert read_back(tables) == facts
    rows = {row["position"]: row for row in tables.rows("fact")}
    for one in facts:
        assert tuple(dict.fromkeys(rows[one.position]["links"])) == one.links
        assert rows[one.position]["department"] == one.department
        place = (rows[one.position]["sequence_number"], rows[one.position]["place"])
        assert place == one.order[1:3]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_any_text_is_kept(tables: PostgresTables, text: str) -> None:
    one = fact(
        "commitment.made",
        0,
        commitment_id=text or "C",
        wording=text,
        refs=(text, f"order:{text}", text),
        of=f"customer:{text}",
    )
    said = replace(one, correlationid=text or None, extensions={"tenant": text}, recorded_at=day(1))
    tables.empty()
    tables.apply_batch([said])
    assert read_back(tables) == [said]
    (row,) = tables.rows("fact")
    assert tuple(dict.fromkeys(row["links"])) == said.links


NUMBERS = (0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 123456789.12345679, nan, inf, -inf)


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_is_kept_to_the_last_bit(tables: PostgresTables, number: float) -> None:
    connection = tables.session.connection
    with connection.transaction():
        connection.execute("CREATE TEMP TABLE numbers (n double precision) ON COMMIT DROP")
        run(connection, copy_into("numbers", pa.table({"n": [number, None]})))
        rows = connection.execute("SELECT n FROM numbers").fetchall()
    assert repr(rows) == repr([(number,), (None,)])


@pytest.mark.parametrize("at", [datetime.min, datetime.max], ids=["the year 1", "the year 9999"])
def test_the_first_and_the_last_instant(tables: PostgresTables, at: datetime) -> None:
    time = at.replace(tzinfo=UTC)
    body = BODIES["commitment.made"].model_validate(
        {"commitment_id": "C", "about": "delivery", "due_at": time}
    )
    one = Fact(UUID(int=1), "commitment.made", "/care/desk", "customer:1", time, body, 1, day(0))
    tables.empty()
    tables.apply_batch([one])
    assert read_back(tables) == [one]


def test_a_nul_is_told_before_anything_is_written(tables: PostgresTables) -> None:
    """Our own codec refuses it; another program's bytes may hold one."""
    visits = [fact("touchpoint.occurred", 1, n=n, refs=("order:1",)) for n in range(3)]
    fine = arrival([replace(one, position=n) for n, one in enumerate([made(0), *visits], 1)])
    ((_, promise), (name, touched)) = fine.by_type
    wrong = touched.set_column(
        touched.schema.get_field_index("refs"),
        "refs",
        pa.array([["order:\0"], [], ["a", "b\0"]], pa.list_(pa.string())),
    )
    by_type = [("commitment.made", with_nul(promise, "wording")), (name, wrong)]
    tables.empty()
    with pytest.raises(Unholdable) as told:
        apply_batch(tables.session, Arrival(fine.envelopes, by_type))
    assert told.value.positions == (1, 2, 4)
    for part in ("expected", "NUL", "1, 2, 4", "park"):
        assert part in str(told.value)
    assert not tables.rows("fact")
    with pytest.raises(Unholdable) as told:
        prepare_facts(Arrival(with_nul(fine.envelopes, "subject"), list(fine.by_type)))
    assert told.value.positions == (1, 2, 3, 4)


def with_nul(rows: pa.Table | pa.RecordBatch, name: str) -> pa.Table | pa.RecordBatch:
    texts = pa.array(["a\0b"] * rows.num_rows)
    return rows.set_column(rows.schema.get_field_index(name), name, texts)


def test_what_is_made_ready_beforehand_is_the_same(tables: PostgresTables) -> None:
    facts = [made(0), replace(fact("payment.captured", 1), position=2)]
    tables.empty()
    ready = prepare_facts(arrival(facts))
    with tables.session.transaction():
        assert apply_batch(tables.session, ready).positions == [1, 2]
    assert len(tables.rows("fact")) == 2
