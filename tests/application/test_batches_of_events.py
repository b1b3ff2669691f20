"""The events of a batch, read in one go, are what they are alone, and where something is wrong with
one of them the reason is the same."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.cloudevents_json import Rejected, event_or_reason, read_batch, read_event
from application.json_line import LINE_LIMIT
from tests.application.test_cloudevents_json import HOSTILE, JSON, line
from tests.privacy import planted


def told(content: bytes) -> object:
    """What becomes of one event, to be compared."""
    event = event_or_reason(read_event, content)
    if isinstance(event, Rejected):
        return type(event), event.why, event.id
    return event


def told_at_once(*contents: bytes, between: bytes = b",") -> list[object] | None:
    """The same of several that stand in an array; None where they are to be read one by one."""
    events = read_batch(b"[" + between.join(contents) + b"]")
    if events is None:
        return None
    return [(type(e), e.why, e.id) if isinstance(e, Rejected) else e for e in events]


def is_in_an_array(content: bytes) -> bool:
    """Whether what comes after it would still be an element of its own."""
    try:
        json.loads(content.decode())
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("between", [b",", b" ,\n\t", b",\r\n"])
def test_events_are_read_together_as_they_are_alone(between: bytes) -> None:
    good = [line(), line(subject="customer:2"), line(time="yesterday"), line(type="no.type")]
    assert told_at_once(*good, between=between) == [told(one) for one in good]


def test_whatever_stands_in_an_array_is_read_as_it_is_alone() -> None:
    by_hand = [content for content, _, _ in HOSTILE.values()]
    hostile = [*by_hand, *planted.lines(), *planted.fuzzed(random.Random(7), 300)]
    at_once = 0
    for content in filter(is_in_an_array, hostile):
        for others in ([], [line()]):
            found = told_at_once(*others, content)
            if found is not None:
                assert found == [told(one) for one in (*others, content)]
                at_once += 1
    assert at_once > 100


@pytest.mark.parametrize(
    "content",
    [
        b"1",
        b"[]",
        b'{"id": NaN}',
        b'{"id": 1e999}',
        b'{"id": 1, "id": 2}',
        b'{"id": "\\u0000"}',
        b'{"id": "\\ud800"}',
        b'{"data": {"refs": [["a"]]}}',
        b'{"data": "' + b"x" * LINE_LIMIT + b'"}',
        b'{"id": "\xff"}',
        b'{"id": ' + b"9" * 5000 + b"}",
    ],
)
def test_where_something_may_be_wrong_they_are_read_one_by_one(content: bytes) -> None:
    assert told_at_once(line(), content) is None


@given(st.lists(JSON, max_size=4))
def test_any_values_are_read_together_as_they_are_alone(values: list[object]) -> None:
    contents = [json.dumps(value).encode() for value in values]
    found = told_at_once(*contents)
    assert found is None or found == [told(one) for one in contents]
