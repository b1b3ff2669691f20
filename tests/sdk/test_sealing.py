"""A fact that the package seals is what the JSON door makes of the same event, byte for byte, and
what the door refuses is refused here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from application.cloudevents_json import Rejected, read_event
from ledger.kafka.message import Headers, Message, message_of, recorded
from ledger.port import EventData as LedgerEventData
from pledger_sdk import EventData as Copied
from pledger_sdk import Refused, Sealer
from pledger_sdk._contract.ledger.kafka.message import message_of as copied_message_of
from pledger_sdk.facts import BODIES, TYPES, Body, CommitmentMade, TouchpointOccurred
from schemas import codec, jsonform
from tests.schemas.strategies import bodies
from tests.sdk.emitting import NOON, SOURCE, made

ID = "0195b1d8-8c00-7000-8000-000000000001"
TYPE_NAMES = sorted(BODIES)

texts = st.text(max_size=12)
instants = st.datetimes(
    timezones=st.sampled_from([timezone(timedelta(hours=h)) for h in (-8, 0, 5)])
)


def event(fact_type: str, body: Mapping[str, object], **attributes: object) -> dict[str, object]:
    """The event in structured JSON that says the same as a call of ``seal``."""
    return {
        "specversion": "1.0",
        "type": fact_type,
        "source": SOURCE,
        "data": jsonform.to_json(fact_type, body),
        **attributes,
    }


def through_the_door(said: Mapping[str, object]) -> LedgerEventData | str:
    try:
        return read_event(json.dumps(said).encode())
    except Rejected as problem:
        return problem.why


def through_the_package(model: Body, **said: Any) -> LedgerEventData | str:
    try:
        return LedgerEventData(*Sealer(SOURCE).seal(model, **said))
    except Refused as problem:
        return str(problem)


@given(st.data())
def test_a_body_of_any_type_is_the_same_bytes(data: st.DataObject) -> None:
    type = data.draw(st.sampled_from(TYPE_NAMES))
    body = data.draw(bodies(type))
    try:
        model = BODIES[type].model_validate(body)
    except ValidationError:
        return  # the codec takes a naive whole number for a double, say; the model is as strict
    said = {"subject": "customer:8412", "time": NOON, "id": ID}
    sealed = through_the_package(model, **said)
    expected = through_the_door(
        event(type, body, subject="customer:8412", time="2026-03-02T12:00:00Z", id=ID)
    )
    assert sealed == expected
    assert isinstance(sealed, LedgerEventData)
    assert codec.decode(sealed.body)[0] == type
    assert copied_message_of(Copied(*sealed)) == message_of(sealed)


@given(
    subject=st.one_of(texts, st.from_regex(r"[a-z]{1,3}:\w{1,9}", fullmatch=True)),
    time=instants,
    correlationid=st.none() | texts,
    causationid=st.none() | texts,
    sequence=st.none() | texts | st.integers(),
    extensions=st.dictionaries(
        st.one_of(texts, st.from_regex(r"[a-z0-9]{1,9}", fullmatch=True)),
        st.one_of(texts, st.integers(), st.booleans(), st.floats(allow_nan=False)),
        max_size=3,
    ),
)
def test_an_envelope_is_judged_as_at_the_door(
    subject: str, time: datetime, extensions: dict[str, Any], **optional: Any
) -> None:
    said = {"subject": subject, **optional}
    seen = through_the_package(made(), time=time, id=ID, extensions=extensions, **said)
    same = event("commitment.made", vars(made()), time=time.isoformat(), id=ID, **said)
    if extensions.keys() & same.keys():
        assert isinstance(seen, str)
        return
    expected = through_the_door(same | extensions)
    if isinstance(expected, str):
        assert isinstance(seen, str)
    else:
        assert seen == expected
        assert isinstance(seen, LedgerEventData)
        assert copied_message_of(Copied(*seen)) == message_of(seen)
        message = Message(0, 7, 1000, *_as_read(seen))
        assert recorded(message)[2:] == (*seen[:9], seen.extensions)


def _as_read(fact: LedgerEventData) -> tuple[bytes, bytes, Headers]:
    key, value, headers = message_of(fact)
    return key, value, tuple(headers)


WRONG = [
    ({"subject": "8412"}, "subject: expected kind:name, as in customer:8412, saw no name after"),
    ({"subject": None}, "subject: expected text, saw NoneType: every fact must say it"),
    ({"time": datetime(2026, 3, 2)}, "time: expected an aware datetime, saw a naive one: give it"),
    ({"time": "2026-03-02T12:00:00Z"}, "time: expected an aware datetime, saw str"),
    ({"id": "1"}, "id: expected a UUID, saw text of 1 character that is none"),
    ({"id": ID, "key": "k"}, "expected either an id or a key, saw both"),
    ({"key": ""}, "key: expected text that tells the fact from all others, saw none"),
    ({"key": "k\ud800"}, "key: expected text of whole characters, saw half of a surrogate pair"),
    ({"key": 7}, "key: expected text, saw int"),
    ({"key": "k", "time": None}, "time: expected when it happened, since the fact has an id or"),
    ({"id": ID, "time": None}, "time: expected when it happened, since the fact has an id or"),
    ({"correlationid": ""}, "correlationid: expected text, saw empty text: leave the attribute"),
    ({"causationid": 7}, "causationid: expected text, saw int: make it text"),
    ({"sequence": True}, "sequence: expected text, saw bool"),
    ({"recordedtime": "x"}, "recordedtime: expected none, since the ledger alone sets it, saw one"),
    ({"extensions": {"recordedtime": "x"}}, "recordedtime: expected none, since the ledger alone"),
    ({"extensions": {"type": "x"}}, "type: expected as an argument of its own"),
    ({"extensions": {"Trace": "x"}}, "expected names of attributes in lower-case letters and"),
    ({"extensions": {7: "x"}}, "extensions: expected names that are text, saw int: make it text"),
    ({"extensions": [("trace", "x")]}, "extensions: expected names with their values, saw list"),
    (
        {"extensions": {"trace": []}},
        "whose name is text of 5 characters: expected text, a finite number or",
    ),
    (
        {"extensions": {"trace": float("nan")}},
        "whose name is text of 5 characters: expected text, a finite number",
    ),
    (
        {"extensions": {"trace": "a\0"}},
        "whose name is text of 5 characters: expected text without control",
    ),
    ({"reason": "x"}, "expected one of subject, time, id, key, correlationid, .* saw another name"),
]


@pytest.mark.parametrize(("said", "why"), WRONG)
def test_what_is_wrong_is_said(said: dict[str, Any], why: str) -> None:
    through: dict[str, Any] = {"subject": "customer:1", "time": NOON, **said}
    with pytest.raises(Refused, match=why if ".*" in why else re.escape(why)):
        Sealer(SOURCE).seal(made(), **through)


def test_a_body_that_is_no_model_is_refused() -> None:
    with pytest.raises(Refused, match="body: expected a model of pledger_sdk.facts"):
        Sealer(SOURCE).seal({"commitment_id": "1"}, subject="customer:1")  # type: ignore[arg-type]
    with pytest.raises(Refused, match="body: expected a model of pledger_sdk.facts"):
        Sealer(SOURCE).seal(Body(), subject="customer:1")


def test_a_model_that_was_not_checked_is_checked_by_the_codec() -> None:
    forged = CommitmentMade.model_construct(commitment_id=7, about="refund")
    with pytest.raises(
        Refused, match="commitment.made commitment_id: expected text; saw a whole number"
    ):
        Sealer(SOURCE).seal(forged, subject="customer:1")
    unknown = CommitmentMade(commitment_id="1", about="refund", consigned="unknown")
    with pytest.raises(Refused, match="consigned: expected one of at_source, discovered_later"):
        Sealer(SOURCE).seal(unknown, subject="customer:1")


def test_a_reason_never_quotes_personal_text_or_a_subject() -> None:
    secret = "Ms Personal\0"
    note = TouchpointOccurred.model_construct(
        kind="call", channel="phone", initiated_by="customer", note=secret, refs=()
    )
    for body, subject in ((note, "customer:1"), (made(), f"customer:{secret}")):
        with pytest.raises(Refused) as refused:
            Sealer(SOURCE).seal(body, subject=subject)
        assert "Personal" not in str(refused.value)


def test_a_fact_that_is_too_large_is_refused() -> None:
    large = CommitmentMade(commitment_id="1", about="x" * (codec.LIMIT - 100))
    with pytest.raises(Refused, match="expected a fact of at most 262,144 bytes"):
        Sealer(SOURCE).seal(large, subject="customer:1")


def test_a_source_is_checked_at_once() -> None:
    with pytest.raises(Refused, match="source: expected /department/system"):
        Sealer("billing")


def test_a_key_makes_the_same_fact_again() -> None:
    one, other = (
        Sealer(SOURCE).seal(made(), subject="customer:1", time=NOON, key="7") for _ in range(2)
    )
    assert one == other
    assert UUID(one.id).version == 5


def test_the_time_is_now_if_it_is_not_said() -> None:
    sealer = Sealer(SOURCE, clock=lambda: 1_700_000_000_123_456_789)
    fact = sealer.seal(made(), subject="customer:1")
    assert fact.time == 1_700_000_000_123_456
    assert UUID(fact.id).version == 7
    assert TYPES[made().__class__] == fact.type
