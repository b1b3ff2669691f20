"""Killed at any step: the live views go on as they were, and the next rebuild goes on where the
last one was."""

from __future__ import annotations

import random
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import pytest

from consumers.rebuild import run as rebuild_run
from consumers.rebuild.read import Portion, shared_out
from consumers.rebuild.run import rebuild
from domain.positions import Vector
from ledger.kafka.settings import KafkaSettings
from projections.postgres import rebuild_state
from projections.postgres.bulk_fold import ScratchFile
from projections.postgres.connection import connected
from schemas.catalogue import TYPES
from tests.chaos.facts import parcels
from tests.consumers.server_rebuild.homes import Home, die


class Point(NamedTuple):
    """An instruction at which the process dies, and the phase that it dies in."""

    what: str
    when: str
    times: str
    phase: str | None


#: The tables of facts come first: one a type, and that of all envelopes. Then some of the views.
AMONG_VIEWS = str(len(TYPES) + 1 + 3)

POINTS = (
    # Between facts that are landed and how far they are read.
    Point("consumers.decode:FactBuffer.land_all", "after", "2", "reading"),
    # Between the quarantine and the scratch file.
    Point("consumers.rebuild.run:_Rebuild._keep", "after", "1", "sifting"),
    Point("projections.fold.run.update_identities", "after", "1", "folding"),
    # When some tables are whole, those of facts and those of views, and when all are.
    Point("projections.postgres.bulk_copy:Target.load_table", "after", "9", "folding"),
    Point("projections.postgres.bulk_fold:ScratchFile.folded_tables", "after", "2", "folding"),
    Point("projections.postgres.bulk_copy:Target.load_table", "after", AMONG_VIEWS, "loading"),
    Point("projections.postgres.bulk_copy.finish", "after", "1", "loading"),
    Point("consumers.rebuild.run.remove", "before", "1", "catching up"),
    # In the transaction of the swap, and right behind it.
    Point("projections.postgres.control_schema.put_live", "after", "1", "catching up"),
    Point("projections.postgres.generations.publish", "before", "2", None),
)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: f"{point.when} {point.what}")
def test_killed_at_one_instruction(home: Home, scratch_folder: Path, point: Point) -> None:
    told = parcels(random.Random(6))
    home.send(told[:300])
    home.keep_up()
    home.send(told[300:600])
    (before,) = home.generations()
    die(home, scratch_folder, *point[:3])
    with connected(home.dsn, "control") as connection:
        left = rebuild_state.current(connection, home.schema)
    assert (left and left.phase) == point.phase
    if point.phase is not None:
        # What is live is what was, and workers keep it up.
        assert [one.id for one in home.generations() if one.state == "live"] == [before.id]
        home.keep_up()
        home.expect_whole()
    home.send(told[600:700])
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.expect_whole()
    (after,) = home.generations()
    begun = [] if left is None else [left.generation]
    assert not begun or after.id == begun[0], "it went on with what was there"
    assert home.schemas() == {f"pledger_g{after.id}"}


def test_killed_while_it_catches_up(home: Home, scratch_folder: Path) -> None:
    told = parcels(random.Random(10))
    home.send(told[:300])
    die(home, scratch_folder, "consumers.rebuild.run.remove", "before", "1")
    home.send(told[300:600])
    die(home, scratch_folder, "consumers.worker.apply_batch:BatchWriter.write", "before", "1")
    die(home, scratch_folder, "consumers.worker.apply_batch:BatchWriter.write", "after", "1")
    home.send(told[600:700])
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.expect_whole()


def test_what_is_read_is_not_read_again(
    home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(parcels(random.Random(7))[:600])

    class Interrupted(Exception):
        pass

    def interrupted(*_: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(ScratchFile, "fold", interrupted)
        with pytest.raises(Interrupted):
            rebuild(home.kafka, home.views, folder=scratch_folder)
    monkeypatch.setattr(rebuild_run, "portions", nothing_to_read)
    rebuild(home.kafka, home.views, folder=scratch_folder)
    home.expect_whole()


def nothing_to_read(
    settings: KafkaSettings, after: Vector, upto: Vector, processes: int
) -> Generator[Portion]:
    assert shared_out(after, upto, processes) == [], "something is read again"
    yield from ()


def test_the_scratch_file_of_another_machine_is_not_there(
    home: Home, scratch_folder: Path, tmp_path: Path
) -> None:
    """Killed while it loaded, and gone on with where nothing is left of what it had read."""
    home.send(parcels(random.Random(8))[:600])
    die(home, scratch_folder, "projections.postgres.bulk_copy:Target.load_table", "after", "9")
    home.send(parcels(random.Random(9))[:300])
    rebuild(home.kafka, home.views, folder=tmp_path / "elsewhere")
    home.expect_whole()
