"""The running digest of messages: it is of all that they hold, however they are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.kafka.digest import MODULUS, digest_of, together
from ledger.kafka.message import Message

ONE = Message(1, 7, 1_700_000_000_000, b"customer:1", b"body", (("ce_id", b"1"), ("ce_x", None)))

HEADERS = st.lists(st.tuples(st.text(max_size=5), st.none() | st.binary(max_size=5)), max_size=3)
MESSAGES = st.lists(
    st.builds(
        Message,
        st.integers(0, 3),
        st.integers(0, 2**40),
        st.integers(-(2**62), 2**62),
        st.none() | st.binary(max_size=9),
        st.none() | st.binary(max_size=30),
        HEADERS.map(tuple),
    ),
    max_size=12,
)


@pytest.mark.parametrize(
    "other",
    [
        ONE._replace(partition=2),
        ONE._replace(offset=8),
        ONE._replace(timestamp=ONE.timestamp + 1),
        ONE._replace(key=b"customer:2"),
        ONE._replace(key=None),
        ONE._replace(value=b"bodx"),
        ONE._replace(value=b""),
        ONE._replace(value=None),
        ONE._replace(headers=()),
        ONE._replace(headers=(("ce_id", b"2"), ("ce_x", None))),
        ONE._replace(headers=(("ce_id", b"1"), ("ce_y", None))),
        ONE._replace(headers=(("ce_id", b"1"), ("ce_x", b""))),
        ONE._replace(headers=(("ce_x", None), ("ce_id", b"1"))),
    ],
)
def test_a_message_that_differs_in_anything_has_another(other: Message) -> None:
    assert digest_of(other) != digest_of(ONE)


def test_it_stays_what_it_is() -> None:
    """Databases hold it: another function would be another column."""
    assert digest_of(ONE) == 8_190_948_582_845_000_846


@given(MESSAGES, st.integers(0, 12))
def test_however_messages_are_cut_the_digest_is_one(messages: list[Message], at: int) -> None:
    whole = together(map(digest_of, messages))
    assert 0 <= whole < MODULUS
    parts = [together(map(digest_of, some)) for some in (messages[at:], messages[:at])]
    assert together(parts) == whole
