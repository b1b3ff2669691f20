from __future__ import annotations

import itertools
import math
import pickle
import struct
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from io import BytesIO

import pytest
from fastavro import parse_schema, schemaless_reader
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import catalogue, codec
from schemas.codec import Refused, UnknownSchema, UnknownType
from tests.schemas.strategies import bodies

DUE = datetime(2026, 11, 15, 9, 30, tzinfo=UTC)
MADE: Mapping[str, object] = {"commitment_id": "C-1", "about": "delivery"}
SCORE: Mapping[str, object] = {"question": "nps", "score": 9, "scale_min": 0, "scale_max": 10}
DAYS: Mapping[str, object] = {"department": "care", "role": "manager", "days": 1.5, "learnings": 4}


def refused(type: str, body: object) -> Refused:
    with pytest.raises(Refused) as caught:
        codec.encode(type, body)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)
    return caught.value


# ------------------------------------------------------------------------------------- the way out


def test_the_wire_is_a_zero_the_id_and_the_body() -> None:
    wire = codec.encode("issue.resolved", {"issue_id": "I-1", "refs": ["order:1"]})
    assert wire == b"\0" + struct.pack(">I", catalogue.schema_id("issue.resolved")) + (
        b"\x06I-1" + b"\x02\x0eorder:1" + b"\x00"
    )


def test_what_is_missing_takes_its_default() -> None:
    type, body = codec.decode(codec.encode("commitment.made", MADE))
    assert type == "commitment.made"
    assert list(body) == [field.name for field in catalogue.fields(type)]
    assert body["kind"] == "explicit"
    assert body["consigned"] == "at_source"
    assert body["due_at"] is None
    assert body["refs"] == ()


