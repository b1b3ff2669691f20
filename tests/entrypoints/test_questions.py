"""A question sees all that the ledger held when it was asked, whatever others do meanwhile."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from consumers.embedded_projector import rebuild
from projections.duckdb.session import DuckDBSession
from projections.duckdb.store import DuckDBStore
from tests.consumers.processes import fill, promises_kept
from tests.helpers import ask, run
from tests.projections.stores import MemoryLedger

FACTS = promises_kept(20)


@contextmanager
def swapped_once(monkeypatch: pytest.MonkeyPatch, position: int) -> Iterator[list[int]]:
    """Once, between a catch-up and the reading of the views, a rebuild that had begun before puts
    views in their place that stand for ``position``. The list tells that it has happened."""
    happened: list[int] = []
    whole = DuckDBStore.reading

    @contextmanager
    def reading(self: DuckDBStore) -> Iterator[DuckDBSession]:
        with whole(self) as session:
            ((there,),) = session.rows("SELECT position FROM pledger_state")
        if there == len(FACTS) and not happened:
            happened.append(position)
            rebuild(MemoryLedger(FACTS[:position]), self, forget_lost=True)
        with whole(self) as session:
            yield session

    with monkeypatch.context() as patch:
        patch.setattr(DuckDBStore, "reading", reading)
        yield happened


@pytest.mark.parametrize("argv", [["promises", "--json"], ["sql", "FROM commitment", "--json"]])
def test_a_rebuild_that_had_begun_before_takes_nothing_back(
    tmp_path: Path, argv: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, FACTS[:30])
    before = run(tmp_path, argv)
    fill(tmp_path, FACTS)
    with swapped_once(monkeypatch, 10) as happened:
        after = run(tmp_path, argv)
    assert happened
    assert (before.code, after.code) == (0, 0), after.err
    made = [
        answer["counts"]["made"] if isinstance(answer, dict) else len(answer)
        for answer in (json.loads(outcome.out) for outcome in (before, after))
    ]
    assert made == [15, 20]


def test_a_ledger_put_back_from_a_copy_is_answered_for(tmp_path: Path) -> None:
    fill(tmp_path, FACTS)
    assert ask(tmp_path, ["promises"])["counts"]["made"] == 20
    for file in tmp_path.glob("ledger.sqlite*"):
        file.unlink()
    other = promises_kept(60)[40:]
    fill(tmp_path, other)
    refused = run(tmp_path, ["promises"])
    assert (refused.code, refused.out) == (1, "")
    assert "saw that 40 of them" in refused.err, "the views are their last trace"
    ask(tmp_path, ["rebuild", "--forget-lost"])
    answer = ask(tmp_path, ["promises"])
    assert (answer["known_at"], answer["counts"]["made"]) == (80, 40)
    listed = ask(tmp_path, ["commitments"])["commitments"]
    assert min(one["commitment_id"] for one in listed) == "C000020"
