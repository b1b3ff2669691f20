"""Killed while it takes in facts or builds anew: the views stand for some position of the ledger,
and the next question is answered in full."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from consumers.embedded_projector import catalogue_of_types, keep_up
from ledger.sqlite.ledger import SQLiteLedger
from projections.duckdb.store import FILE, DuckDBStore
from tests.consumers.processes import fill, finished, killed, line_of, some_turns, start
from tests.consumers.projection import AT_ONCE
from tests.projections.comparison import expect_rows_in
from tests.projections.stores import arrived
from tests.simulator.simulated import facts

FACTS = arrived(facts(3, 10))
#: How often, and after how many steps at most.
KILLS = {"keep_up": (4, 8), "rebuild": (4, 2)}


@pytest.mark.parametrize("how", KILLS)
def test_killed_at_any_moment(tmp_path: Path, how: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    print(f"seed {seed}")  # noqa: T201 - pytest shows it when the test fails
    chance = random.Random(seed)
    fill(tmp_path, FACTS)
    home = DuckDBStore(tmp_path, catalogue_of_types())
    positions = set()
    kills, steps = KILLS[how]
    for _ in range(kills):
        child = start("tests.consumers.projection", str(tmp_path), how)
        for _ in range(chance.randint(0, steps)):
            assert line_of(child), "the projector ended by itself"
        some_turns(chance, 3_000_000)
        killed(child)
        state = home.state()
        if state is not None:
            positions.add(state.position)
            expect_rows_in(home, FACTS[: state.position])
        if chance.random() < 0.4:
            take_in(tmp_path, len(FACTS))
            expect_rows_in(home, FACTS)
    take_in(tmp_path, len(FACTS))
    expect_rows_in(home, FACTS)
    assert how == "rebuild" or positions, "no life was long enough to build anything"


#: An instruction at which the process dies: a function, before or after its n-th call.
KEEPING_UP = [
    ("consumers.embedded_projector.fold_fresh", "before", 1),
    ("consumers.embedded_projector.write_position", "after", 1),
    ("consumers.embedded_projector.write_position", "after", 3),
    ("projections.duckdb.store:DuckDBSession.insert", "after", 1),
]
BUILDING = [
    ("projections.duckdb.store.create", "after", 1),
    ("consumers.embedded_projector.write_position", "after", 1),
    ("pathlib:Path.replace", "before", 1),
    ("pathlib:Path.replace", "after", 1),
]


@pytest.mark.parametrize(
    ("how", "what", "when", "times"),
    [("keep_up", *point) for point in KEEPING_UP] + [("rebuild", *point) for point in BUILDING],
)
def test_killed_at_one_instruction(
    tmp_path: Path, how: str, what: str, when: str, times: int
) -> None:
    before = 300
    home = DuckDBStore(tmp_path, catalogue_of_types())
    fill(tmp_path, FACTS[:before])
    take_in(tmp_path, before)
    fill(tmp_path, FACTS)
    child = start("tests.consumers.crash", str(tmp_path), how, what, when, str(times))
    code, _, errors = finished(child)
    assert code == -signal.SIGKILL, errors
    state = home.state()
    assert state is not None
    taken_in = AT_ONCE * (times - 1) if how == "keep_up" else 0
    swapped = (what, when) == ("pathlib:Path.replace", "after")
    assert state.position == (len(FACTS) if swapped else before + taken_in)
    expect_rows_in(home, FACTS[: state.position])
    take_in(tmp_path, len(FACTS))
    expect_rows_in(home, FACTS)


def test_killed_with_its_log_unread(tmp_path: Path) -> None:
    """DuckDB keeps what is committed in a log beside the file until it closes it. Killed then, and
    followed by a rebuild that is killed too: nothing of the old log gets into the new file."""
    home = DuckDBStore(tmp_path, catalogue_of_types())
    fill(tmp_path, FACTS[:300])
    take_in(tmp_path, 300)
    fill(tmp_path, FACTS)
    for how, what, when in (
        ("keep_up", "consumers.embedded_projector.write_position", "after"),
        ("rebuild", "pathlib:Path.replace", "before"),
        ("rebuild", "pathlib:Path.replace", "after"),
    ):
        times = "3" if how == "keep_up" else "1"
        child = start("tests.consumers.crash", str(tmp_path), how, what, when, times)
        assert finished(child)[0] == -signal.SIGKILL
        if how == "keep_up":
            assert (tmp_path / f"{FILE}.wal").exists(), "there is no log to be read"
        state = home.state()
        assert state is not None
        expect_rows_in(home, FACTS[: state.position])
    take_in(tmp_path, len(FACTS))
    expect_rows_in(home, FACTS)


def take_in(folder: Path, head: int) -> None:
    """Brings the views up to the head of the ledger, as the next question does."""
    home = DuckDBStore(folder, catalogue_of_types())
    with SQLiteLedger.open_readonly(folder / "ledger.sqlite") as ledger:
        assert keep_up(ledger, home) == head