@pytest.mark.parametrize("type", catalogue.TYPES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_was_written_is_read(type: str, data: st.DataObject) -> None:
    body = data.draw(bodies(type))
    wire = codec.encode(type, body)
    assert codec.decode(wire) == (type, body)
    schema = parse_schema(catalogue.avsc(type), named_schemas={})
    theirs = schemaless_reader(BytesIO(wire[5:]), schema, None)
    assert theirs == {k: list(v) if isinstance(v, tuple) else v for k, v in body.items()}


def test_an_instant_is_kept_to_the_microsecond_whatever_its_zone() -> None:
    for instant in (
        datetime.min.replace(tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    ):
        _, body = codec.decode(codec.encode("commitment.made", {**MADE, "due_at": instant}))
        assert body["due_at"] == instant
        assert isinstance(body["due_at"], datetime)
        assert body["due_at"].tzinfo is UTC


def test_a_whole_number_stands_for_a_double_that_holds_it() -> None:
    _, body = codec.decode(codec.encode("immersion.held", {**DAYS, "days": 3}))
    assert body["days"] == 3.0
    assert isinstance(body["days"], float)


def test_a_string_enum_is_a_symbol() -> None:
    class Kind(StrEnum):
        LAW = "law"

    _, body = codec.decode(codec.encode("commitment.made", {**MADE, "kind": Kind.LAW}))
    assert body["kind"] == "law"


@pytest.mark.parametrize(
    ("type", "body", "path", "expected", "seen"),
    [
        ("commitment.made", {"about": "x"}, "commitment_id", "a value", "nothing"),
        ("commitment.made", {**MADE, "dueat": 1}, "", "the fields commitment_id", "due_at?"),
        (
            "commitment.made",
            {7: 1, "commitment_id": "C", "about": "x"},
            "",
            "the fields commitment_id, about",
            "another name (a whole number of 1 digit)",
        ),
        ("commitment.made", {**MADE, "commitment_id": None}, "commitment_id", "text", "null"),
        ("commitment.made", {**MADE, "about": b"x"}, "about", "text", "1 byte"),
        ("commitment.made", {**MADE, "about": 7}, "about", "text", "a whole number of"),
        ("commitment.made", {**MADE, "about": object()}, "about", "text", "object"),
        (
            "commitment.made",
            {**MADE, "about": "a\0b"},
            "about",
            "without NUL",
            "text of 3 characters",
        ),
        ("commitment.made", {**MADE, "about": "\ud800"}, "about", "surrogates", "text of 1 char"),
        ("commitment.made", {**MADE, "kind": "promise"}, "kind", "one of explicit,", "text of 7"),
        ("commitment.made", {**MADE, "kind": None}, "kind", "one of explicit,", "null"),
        ("commitment.made", {**MADE, "kind": ["law"]}, "kind", "one of explicit,", "a list of 1"),
        (
            "commitment.made",
            {**MADE, "consigned": "unknown"},
            "consigned",
            "one of at_source",
            "text",
        ),
        ("commitment.made", {**MADE, "entry_point": "fax"}, "entry_point", "or null", "text"),
        (
            "commitment.made",
            {**MADE, "due_at": datetime(2026, 3, 1)},
            "due_at",
            "an aware datetime",
            "a naive datetime",
        ),
        ("commitment.made", {**MADE, "due_at": 1700000000}, "due_at", "aware", "number of 10"),
        (
            "commitment.made",
            {**MADE, "due_at": "2026-03-01T00:00:00Z"},
            "due_at",
            "aware",
            '"2026-03',
        ),
        (
            "commitment.made",
            {**MADE, "due_at": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=1)))},
            "due_at",
            "the years 1 to 9999 of UTC",
            "an instant",
        ),
        (
            "commitment.made",
            {**MADE, "feasibility_checked": 1},
            "feasibility_checked",
            "or",
            "whole",
        ),
        ("commitment.made", {**MADE, "refs": "order:1"}, "refs", "a list of texts", "text of 7"),
        ("commitment.made", {**MADE, "refs": {"a"}}, "refs", "a list of texts", "a list of 1 item"),
        ("commitment.made", {**MADE, "refs": None}, "refs", "a list of texts", "null"),
        ("commitment.made", {**MADE, "refs": ["a", "b", 3]}, "refs[2]", "text", "a whole"),
        ("commitment.made", {**MADE, "refs": ["a", "b\0"]}, "refs[1]", "without NUL", "text of 2"),
        ("feedback.given", {**SCORE, "score": True}, "score", "a whole number", "true or false"),
        ("feedback.given", {**SCORE, "score": 9.0}, "score", "a whole number", "a number"),
        ("feedback.given", {**SCORE, "score": "9"}, "score", "a whole number", "text"),
        ("feedback.given", {**SCORE, "score": 2**31}, "score", "32 bits", "of 10 digits"),
        ("feedback.given", {**SCORE, "score": -(10**5000)}, "score", "32 bits", "of 5,001 dig"),
        (
            "payment.captured",
            {"payment_id": "P", "amount_minor": 2**63, "currency": "EUR"},
            "amount_minor",
            "64 bits",
            "a whole number of 19 digits",
        ),
        ("immersion.held", {**DAYS, "days": math.nan}, "days", "a finite number", "no finite"),
        ("immersion.held", {**DAYS, "days": -math.inf}, "days", "a finite number", "no finite"),
        ("immersion.held", {**DAYS, "days": False}, "days", "a number", "true or false"),
        (
            "immersion.held",
            {**DAYS, "days": 2**53 + 1},
            "days",
            "a double holds exactly",
            "of 16 digits",
        ),
        (
            "immersion.held",
            {**DAYS, "days": 10**400},
            "days",
            "a double holds exactly",
            "of 401 digits",
        ),
        ("issue.answered", {"issue_id": "I", "final": 0}, "final", "true or false", "of 1 digit"),
        ("issue.answered", {"issue_id": "I", "final": "true"}, "final", "true or false", "text of"),
        ("issue.answered", ["issue_id"], "", "an object", "a list of 1 item"),
        ("issue.answered", None, "", "an object", "null"),
    ],
)
def test_what_does_not_fit_is_refused(
    type: str, body: object, path: str, expected: str, seen: str
) -> None:
    refusal = refused(type, body)
    assert refusal.type == type
    assert refusal.path == path
    assert expected in refusal.expected
    assert seen in refusal.seen
    assert f"{type} {path}".strip() in str(refusal)


def test_content_is_never_in_the_message() -> None:
    secrets = ("Madame Dupont\0", b"Madame Dupont", ["Madame Dupont"], {"Madame": "Dupont"})
    for name, secret in itertools.product(("wording", "about", "due_at", "kind"), secrets):
        refusal = refused("commitment.made", {**MADE, name: secret})
        assert "Dupont" not in str(refusal)
        assert str(len(secret)) in refusal.seen
    assert "336" not in str(refused("commitment.made", {**MADE, "wording": 33612345678}))


