from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import catalogue, codec, jsonform
from schemas.errors import Refused, UnknownType
from tests.schemas.strategies import INSTANTS, bodies

MADE: Mapping[str, object] = {"commitment_id": "C-1", "about": "delivery"}


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-03-01T00:00:00Z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01t00:00:00z", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T01:30:00+01:30", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-02-28T19:00:00-05:00", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00-00:00", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00.5Z", datetime(2026, 3, 1, 0, 0, 0, 500000, tzinfo=UTC)),
        ("2026-03-01T00:00:00.000001Z", datetime(2026, 3, 1, 0, 0, 0, 1, tzinfo=UTC)),
        ("2026-03-01T00:00:00.123456789Z", datetime(2026, 3, 1, 0, 0, 0, 123456, tzinfo=UTC)),
        ("2024-02-29T23:59:59+23:59", datetime(2024, 2, 29, 0, 0, 59, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime.min.replace(tzinfo=UTC)),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_an_instant_is_read(text: str, instant: datetime) -> None:
    assert jsonform.instant_from_text(text) == instant
    assert jsonform.instant_from_text(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-01",
        "2026-03-01T00:00:00",  # no offset
        "2026-03-01 00:00:00Z",
        "2026-03-01T00:00Z",
        "2026-03-01T00:00:00.Z",
        "2026-03-01T00:00:00,5Z",
        "2026-03-01T00:00:00+0100",
        "2026-03-01T00:00:00+24:00",
        "2026-03-01T00:00:00+01:60",
        "2026-03-01T24:00:00Z",
        "2026-03-01T23:60:00Z",
        "2026-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-01T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+00:01",
        "9999-12-31T23:59:59-00:01",
        "10000-01-01T00:00:00Z",
        "20260301T000000Z",
        "2026-W09-7T00:00:00Z",
        "٢٠٢٦-03-01T00:00:00Z",
        " 2026-03-01T00:00:00Z",
        "2026-03-01T00:00:00Z\n",
        "\ud800",
        "9" * 1_000_000,
    ],
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="RFC 3339") as caught:
        jsonform.instant_from_text(text)
    assert len(str(caught.value)) < 250
    with pytest.raises(Refused) as refused:
        jsonform.from_json("commitment.made", {**MADE, "due_at": text})
    assert refused.value.path == "due_at"
    assert "RFC 3339 with its offset" in refused.value.expected


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2026, 3, 1, tzinfo=UTC), "2026-03-01T00:00:00Z"),
        (datetime(2026, 3, 1, 0, 0, 0, 500000, tzinfo=UTC), "2026-03-01T00:00:00.5Z"),
        (datetime(2026, 3, 1, 0, 0, 10, 10, tzinfo=UTC), "2026-03-01T00:00:10.00001Z"),
        (datetime(1, 1, 1, tzinfo=UTC), "0001-01-01T00:00:00Z"),
        (datetime(2026, 3, 1, tzinfo=timezone(timedelta(hours=2))), "2026-02-28T22:00:00Z"),
    ],
)
def test_an_instant_is_written_with_as_many_digits_as_needed(instant: datetime, text: str) -> None:
    assert jsonform.instant_to_text(instant) == text


@given(INSTANTS)
def test_instants_come_back(instant: datetime) -> None:
    text = jsonform.instant_to_text(instant)
    assert jsonform.instant_from_text(text) == instant
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{0,5}[1-9])?Z", text)


def test_a_naive_instant_is_not_written() -> None:
    with pytest.raises(ValueError, match="naive 2026-03-01T00:00:00"):
        jsonform.instant_to_text(datetime(2026, 3, 1))


@pytest.mark.parametrize("type", catalogue.TYPES)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_body_comes_back_from_json(type: str, data: st.DataObject) -> None:
    body = data.draw(bodies(type))
    text = json.dumps(jsonform.to_json(type, body), allow_nan=False)
    again = jsonform.from_json(type, json.loads(text))
    assert again == body
    assert list(again) == [field.name for field in catalogue.fields(type)]
    assert codec.encode(type, again) == codec.encode(type, body)


def test_a_null_where_none_is_allowed_means_the_default() -> None:
    data = {**MADE, "kind": None, "consigned": None, "refs": None, "due_at": None}
    body = jsonform.from_json("commitment.made", data)
    assert body == codec.decode(codec.encode("commitment.made", MADE))[1]


@pytest.mark.parametrize(
    ("type", "data", "path", "expected", "seen"),
    [
        ("commitment.made", {}, "commitment_id", "a value", "nothing"),
        ("commitment.made", {**MADE, "about": None}, "about", "text", "null"),
        ("commitment.made", {**MADE, "due": "x"}, "", "the fields commitment_id", "name"),
        ("commitment.made", {**MADE, "due_at": 1700000000}, "due_at", "RFC 3339", "of 10 digits"),
        ("commitment.made", {**MADE, "due_at": True}, "due_at", "RFC 3339", "true or"),
        ("commitment.made", {**MADE, "refs": ["a", None]}, "refs[1]", "text", "null"),
        ("commitment.made", {**MADE, "refs": [["a"]]}, "refs[0]", "text", "a list of 1 item"),
        ("commitment.made", {**MADE, "about": {"a": 1}}, "about", "text", "an object with"),
        ("commitment.made", {**MADE, "consigned": "unknown"}, "consigned", "one of at", "text"),
        ("commitment.made", [], "", "an object", "a list of 0"),
        ("commitment.made", "text", "", "an object", "text of 4"),
        ("issue.answered", {"issue_id": "I", "final": "true"}, "final", "true or false", "text of"),
        ("issue.answered", {"issue_id": "I", "final": 1}, "final", "true or false", "a whole"),
        (
            "payment.captured",
            {"payment_id": "P", "amount_minor": "12", "currency": "EUR"},
            "amount_minor",
            "a whole number",
            "text of 2 characters",
        ),
        (
            "payment.captured",
            {"payment_id": "P", "amount_minor": 1.0, "currency": "EUR"},
            "amount_minor",
            "a whole number",
            "a number",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    type: str, data: object, path: str, expected: str, seen: str
) -> None:
    with pytest.raises(Refused) as caught:
        jsonform.from_json(type, data)  # type: ignore[arg-type]
    assert caught.value.path == path
    assert expected in caught.value.expected
    assert seen in caught.value.seen


def test_an_unknown_type_is_said() -> None:
    with pytest.raises(UnknownType):
        jsonform.from_json("made.up", {})
