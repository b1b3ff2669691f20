"""A snapshot against its plain meaning: whatever the files said one after the other, the facts in
force are those of the last one, and what was known before is what the earlier ones said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from typing import cast

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.home import Home
from application.importing.importer import Importer
from application.importing.rows import RowReader
from application.importing.run import Run
from application.importing.select_process import FilesRead
from application.importing.snapshot import Compared
from application.importing.spool import Spool
from consumers.embedded_projector import _rows
from domain.retractions import undone
from ledger.duplicates import judge
from ledger.port import EventData, Receipt, RecordedEvent
from projections.duckdb.import_frames import RejectedKeys
from projections.duckdb.load_rows import land_rows
from projections.duckdb.session import DuckDBSession
from projections.fold.retractions import update_retracted
from projections.view_registry import create_touched
from schemas.codec import decode, encode
from tests.projections.stores import MemoryHome

TYPE = "customer.chased"
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

#: A key may look like another one's edition.
KEYS = ("1", "2", "1#2", "1#2#2", "2#3")
#: What a row may say, a row without a time and one that can't be kept.
SAYINGS = ("a", "b", "c")
TIMELESS, WRONG = "timeless", "wrong"


class Killed(Exception):
    """In the place of a signal."""


@dataclass
class Kept:
    """A ledger and the tables of facts over it, without views."""

    tables: MemoryHome
    facts: list[RecordedEvent] = field(default_factory=list)
    #: The process is killed when so many facts are written.
    lives: int | None = None

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        whole = {each.id: (each.position, EventData(*each[2:])) for each in self.facts}
        receipts, fresh = judge(facts, len(self.facts), lambda ids: whole)
        if self.lives is not None:
            fresh, self.lives = fresh[: self.lives], self.lives - len(fresh)
        start = len(self.facts) + 1
        new = [RecordedEvent(at, at * 1000, *fact) for at, fact in enumerate(fresh, start)]
        self.facts += new
        with self.tables.reading() as session:
            land_rows(session, _rows(new))
            create_touched(session)
            update_retracted(session, "fact")
        if self.lives is not None and self.lives < 0:
            raise Killed
        return receipts

    def head(self) -> int:
        return len(self.facts)

    @contextmanager
    def asking(self, on_progress: object) -> Iterator[tuple[DuckDBSession, int]]:
        with self.tables.reading() as session:
            yield session, len(self.facts)

    def in_force(self, upto: int | None = None) -> list[RecordedEvent]:
        """What is in force of what was known at a position."""
        from uuid import UUID

        known = self.facts[:upto]
        targets = {
            UUID(each.id): UUID(cast("str", decode(each.body)[1]["fact_id"]))
            for each in known
            if each.type == "fact.retracted"
        }
        gone = {str(one) for one in undone(targets)}
        return [each for each in known if each.id not in gone and each.type == TYPE]

    def says(self, upto: int | None = None) -> list[tuple[str, str]]:
        """Which keys have which content, in order."""
        return sorted(map(said, self.in_force(upto)))


def said(fact: RecordedEvent) -> tuple[str, str]:
    return fact.subject.removeprefix("customer:"), str(decode(fact.body)[1]["commitment_id"])


def take_in(kept: Kept, files: Mapping[str, str], **how: bool) -> Compared:
    """One snapshot: what each key's row says."""
    name = f"{TYPE}.sql"
    importer = Importer("shop", {name: ""}, {name: TYPE}, None)
    compared = Compared(cast("Home", kept), importer, Spool(BytesIO()), keep_vanished=False, **how)
    rows = RowReader(TYPE, "shop", TYPE).read(batch_of(files), 1)
    refused = compared.take(TYPE, rows)
    assert not refused
    compared.finish(FilesRead(name, {}, RejectedKeys([], [])))
    run = Run(importer, compared)
    compared.write(kept, run, None)
    assert not run.rejected
    return compared


