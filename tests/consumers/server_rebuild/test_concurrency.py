"""What others do while the views are built anew: they ask, work, or want to build too."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from consumers.errors import OtherDefinition
from consumers.rebuild import run as rebuild_run
from consumers.rebuild.run import rebuild
from consumers.rebuild.swap import CatchUp
from domain.positions import Vector
from projections.errors import AlreadyBuilding
from projections.postgres import rebuild_state
from projections.postgres.bulk_fold import ScratchFile
from projections.postgres.connection import connected
from tests.chaos.facts import Parcel, parcel
from tests.consumers.server_rebuild.homes import Home
from tests.consumers.server_rebuild.traffic import asking, at_work
from tests.helpers import wait_until
from tests.simulator.simulated import facts as simulated

#: Each once, and facts all of them; none takes another one back.
FACTS = [parcel(one) for one in simulated(1, 60) if one.type != "fact.retracted"]


class Sending(threading.Thread):
    """Sends a few facts at a time, until there are no more or it is told to stop."""

    def __init__(self, home: Home, parcels: Sequence[Parcel]) -> None:
        super().__init__(name="emitter")
        self.stop = threading.Event()
        self._home = home
        self._parcels = list(parcels)

    def run(self) -> None:
        while self._parcels and not self.stop.wait(0.05):
            some, self._parcels = self._parcels[:5], self._parcels[5:]
            self._home.send(some)


@contextmanager
def sending(home: Home, parcels: Sequence[Parcel]) -> Iterator[None]:
    thread = Sending(home, parcels)
    thread.start()
    try:
        yield
    finally:
        thread.stop.set()
        thread.join(60)


def test_nobody_notices_but_that_it_is_done(home: Home, scratch_folder: Path) -> None:
    """Two rebuilds while a reader asks, a worker works and facts come: no error, no answer of two
    generations, none that knows less than the one before, and no fact lost or doubled."""
    home.send(FACTS[:300])
    home.keep_up()
    with asking(home) as reader, at_work(home) as worker, sending(home, FACTS[300:]):
        for _ in range(2):
            rebuild(home.kafka, home.views, folder=scratch_folder)
            # Not before the worker is at the new views.
            wait_until(partial(stands_at, home, home.head()))
        assert worker.error is None, worker.log.getvalue()
    assert len(reader.generations) == 3
    assert reader.generations == sorted(reader.generations)
    assert worker.error is None, worker.log.getvalue()
    home.keep_up()
    home.expect_whole()
    home.views.drop_retired()
    assert home.schemas() == {f"pledger_g{reader.generations[-1]}"}


def stands_at(home: Home, reach: Vector) -> bool:
    return reach.within(home.reach())


def test_what_workers_took_in_just_before_the_swap(
    home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Facts that come, and are folded into the live views, after the new ones had caught up."""
    home.send(FACTS[:200])
    whole = CatchUp.try_parked

    def late(catch_up: CatchUp) -> None:
        whole(catch_up)
        home.send(FACTS[200:300])
        home.keep_up()
        home.send(FACTS[300:350])

    monkeypatch.setattr(CatchUp, "try_parked", late)
    done = rebuild(home.kafka, home.views, folder=scratch_folder)
    assert done.facts == 300, "what the old views stood for, and no waiting for more"
    home.keep_up()
    home.expect_whole()


def test_a_reader_keeps_the_old_views_until_it_is_done(
    home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consumers.rebuild.swap.READERS_S", 0.5)
    home.send(FACTS[:200])
    home.keep_up()
    (before,) = home.generations()
    with home.views.reading() as session:
        rebuild(home.kafka, home.views, folder=scratch_folder)
        assert session.rows("SELECT count(*) FROM fact") == [(200,)]
        assert f"pledger_g{before.id}" in home.schemas()
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert f"pledger_g{before.id}" not in home.schemas()
    assert len(home.schemas()) == 1


def test_two_at_once(home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home.send(FACTS[:200])
    whole, refusals = ScratchFile.fold, []

    def fold(scratch: ScratchFile) -> None:
        with pytest.raises(AlreadyBuilding) as refused:
            rebuild(home.kafka, home.views, folder=scratch_folder / "second")
        refusals.append(str(refused.value))
        whole(scratch)

    monkeypatch.setattr(ScratchFile, "fold", fold)
    rebuild(home.kafka, home.views, folder=scratch_folder)
    (refusal,) = refusals
    assert "process" in refusal
    assert "(folding)" in refusal
    assert "generation 2" in refusal
    home.expect_whole()


def test_progress_is_in_the_database(
    home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(FACTS[:200])
    seen: list[tuple[str, int, int]] = []
    whole = rebuild_state.say

    def say(*said: Any) -> None:
        whole(*said)
        with connected(home.dsn, "control") as connection:
            found = rebuild_state.current(connection, home.schema)
        assert found is not None
        seen.append((found.phase, found.done, found.total))

    monkeypatch.setattr(rebuild_state, "say", say)
    rebuild(home.kafka, home.views, folder=scratch_folder)
    phases = list(dict.fromkeys(phase for phase, _, _ in seen))
    assert phases == ["reading", "sifting", "folding", "loading"]
    assert ("reading", 200, 200) in seen
    (rows,) = {total for phase, _, total in seen if phase == "loading"}
    assert ("loading", rows, rows) in seen


def test_another_definition(home: Home, scratch_folder: Path) -> None:
    """Workers of the old program keep the old views up until those of the new one are there; then
    they end, and those of the new program can begin."""
    home.send(FACTS[:200])
    home.keep_up()
    new = Home(home.kafka.bootstrap_servers, home.kafka.topic, home.dsn)
    new.views.definition = "another one"
    with at_work(new, "new") as refused:
        refused.join(60)
    assert isinstance(refused.error, OtherDefinition)
    assert "'rebuild' with this version" in str(refused.error)
    with at_work(home, "old") as old:
        home.send(FACTS[200:250])
        wait_until(lambda: home.head() == home.reach())
        rebuild(new.kafka, new.views, folder=scratch_folder)
        old.join(60)
        assert isinstance(old.error, OtherDefinition)
    home.send(FACTS[250:300])
    with at_work(new, "new") as worker:
        wait_until(lambda: home.head() == home.reach())
    assert worker.error is None, worker.log.getvalue()
    home.expect_whole()


def test_an_unfinished_generation_of_another_definition_goes(
    home: Home, scratch_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.send(FACTS[:200])
    other = Home(home.kafka.bootstrap_servers, home.kafka.topic, home.dsn)
    other.views.prepare()

    class Interrupted(Exception):
        pass

    def interrupted(*_: object) -> None:
        raise Interrupted

    with monkeypatch.context() as patched:
        patched.setattr(rebuild_run._Rebuild, "_filled", interrupted)
        other.views.definition = "another one"
        with pytest.raises(Interrupted):
            rebuild(other.kafka, other.views, folder=scratch_folder)
    assert [one.state for one in home.generations()] == ["live", "building"]
    rebuild(home.kafka, home.views, folder=scratch_folder)
    (left,) = home.generations()
    assert left.definition == home.views.definition
    home.expect_whole()
