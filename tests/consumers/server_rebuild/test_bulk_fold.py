"""The scratch file: which facts it leaves out, and what it copies out. No server is asked."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from consumers.decode import FactBuffer, decode_batches
from consumers.embedded_projector import catalogue_of_types
from domain.facts import Fact
from domain.positions import position_of
from projections.postgres.bulk_fold import ScratchFile, WaitingFact, scratch_file
from projections.postgres.duplicates import Conflict
from tests.domain.given import day, fact
from tests.projections.stores import MemoryLedger

TYPES = catalogue_of_types()


def at(partition: int, offset: int, recorded: int, one: Fact) -> Fact:
    return replace(one, position=position_of(partition, offset), recorded_at=day(recorded))


def take(file: ScratchFile, facts: Sequence[Fact]) -> None:
    heap = FactBuffer(file.session, TYPES)
    with file.landing({}, {}, {}):
        for arrival in decode_batches(MemoryLedger(facts).columns()):
            heap.add(arrival)
        heap.land_all()


def sifted(
    file: ScratchFile, dismissed: Sequence[tuple[int, datetime]] = ()
) -> tuple[list[WaitingFact], list[Conflict], list[int]]:
    """What was left out, and the positions that are left."""
    heard: list[tuple[list[WaitingFact], list[Conflict]]] = []
    file.sift(dismissed, lambda waiting, conflicts: heard.append((list(waiting), list(conflicts))))
    ((waiting, conflicts),) = heard
    left = [row[0] for row in file.session.rows("SELECT position FROM fact ORDER BY 1")]
    return waiting, conflicts, left


def test_the_first_recorded_counts(tmp_path: Path) -> None:
    """By (recorded_at, partition, offset), whichever partition was read first."""
    one = fact("commitment.made", 1, commitment_id="C1", id=UUID(int=1))
    same_again = at(0, 0, 5, one)
    other_subject = at(1, 0, 4, replace(one, subject="customer:9"))
    late = at(2, 0, 6, replace(one, source="/billing/other"))
    alone = at(0, 1, 5, fact("customer.chased", 2, id=UUID(int=2)))
    with scratch_file(tmp_path, "test", TYPES) as file:
        take(file, [same_again, alone, other_subject, late])
        waiting, conflicts, left = sifted(file)
        kept = other_subject.position
        assert conflicts == [
            Conflict(same_again.position, UUID(int=1), kept),
            Conflict(late.position, UUID(int=1), kept),
        ]
        assert (waiting, left) == ([], [alone.position, kept])
        ((subject,),) = file.session.rows("SELECT subject FROM commitment_made")
        assert subject == "customer:9"


def test_bodies_are_compared_and_duplicates_are_no_contradictions(tmp_path: Path) -> None:
    def made(**said: Any) -> Fact:
        return fact("commitment.made", 1, commitment_id="C1", id=UUID(int=1), **said)

    facts = [
        at(0, 0, 1, made(about="delivery")),
        at(0, 1, 1, made(about="delivery")),
        at(0, 2, 1, made(about="repair")),
        at(0, 3, 1, made(about="delivery", due_at=day(9))),
    ]
    with scratch_file(tmp_path, "test", TYPES) as file:
        take(file, facts)
        _, conflicts, left = sifted(file)
    assert [one.position for one in conflicts] == [facts[2].position, facts[3].position]
    assert left == [facts[0].position]


def test_another_type_is_a_contradiction(tmp_path: Path) -> None:
    facts = [
        at(0, 0, 1, fact("commitment.made", 1, commitment_id="C1", id=UUID(int=1))),
        at(0, 1, 1, fact("commitment.honoured", 1, commitment_id="C1", id=UUID(int=1))),
    ]
    with scratch_file(tmp_path, "test", TYPES) as file:
        take(file, facts)
        assert sifted(file)[1] == [Conflict(facts[1].position, UUID(int=1), facts[0].position)]
        assert file.count("commitment_honoured") == 0


def test_facts_of_held_subjects_wait(tmp_path: Path) -> None:
    facts = [
        at(0, offset, 1, fact("customer.chased", offset, of=f"customer:{offset % 2}"))
        for offset in range(4)
    ]
    with scratch_file(tmp_path, "test", TYPES) as file:
        take(file, facts)
        file.hold({"customer:1": "why", "customer:7": "nobody"})
        file.hold({"customer:1": "the first reason stays"})
        waiting, conflicts, left = sifted(file)
    assert waiting == [WaitingFact(facts[n].position, "customer:1", "why") for n in (1, 3)]
    assert (conflicts, left) == ([], [facts[0].position, facts[2].position])


def test_what_was_dismissed_is_no_fact(tmp_path: Path) -> None:
    """Even where it was recorded before another one of its id; a word about another message that
    once lay at a place, on a topic that is gone, says nothing of the one that lies there now."""
    one = fact("commitment.made", 1, commitment_id="C1", id=UUID(int=1))
    facts = [
        at(0, 0, 1, one),
        at(0, 1, 2, replace(one, subject="customer:9")),
        at(0, 2, 3, fact("customer.chased", 2)),
    ]
    with scratch_file(tmp_path, "test", TYPES) as file:
        take(file, facts)
        dismissed = [(facts[0].position, day(1)), (facts[2].position, day(1))]
        assert sifted(file, dismissed) == ([], [], [facts[1].position, facts[2].position])
        ((subject,),) = file.session.rows("SELECT subject FROM commitment_made")
    assert subject == "customer:9"


def test_it_is_gone_on_with_by_its_own_rebuild_alone(tmp_path: Path) -> None:
    facts = [at(0, 0, 1, fact("customer.chased", 1))]
    with scratch_file(tmp_path, "one", TYPES) as file:
        take(file, facts)
        with file.landing({0: 1, 3: 7}, {0: 5}, {}):
            pass
    with scratch_file(tmp_path, "one", TYPES) as file:
        with file.landing({0: 2}, {0: 2**64 - 3}, {}):
            pass
        assert (file.count("fact"), file.read()) == (1, {0: 2, 3: 7})
        assert file.digests() == {0: 2, 3: 0}
    with scratch_file(tmp_path, "another", TYPES) as file:
        assert (file.count("fact"), file.read()) == (0, {})


def test_what_can_not_be_read_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "rebuild.duckdb").write_bytes(b"half a file")
    with scratch_file(tmp_path, "one", TYPES) as file:
        assert file.count("fact") == 0


def test_text_is_copied_out_whole(tmp_path: Path) -> None:
    """Quotes, commas, ends of lines, backslashes, empty text and none; lists as array literals."""
    ugly = 'a "b", c\r\n\\.\nd\\e'
    one = fact("customer.chased", 1, commitment_id="", refs=("order:1", ugly, ""), id=UUID(int=1))
    with scratch_file(tmp_path, "one", TYPES) as file:
        take(file, [at(0, 0, 1, one)])
        with file.copied_out("customer_chased") as (names, blocks):
            text = b"".join(blocks).decode()
    (row,) = csv.reader(io.StringIO(text, newline=""))
    found = dict(zip(names, row, strict=True))
    escaped = ugly.replace("\\", "\\\\").replace('"', '\\"')
    assert found["refs"] == f'{{"order:1","{escaped}",""}}'
    assert (found["id"], found["position"]) == (str(UUID(int=1)), "1")
    assert found["time"].endswith("+00")
    assert ',"",' in text, "empty text has quotes, by which it is told from null"
