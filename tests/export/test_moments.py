"""An export of a moment holds what the folds say of the facts that were known and had happened."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from domain.retractions import in_force, retracted_ids
from schemas.jsonform import instant_from_text
from tests.export.exported import export, rows
from tests.helpers import ask
from tests.projections.asked import asked_memory
from tests.projections.comparison import plain
from tests.projections.questions import TIMES
from tests.projections.rows import rows_of
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import worlds

NOWHERE = Path("nowhere")
FEW = settings(max_examples=max(1, settings().max_examples // 5))


@pytest.fixture(scope="module")
def asked() -> Iterator[MemoryHome]:
    with asked_memory() as memory:
        yield memory


def hold(world: list[Fact], folder: Path, as_of: str, position: int) -> None:
    """An export is what the folds say of a moment."""
    moment = ["--as-of", as_of, "--known-at", f"@{position}"]
    answer = export(NOWHERE, folder, moment)
    assert (answer["as_of"], answer["known_at"]) == (as_of, position)
    known = world[:position]
    then = instant_from_text(as_of)
    said = rows_of([fact for fact in in_force(known) if fact.time <= then])
    said["retracted"] = [{"fact_id": str(id)} for id in retracted_ids(known)]
    waiting = said.pop("suspense")
    for table, expected in said.items():
        assert plain(rows(folder, table)) == plain(expected), table
    happened = [fact for fact in known if fact.time <= then]
    assert [row["id"] for row in rows(folder, "fact")] == [str(fact.id) for fact in happened]
    suspense = rows(folder, "suspense")
    assert plain([row for row in suspense if row["reason"] != "unknown_fact"]) == plain(
        [row for row in waiting if row["reason"] != "unknown_fact"]
    )
    listed = ask(NOWHERE, ["suspense", *moment])["items"]
    facts = sorted((item["reason"], id) for item in listed for id in item["facts"])
    assert facts == sorted(
        (row["reason"], row["fact_id"])
        for row in suspense
        if row["since"] <= then and (row["until"] is None or row["until"] > then)
    )


@FEW
@given(world=worlds(), data=st.data())
def test_an_export_is_what_the_folds_say(
    asked: MemoryHome,
    world: list[Fact],
    data: st.DataObject,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    asked.empty()
    keep_up(MemoryLedger(world), asked)
    as_of = data.draw(TIMES, label="as of")
    position = data.draw(st.integers(0, len(world)) | st.just(len(world)), label="known at")
    hold(world, tmp_path_factory.mktemp("moment") / "export", as_of, position)


@FEW
@given(world=worlds())
def test_of_all_that_is_known_it_is_what_sql_shows(
    asked: MemoryHome, world: list[Fact], tmp_path_factory: pytest.TempPathFactory
) -> None:
    asked.empty()
    keep_up(MemoryLedger(world), asked)
    folder = tmp_path_factory.mktemp("all") / "export"
    answer = export(NOWHERE, folder, ["--with-personal"])
    tables = json.loads((folder / "datapackage.json").read_bytes())["resources"]
    for table in tables:
        if table.get("type") == "table":
            assert plain(rows(folder, table["name"])) == plain(asked.rows(table["name"]))
    moment = ["--with-personal", "--as-of", answer["as_of"]]
    assert export(NOWHERE, folder.with_name("again"), moment) == answer, "byte by byte"
