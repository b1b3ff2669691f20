"""The desk of the embedded home."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from application import desk_facts
from application.copy_home import copy
from application.desk import decide
from application.embedded_home import EmbeddedHome
from application.errors import NoHome
from ledger.errors import NotALedger, UnknownVersion
from ledger.sqlite.decisions import SQLiteDecisions
from ledger.sqlite.ledger import SQLiteLedger
from tests.desk.contract import DeskContract
from tests.desk.deciding import decided, deciding, recorded, refused, told
from tests.domain.given import honoured, made, retracts
from tests.helpers import ask
from tests.homes import embedded_home


@pytest.fixture
def home(tmp_path: Path) -> EmbeddedHome:
    return embedded_home(tmp_path / "home")


class TestEmbeddedDesk(DeskContract):
    """What every home promises."""


def test_where_there_is_no_home_only_what_begins_makes_one(home: EmbeddedHome) -> None:
    with pytest.raises(NoHome):
        decide(home, deciding("honour", 1))
    assert not home.folder.exists()
    assert decide(home, deciding("make", 1)).decision is not None
    assert home.made()


def test_far_behind_the_views_are_brought_up_to_date(
    home: EmbeddedHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_facts, "TAIL", 5)
    with home.desk() as desk:
        decided(desk, "make", 1)
        told(home, *(made(1, commitment_id=f"C{number}") for number in range(20)))
        decided(desk, "honour", 2)
        told(home, *(honoured(2, commitment_id=f"C{number}") for number in range(20)))
        for number in range(20):
            assert refused(desk, "abandon", 3, id=f"C{number}").state == "honoured"


def test_what_is_new_is_known_to_be_so_without_a_look(home: EmbeddedHome) -> None:
    told(home, made(1, commitment_id="KNOWN"))
    ask(home.folder, ["promises"])
    with home.desk() as desk:
        for number in range(10):
            decided(desk, "make", 1, id=f"C{number}")
        told(home, made(1, commitment_id="LATER"))
        for id in ("KNOWN", "LATER", "C3"):
            assert refused(desk, "make", 2, id=id).state == "open"


def test_facts_that_are_left_out_do_not_count(home: EmbeddedHome) -> None:
    told(home, made(1), honoured(2))
    ask(home.folder, ["rebuild", "--without", "2"])
    with home.desk() as desk:
        decided(desk, "abandon", 3)


def test_views_that_are_built_anew_meanwhile_do_no_harm(home: EmbeddedHome) -> None:
    with home.desk() as desk:
        decided(desk, "make", 1)
        ask(home.folder, ["rebuild"])
        decided(desk, "honour", 2)
        ask(home.folder, ["rebuild"])
        assert refused(desk, "abandon", 3).state == "honoured"
        decided(desk, "make", 1, id="D")


def test_a_desk_that_lost_its_file_goes_on_with_what_the_ledger_has(home: EmbeddedHome) -> None:
    with home.desk() as desk:
        decided(desk, "make", 1)
        decided(desk, "honour", 2)
    for path in home.folder.glob("desk.sqlite*"):
        path.unlink()
    with home.desk() as desk:
        assert refused(desk, "abandon", 3).state == "honoured"
        outcome = decided(desk, "reopen", 4)
        assert outcome.decision is not None
        assert outcome.decision["version"] == 1
    assert len(recorded(home)) == 3


def test_a_copy_goes_on_with_what_was_published_and_knows_no_key(
    home: EmbeddedHome, tmp_path: Path
) -> None:
    said = (("make", 1), ("part-honour", 2), ("honour", 3), ("decline", 4))
    with home.desk() as desk:
        for verb, on in said:
            decided(desk, verb, on, key=verb)
    there = embedded_home(tmp_path / "copy")
    copy(home, there, lambda facts: None)
    with there.desk() as desk:
        for verb, on in (said[0], said[2]):
            assert refused(desk, verb, on, key=verb).state == "honoured"
        decided(desk, "decline", 4, key="decline")
        assert len(recorded(there)) == 4, "at its time it is the fact that is there already"
        outcome = decided(desk, "part-honour", 2, key="part-honour")
        assert outcome.decision is not None
        assert outcome.decision["version"] == 1
        assert len(recorded(there)) == 5, "nothing says that it is the same part"


def test_what_was_taken_back_is_decided_anew_after_that(home: EmbeddedHome) -> None:
    told(home, made(1))
    with home.desk() as desk:
        outcome = decided(desk, "honour", 2)
    assert outcome.decision is not None
    told(home, retracts(outcome.decision["facts"][0]["id"]))
    for path in home.folder.glob("desk.sqlite*"):
        path.unlink()
    with home.desk() as desk:
        decided(desk, "honour", 2)
        assert refused(desk, "abandon", 3).state == "honoured"
    assert ask(home.folder, ["commitment", "C"])["state"] == "honoured"


def test_a_file_that_was_compacted_elsewhere_is_used_as_it_is(home: EmbeddedHome) -> None:
    with home.desk() as desk:
        decided(desk, "make", 1)
    with closing(sqlite3.connect(home.folder / "desk.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    with home.desk() as desk:
        assert decided(desk, "honour", 2).unpublished is None


@pytest.mark.parametrize("content", [b"", b"no database at all", None])
def test_only_its_own_file_is_taken_for_the_desks(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "desk.sqlite"
    if content is None:
        SQLiteLedger(path, lambda: 0).close()
    else:
        path.write_bytes(content)
    if content == b"":
        SQLiteDecisions(path).close()  # as after a crash: it is made one
        return
    with pytest.raises(NotALedger):
        SQLiteDecisions(path)


def test_a_later_version_of_the_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "desk.sqlite"
    records = SQLiteDecisions(path)
    with records._datastore.transaction(commit=True) as c:
        c.execute("PRAGMA user_version = 99")
    records.close()
    with pytest.raises(UnknownVersion):
        SQLiteDecisions(path)


def test_about_what_waits_for_its_beginning(home: EmbeddedHome) -> None:
    told(home, honoured(1))
    with home.desk() as desk:
        assert refused(desk, "confirm", 2).why == "no promise of that id is made"
        outcome = decided(desk, "make", 2)
        assert outcome.decision is not None
        assert outcome.decision["state"] == "honoured"
