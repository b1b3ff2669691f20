"""Both recorders of decisions, held to what eventsourcing and the desk ask of one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from random import Random

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent

from application.desk import LONGEST
from domain.desk.keys import Key, Keyed
from ledger.decisions import Decided, Decisions
from ledger.sqlite.decisions import SQLiteDecisions
from projections.postgres.decisions import PostgresDecisions

Records = SQLiteDecisions | PostgresDecisions


def hold_to_the_librarys_port(records: Records) -> None:
    """What eventsourcing asks of a recorder."""
    assert records.max_notification_id() is None
    assert not records.select_notifications(None, 10)
    events = [
        StoredEvent(stream, version, f"topic {version}", f"{stream} {version}".encode())
        for version in (1, 2, 3)
        for stream in ("a", "b")
    ]
    numbers = [number for event in events for number in records.insert_events([event]) or ()]
    assert numbers == sorted(set(numbers))
    assert records.max_notification_id() == numbers[-1]
    own = [event for event in events if event.originator_id == "a"]
    assert list(records.select_events("a")) == own
    assert list(records.select_events("a", gt=1, lte=2)) == own[1:2]
    assert list(records.select_events("a", desc=True, limit=2)) == own[:0:-1]
    assert not records.select_events("c")
    seen = records.select_notifications(None, 10)
    assert [one.id for one in seen] == numbers
    assert [(one.originator_id, one.originator_version, one.state) for one in seen] == [
        (event.originator_id, event.originator_version, event.state) for event in events
    ]
    assert records.select_notifications(numbers[1], 2) == seen[1:3]
    assert records.select_notifications(numbers[1], 2, inclusive_of_start=False) == seen[2:4]
    assert records.select_notifications(numbers[0], 9, stop=numbers[2]) == seen[:3]
    assert records.select_notifications(None, 9, topics=["topic 2"]) == seen[2:4]
    with pytest.raises(NotImplementedError):
        records.subscribe()


def hold(records: Records) -> None:
    """What a recorder of decisions does beside that."""
    key = Key("K", "content", "open", None)
    decided = StoredEvent("promise:C", 1, "topic", b"state")
    assert records.waiting() == 0
    assert not records.next_waiting(5)
    numbers = records.insert_events([decided], key=key)
    assert numbers is not None
    (number,) = numbers
    assert records.keyed("K") == Keyed(key, "promise:C", 1)
    assert records.keyed("k") is None
    assert records.number("promise:C", 1) == number
    with pytest.raises(LookupError):
        records.number("promise:C", 2)
    other = StoredEvent("promise:D", 1, "topic", b"state")
    for taken, again in ((decided, None), (other, key)):  # the version, and the key
        with pytest.raises(IntegrityError):
            records.insert_events([taken], key=again)
    assert not records.select_events("promise:D"), "with its key nothing of it is kept"
    assert records.waiting() == 1
    records.syncing()()
    assert [one.id for one in records.next_waiting(5)] == [number]
    assert records.position(number) is None
    records.publish([(number, 7)])
    records.publish([(number, 9)])  # the second time adds nothing
    assert records.position(number) == 7
    assert records.waiting() == 0
    assert not records.next_waiting(5)
    hold_to_the_longest_names(records)


def hold_to_the_longest_names(records: Records) -> None:
    """Names as long as they may be, which no compression makes shorter."""
    name = Random(7).randbytes(LONGEST // 2).hex()
    key = Key(name, "content", None, None)
    records.insert_events([StoredEvent(f"declined:{name}", 1, "topic", b"")], key=key)
    assert records.keyed(name) == Keyed(key, f"declined:{name}", 1)
    assert records.number(f"declined:{name}", 1)


def test_changes_are_those_of_others(tmp_path: Path) -> None:
    one, other = (SQLiteDecisions(tmp_path / "desk.sqlite") for _ in range(2))
    changes = one.changes()
    one.insert_events([StoredEvent("promise:C", 1, "topic", b"state")])
    one.publish([(1, 1)])
    assert one.changes() == changes
    other.insert_events([StoredEvent("promise:C", 2, "topic", b"state")])
    assert one.changes() != changes
    changes = one.changes()
    other.publish([(2, 2)])
    one.insert_events([StoredEvent("promise:C", 3, "topic", b"state")])
    assert one.changes() != changes, "what others wrote before a write of one's own is seen too"
    for records in (one, other):
        records.close()


def test_who_waits_for_the_disk_is_told_what_stands_in_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(SQLiteDecisions(tmp_path / "desk.sqlite")) as records:
        with monkeypatch.context() as broken:
            broken.setattr("os.fdatasync", _broken)
            records.syncing()  # nobody waits for this one
            synced = records.syncing()
            with pytest.raises(OSError, match="the disk is broken"):
                synced()
        records.syncing()()


def _broken(_descriptor: int) -> None:
    raise OSError("the disk is broken")


def test_what_waits_is_known_whoever_recorded_it(tmp_path: Path) -> None:
    first, second = (SQLiteDecisions(tmp_path / "desk.sqlite") for _ in range(2))
    one, other = Decisions(first), Decisions(second)

    def waiting() -> list[int]:
        found, same = ([each.number for each in of.next_waiting(9)] for of in (one, other))
        assert found == same
        assert [each.number for each in one.next_waiting(1)] == found[:1]
        return found

    assert waiting() == []
    for version, by in enumerate((one, other, one, one, other), 1):
        by.record(
            Decided("promise:C", version, f"{version}", "type", "source", "subject", 0, ""), None
        )
        assert one.about("promise:C") == other.about("promise:C")
        assert [each.originator_version for each in one.about("promise:C")] == waiting()
    other.publish({1: 10, 2: 11})
    one.publish({3: 12})
    assert waiting() == [4, 5]
    one.publish({4: 13, 5: 14})
    assert waiting() == []
    assert second.position(4) == 13
    for records in (first, second):
        records.close()


def test_sqlite(tmp_path: Path) -> None:
    first, second = (SQLiteDecisions(tmp_path / name) for name in ("a.sqlite", "b.sqlite"))
    hold_to_the_librarys_port(first)
    hold(second)
    for records in (first, second):
        records.close()


def test_postgres(postgres: str) -> None:
    first, second = (
        PostgresDecisions(postgres, schema, lambda sentence: None) for schema in ("one", "two")
    )
    hold_to_the_librarys_port(first)
    hold(second)
    for records in (first, second):
        records.close()
