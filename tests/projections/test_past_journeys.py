"""Journeys as of a past instant, taken from the views as far as these hold for then, are those of a
replay of all that had happened."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from projections.queries.as_of import Moment
from projections.queries.replay import replay_journeys, restitch_journeys
from projections.session import Session
from tests.domain.given import day
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import worlds

VIEWS = ("journey_step", "journey")


def shown(session: Session) -> dict[str, list[str]]:
    """The rows of the views as the session shows them."""
    return {view: sorted(map(str, session.rows(f"SELECT * FROM {view}"))) for view in VIEWS}


def hold_past(home: MemoryHome, moment: Moment) -> None:
    with home.asking() as session:
        replay_journeys(session, moment)
        replayed = shown(session)
    with home.asking() as session:
        restitch_journeys(session, moment, VIEWS)
        assert shown(session) == replayed
    with home.asking() as session:
        restitch_journeys(session, moment, VIEWS[:1])
        steps = sorted(map(str, session.rows("SELECT * FROM journey_step")))
        assert steps == replayed["journey_step"]


@settings(max_examples=max(1, settings().max_examples // 2))
@given(world=worlds(), days=st.lists(st.integers(0, 12), min_size=3, max_size=3))
def test_journeys_of_a_past_instant_are_those_of_a_replay(
    world: list[Fact], days: list[int]
) -> None:
    home = MemoryHome()
    keep_up(MemoryLedger(world), home)
    for at in map(day, days):
        hold_past(home, Moment(at, len(world), len(world)))
