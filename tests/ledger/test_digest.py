"""The running digest of facts: what it is, and what it tells apart."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import pytest

from ledger.digest import START, content, extend
from ledger.port import RecordedEvent
from tests.ledger.making import an_id

FACT = RecordedEvent(
    7,
    1_800_000_000_000_000,
    an_id(1),
    "commitment.made",
    "/care/phone",
    "customer:é",
    1_700_000_000_000_000,
    b"\0\0\0\0\x01body",
    "a",
    None,
    "2",
    {"b": "1", "a": ""},
)


def test_the_algorithm_is_crc_64_xz() -> None:
    # The check value of the catalogue of CRC algorithms (reveng.sourceforge.io).
    assert extend(START, b"123456789") % 2**64 == 0x995DC9BBDF1939FA


def test_a_digest_is_what_it_was() -> None:
    """Databases hold it: another value for the same fact would call all of them damaged."""
    assert content(FACT) == (
        b"\x07\0\0\0\0\0\0\0"
        b"\0\x80\x98(\x17e\x06\0"
        b"\0@\x1e\x18$\n\x06\0"
        b'\xcda>0\xd8\xf1J\xdf\x91\xb7XJ"e\xb1\xf5'
        b"commitment.made\xff/care/phone\xffcustomer:\xc3\xa9\xffa\xff\xfe\xff2\xff"
        b'{"a": "", "b": "1"}\xff'
        b"\0\0\0\0\x01body"
    )
    assert extend(START, content(FACT)) == 8203608312320044301


def test_many_contents_in_one_call_are_as_one_after_the_other() -> None:
    contents = [content(FACT._replace(position=position)) for position in range(1, 50)]
    singly = list(accumulate(contents, extend, initial=START))
    assert extend(START, b"".join(contents)) == singly[-1]
    assert extend(singly[20], memoryview(b"".join(contents[20:]))) == singly[-1]
    assert all(-(2**63) <= digest < 2**63 for digest in singly)


@pytest.mark.parametrize(
    "change",
    [
        {"position": 8},
        {"recorded_at": 1},
        {"id": an_id(2)},
        {"type": "commitment.mad", "source": "e/care/phone"},
        {"source": "/care/phonf"},
        {"subject": ""},
        {"time": -1},
        {"body": b"\0\0\0\0\x02body"},
        {"correlationid": None},
        {"correlationid": None, "causationid": "a"},
        {"causationid": ""},
        {"sequence": "2\x00"},
        {"extensions": None},
        {"extensions": {"b": "1"}},
    ],
    ids=str,
)
def test_whatever_differs_shows(change: dict[str, Any]) -> None:
    other = FACT._replace(**change)
    assert content(other) != content(FACT)
    assert extend(START, content(other)) != extend(START, content(FACT))


def test_extensions_count_by_what_they_hold() -> None:
    assert content(FACT._replace(extensions={"a": "", "b": "1"})) == content(FACT)
    assert content(FACT._replace(extensions={})) == content(FACT._replace(extensions=None))
