"""What an embedded home does about stored facts that are not as they were, about a disk that is
full, and about who may read it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from application.embedded_home import EmbeddedHome
from application.emit import Events, emit
from application.errors import Unknown
from application.home import LEDGER_FILE, Rebuilding
from application.status import status
from ledger.errors import CannotWrite, ClockAstray, Damaged, Lost
from tests.consumers.processes import fill, promises_kept
from tests.helpers import ROOT
from tests.homes import embedded_home
from tests.ledger.making import flat
from tests.ledger.tampering import tamper
from tests.ledger.version_1 import write_version_1
from tests.small_disk import small_disk_in

FACTS = 20
#: A tmpfs of so many bytes stands for a disk that is full.
DISK = 3 * 1024 * 1024


@pytest.fixture
def home(tmp_path: Path) -> EmbeddedHome:
    """A home with facts, and views of all of them."""
    fill(tmp_path / "home", promises_kept(FACTS // 2))
    made = embedded_home(tmp_path / "home")
    assert asked(made) == FACTS
    return made


def asked(home: EmbeddedHome) -> int:
    """How many facts the views have; they are brought up to date."""
    with home.asking(lambda done, total: None) as (session, _):
        ((count,),) = session.rows("SELECT count(*) FROM fact")
    return int(count)


def shown(home: EmbeddedHome) -> Mapping[str, Any]:
    """What is answered of how it stands."""
    return {**status(home)}


def rebuilt(home: EmbeddedHome, how: Rebuilding) -> int:
    home.rebuild(lambda done, total: None, how)
    return asked(home)


# ------------------------------------------------------------------------ facts that were changed


def test_a_fact_that_was_changed_is_left_out_by_word(home: EmbeddedHome) -> None:
    tamper(
        home.folder / LEDGER_FILE,
        "UPDATE fact SET body = CAST(substr(body, 1, 9) || 'X' || substr(body, 11) AS BLOB)"
        " WHERE position = 7",
    )
    assert asked(home) == FACTS, "from the views, which are of the fact as it was"
    with pytest.raises(Damaged, match="at position 7 the checksum") as damaged:
        rebuilt(home, Rebuilding())
    assert damaged.value.actions == ["leave positions out"]
    assert asked(home) == FACTS, "the views are as they were"

    assert rebuilt(home, Rebuilding(without=(7,))) == FACTS - 1
    again = embedded_home(home.folder)
    assert asked(again) == FACTS - 1
    assert shown(again)["left_out"] == [7]
    assert rebuilt(home, Rebuilding(without=(9,))) == FACTS - 2
    assert rebuilt(home, Rebuilding(taken_back=(9,))) == FACTS - 1
    with pytest.raises(Damaged):
        rebuilt(home, Rebuilding(taken_back=(7,)))
    assert shown(home)["left_out"] == [7], "what could not be built changes nothing"
    assert asked(home) == FACTS - 1
    fill(home.folder, promises_kept(FACTS // 2 + 3)[FACTS:])
    assert asked(home) == FACTS + 6 - 1
    with pytest.raises(Damaged, match="at position 7 the checksum"):
        fill(home.folder, promises_kept(FACTS // 2))  # is it the same? what is stored can't tell


def test_facts_go_on_coming_beside_one_that_is_left_out(home: EmbeddedHome) -> None:
    assert rebuilt(home, Rebuilding(without=(FACTS,))) == FACTS - 1
    fill(home.folder, promises_kept(FACTS // 2 + 3))
    assert asked(home) == FACTS + 6 - 1
    rebuilt(home, Rebuilding(taken_back=(FACTS,)))
    assert asked(home) == FACTS + 6
    assert shown(home)["left_out"] == []


@pytest.mark.parametrize("change", ["subject = 'customer:changed'", "digest = digest + 1"])
def test_facts_come_after_a_last_one_that_is_left_out(home: EmbeddedHome, change: str) -> None:
    tamper(home.folder / LEDGER_FILE, f"UPDATE fact SET {change} WHERE position = {FACTS}")

    def emitted() -> int:
        with home.writing(trust_clock=True) as ledger:
            return int(emit(ledger, Events(stream=BytesIO(lines(3))))["accepted"])

    with pytest.raises(Damaged, match=f"at position {FACTS} "):
        emitted()
    assert rebuilt(home, Rebuilding(without=(FACTS,))) == FACTS - 1
    assert emitted() == 3
    with home.reading() as ledger:
        assert {fault.position for fault in ledger.verify()} == {FACTS}
    assert rebuilt(home, Rebuilding()) == FACTS - 1 + 3


def test_what_is_left_out_is_the_damaged_fact_alone(home: EmbeddedHome) -> None:
    ledger = home.folder / LEDGER_FILE
    with home.writing():
        pass  # the last one to close it leaves no -wal file
    copy = ledger.read_bytes()
    for damage in (
        "UPDATE fact SET subject = 'customer:changed' WHERE position = 7",
        "UPDATE fact SET subject = CAST(x'ff00' AS TEXT) WHERE position = 7",
        "DELETE FROM fact WHERE position = 7",
        "UPDATE origin SET type = 'no.type' WHERE number = 1",
    ):
        tamper(ledger, damage)
        with pytest.raises(Damaged) as damaged:
            rebuilt(home, Rebuilding())
        left = damaged.value.positions
        assert left
        assert rebuilt(home, Rebuilding(without=left)) == FACTS - len(left)
        assert home.left_out() == left
        ledger.write_bytes(copy)
        assert home.left_out() == (), damage
        assert asked(home) == FACTS


def test_positions_that_the_ledger_does_not_have(home: EmbeddedHome) -> None:
    for how in (Rebuilding(without=(FACTS + 1,)), Rebuilding(taken_back=(3,))):
        with pytest.raises(Unknown):
            rebuilt(home, how)
    assert home.left_out() == ()


# ----------------------------------------------------------------------------- facts that are lost


def test_facts_that_are_lost_are_missed(home: EmbeddedHome) -> None:
    tamper(home.folder / LEDGER_FILE, "DELETE FROM fact WHERE position > 12")

    def emitted() -> int:
        with embedded_home(home.folder).writing(trust_clock=True) as ledger:
            return int(emit(ledger, Events(stream=BytesIO(lines(3))))["accepted"])

    uses: list[Callable[[], int]] = [
        lambda: asked(home),
        lambda: rebuilt(home, Rebuilding()),
        emitted,
    ]
    for use in uses:
        with pytest.raises(Lost, match="the 20 facts that the views are of"):
            use()
    assert (shown(home)["position"], shown(home)["lost"]) == (FACTS, True)
    assert rebuilt(home, Rebuilding(forget_lost=True)) == 12
    assert shown(home)["lost"] is False
    assert emitted() == 3
    assert asked(home) == 12 + 3


def test_facts_that_are_lost_are_missed_after_views_were_kept_up(home: EmbeddedHome) -> None:
    fill(home.folder, promises_kept(FACTS // 2 + 1))
    assert asked(home) == FACTS + 2
    tamper(home.folder / LEDGER_FILE, f"DELETE FROM fact WHERE position > {FACTS}")
    with pytest.raises(Lost, match="the 22 facts"), home.writing():
        pass
    (home.folder / "views.duckdb").unlink()
    with home.writing():  # nobody knows of more facts
        pass


@pytest.mark.parametrize("emptied", [False, True])
def test_no_ledger_is_begun_beside_views_of_facts(home: EmbeddedHome, emptied: bool) -> None:
    ledger = home.folder / LEDGER_FILE
    if emptied:
        tamper(ledger, "DELETE FROM fact")
    else:
        for path in home.folder.glob(f"{LEDGER_FILE}*"):
            path.unlink()
    again = embedded_home(home.folder)
    with pytest.raises(Lost, match="the 20 facts that the views in .* no ledger"), again.writing():
        pass
    assert ledger.exists() is emptied
    (home.folder / "views.duckdb").unlink()
    fill(home.folder, promises_kept(1))
    assert asked(embedded_home(home.folder)) == 2


def test_a_ledger_that_was_put_back_and_fed_others(home: EmbeddedHome) -> None:
    (home.folder / LEDGER_FILE).unlink()
    facts = promises_kept(FACTS // 2)
    fill(home.folder, [*facts[2:], *facts[:2]])
    said: list[str] = []
    again = EmbeddedHome(home.folder, home._runtime, said.append)
    with again.reading() as ledger, again.asking(lambda done, total: None) as (session, _):
        kept = [(fact.position, fact.id) for fact in flat(list(ledger.read()))]
        found = session.rows("SELECT f.position, CAST(f.id AS VARCHAR) FROM fact AS f ORDER BY 1")
    assert found == kept
    assert ["are not those that the views were made of" in each for each in said] == [True]


# ---------------------------------------------------------------------------- an earlier version


def test_a_home_of_version_1_answers(tmp_path: Path, home: EmbeddedHome) -> None:
    with home.reading() as ledger:
        kept = flat(list(ledger.read()))
    old = tmp_path / "old"
    old.mkdir()
    write_version_1(old / LEDGER_FILE, kept)
    assert asked(embedded_home(old)) == FACTS
    with embedded_home(old).reading() as ledger:
        assert flat(list(ledger.read())) == kept


# ------------------------------------------------------------------------------ who may read it


def test_a_home_is_its_owners_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        home = embedded_home(tmp_path / "home")
        with home.writing() as ledger:
            emit(ledger, Events(stream=BytesIO(lines(3))))
            modes = modes_of(tmp_path / "home")
    finally:
        os.umask(before)
    assert modes.pop("") == 0o700
    assert set(modes) >= {LEDGER_FILE, f"{LEDGER_FILE}-wal", f"{LEDGER_FILE}-shm"}
    assert set(modes.values()) == {0o600}


def test_every_file_that_a_command_writes(tmp_path: Path) -> None:
    def run(*words: str) -> None:
        code = "import os, sys; os.umask(0); from entrypoints.__main__ import run; sys.exit(run())"
        home = str(tmp_path / "home")
        command = [sys.executable, "-c", code, *words, "--home", home]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True, input=b"")

    run("emit", "-")
    fill(tmp_path / "home", promises_kept(3))
    run("commitments")
    modes = modes_of(tmp_path / "home")
    assert modes.pop("") == 0o700
    assert "views.duckdb" in modes
    assert set(modes.values()) == {0o600}


def test_one_that_is_open_to_others_is_closed_when_it_is_written_to(home: EmbeddedHome) -> None:
    home.folder.chmod(0o755)
    for path in home.folder.iterdir():
        path.chmod(0o664)
    with home.writing():
        modes = modes_of(home.folder)
    assert modes.pop("") == 0o750
    assert not any(mode & 0o007 for mode in modes.values())


def test_one_that_is_open_to_others_is_closed_when_its_views_are_written(
    home: EmbeddedHome,
) -> None:
    def opened() -> None:
        home.folder.chmod(0o755)
        for path in home.folder.iterdir():
            path.chmod(0o644)

    def expect_closed() -> None:
        modes = modes_of(home.folder)
        assert modes.pop("") == 0o750
        assert not any(mode & 0o007 for mode in modes.values())

    before = os.umask(0o077)  # as the command line has it
    try:
        opened()
        rebuilt(home, Rebuilding())
        expect_closed()
        fill(home.folder, promises_kept(FACTS // 2 + 1))
        opened()
        asked(home)
        expect_closed()
        with home.reading() as ledger:
            kept = flat(list(ledger.read()))
        for path in home.folder.glob(f"{LEDGER_FILE}*"):
            path.unlink()
        write_version_1(home.folder / LEDGER_FILE, kept)
        opened()
        with home.reading():
            expect_closed()
    finally:
        os.umask(before)


def modes_of(folder: Path) -> dict[str, int]:
    found = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    return {"": folder.stat().st_mode & 0o777, **found}


# --------------------------------------------------------------------------------- a full disk


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk_in(tmp_path, DISK) as place:
        yield place


def lines(count: int) -> bytes:
    one = (
        '{{"specversion": "1.0", "id": "00000000-0000-4000-8000-{:012d}",'
        ' "type": "commitment.made", "source": "/care/phone", "subject": "customer:{}",'
        ' "time": "2026-01-01T00:00:00Z", "data": {{"commitment_id": "C{}", "about": "x"}}}}\n'
    )
    return "".join(one.format(number, number, number) for number in range(count)).encode()


def test_emitting_to_a_full_disk_tells_what_is_kept(small_disk: Path) -> None:
    home = embedded_home(small_disk / "home")
    given = lines(40_000)
    with pytest.raises(CannotWrite, match="room for more facts") as full, home.writing() as ledger:
        emit(ledger, Events(stream=BytesIO(given)))
    (note,) = full.value.__notes__
    with home.reading() as ledger:
        kept = ledger.head()
    assert kept > 0
    assert f"up to line {kept:,}, is kept and safe" in note
    assert "Emitting the same again is safe" in note


def test_views_on_a_full_disk(small_disk: Path) -> None:
    home = embedded_home(small_disk / "home")
    with home.writing() as ledger:
        emit(ledger, Events(stream=BytesIO(lines(4_000))))
    from projections.errors import CannotWrite as NoRoom

    with pytest.raises(NoRoom, match="room on the disk of .* none left; the views are as they"):
        asked(home)


# ------------------------------------------------------------------------------------- the clock


def test_a_clock_that_was_ahead_needs_a_word(tmp_path: Path) -> None:
    folder = tmp_path / "home"
    fill(folder, promises_kept(1), 4_070_908_800_000_000)
    home = embedded_home(folder)
    more = Events(stream=BytesIO(lines(3)))
    with pytest.raises(ClockAstray, match="2099-01-01"), home.writing() as ledger:
        emit(ledger, more)
    with home.writing(trust_clock=True) as ledger:
        assert emit(ledger, Events(stream=BytesIO(lines(3))))["accepted"] == 3
