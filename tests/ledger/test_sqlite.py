"""What the SQLite home promises beyond the contract."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from eventsourcing.persistence import ProgrammingError, StoredEvent
from eventsourcing.sqlite import SQLiteApplicationRecorder, SQLiteDatastore

from ledger.errors import Busy, CannotWrite, ClockAstray, Closed, LedgerError, Unkeepable
from ledger.extensions import extensions_from_text
from ledger.port import EventData, Receipt
from ledger.sqlite.ledger import SQLiteLedger
from ledger.sqlite.recorded_time import AHEAD, BEHIND
from tests.helpers import ROOT
from tests.ledger.making import a_fact, an_id, facts, flat, sealed


class Clock:
    """A clock that shows what it is set to."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock(1_800_000_000_000_000)


@pytest.fixture
def kept(path: Path, clock: Clock) -> Iterator[SQLiteLedger]:
    with SQLiteLedger(path, clock) as opened:
        yield opened


class TestTime:
    def test_recorded_at_is_the_clocks(self, kept: SQLiteLedger, clock: Clock) -> None:
        kept.append(facts(0, 2))
        clock.now += 5
        kept.append(facts(2, 3))
        first = 1_800_000_000_000_000
        assert [f.recorded_at for f in flat(list(kept.read()))] == [first, first, first + 5]

    def test_a_clock_that_goes_back_does_not_take_recorded_at_with_it(
        self, kept: SQLiteLedger, clock: Clock, path: Path
    ) -> None:
        kept.append([a_fact(1)])
        clock.now -= 60_000_000
        kept.append([a_fact(2)])
        kept.append([a_fact(1), a_fact(3)])
        with SQLiteLedger(path, clock) as again:
            again.append([a_fact(4)])
        assert {f.recorded_at for f in flat(list(kept.read()))} == {1_800_000_000_000_000}
        assert kept.verify() == []

    @pytest.mark.parametrize(
        ("ahead", "wrong"),
        [
            (-BEHIND - 1, "a clock after 2027-01-15T08:00:00+00:00"),
            (-BEHIND, None),
            (AHEAD, None),
            (AHEAD + 1, "a clock within a year of"),
            (10 * AHEAD, "a clock within a year of"),
        ],
    )
    def test_a_clock_that_cannot_be_right(
        self, kept: SQLiteLedger, clock: Clock, path: Path, ahead: int, wrong: str | None
    ) -> None:
        kept.append([a_fact(1)])
        clock.now += ahead
        if wrong is None:
            kept.append([a_fact(2)])
            return
        for facts_given in ([a_fact(2)], [a_fact(1), a_fact(2)]):
            with pytest.raises(ClockAstray) as astray:
                kept.append(facts_given)
            assert wrong in str(astray.value)
            assert astray.value.actions == ["trust the clock"]
        assert kept.append([a_fact(1)])[0].outcome == "duplicate", "nothing is recorded for it"
        assert kept.head() == 1
        with SQLiteLedger(path, clock, trust_clock=True) as trusting:
            trusting.append([a_fact(2)])
        last = flat(list(kept.read()))[-1]
        assert last.recorded_at == max(clock.now, 1_800_000_000_000_000)

    def test_a_pause_of_years_is_honest_where_the_facts_say_so(
        self, kept: SQLiteLedger, clock: Clock
    ) -> None:
        kept.append([a_fact(1)])
        clock.now += 3 * AHEAD
        kept.append([a_fact(2), a_fact(3)._replace(time=clock.now - 5)])
        assert kept.head() == 3

    def test_a_duplicate_keeps_the_instant_of_the_first(
        self, kept: SQLiteLedger, clock: Clock
    ) -> None:
        kept.append([a_fact(1)])
        clock.now += 1
        kept.append([a_fact(1)])
        assert [f.recorded_at for f in flat(list(kept.read()))] == [1_800_000_000_000_000]


class TestEventsourcing:
    """Its own readers see every fact."""

    @pytest.fixture
    def plain(self, path: Path, kept: SQLiteLedger) -> Iterator[SQLiteApplicationRecorder]:
        kept.append(
            [a_fact(1, b"\0one"), a_fact(2, b"")._replace(type="customer.chased"), a_fact(3)]
        )
        datastore = SQLiteDatastore(str(path))
        yield SQLiteApplicationRecorder(datastore)
        datastore.close()

    def test_notifications(self, plain: SQLiteApplicationRecorder) -> None:
        seen = plain.select_notifications(start=1, limit=10)
        assert [(n.id, n.originator_id, n.originator_version, n.topic, n.state) for n in seen] == [
            (1, UUID(an_id(1)), 1, "commitment.made", b"\0one"),
            (2, UUID(an_id(2)), 1, "customer.chased", b""),
            (3, UUID(an_id(3)), 1, "commitment.made", a_fact(3).body),
        ]
        chased = plain.select_notifications(start=None, limit=10, topics=["customer.chased"])
        assert [n.id for n in chased] == [2]
        assert plain.max_notification_id() == 3

    def test_the_ledgers_recorder(self, plain: object, kept: SQLiteLedger) -> None:
        seen = kept.recorder.select_notifications(2, 1, inclusive_of_start=False)
        assert [(n.id, n.originator_id, n.state) for n in seen] == [(3, an_id(3), a_fact(3).body)]
        assert kept.recorder.max_notification_id() == kept.head() == 3
        assert [event.state for event in kept.recorder.select_events(an_id(1))] == [b"\0one"]

    def test_events_come_in_with_their_envelope(self, kept: SQLiteLedger) -> None:
        fact = a_fact(1)
        event = StoredEvent(fact.id, 1, fact.type, fact.body)
        with pytest.raises(ProgrammingError, match="expected envelopes.*SQLiteLedger.append"):
            kept.recorder.insert_events([event])
        with pytest.raises(ProgrammingError, match="seen others or none"):
            kept.recorder.insert_events([event], envelopes=[a_fact(2)])
        assert kept.head() == 0
        assert list(kept.recorder.insert_events([event], envelopes=[fact]) or ()) == [1]
        assert [sealed(f) for f in flat(list(kept.read()))] == [fact]