def test_what_was_seen_is_cut() -> None:
    refusal = refused("issue.resolved", {"issue_id": ["x"] * 10**6})
    assert refusal.seen == "a list of 1,000,000 items"
    refusal = refused("issue.resolved", {"issue_id": "x" * 10**6 + "\0"})
    assert len(refusal.seen) < 70
    assert len(str(refused("issue.resolved", {"issue_id": "I", "y" * 10**6: 1}))) < 200


def test_a_fact_is_at_most_256_kib() -> None:
    framing = len(codec.encode("issue.resolved", {"issue_id": "x" * 100_000})) - 100_000
    longest = "x" * (codec.LIMIT - framing)
    assert len(codec.encode("issue.resolved", {"issue_id": longest})) == codec.LIMIT
    refusal = refused("issue.resolved", {"issue_id": longest + "x"})
    assert refusal.expected == "at most 262144 bytes"
    assert refusal.seen == "262145 bytes"


def test_an_unknown_type_is_said() -> None:
    for type in ("commitment.promised", "", "Commitment.Made", "x" * 10**6):
        with pytest.raises(UnknownType) as caught:
            codec.encode(type, {})
        assert len(str(caught.value)) < 200


def test_a_refusal_travels_between_processes() -> None:
    refusal = refused("commitment.made", {**MADE, "refs": [1]}).at_row(7)
    again = pickle.loads(pickle.dumps(refusal))
    assert (
        str(again)
        == str(refusal)
        == ("row 7: commitment.made refs[0]: expected text; saw a whole number of 1 digit")
    )
    assert again.row == 7


# -------------------------------------------------------------------------------------- the way in


def header(type: str) -> bytes:
    return b"\0" + struct.pack(">I", catalogue.schema_id(type))


DECIDED = header("idea.decided")  # idea_id: string, accepted: boolean, refs: strings
OPENED = header("issue.opened")
SCORED = header("feedback.given")


@pytest.mark.parametrize(
    ("wire", "path", "words"),
    [
        (b"", "", "a zero byte and a schema id in 4 bytes; saw 0 bytes"),
        (b"\0\0\0\0", "", "saw 4 bytes"),
        (
            b"\x01" + DECIDED[1:] + b"\x02I\x01\x00",
            "",
            "a zero byte at the start; saw another",
        ),
        (DECIDED, "idea_id", "more bytes; saw the end, after 5 bytes"),
        (DECIDED + b"\x04I", "idea_id", "more bytes"),
        (DECIDED + b"\x02I", "accepted", "more bytes"),
        (DECIDED + b"\x02I\x01\x02", "refs", "more bytes"),
        (DECIDED + b"\x02I\x01\x00\x00", "", "expected 9 bytes; saw 10 bytes"),
        (DECIDED + b"\x02I\x07\x00", "accepted", "0 or 1; saw another byte"),
        (DECIDED + b"\x01I\x01\x00", "idea_id", "0 bytes or more; saw fewer"),
        (DECIDED + b"\x02\xff\x01\x00", "idea_id", "UTF-8"),
        (DECIDED + b"\x02\x00\x01\x00", "idea_id", "without NUL"),
        (DECIDED + b"\xff" * 9 + b"\x02", "idea_id", "at most 64 bits"),
        (DECIDED + b"\x80" * 20 + b"\x02", "idea_id", "at most 64 bits"),
        (DECIDED + b"\x02I\x01\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01", "refs", "more bytes"),
        (DECIDED + b"\x02I\x01\x01\x06\x02a\x00", "refs", "a block that ends at"),
        (OPENED + b"\x02I\x02t\x00\x01I", "regime", "branch 0 or 1 of a union; saw another branch"),
        (OPENED + b"\x02I\x02t\x00\x04I", "regime", "branch 0 or 1 of a union; saw another branch"),
        (OPENED + b"\x02I\x02t\x00\x00\x01", "channel", "from 0 to 10; saw another"),
        (OPENED + b"\x02I\x02t\x00\x00\x16", "channel", "from 0 to 10; saw another"),
        (
            OPENED + b"\x02I\x02t\x00\x00\x00\x00\x02" + b"\xff" * 9 + b"\x01",
            "sent_at",
            "the years 1 to 9999",
        ),
        (SCORED + b"\x00\x00\x80\x80\x80\x80\x10\x00\x00\x00\x00\x00", "score", "32 bits"),
    ],
)
def test_bytes_that_no_writer_makes_are_refused(wire: bytes, path: str, words: str) -> None:
    with pytest.raises(Refused) as caught:
        codec.decode(wire)
    assert caught.value.path == path
    assert words in str(caught.value)


