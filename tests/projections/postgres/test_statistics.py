"""Statistics are gathered while tables are new, and left to the database once facts are many."""

from __future__ import annotations

import pytest

from projections.postgres import statistics
from projections.postgres.statistics import Statistics
from tests.domain.given import made
from tests.projections.postgres.upkeep import PostgresTables
from tests.projections.stores import arrived


class Gathering(Statistics):
    """Notes what it gathers."""

    def __init__(self, tables: PostgresTables) -> None:
        super().__init__(tables.session.connection)
        self.analysed: list[str] = []

    def _analyse(self, tables: object) -> None:
        names = list(tables)  # type: ignore[call-overload]
        self.analysed.append("the session's" if "fresh" in names else "the home's")
        super()._analyse(names)


def gathered(told: Gathering, batch: int) -> list[str]:
    told.analysed.clear()
    told.gather(batch)
    return list(told.analysed)


def test_they_are_gathered_again_when_tables_have_outgrown_them(tables: PostgresTables) -> None:
    tables.empty()
    tables.session.connection.execute("ANALYZE fact")
    told = Gathering(tables)
    both = ["the session's", "the home's"]
    assert gathered(told, 1_000) == both
    assert gathered(told, 1_000) == []
    assert gathered(told, 2_500) == ["the home's"], "3,500 facts more than the 1,000"
    assert gathered(told, 4_000)[0] == "the session's"
    assert gathered(told, 10) == []


def test_another_session_need_not_gather_them_again(
    tables: PostgresTables, monkeypatch: pytest.MonkeyPatch
) -> None:
    tables.empty()
    tables.apply_batch(arrived([made(n, n=n) for n in range(40)]))
    tables.session.connection.execute("ANALYZE fact")
    assert gathered(Gathering(tables), 100) == ["the session's"]
    assert gathered(Gathering(tables), 1_000) == ["the session's", "the home's"]
    monkeypatch.setattr(statistics, "MANY", 30)
    assert gathered(Gathering(tables), 1_000) == ["the session's"]