class TestOtherSchemaVersions:
    """The same meaning under two schemas is the same fact."""

    OLD, NEW = b"\0\0\0\0\x06old", b"\0\0\0\0\x99new"

    def appended_again(self, kept: SQLiteLedger, old: bytes, new: bytes) -> Receipt:
        kept.append([a_fact(1, old)])
        return kept.append([a_fact(1, new)])[0]

    def test_decoded_alike(self, kept: SQLiteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("schemas.codec.decode", lambda wire: ("t", {"refs": ()}))
        assert self.appended_again(kept, self.OLD, self.NEW) == Receipt(1, "duplicate")
        assert flat(list(kept.read()))[0].body == self.OLD

    def test_decoded_differently(self, kept: SQLiteLedger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("schemas.codec.decode", lambda wire: ("t", {"what": wire[5:]}))
        assert self.appended_again(kept, self.OLD, self.NEW) == Receipt(1, "conflict")

    def test_other_bytes_under_one_schema_that_mean_the_same(
        self, kept: SQLiteLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("schemas.codec.decode", lambda wire: ("t", {}))
        assert self.appended_again(kept, self.OLD, self.OLD + b"!") == Receipt(1, "duplicate")

    def test_what_cannot_be_decoded_is_not_the_same(self, kept: SQLiteLedger) -> None:
        assert self.appended_again(kept, b"not", b"wire bytes") == Receipt(1, "conflict")


class TestWhatCannotBeKept:
    @pytest.mark.parametrize(
        ("change", "seen"),
        [
            ({"id": an_id(1).upper()}, "lower-case text of a UUID, saw '"),
            ({"id": an_id(1).replace("-", "")}, "lower-case text of a UUID, saw '"),
            ({"id": an_id(1) + "\n"}, "lower-case text of a UUID, saw '"),
            ({"subject": "\ud800"}, f"{an_id(1)}: text with half a surrogate pair"),
            ({"extensions": {"a": "\udfff"}}, "text with half a surrogate pair"),
            ({"extensions": {"\udfff": "a"}}, "text with half a surrogate pair"),
            ({"time": 2**63}, f"{an_id(1)}: time=9223372036854775808, which is more than 64 bits"),
        ],
    )
    @pytest.mark.parametrize("known", [False, True])
    @pytest.mark.parametrize("beside", [[], [a_fact(5), a_fact(6)]], ids=["alone", "with others"])
    def test_is_refused_and_nothing_written(
        self,
        kept: SQLiteLedger,
        change: dict[str, Any],
        seen: str,
        known: bool,
        beside: list[EventData],
    ) -> None:
        if known:
            kept.append([a_fact(5)])
        with pytest.raises(Unkeepable) as refused:
            kept.append([*beside, a_fact(1)._replace(**change)])
        assert seen in str(refused.value)
        assert "nothing was written" in str(refused.value)
        assert kept.head() == (1 if known else 0)
        assert kept.append([a_fact(7)])[0].outcome == "accepted"


class TestConnections:
    def test_threads_share_a_ledger(self, kept: SQLiteLedger) -> None:
        def work(thread: int) -> None:
            for number in range(thread * 100, thread * 100 + 20):
                (receipt,) = kept.append([a_fact(number)])
                (fact,) = flat(list(kept.read(receipt.position - 1, receipt.position)))
                assert sealed(fact) == a_fact(number)

        with ThreadPoolExecutor(8) as threads:
            list(threads.map(work, range(8)))
        assert kept.head() == 160
        assert kept.verify() == []

    def test_more_readers_than_connections(self, kept: SQLiteLedger, path: Path) -> None:
        with SQLiteLedger.open_readonly(path, patience=0.05) as reader, ExitStack() as stack:
            for _ in range(15):
                stack.enter_context(reader._datastore.get_connection(commit=False))
            with pytest.raises(Busy, match="to be free within 0.05 s, saw that all are in use"):
                reader.head()

    def test_closing_twice_is_closing_once(self, kept: SQLiteLedger) -> None:
        kept.append(facts(0, 3))
        reading = kept.read(batch=1)
        next(reading)
        kept.close()
        kept.close()
        uses: list[Callable[[], object]] = [
            kept.head,
            kept.read,
            kept.verify,
            lambda: next(reading),
            lambda: kept.append([a_fact(9)]),
        ]
        for use in uses:
            with pytest.raises(Closed, match="expected an open ledger, saw that .* was closed"):
                use()

    def test_a_closed_ledger_is_one_file(self, kept: SQLiteLedger, path: Path) -> None:
        kept.append(facts(0, 3))
        kept.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    def test_a_full_disk_loses_nothing_and_blocks_nothing(self, kept: SQLiteLedger) -> None:
        def limit(pages: int) -> None:
            # Of the connection that writes.
            with kept._datastore.transaction(commit=True) as c:
                c.execute(f"PRAGMA max_page_count = {pages}")

        kept.append(facts(0, 10))
        limit(10)
        with pytest.raises(
            CannotWrite, match="expected room.*none of these facts was written: free"
        ):
            kept.append([a_fact(number, bytes(1000)) for number in range(10, 99)])
        limit(1_000_000)
        assert kept.head() == 10
        kept.append(facts(10, 99))
        assert kept.head() == 99
        assert kept.verify() == []

    def test_a_commit_that_fails_leaves_no_transaction_open(
        self, kept: SQLiteLedger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(connection: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr("eventsourcing.sqlite.SQLiteConnection.commit", fail)
            with pytest.raises(LedgerError, match="expected SQLite to work.*disk I/O error"):
                kept.append(facts(0, 3))
        assert kept.head() == 0
        assert kept.append([a_fact(1)]) == [Receipt(1, "accepted")]

    def test_reading_is_refused_from_nowhere(self, kept: SQLiteLedger) -> None:
        for after, batch in ((-1, 10), (0, 0)):
            with pytest.raises(ValueError, match="expected batch ≥ 1 and after ≥ 0; seen batch="):
                kept.read(after=after, batch=batch)


class TestTheFile:
    def test_facts_are_never_changed_or_removed(self, kept: SQLiteLedger, path: Path) -> None:
        kept.append(facts(0, 3))
        other = sqlite3.connect(path)
        for statement in (
            "UPDATE fact SET body = x'00'",
            "DELETE FROM fact WHERE position = 3",
            "UPDATE origin SET type = 'customer.chased'",
            "DELETE FROM origin",
        ):
            with pytest.raises(sqlite3.IntegrityError, match="a ledger is only appended to"):
                other.execute(statement)
        other.close()

    @pytest.mark.parametrize("at_once", [1, 60])
    def test_the_name_of_an_importer_is_kept_once(
        self, kept: SQLiteLedger, path: Path, at_once: int
    ) -> None:
        marks = [{"importer": "m/é"}, None, {"importer": "m/é", "edition": "2"}, {"edition": "2"}]
        given = [a_fact(n)._replace(extensions=marks[n % 4]) for n in range(60)]
        for start in range(0, 60, at_once):
            kept.append(given[start : start + at_once])
        assert [EventData(*fact[2:]) for fact in flat(list(kept.read()))] == given
        texts = [text for batch in kept.columns() for text in batch["extensions"].to_pylist()]
        assert [extensions_from_text(text) for text in texts] == [one.extensions for one in given]
        assert kept.verify() == []
        assert {receipt.outcome for receipt in kept.append(given)} == {"duplicate"}
        with closing(sqlite3.connect(path)) as other:
            stored = other.execute(
                "SELECT f.extensions, o.mark, count(*) FROM fact AS f"
                " JOIN origin AS o ON o.number = f.origin GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
        assert stored == [
            (None, None, 15),
            (None, '{"importer": "m/é"}', 15),
            ('{"edition": "2", "importer": "m/é"}', None, 15),
            ('{"edition": "2"}', None, 15),
        ]

    def test_positions_outlive_a_vacuum(self, kept: SQLiteLedger, path: Path) -> None:
        kept.append(facts(0, 300))
        before = flat(list(kept.read()))
        other = sqlite3.connect(path)
        other.execute("VACUUM")
        other.close()
        assert flat(list(kept.read())) == before
        assert kept.append([a_fact(300)]) == [Receipt(301, "accepted")]

    def test_every_commit_is_synced(self, kept: SQLiteLedger) -> None:
        for commit in (False, True):
            with kept._datastore.transaction(commit=commit) as c:
                c.execute("PRAGMA synchronous")
                assert c.fetchone()[0] == 2  # FULL
                c.execute("PRAGMA journal_mode")
                assert c.fetchone()[0] == "wal"


def test_an_ask_need_not_import_the_codec() -> None:
    code = (
        "import sys; from ledger.sqlite.ledger import SQLiteLedger; "
        "print([name for name in ('fastavro', 'pyarrow', 'pydantic') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == b"[]\n"
