"""The demo at its full size, which takes most of a minute."""

from __future__ import annotations

from pathlib import Path

from simulator.simulation import CUSTOMERS, END, SEED, Simulation
from tests.compare import differences
from tests.demo import answers
from tests.demo.made import demo
from tests.simulator.notes import NotingScribe
from tests.simulator.truth import Truth


def test_the_whole_company(tmp_path: Path) -> None:
    """The demo as everybody sees it, held to the truth at the end."""
    simulation = Simulation(SEED, CUSTOMERS, scribe=NotingScribe)
    for _ in simulation:
        pass
    truth = Truth(simulation)
    found = demo(tmp_path / "home")
    assert found["facts"] == truth.facts >= 300_000
    assert differences(truth.scoreboard(by="department"), found["promises"]) == []
    assert list(answers.wrong_boards(tmp_path / "home", truth, END)) == []
    assert list(answers.wrong_commitments(tmp_path / "home", truth, END)) == []
    assert list(answers.wrong_customers(tmp_path / "home", truth, truth.watched[::20])) == []
    assert list(answers.wrong_stories(tmp_path / "home", truth)) == []
