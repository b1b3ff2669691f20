"""One customer with fifty thousand facts, through a real ledger and a real file."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from consumers import embedded_projector
from consumers.embedded_projector import catalogue_of_types, keep_up, rebuild
from domain.facts import Fact
from ledger.sqlite.ledger import SQLiteLedger
from projections.duckdb.store import DuckDBStore
from tests.domain.given import fact
from tests.projections.comparison import expect_rows_in
from tests.projections.stores import arrived, sealed

FACTS = 50_000
LATER = 100


def visits(start: int, stop: int, refs: Callable[[int], tuple[str, ...]]) -> list[Fact]:
    return [fact("touchpoint.occurred", n / 100, n=n, refs=refs(n)) for n in range(start, stop)]


def account() -> tuple[list[Fact], list[Fact]]:
    """A chain in which each visit shares a ref with the next one only, which is the worst case for
    whoever follows links one by one; beside it a star and facts in no journey. And later facts:
    the chain goes on, and one links it with the star."""
    chain = visits(0, FACTS - 200, lambda n: (f"order:{n}", f"order:{n + 1}"))
    star = visits(FACTS - 200, FACTS - 100, lambda n: ("parcel:1", f"parcel:{n}"))
    loose = visits(FACTS - 100, FACTS, lambda n: ())
    first = [*chain, *star, *loose]
    random.Random(8412).shuffle(first)
    more = visits(FACTS, FACTS + LATER - 1, lambda n: (f"order:{n - 200}", f"order:{n - 199}"))
    bridge = visits(FACTS + LATER, FACTS + LATER + 1, lambda n: ("order:25000", "parcel:1"))
    return first, [*more, *bridge]


def journeys(home: DuckDBStore) -> list[int]:
    with home.reading() as session:
        return [row[0] for row in session.rows("SELECT facts FROM journey ORDER BY facts")]


def test_fifty_thousand_facts_of_one_customer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, later = account()
    everything = arrived([*first, *later])
    home = DuckDBStore(tmp_path, catalogue_of_types())
    with SQLiteLedger(tmp_path / "ledger.sqlite", lambda: 1_800_000_000_000_000) as ledger:
        append(ledger, first)
        assert keep_up(ledger, home) == FACTS
        assert journeys(home) == [100, FACTS - 200]
        append(ledger, later)
        monkeypatch.setattr(embedded_projector, "fold_all", forbidden)
        assert keep_up(ledger, home) == FACTS + LATER
        monkeypatch.undo()
        assert journeys(home) == [FACTS + LATER - 100]
        expect_rows_in(home, everything)
        rebuild(ledger, home)
        expect_rows_in(home, everything)


def append(ledger: SQLiteLedger, facts: Sequence[Fact]) -> None:
    ledger.append([sealed(one) for one in facts])


def forbidden(*args: object) -> None:
    raise AssertionError("a few facts were not kept up with, but built from nothing")
