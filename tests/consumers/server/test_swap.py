"""Views that are built anew while workers keep them up: each worker notices, and goes on in the
generation that is live."""

from __future__ import annotations

from pathlib import Path

from consumers.rebuild.run import rebuild
from tests.consumers.server.place import Place
from tests.consumers.server.workers import worker
from tests.simulator.simulated import facts

FACTS = facts(3, 10)
THIRD = len(FACTS) // 3


def test_workers_go_on_in_the_generation_that_is_live(place: Place, tmp_path: Path) -> None:
    with worker(place, tmp_path) as one, worker(place, tmp_path) as two:
        place.emit(FACTS[:THIRD])
        place.wait_for(place.head())
        rebuild(place.kafka, place.views())
        place.emit(FACTS[THIRD : 2 * THIRD])
        place.wait_for(place.head())
        live = place.home.live()
        assert live is not None
        assert live.id == 2
        # Also who has nothing to write lets go of the old one, so that it can be dropped.
        for each in (one, two):
            each.wait_for("another generation is live")
        rebuild(place.kafka, place.views())
        place.emit(FACTS[2 * THIRD :])
        place.wait_for(place.head())
        for each in (one, two):
            each.wait_for("another generation is live", 2)
        place.home.drop_retired()
        assert [generation.id for generation in place.home.generations()] == [3]
        one.stop()
        two.stop()
    place.expect_rows()
