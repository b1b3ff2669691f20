"""Judging a batch, without a home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ledger.duplicates import judge, same
from ledger.port import EventData, Receipt
from tests.ledger.making import a_fact, facts


def test_mappings_are_compared_as_what_they_hold() -> None:
    given = a_fact(1)._replace(extensions=MappingProxyType({"a": "1"}))
    assert same(given, a_fact(1)._replace(extensions={"a": "1"}))
    assert not same(given, a_fact(1))
    assert same(a_fact(1), a_fact(1)._replace(extensions={}))


def test_a_batch_is_looked_up_chunk_by_chunk() -> None:
    asked: list[list[str]] = []

    def lookup(ids: Sequence[str]) -> Mapping[str, tuple[int, EventData]]:
        asked.append(list(ids))
        return {fact.id: (40, fact) for fact in facts(0, 1) if fact.id in ids}

    # The last fact is in another chunk than the one it repeats.
    batch = [*facts(0, 6), a_fact(3)]
    receipts, fresh = judge(batch, 40, lookup, chunk=2)
    assert asked == [[fact.id for fact in batch[start : start + 2]] for start in (0, 2, 4, 6)]
    assert fresh == facts(1, 6)
    assert receipts == [
        Receipt(40, "duplicate"),
        *(Receipt(position, "accepted") for position in range(41, 46)),
        Receipt(43, "duplicate"),
    ]