def batch_of(files: Mapping[str, str]) -> pa.RecordBatch:
    keys, sayings = list(files), list(files.values())
    return pa.RecordBatch.from_pydict(
        {
            "key": pa.array(keys, pa.string()),
            "time": pa.array(
                [None if each == TIMELESS else NOON for each in sayings],
                pa.timestamp("us", tz="UTC"),
            ),
            "source": pa.array(["/care/phone"] * len(keys), pa.string()),
            "subject": pa.array(
                [
                    "nobody" if saying == WRONG else f"customer:{key}"
                    for key, saying in files.items()
                ],
                pa.string(),
            ),
            "commitment_id": pa.array(sayings, pa.string()),
            "channel": pa.array(["phone"] * len(keys), pa.string()),
        }
    )


@dataclass
class Meaning:
    """What a snapshot means, key by key."""

    stands: dict[str, str] = field(default_factory=dict)
    #: What somebody took back by a fact of their own, and nothing has been said of since.
    withdrawn: dict[str, str] = field(default_factory=dict)

    def take_in(self, files: Mapping[str, str]) -> None:
        for key in KEYS:
            saying = files.get(key, TIMELESS)
            if saying == WRONG or saying == self.withdrawn.get(key):
                continue
            if saying != TIMELESS:
                self.stands[key] = saying
                self.withdrawn.pop(key, None)
            else:
                self.stands.pop(key, None)

    def withdraw(self, key: str) -> None:
        self.withdrawn[key] = self.stands.pop(key)

    def says(self) -> list[tuple[str, str]]:
        return sorted(self.stands.items())


@pytest.fixture(scope="module")
def tables() -> MemoryHome:
    return MemoryHome()


FILES = st.dictionaries(st.sampled_from(KEYS), st.sampled_from([*SAYINGS, TIMELESS, WRONG]))


@given(snapshots=st.lists(FILES, max_size=6), data=st.data())
def test_the_facts_in_force_are_those_of_the_last_snapshot(
    tables: MemoryHome, snapshots: list[dict[str, str]], data: st.DataObject
) -> None:
    tables.empty()
    kept, meaning = Kept(tables), Meaning()
    known: list[tuple[int, list[tuple[str, str]]]] = []
    for files in snapshots:
        kept.lives = data.draw(st.none() | st.integers(0, 6), label="killed after")
        try:
            take_in(kept, files)
        except Killed:
            kept.lives = None
            take_in(kept, files)
        meaning.take_in(files)
        assert kept.says() == meaning.says()
        head, kept.lives = kept.head(), None
        again = take_in(kept, files)
        assert (kept.head(), again.accepted) == (head, 0)
        by_others = data.draw(st.booleans(), label="somebody takes a fact back")
        if meaning.stands and by_others:
            key = data.draw(st.sampled_from(sorted(meaning.stands)), label="of the row")
            (fact,) = (each for each in kept.in_force() if said(each)[0] == key)
            kept.append([by_hand(fact, len(kept.facts))])
            meaning.withdraw(key)
        known.append((kept.head(), meaning.says()))
    for head, stood in known:
        assert kept.says(head) == stood


def test_a_row_whose_id_is_taken_by_an_edition_of_another(tables: MemoryHome) -> None:
    tables.empty()
    kept = Kept(tables)
    for files in ({"1": "a"}, {"1": "b"}, {"1": "b", "1#2": "c"}, {"1": "a", "1#2": "a"}):
        take_in(kept, files)
        assert kept.says() == sorted(files.items())


def test_facts_that_do_not_say_by_which_importer_they_came(tables: MemoryHome) -> None:
    tables.empty()
    kept = Kept(tables)
    rows = RowReader(TYPE, "shop", TYPE).read(batch_of({"1": "a", "2": "a", "3": "a"}), 1)
    kept.append([fact._replace(extensions=None) for fact in rows.facts])
    assert take_in(kept, {"1": "a", "2": "b"}).duplicates == 1
    # Of the third nobody knows whose it is.
    assert kept.says() == [("1", "a"), ("2", "b"), ("3", "a")]
    take_in(kept, {"1": "a"})
    assert kept.says() == [("1", "a"), ("3", "a")]


def by_hand(fact: RecordedEvent, number: int) -> EventData:
    body = encode("fact.retracted", {"fact_id": fact.id, "reason": "wrong", "refs": ()})
    id = f"00000000-0000-4000-8000-{number:012x}"
    return EventData(id, "fact.retracted", "/care/desk", fact.subject, fact.time, body)
