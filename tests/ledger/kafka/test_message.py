"""A fact is a message and comes back as it was; what is no fact says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.positions import position_of
from ledger.envelope import FACT_LIMIT, NotAFact
from ledger.kafka.message import Message, message_of, recorded
from ledger.port import EventData
from ledger.sqlite.ledger import SQLiteLedger
from schemas import catalogue, codec
from tests.ledger.envelopes import FACTS
from tests.ledger.kafka.messages import TAKEN_IN, message, said, unsaid
from tests.ledger.making import a_body, a_fact, flat, largest, sealed

FULL = a_fact(1)._replace(
    correlationid="c-1",
    causationid="c-2",
    sequence="3",
    extensions={"traceparent": "00-1", "empty": "", "b": "é"},
)


def reason(one: Message) -> str:
    with pytest.raises(NotAFact) as raised:
        recorded(one)
    assert str(raised.value) == raised.value.reason
    return raised.value.reason


def test_the_binary_mode_of_cloudevents() -> None:
    key, value, headers = message_of(FULL)
    assert key == b"customer:1"
    assert value == FULL.body
    assert headers == [
        ("ce_specversion", b"1.0"),
        ("ce_id", FULL.id.encode()),
        ("ce_type", b"commitment.made"),
        ("ce_source", b"/care/phone"),
        ("ce_subject", b"customer:1"),
        ("ce_time", b"2023-11-14T22:13:20.000001Z"),
        ("content-type", b"application/avro"),
        ("ce_correlationid", b"c-1"),
        ("ce_causationid", b"c-2"),
        ("ce_sequence", b"3"),
        ("ce_b", "é".encode()),
        ("ce_empty", b""),
        ("ce_traceparent", b"00-1"),
    ]


def test_where_and_when_come_from_the_topic() -> None:
    fact = recorded(message(FULL, partition=5, offset=41))
    assert fact.position == position_of(5, 41)
    assert fact.recorded_at == (TAKEN_IN + 41) * 1000
    assert sealed(fact) == FULL


@given(FACTS, st.integers(0, 2**15 - 1), st.integers(0, 2**47))
@example(largest(1), 0, 0)
def test_every_fact_that_a_door_lets_in_comes_back(
    fact: EventData, partition: int, offset: int
) -> None:
    key, value, headers = message_of(fact)
    assert value == fact.body
    assert key == fact.subject.encode()
    back = recorded(Message(partition, offset, TAKEN_IN, key, value, tuple(headers)))
    assert sealed(back) == fact
    assert back.position == position_of(partition, offset)


def test_bytes_are_those_of_the_other_home_both_ways(tmp_path: Path) -> None:
    with (
        SQLiteLedger(tmp_path / "one.sqlite", lambda: 1) as one,
        SQLiteLedger(tmp_path / "other.sqlite", lambda: 2) as other,
    ):

        @given(st.lists(FACTS, max_size=8, unique_by=lambda fact: fact.id))
        def copy(facts: list[EventData]) -> None:
            after = one.head()
            one.append(facts)
            there = [sealed(fact) for fact in flat(list(one.read(after)))]
            sent = [message(fact, offset=place) for place, fact in enumerate(there)]
            assert [each.value for each in sent] == [fact.body for fact in there]
            back = [sealed(recorded(each)) for each in sent]
            before = other.head()
            other.append(back)
            assert [sealed(fact) for fact in flat(list(other.read(before)))] == there

        copy()


def test_a_time_that_rfc_3339_cannot_say_is_not_sent() -> None:
    for time in (2**60, -(2**60)):
        with pytest.raises(ValueError, match="expected a time in the years 1 to 9999"):
            message_of(a_fact(1)._replace(time=time))


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (b"2023-11-14T22:13:20.000001Z", 0),
        (b"2023-11-14t22:13:20.0000019z", 0),
        (b"2023-11-14T23:43:20.000001+01:30", 0),
        (b"2023-11-14T22:13:20Z", -1),
    ],
)
def test_times_are_read_as_at_the_other_door(text: bytes, same: int) -> None:
    assert recorded(said(message(), time=text)).time == a_fact(1).time + same


@pytest.mark.parametrize("form", ["{}", "urn:uuid:{}", "{{{}}}"])
def test_ids_are_read_as_at_the_other_door(form: str) -> None:
    other = form.format(FULL.id.upper() if "urn" not in form else FULL.id)
    assert recorded(said(message(FULL), id=other.encode())).id == FULL.id


def test_what_is_not_ours_among_headers_is_passed_over() -> None:
    one = message(FULL)
    more = (("traceparent", b"00-2"), ("traceparent", b"00-3"), ("b3", None), ("x", b"\xff"))
    assert recorded(one._replace(headers=more + one.headers)) == recorded(one)


def test_a_header_without_a_value_is_not_there() -> None:
    one = said(message(FULL), correlationid=None, recordedtime=None, traceparent=None)
    fact = recorded(one)
    assert fact.correlationid is None
    assert fact.extensions == {"b": "é", "empty": ""}
    assert reason(said(message(), id=None)) == (
        "expected the header ce_id, saw none: every fact must say it"
    )


@pytest.mark.parametrize(
    "given", [b"application/avro", b"Application/Avro; charset=x", b"application/octet-stream"]
)
def test_content_types_are_those_of_the_other_door(given: bytes) -> None:
    assert recorded(said(message(), content_type=given)) == recorded(message())
    assert recorded(unsaid(message(), "content-type")) == recorded(message())


@pytest.mark.parametrize("given", ["6", "pledger:schema/{}", "https://registry/schemas/ids/{}"])
def test_a_dataschema_that_agrees_is_taken(given: str) -> None:
    schema = given.format(catalogue.schema_id("commitment.made"))
    schema = str(catalogue.schema_id("commitment.made")) if given == "6" else schema
    assert recorded(said(message(), dataschema=schema.encode())) == recorded(message())


@pytest.mark.parametrize("name", ["specversion", "id", "type", "source", "subject", "time"])
def test_every_fact_must_say(name: str) -> None:
    assert reason(unsaid(message(), f"ce_{name}")) == (
        f"expected the header ce_{name}, saw none: every fact must say it"
    )


@pytest.mark.parametrize(
    ("attributes", "why"),
    [
        ({"specversion": b"0.3"}, 'ce_specversion: expected "1.0", saw text of 3'),
        ({"id": b"12"}, "ce_id: expected a UUID"),
        ({"id": b"0x92f5c87e3a7b1c9d2e3f4a5b6c7d8e"}, "ce_id: expected a UUID"),
        ({"type": b"commitment.maed"}, "saw text of 15 characters: did you mean commitment.made?"),
        ({"type": b"customer.chased"}, "expected a body of customer.chased, saw one of commitment"),
        ({"source": b"care/phone"}, "ce_source: expected /department/system"),
        ({"source": b"/care"}, "ce_source: expected /department/system"),
        ({"subject": b"customer:2"}, "expected the subject as the key of the message"),
        ({"subject": b"Customer"}, "ce_subject: expected kind:name"),
        ({"time": b"2023-11-14T22:13:20"}, "ce_time: expected an instant in RFC 3339 with its"),
        ({"time": b"2023-02-30T22:13:20Z"}, "ce_time: expected an instant"),
        ({"time": b"2023-11-14T22:13:60Z"}, "ce_time: expected an instant"),
        ({"time": b"tomorrow, or so"}, "; saw text of 15 characters"),
        ({"correlationid": b""}, "ce_correlationid: expected text, saw empty text"),
        ({"sequence": b"\x07"}, "ce_sequence: expected text without control characters"),
        (
            {"recordedtime": b"2023-11-14T22:13:20Z"},
            "ce_recordedtime: expected none, since the led",
        ),
        ({"position": b"1"}, "ce_position: expected none, since the ledger alone sets it"),
        ({"data": b"x"}, "ce_data: expected none"),
        ({"datacontenttype": b"application/avro"}, "ce_datacontenttype: expected none"),
        ({"dataschema": b"17x"}, "ce_dataschema: expected a schema id at its end"),
        ({"dataschema": b"0"}, "ce_dataschema: expected the id of commitment.made"),
        ({"content_type": b"application/json"}, "content-type: expected application/avro"),
        ({"traceParent": b"x"}, "lower-case letters and digits, saw text of 11"),
        ({"trace-id": b"x"}, "lower-case letters and digits, saw"),
        ({"content-type": b"x"}, "lower-case letters and digits, saw"),
        ({"": b"x"}, "lower-case letters and digits, saw empty text"),
        ({"traceparent": b"\0"}, "traceparent: expected text without control characters"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_an_envelope_that_is_none(attributes: dict[str, bytes], why: str) -> None:
    assert why in reason(said(message(), **attributes))


@pytest.mark.parametrize("name", ["ce_id", "ce_type", "ce_time", "content-type", "ce_sequence"])
def test_an_attribute_comes_once(name: str) -> None:
    one = message(FULL)
    assert dict(one.headers)[name] is not None
    twice = one._replace(headers=(*one.headers, (name, dict(one.headers)[name])))
    assert reason(twice) == f'expected each attribute once, saw the header "{name}" again'


@pytest.mark.parametrize("name", ["id", "type", "source", "subject", "time", "sequence", "b"])
def test_bytes_that_are_not_utf_8(name: str) -> None:
    found = reason(said(message(FULL), **{name: b"\xff\xfe"}))
    if name == "b":
        assert found == "expected UTF-8 in a header whose name is text of 4 characters, saw another"
    else:
        assert found == f'expected UTF-8 in the header "ce_{name}", saw another'


def test_the_key_is_the_subject() -> None:
    assert "saw no key" in reason(message()._replace(key=None))
    assert "saw another key" in reason(message()._replace(key=b"customer:9"))
    assert "saw another key" in reason(message()._replace(key=b"\xff"))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (None, "expected a body of commitment.made as the value of the message, saw none"),
        (b"", "expected a zero byte and a schema id in 4 bytes; saw 0 bytes"),
        (b"\0\0\0", "saw 3 bytes"),
        (b"\x01" + a_body("x")[1:], "expected a zero byte at the start; saw another byte"),
        (b'{"commitment_id": "c-1"}', "expected a zero byte at the start"),
        (b"\0\x7f\xff\xff\xff", "expected"),
        (a_body("x") + b"\0", "bytes; saw"),
        (a_body("x")[:-1], "expected more bytes"),
        (a_body("x").replace(b"x", b"\0"), "NUL"),
        (a_body("x").replace(b"x", b"\xff"), "UTF-8"),
        (a_body("x", "customer.chased"), "expected a body of commitment.made, saw one of customer"),
        (b"\0" * 300_000, ""),
    ],
    ids=range(12),
)
def test_a_body_that_is_none(value: bytes | None, why: str) -> None:
    assert why in reason(message()._replace(value=value))


def test_a_fact_has_a_limit() -> None:
    big = largest(1)
    assert recorded(message(big)).body == big.body
    assert f"expected a fact of at most {FACT_LIMIT:,} bytes, saw {FACT_LIMIT + 3:,}" in reason(
        message(big._replace(subject="customer:1234"))
    )
    many = big._replace(extensions={f"a{number}": "" for number in range(100)})
    assert "expected a fact of at most" in reason(message(many))


def test_a_reason_never_quotes_whom_or_what_it_is_about() -> None:
    one = message(a_fact(1)._replace(subject="customer:Jane Doe", body=a_body("secret")))
    assert one.key == b"customer:Jane Doe"
    for broken in (
        said(one, subject=b"Jane Doe"),
        one._replace(key=b"Jane Doe"),
        said(one, correlationid=b"Jane Doe\0"),
        said(one, note=b"Jane Doe\0"),
        said(one, id=b"Jane Doe"),
        said(one, time=b"Jane Doe"),
        one._replace(value=a_body("secret") + b"secret"),
    ):
        why = reason(broken)
        assert "Jane" not in why
        assert "secret" not in why


HEADERS = st.lists(
    st.tuples(
        st.sampled_from([name for name, _ in message(FULL).headers]) | st.text(max_size=12),
        st.none() | st.binary(max_size=40) | st.sampled_from([v for _, v in message(FULL).headers]),
    ),
    max_size=14,
).map(tuple)


@given(
    st.none() | st.binary(max_size=20),
    st.none()
    | st.binary(max_size=60)
    | st.sampled_from(catalogue.TYPES).map(
        lambda type: codec.header_of(catalogue.schema_id(type)) + b"\x02a\0\0"
    ),
    HEADERS,
)
def test_whatever_the_bytes_the_answer_is_a_fact_or_a_reason(
    key: bytes | None, value: bytes | None, headers: tuple[tuple[str, bytes | None], ...]
) -> None:
    why = None
    try:
        fact = recorded(Message(0, 0, TAKEN_IN, key, value, headers))
    except NotAFact as problem:
        why = problem.reason
    assert codec.decode(fact.body)[0] == fact.type if why is None else why.isprintable()
