"""Columns are what messages say one by one, in their order, and take out what is no fact."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumers.decode import decode_messages
from ledger.arrow_schema import RECORDED
from ledger.envelope import NotAFact
from ledger.kafka.arrow import columns, decoded
from ledger.kafka.message import Message, envelope, recorded
from ledger.port import EventData, RecordedEvent
from projections.duckdb.load_facts import ENVELOPE
from schemas import catalogue, codec
from tests.ledger.contract import from_columns
from tests.ledger.envelopes import FACTS
from tests.ledger.kafka.messages import TAKEN_IN, message, messages, said, unsaid
from tests.ledger.making import a_body, a_fact, facts, largest

PLAIN = a_fact(1)


def one_by_one(
    given: list[Message], judge: Callable[[Message], RecordedEvent] = recorded
) -> tuple[list[RecordedEvent], list[tuple[Message, str]]]:
    """What the rules say of each message."""
    facts, misfits = [], []
    for each in given:
        try:
            facts.append(judge(each))
        except NotAFact as problem:
            misfits.append((each, problem.reason))
    return facts, misfits


#: Ways in which a message may be unusual, some of them fine.
UNUSUAL = {
    "upper-case id": said(message(PLAIN), id=PLAIN.id.upper().encode()),
    "id in braces": said(message(PLAIN), id=f"{{{PLAIN.id}}}".encode()),
    "no id": unsaid(message(PLAIN), "ce_id"),
    "id that is none": said(message(PLAIN), id=b"1"),
    "id not UTF-8": said(message(PLAIN), id=b"\xff"),
    "offset of time": said(message(PLAIN), time=b"2024-02-29T23:59:59.5-23:59"),
    "lower-case time": said(message(PLAIN), time=b"2024-02-29t23:59:59.1234567z"),
    "year 3000": said(message(PLAIN), time=b"3000-01-01T00:00:00Z"),
    "year 1": said(message(PLAIN), time=b"0001-01-01T00:00:00Z"),
    "year 0": said(message(PLAIN), time=b"0000-01-01T00:00:00Z"),
    "30 February": said(message(PLAIN), time=b"2024-02-30T00:00:00Z"),
    "leap second": said(message(PLAIN), time=b"2024-02-28T23:59:60Z"),
    "no zone": said(message(PLAIN), time=b"2024-02-28T23:59:59"),
    "time with a line end": said(message(PLAIN), time=b"2024-02-28T23:59:59Z\n"),
    "time not UTF-8": said(message(PLAIN), time=b"\xff"),
    "source with accents": said(message(PLAIN), source="/café/téléphone".encode()),
    "source of one part": said(message(PLAIN), source=b"/care"),
    "source with a space": said(message(PLAIN), source=b"/care/ phone"),
    "subject with spaces": message(PLAIN._replace(subject="customer:Jane  Q.  Doe")),
    "subject with an end space": message(PLAIN._replace(subject="customer:Jane ")),
    "subject of Unicode's end": message(PLAIN._replace(subject="customer:\U0010fffd")),
    "subject, a noncharacter": message(PLAIN._replace(subject="customer:\ufdd0")),
    "subject of no kind": message(PLAIN._replace(subject="Customer:1")),
    "subject, zero-width": message(PLAIN._replace(subject="customer:\u200b\u00ad\ue000")),
    "key not UTF-8": said(message(PLAIN), subject=b"a:\xff")._replace(key=b"a:\xff"),
    "another key": message(PLAIN)._replace(key=b"customer:2"),
    "no key": message(PLAIN)._replace(key=None),
    "no value": message(PLAIN)._replace(value=None),
    "short value": message(PLAIN)._replace(value=b"\0\0"),
    "another type's value": message(PLAIN)._replace(value=a_body("x", "customer.chased")),
    "unknown type": said(message(PLAIN), type=b"customer.chsed"),
    "type not UTF-8": said(message(PLAIN), type=b"\xff"),
    "cut body": message(PLAIN)._replace(value=PLAIN.body[:-1]),
    "body and more": message(PLAIN)._replace(value=PLAIN.body + b"\0"),
    "no version": unsaid(message(PLAIN), "ce_specversion"),
    "other version": said(message(PLAIN), specversion=b"1.1"),
    "other content type": said(message(PLAIN), content_type=b"application/octet-stream"),
    "no content type": unsaid(message(PLAIN), "content-type"),
    "foreign content type": said(message(PLAIN), content_type=b"text/plain"),
    "dataschema": said(
        message(PLAIN), dataschema=str(catalogue.schema_id("commitment.made")).encode()
    ),
    "foreign dataschema": said(message(PLAIN), dataschema=b"nothing"),
    "recordedtime": said(message(PLAIN), recordedtime=b"2024-02-28T23:59:59Z"),
    "recordedtime, null": said(message(PLAIN), recordedtime=None),
    "headers of others": message(PLAIN)._replace(
        headers=(*message(PLAIN).headers, ("b3", b"\xff"), ("b4", None))
    ),
    "headers of others, twice": message(PLAIN)._replace(
        headers=(*message(PLAIN).headers, ("b3", b"1"), ("b3", b"2"))
    ),
    "an attribute twice": message(PLAIN)._replace(
        headers=(*message(PLAIN).headers, ("ce_id", PLAIN.id.encode()))
    ),
    "empty correlation": said(message(PLAIN), correlationid=b""),
    "correlation, null": said(message(PLAIN), correlationid=None),
    "correlation, a control": said(message(PLAIN), correlationid=b"a\x1fb"),
    "correlation not UTF-8": said(message(PLAIN), correlationid=b"\xc3"),
    "correlation of spaces": said(message(PLAIN), correlationid=b"  "),
    "extension": said(message(PLAIN), traceparent=b'"\\\xc3\xa9'),
    "empty extension": said(message(PLAIN), traceparent=b""),
    "null extension": said(message(PLAIN), traceparent=None),
    "extension not UTF-8": said(message(PLAIN), traceparent=b"\xff"),
    "extension of a bad name": said(message(PLAIN), traceParent=b"1"),
    "largest": message(largest(1)),
    "too large": message(largest(1)._replace(sequence="1")),
    "no headers": message(PLAIN)._replace(headers=()),
}


def expect_columns(given: list[Message]) -> None:
    facts, misfits = one_by_one(given)
    whole = decoded(given)
    assert whole.facts.schema == RECORDED
    assert from_columns(whole.facts) == facts
    assert whole.misfits == misfits
    cheap, early = columns(given)
    assert cheap.schema == RECORDED
    assert (from_columns(cheap), early) == one_by_one(given, envelope)


@pytest.mark.parametrize("name", UNUSUAL)
def test_one_that_is_unusual_among_others(name: str) -> None:
    many = messages(facts(10, 15))
    unusual = UNUSUAL[name]._replace(offset=2)
    expect_columns([*many[:2], unusual, *many[3:]])
    expect_columns([unusual])


def test_the_unusual_ones_are_of_both_kinds() -> None:
    facts, misfits = one_by_one(list(UNUSUAL.values()))
    assert len(facts) > 15
    assert len(misfits) > 25


def test_nothing() -> None:
    expect_columns([])


@given(
    st.lists(FACTS, max_size=10), st.lists(st.sampled_from(sorted(UNUSUAL)), max_size=6), st.data()
)
def test_any_mixture(usual: list[EventData], names: list[str], data: st.DataObject) -> None:
    both = [message(fact) for fact in usual] + [UNUSUAL[name] for name in names]
    mixed = data.draw(st.permutations(both))
    expect_columns([each._replace(offset=place) for place, each in enumerate(mixed)])


def test_offsets_need_not_be_in_order_nor_without_gaps() -> None:
    mixed = [
        message(a_fact(1), 3, 7),
        UNUSUAL["upper-case id"]._replace(partition=1, offset=5),
        message(a_fact(2), 0, 99),
        message(a_fact(3), 3, 8),
    ]
    batch, _ = columns(mixed)
    assert batch["position"].to_pylist() == [each.position for each in mixed]
    assert batch["recorded_at"].cast(pa.int64()).to_pylist() == [
        each.timestamp * 1000 for each in mixed
    ]


# --- sorted out for the views ---------------------------------------------------------------------


def test_sorted_out_by_type_with_bodies() -> None:
    chased = [
        fact._replace(type="customer.chased", body=a_body(f"order:{number}", "customer.chased"))
        for number, fact in enumerate(facts(20, 23))
    ]
    made = [fact._replace(body=a_body(f"c-{number}")) for number, fact in enumerate(facts(0, 3))]
    mixed = [fact for pair in zip(chased, made, strict=True) for fact in pair]
    arrival, misfits = decode_messages(messages(mixed))
    assert misfits == []
    assert [name for name, _ in arrival.by_type] == ["commitment.made", "customer.chased"]
    (_, of_made), (_, of_chased) = arrival.by_type
    assert of_made["commitment_id"].to_pylist() == ["c-0", "c-1", "c-2"]
    assert of_made["position"].to_pylist() == [2, 4, 6]
    assert of_chased["refs"].to_pylist() == [["order:0"], ["order:1"], ["order:2"]]
    assert of_chased["channel"].to_pylist() == ["email"] * 3
    assert set(ENVELOPE) <= set(of_made.schema.names)
    assert arrival.envelopes["position"].to_pylist() == [1, 2, 3, 4, 5, 6]


def test_nothing_to_decode_messages() -> None:
    arrival, misfits = decode_messages([])
    assert (arrival.envelopes.num_rows, arrival.by_type, misfits) == (0, [], [])
    bad = UNUSUAL["cut body"]
    arrival, misfits = decode_messages([bad])
    assert (arrival.envelopes.num_rows, arrival.by_type) == (0, [])
    assert [each for each, _ in misfits] == [bad]


@given(
    st.lists(FACTS, max_size=10), st.lists(st.sampled_from(sorted(UNUSUAL)), max_size=6), st.data()
)
def test_sorted_out_is_what_is_read(
    usual: list[EventData], names: list[str], data: st.DataObject
) -> None:
    both = [message(fact) for fact in usual] + [UNUSUAL[name] for name in names]
    mixed = [
        each._replace(offset=place) for place, each in enumerate(data.draw(st.permutations(both)))
    ]
    read, expected = one_by_one(mixed)
    arrival, misfits = decode_messages(mixed)
    assert misfits == expected
    assert arrival.envelopes.num_rows == len(read)
    assert sum(batch.num_rows for _, batch in arrival.by_type) == len(read)
    for name, batch in arrival.by_type:
        of_type = [fact for fact in read if fact.type == name]
        assert batch["id"].to_pylist() == [fact.id for fact in of_type]
        assert batch["position"].to_pylist() == [fact.position for fact in of_type]
        bodies = batch.select([field.name for field in catalogue.fields(name)]).to_pylist()
        assert [codec.encode(name, body) for body in bodies] == [fact.body for fact in of_type]


def test_a_flood_of_poison_is_told_apart() -> None:
    given = [
        message(fact, offset=place)._replace(value=fact.body[:-1] if place % 3 else fact.body)
        for place, fact in enumerate(facts(0, 300))
    ]
    arrival, misfits = decode_messages(given)
    assert [each.offset for each, _ in misfits] == [place for place in range(300) if place % 3]
    assert arrival.envelopes.num_rows == 100
    assert misfits[0][0].timestamp == TAKEN_IN + 1
