"""Subjects whose facts the projection fails on: a rebuild tries them again, parks again what still
fails, and builds everybody else's views all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from consumers.rebuild.run import rebuild
from ledger.errors import Lost
from ledger.port import RecordedEvent
from projections.postgres import ddl, parked_subjects, rebuild_state
from tests.chaos.facts import Parcel, parcel
from tests.consumers.server_rebuild.homes import Home
from tests.domain.given import fact
from tests.simulator.simulated import facts as simulated

FACTS = [parcel(one) for one in simulated(1, 60)]
POISONED = "customer:poisoned"


@pytest.fixture(autouse=True)
def fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Something that PostgreSQL fails on, and a scratch file does not."""
    check = "ALTER TABLE commitment_made ADD CONSTRAINT fault CHECK (commitment_id <> 'POISON')"
    monkeypatch.setattr(ddl, "FACT_INDEXES", (*ddl.FACT_INDEXES, check))


def poison() -> list[Parcel]:
    """Facts of one subject, of which the second can't be folded."""
    return [
        parcel(fact("commitment.made", at, of=POISONED, commitment_id=name))
        for at, name in enumerate(("C1", "POISON", "C1"), 1)
    ]


def is_poisoned(one: RecordedEvent) -> bool:
    return one.subject == POISONED


def parked(home: Home) -> list[tuple[str, int]]:
    with home.looking() as connection:
        return [(one.subject, one.facts) for one in parked_subjects.every(connection)]


def test_what_still_fails_is_parked_again(home: Home, scratch_folder: Path) -> None:
    home.send([*FACTS[:300], *poison()])
    home.keep_up()
    assert parked(home) == [(POISONED, 3)]
    notes: list[str] = []
    rebuild(home.kafka, home.views, folder=scratch_folder, on_note=notes.append)
    assert notes == [], "known to be parked, they are not in the way of the others"
    assert parked(home) == [(POISONED, 3)]
    home.expect_whole(without=is_poisoned)


def test_facts_of_a_subject_that_is_parked_on_another_topic_are_missed(
    home: Home, restored: Home, scratch_folder: Path
) -> None:
    """Only those that wait there are there."""
    fine, poisoned, _ = poison()
    home.send([*FACTS[:300], fine])
    home.keep_up()
    restored.send([*FACTS[:300], poisoned])
    with pytest.raises(Lost, match="saw that 1 of the views' facts .* are not there"):
        rebuild(restored.kafka, restored.views, folder=scratch_folder)
    restored.send([fine])
    rebuild(restored.kafka, restored.views, folder=scratch_folder)
    assert parked(restored) == [(POISONED, 2)]
    restored.expect_whole(without=is_poisoned)


def test_facts_that_wait_are_missed_on_another_topic(
    home: Home, restored: Home, scratch_folder: Path
) -> None:
    home.send([*FACTS[:300], *poison()])
    home.keep_up()
    restored.send([*FACTS[:300], *poison()[1:]])
    with pytest.raises(Lost, match="saw that 1 facts that wait for parked subjects are not there"):
        rebuild(restored.kafka, restored.views, folder=scratch_folder)
    assert parked(home) == [(POISONED, 3)]
    notes: list[str] = []
    rebuild(
        restored.kafka,
        restored.views,
        folder=scratch_folder,
        forget_lost=True,
        on_note=notes.append,
    )
    assert any("forgotten: 1 facts that wait for parked subjects" in one for one in notes), notes
    assert parked(restored) == [(POISONED, 2)]


def test_what_nobody_knew_to_fail(home: Home, scratch_folder: Path) -> None:
    """The views that are live hold them, or never met them: the way of the workers finds out."""
    home.send([*FACTS[:300], *poison()])
    notes: list[str] = []
    rebuild(home.kafka, home.views, folder=scratch_folder, on_note=notes.append)
    assert len(notes) == 1
    assert "batch by batch" in notes[0]
    assert parked(home) == [(POISONED, 3)]
    home.expect_whole(without=is_poisoned)
    assert len(home.generations()) == 1


def test_what_does_not_fail_any_more(home: Home, scratch_folder: Path) -> None:
    home.send(FACTS[:300])
    home.keep_up()
    subject = home.sent()[0][0].subject
    with home.looking() as connection:
        parked_subjects.park(
            connection, subject, "an error of yesterday", rebuild_state.clock(connection)
        )
    home.send(FACTS[300:400])
    home.keep_up()
    rebuild(home.kafka, home.views, folder=scratch_folder)
    assert parked(home) == []
    home.expect_whole()