def test_a_double_that_is_no_number_is_refused() -> None:
    start = header("immersion.held") + b"\x02d\x00"
    for number in (math.nan, math.inf, -math.inf):
        with pytest.raises(Refused, match="immersion.held days: expected a finite number"):
            codec.decode(start + struct.pack("<d", number) + b"\x00\x00")
    with pytest.raises(Refused, match="days: expected more bytes"):
        codec.decode(start + b"\0\0\0")


def test_an_unknown_schema_is_said() -> None:
    with pytest.raises(UnknownSchema, match="schema id 16909060"):
        codec.decode(b"\0\x01\x02\x03\x04abc")


def test_bytes_over_the_limit_are_refused() -> None:
    text = b"x" * codec.LIMIT
    wire = header("issue.resolved") + b"\x80\x80\x20" + text + b"\x00"
    with pytest.raises(Refused, match="at most 262144 bytes"):
        codec.decode(wire)


def test_other_ways_to_write_the_same_body_are_read() -> None:
    """Some writers cut arrays into blocks, with or without their size in bytes."""
    body = {"idea_id": "I", "accepted": True, "refs": ("a", "b", "c")}
    for refs in (
        b"\x06\x02a\x02b\x02c\x00",
        b"\x02\x02a\x04\x02b\x02c\x00",
        b"\x05\x0c\x02a\x02b\x02c\x00",
        b"\x01\x04\x02a\x04\x02b\x02c\x00",
    ):
        assert codec.decode(DECIDED + b"\x02I\x01" + refs) == ("idea.decided", body)
    overlong = b"\x82\x00I\x01\x00"
    assert codec.decode(DECIDED + overlong)[1]["idea_id"] == "I"
    null_as_long = b"\x02I\x02t\x00\x80\x00\x00\x00\x00\x00\x00"
    assert codec.decode(OPENED + null_as_long)[1]["regime"] is None
    some_as_long = b"\x02I\x02t\x00\x82\x00\x02r\x00\x00\x00\x00\x00"
    assert codec.decode(OPENED + some_as_long)[1]["regime"] == "r"


def test_a_symbol_that_only_readers_have_is_read_and_not_written() -> None:
    wire = header("commitment.dispute_settled") + b"\x02C\x04\x00"
    type, body = codec.decode(wire)
    assert body["outcome"] == "unknown"
    assert refused(type, body).path == "outcome"


@settings(max_examples=300, deadline=None)
@given(
    schema_id=st.integers(1, max(map(catalogue.schema_id, catalogue.TYPES))),
    payload=st.binary(max_size=40),
)
def test_any_bytes_are_read_or_refused_and_nothing_else(schema_id: int, payload: bytes) -> None:
    try:
        type, body = codec.decode(codec.header_of(schema_id) + payload)
    except Refused:
        return
    assert type == catalogue.type_of(schema_id)
    if not any(body[field.name] in field.reader_only for field in catalogue.fields(type)):
        assert codec.decode(codec.encode(type, body)) == (type, body)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_a_flipped_cut_or_doubled_byte_never_passes_unread(data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(catalogue.TYPES))
    wire = bytearray(codec.encode(type, data.draw(bodies(type))))
    at = data.draw(st.integers(5, len(wire) - 1))
    damage = data.draw(st.sampled_from(["flip", "cut", "double"]))
    if damage == "flip":
        wire[at] ^= 1 << data.draw(st.integers(0, 7))
    elif damage == "cut":
        del wire[at:]
    else:
        wire.insert(at, wire[at])
    try:
        _, body = codec.decode(bytes(wire))
    except Refused:
        return
    assert damage != "cut"
    assert list(body) == [field.name for field in catalogue.fields(type)]
