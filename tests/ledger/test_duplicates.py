"""Judging a batch, without a home."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from ledger.duplicates import judge, same
from ledger.port import EventData, Receipt
from schemas.codec import encode
from tests.ledger.making import a_fact, facts


def test_mappings_are_compared_as_what_they_hold() -> None:
    given = a_fact(1)._replace(extensions=MappingProxyType({"a": "1"}))
    assert same(given, a_fact(1)._replace(extensions={"a": "1"}))
    assert not same(given, a_fact(1))
    assert same(a_fact(1), a_fact(1)._replace(extensions={}))


def test_by_which_importer_a_fact_came_is_no_content() -> None:
    imported = a_fact(1)._replace(extensions={"importer": "shop/customer.chased"})
    assert same(imported, a_fact(1))
    assert same(imported, a_fact(1)._replace(extensions={"importer": "other/customer.chased"}))
    assert not same(imported, a_fact(1)._replace(extensions={"edition": "2"}))


def test_bodies_are_compared_by_what_they_mean() -> None:
    def held(days: float) -> EventData:
        said = {"department": "care", "role": "manager", "days": days, "learnings": 1, "refs": ()}
        body = encode("immersion.held", said)
        return a_fact(1)._replace(type="immersion.held", body=body)

    assert held(0.0).body != held(-0.0).body
    assert same(held(0.0), held(-0.0))
    assert not same(held(0.0), held(1.0))
    assert not same(a_fact(1)._replace(body=b"one"), a_fact(1)._replace(body=b"other"))


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
