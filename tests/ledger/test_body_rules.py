"""The rules of bodies: one by one and in columns, and at every way in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.cloudevents_json import Rejected, read_event
from application.importing.rows import RowReader
from consumers.decode import decode_messages
from ledger.body_columns import refusals
from ledger.body_rules import refusal
from ledger.kafka.message import Message, message_of
from ledger.kafka.readability import FEW, unreadable
from ledger.port import EventData
from pledger_sdk import Refused, Sealer
from pledger_sdk.facts import BODIES
from schemas import codec, columns
from tests.ledger.bodies import FACTS, NO_FACTS, NO_PLACES, NOT_READ, SECRET, Wrong, kept

NOON = datetime(2026, 3, 2, 9, tzinfo=UTC)
GOOD = ("payment.captured", {"payment_id": "P", "amount_minor": 1, "currency": "EUR"})


def message(fact: EventData, offset: int) -> Message:
    key, value, headers = message_of(fact)
    return Message(0, offset, 0, key, value, tuple(headers))


def at_the_door(type: str, body: Mapping[str, object]) -> str | None:
    event = {
        "specversion": "1.0",
        "id": str(UUID(int=7 << 76 | 8 << 60)),
        "type": type,
        "source": "/care/desk",
        "subject": "customer:1",
        "time": "2026-03-02T09:00:00Z",
        "data": body,
    }
    try:
        read_event(json.dumps(event).encode())
    except Rejected as rejected:
        return rejected.why
    return None


def imported(*rows: tuple[str, Mapping[str, object]]) -> list[str | None]:
    """What is said of each row of an import, all of one type."""
    type = rows[0][0]
    names = sorted({name for _, body in rows for name in body})
    said = {name: [body.get(name) for _, body in rows] for name in names}
    batch = pa.RecordBatch.from_pydict(
        {
            "key": [str(number) for number in range(len(rows))],
            "time": pa.array([NOON] * len(rows), pa.timestamp("us", tz="UTC")),
            "source": ["/care/desk"] * len(rows),
            "subject": ["customer:1"] * len(rows),
            **said,
        }
    )
    read = RowReader(type, "shop", type).read(batch, 1)
    whys = {one["line"]: one["why"] for one in read.rejected}
    assert len(read.facts) + len(whys) == len(rows)
    return [whys.get(line) for line in range(1, len(rows) + 1)]


def with_the_sdk(type: str, body: Mapping[str, object]) -> str | None:
    try:
        Sealer("/care/desk").seal(BODIES[type].model_validate(body), subject="customer:1")
    except Refused as refused:
        return str(refused)
    return None


def on_the_topic(*facts: tuple[str, Mapping[str, object]]) -> list[str | None]:
    """What a worker says of messages."""
    given = [message(kept(*fact, number), number) for number, fact in enumerate(facts)]
    arrival, misfits = decode_messages(given)
    assert arrival.envelopes.num_rows + len(misfits) == len(facts)
    whys = {one.offset: why for one, why in misfits}
    return [whys.get(number) for number in range(len(facts))]


@pytest.mark.parametrize("wrong", NO_FACTS)
def test_what_is_no_fact_is_refused_at_every_way_in(wrong: Wrong) -> None:
    type, body, why = wrong
    reasons = [
        at_the_door(type, body),
        with_the_sdk(type, body),
        *imported((type, body)),
        *on_the_topic((type, body)),
        on_the_topic(GOOD, (type, body), GOOD)[1],
    ]
    assert len(set(reasons)) == 1
    reason = reasons[0] or ""
    assert reason.startswith(f"{type} {why}")
    assert SECRET not in reason.lower()


@pytest.mark.parametrize("wrong", NO_FACTS)
def test_it_is_not_sent_to_where_no_reader_would_take_it(wrong: Wrong) -> None:
    fact = kept(wrong.type, wrong.body)
    for others in ([], [kept(*GOOD, number) for number in range(2, 2 * FEW)]):
        found = unreadable([*others, fact])
        assert found is not None
        assert found[0] == fact
        assert found[1].startswith(f"{wrong.type} {wrong.why}")


@pytest.mark.parametrize("wrong", [*NOT_READ, *NO_PLACES])
def test_what_folds_can_not_read_is_refused_where_somebody_stands(wrong: Wrong) -> None:
    type, body, why = wrong
    reasons = [at_the_door(type, body), *imported((type, body))]
    if wrong in NOT_READ:  # the package has no holidays to look up
        reasons.append(with_the_sdk(type, body))
    assert len(set(reasons)) == 1
    reason = reasons[0] or ""
    assert reason.startswith(f"{type} {why}")
    assert SECRET not in reason.lower()
    # On the topic it is a fact, which suspense tells of.
    assert on_the_topic((type, body)) == [None]
    assert unreadable([kept(type, body)]) is None


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_a_fact_is_taken_everywhere(fact: tuple[str, Mapping[str, object]]) -> None:
    assert at_the_door(*fact) is None
    assert with_the_sdk(*fact) is None
    assert imported(fact) == [None]
    assert on_the_topic(fact) == [None]


def test_a_bad_row_of_an_import_takes_no_good_one_with_it() -> None:
    euros = [("payment.captured", {**GOOD[1], "currency": name}) for name in ("EUR", "eur", "USD")]
    first, second, third = imported(*euros)
    assert (first, third) == (None, None)
    assert second is not None
    assert "ISO 4217" in second


MIXED = st.sampled_from([(one.type, one.body) for one in NO_FACTS] + list(FACTS))


@given(st.lists(MIXED, max_size=30))
def test_columns_are_refused_as_their_rows_are(
    given: list[tuple[str, Mapping[str, object]]],
) -> None:
    for type in {type for type, _ in given}:
        wires = [kept(*one).body for one in given if one[0] == type]
        singly = {
            row: str(problem)
            for row, wire in enumerate(wires)
            if (problem := refusal(*codec.decode(wire))) is not None
        }
        found = refusals(type, columns.decode_batch(type, wires))
        assert {row: str(problem) for row, problem in found.items()} == singly
