"""Snapshots, through the command line: what is counted, refused, rejected and left."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import PATIENCE, ROOT, Outcome, ask, ask_lines, emit, run
from tests.importing.folders import write

PRELUDE = """
CREATE MACRO t(s) AS instant(s, '%Y-%m-%d %H:%M', 'UTC');
CREATE VIEW tickets AS SELECT * FROM rows('tickets.csv');
"""
MADE = """
SELECT id AS key, t(opened) AS time, '/care/desk' AS source, 'customer:' || id AS subject,
    id AS commitment_id, 'ticket' AS about
FROM tickets
"""
HONOURED = """
SELECT id AS key, t(closed) AS time, '/care/desk' AS source, 'customer:' || id AS subject,
    id AS commitment_id
FROM tickets
"""
HEADER = "id,opened,closed,note\n"
OPEN = "2026-03-02 09:00,"
CLOSED = "2026-03-02 09:00,2026-03-02 17:00"


class Desk:
    """An export of tickets that is taken in again and again."""

    def __init__(self, place: Path) -> None:
        self.home, self._data = place / "home", place / "data"
        self.folder = write(
            place / "desk",
            {
                "_prelude.sql": PRELUDE,
                "commitment.made.sql": MADE,
                "commitment.honoured.sql": HONOURED,
            },
        )

    def export(self, tickets: Mapping[str, str] | str) -> Path:
        rows = (
            tickets
            if isinstance(tickets, str)
            else "".join(f"{id},{row},\n" for id, row in tickets.items())
        )
        return write(self._data, {"tickets.csv": HEADER + rows})

    def run(self, tickets: Mapping[str, str] | str, *options: str) -> Outcome:
        data = str(self.export(tickets))
        return run(self.home, ["import", str(self.folder), "--data", data, "--json", *options])

    def take_in(self, tickets: Mapping[str, str] | str, *options: str) -> dict[str, Any]:
        outcome = self.run(tickets, "--snapshot", *options)
        assert outcome.err == ""
        found: dict[str, Any] = json.loads(outcome.out)
        assert (outcome.code == 2) == bool(found["rejected"])
        return found

    def counted(self, tickets: Mapping[str, str] | str, *options: str) -> tuple[int, ...]:
        found = self.take_in(tickets, *options)
        return tuple(found[name] for name in ("accepted", "changed", "vanished", "returned"))

    def statuses(self, *options: str) -> dict[str, str]:
        asked = ["commitments", "--as-of", "2026-04-01T00:00:00Z", *options]
        found = ask(self.home, asked)["commitments"]
        return {each["commitment_id"]: each["status"] for each in found}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_rows_that_change_vanish_and_return(desk: Desk) -> None:
    assert desk.counted({"1": OPEN, "2": CLOSED, "3": CLOSED}) == (5, 0, 0, 0)
    later = CLOSED.replace("17:00", "18:00")
    assert desk.counted({"1": OPEN, "2": later}) == (4, 1, 2, 0)
    assert desk.statuses() == {"1": "undated", "2": "kept"}
    assert desk.statuses("--known-at", "@5") == {"1": "undated", "2": "kept", "3": "kept"}
    assert desk.counted({"1": CLOSED, "2": later, "3": CLOSED}) == (3, 0, 0, 2)
    assert desk.statuses() == {"1": "kept", "2": "kept", "3": "kept"}
    again = desk.take_in({"1": CLOSED, "2": later, "3": CLOSED})
    assert (again["accepted"], again["duplicates"], again["head"]) == (0, 6, 12)


def test_a_row_whose_time_is_missing_now_has_vanished(desk: Desk) -> None:
    desk.take_in({"1": CLOSED})
    assert desk.counted({"1": OPEN}) == (1, 0, 1, 0)
    assert desk.statuses() == {"1": "undated"}


def test_what_an_import_without_a_snapshot_added_is_known_too(desk: Desk) -> None:
    assert desk.run({"1": OPEN, "2": OPEN}).code == 0
    assert desk.counted({"1": CLOSED}) == (2, 0, 1, 0)
    outcome = desk.run({"1": CLOSED.replace("09:00", "10:00")})
    (rejected,) = json.loads(outcome.out)["rejected"]
    assert "--snapshot retracts that fact and makes a new one of the row" in rejected["why"]


@pytest.mark.parametrize(
    "unreadable",
    [
        "2,2026-02-31 09:00,2026-02-31 09:00,\n",
        "2,2026-03-02 09:00,2026-03-02 17:00,one,more\n",
        "2,2026-03-02 09:00\n",
        '2,"2026-03-02 09:00,2026-03-02 17:00,\n',
        "2,2026-03-02 09:00,2026-03-02 17:00,\0\n",
    ],
)
def test_the_facts_of_a_row_that_cannot_be_read_stay(desk: Desk, unreadable: str) -> None:
    desk.take_in({"1": CLOSED, "2": CLOSED, "3": CLOSED})
    found = desk.take_in(f"1,{CLOSED},\n{unreadable}")
    assert {each["line"] for each in found["rejected"]} == {3}
    assert (found["vanished"], found["changed"], found["kept"]) == (2, 0, 0)
    assert desk.statuses() == {"1": "kept", "2": "kept"}


def test_nothing_vanishes_where_an_unreadable_record_may_be_any_row(desk: Desk) -> None:
    desk.take_in({"1": CLOSED, "2": CLOSED})
    grouped = f"SELECT key, min(time) AS time, any_value(source) AS source, any_value(subject) AS \
        subject, any_value(commitment_id) AS commitment_id FROM ({HONOURED}) GROUP BY key"
    write(desk.folder, {"commitment.honoured.sql": grouped})
    found = desk.take_in(f"1,{CLOSED},\n2,x\n")
    assert (found["vanished"], found["kept"]) == (0, 1)
    assert desk.counted({"1": CLOSED}) == (2, 0, 2, 0)


@pytest.mark.parametrize(
    ("key", "unreadable"),
    [
        ('"2,b"', '"2,b",2026-03-02 09:00,"2026-03-02 17:00,\n'),
        ('"2""b"', '"2""b",2026-03-02 09:00,2026-03-02 17:00,a"b\n'),
        ("2", '2,2026-03-02 09:00,2026-03-02 17:00,"a, "b" c"\n'),
    ],
)
def test_a_quoted_key_is_known_beside_what_cannot_be_read(
    desk: Desk, key: str, unreadable: str
) -> None:
    desk.take_in(f"1,{CLOSED},\n{key},{CLOSED},\n3,{CLOSED},\n")
    found = desk.take_in(f"1,{CLOSED},\n{unreadable}")
    assert (found["vanished"], found["kept"]) == (2, 0)
    assert len(desk.statuses()) == 2


@pytest.mark.parametrize(
    "unreadable",
    [
        ("2é,2026-03-02 09:00,2026-03-02 17:00,\n").encode("latin-1"),
        b"2\0,2026-03-02 09:00,2026-03-02 17:00,\n",
        b'"2\xc3\xa9,2026-03-02 09:00,2026-03-02 17:00,\n',
    ],
)
def test_nothing_vanishes_where_a_key_cannot_be_read(desk: Desk, unreadable: bytes) -> None:
    desk.take_in({"1": CLOSED, "2é": CLOSED})
    data = desk.export({"1": CLOSED}) / "tickets.csv"
    data.write_bytes(data.read_bytes() + unreadable)
    outcome = run(
        desk.home, ["import", str(desk.folder), "--data", str(data.parent), "--snapshot", "--json"]
    )
    found = json.loads(outcome.out)
    assert (found["vanished"], found["kept"], len(found["rejected"])) == (0, 2, 1)
    assert desk.statuses().keys() == {"1", "2é"}


@pytest.mark.parametrize(
    "unreadable",
    [
        "2026-03-02 09:00,2026-03-02 17:00,\n",  # it lacks its key
        "3,2026-03-02 09:00,2026-03-02 17:00\n",  # and there is such a row
        "2,b,2026-03-02 09:00,2026-03-02 17:00,\n",  # its key is torn in two
    ],
)
def test_nothing_vanishes_where_a_record_may_lack_its_key(desk: Desk, unreadable: str) -> None:
    stands = f'1,{CLOSED},\n"2,b",{CLOSED},\n3,{CLOSED},\n'
    desk.take_in(stands)
    found = desk.take_in(f"1,{CLOSED},\n{unreadable}3,{CLOSED},\n")
    assert {(each["file"], each["line"]) for each in found["rejected"]} == {("tickets.csv", 3)}
    assert (found["vanished"], found["kept"]) == (0, 2)
    assert desk.statuses() == {"1": "kept", "2,b": "kept", "3": "kept"}
    assert desk.counted(stands) == (0, 0, 0, 0)
    assert desk.counted({"1": CLOSED, "3": CLOSED}) == (2, 0, 2, 0)


def test_nothing_vanishes_where_a_row_has_no_key(desk: Desk) -> None:
    for type in ("made", "honoured"):
        path = desk.folder / f"commitment.{type}.sql"
        path.write_text(path.read_text().replace("id AS key", "nullif(id, '') AS key"))
    desk.take_in({"1": CLOSED, "2": CLOSED})
    found = desk.take_in({"1": CLOSED, "": CLOSED})
    assert (found["vanished"], found["kept"]) == (0, 2)
    assert desk.counted({"1": CLOSED}) == (2, 0, 2, 0)


def test_a_key_of_several_fields_is_known_wherever_one_is_too_many(desk: Desk) -> None:
    for type in ("made", "honoured"):
        path = desk.folder / f"commitment.{type}.sql"
        path.write_text(path.read_text().replace("id AS key", "id || note AS key"))
    desk.take_in({"1": CLOSED, "2": CLOSED, "3": CLOSED})
    found = desk.take_in(f"1,{CLOSED},\n2,{CLOSED},more,\n")
    assert (found["vanished"], found["kept"]) == (2, 0)
    assert desk.statuses() == {"1": "kept", "2": "kept"}


def test_nothing_vanishes_where_a_torn_record_may_have_been_left_out(desk: Desk) -> None:
    path = desk.folder / "commitment.honoured.sql"
    path.write_text(path.read_text() + "WHERE note <> 'draft'")
    rows = f"1,{CLOSED},final\n2,{CLOSED},final\n"
    desk.take_in(rows)
    found = desk.take_in(f"1,{CLOSED},final\n3,{OPEN},final\n2,{CLOSED}\n")
    assert (found["vanished"], found["kept"]) == (0, 0)
    path.write_text(path.read_text().replace("<> 'draft'", "= 'final'"))
    found = desk.take_in(f"1,{CLOSED},final\n2,{CLOSED}\n3,{OPEN},final\n")
    assert (found["vanished"], found["kept"]) == (0, 1)
    assert desk.statuses() == {"1": "kept", "2": "kept", "3": "undated"}


def test_nothing_vanishes_where_a_record_is_missing_from_a_table_of_the_prelude(desk: Desk) -> None:
    desk.take_in({"1": CLOSED, "2": CLOSED})
    table = PRELUDE.replace("CREATE VIEW", "CREATE TABLE")
    write(desk.folder, {"_prelude.sql": table})
    found = desk.take_in(f"1,{CLOSED},\n2,x\n")
    assert (found["vanished"], found["kept"]) == (0, 2)


def test_importers_and_selects_of_like_names_are_apart(desk: Desk) -> None:
    write(desk.folder, {"commitment.made.also.sql": MADE.replace("id AS com", "id || '-2' AS com")})
    name = ["--name", 'Dépôt "x"']
    assert desk.counted({"1": OPEN, "2": OPEN}, *name) == (4, 0, 0, 0)
    assert desk.counted({"1": OPEN, "2": OPEN}, "--name", "Dépôt") == (4, 0, 0, 0)
    (desk.folder / "commitment.made.also.sql").unlink()
    assert desk.counted({"1": OPEN}, *name) == (1, 0, 1, 0)


def test_facts_of_rows_that_vanished_can_be_kept(desk: Desk) -> None:
    desk.take_in({"1": CLOSED, "2": CLOSED})
    found = desk.take_in({"1": CLOSED}, "--keep-vanished")
    assert (found["accepted"], found["vanished"], found["kept"]) == (0, 0, 2)
    assert desk.counted({"1": CLOSED, "2": CLOSED}) == (0, 0, 0, 0)


def test_a_snapshot_that_looks_cut_off_is_refused(desk: Desk) -> None:
    whole = {str(number): OPEN for number in range(30)}
    desk.take_in(whole)
    rest = dict.fromkeys(list(whole)[:19], OPEN)
    outcome = desk.run(rest | {"0": CLOSED}, "--snapshot")
    assert (outcome.code, outcome.out) == (2, "")
    assert "for nearly all of the 30 facts of desk" in outcome.err
    assert "saw none for 11 of them" in outcome.err
    assert "say --accept-vanished 11" in outcome.err
    assert desk.run(rest, "--snapshot", "--accept-vanished", "10").code == 2
    assert len(desk.statuses()) == 30
    assert desk.counted(rest, "--accept-vanished", "11") == (11, 0, 11, 0)
    nine = dict.fromkeys(list(whole)[:9], OPEN)
    assert desk.counted(nine) == (10, 0, 10, 0)


def test_options_of_snapshots_need_one(desk: Desk) -> None:
    for option in (["--keep-vanished"], ["--accept-vanished", "3"]):
        outcome = desk.run({"1": OPEN}, *option)
        assert outcome.code == 2
        assert f"expected --snapshot with {option[0]}, saw none" in outcome.err
    assert not desk.home.exists()


def test_a_key_twice_in_one_file(desk: Desk) -> None:
    found = desk.take_in(f"1,{OPEN},\n1,{OPEN},\n1,2026-03-03 09:00,,\n")
    assert (found["accepted"], found["duplicates"]) == (1, 1)
    (rejected,) = found["rejected"]
    assert (rejected["file"], rejected["line"]) == ("tickets.csv", 4)
    assert "key: expected each key once in a file, saw it again" in rejected["why"]


def test_what_somebody_took_back_stays_so_while_the_row_says_the_same(desk: Desk) -> None:
    desk.take_in({"1": OPEN, "2": OPEN})
    first = ask_lines(desk.home, ["facts"])[0]
    withdrawn = first | {
        "id": "0190d0d0-0000-7000-8000-000000000001",
        "type": "fact.retracted",
        "data": {"fact_id": first["id"], "reason": "wrong"},
    }
    for name in ("position", "recordedtime", "importer"):
        del withdrawn[name]
    emit(desk.home, [withdrawn])
    assert desk.counted({"1": OPEN, "2": OPEN}) == (0, 0, 0, 0)
    assert desk.statuses() == {"2": "undated"}
    assert desk.counted({"1": "2026-03-02 09:30,", "2": OPEN}) == (1, 1, 0, 0)
    assert desk.statuses() == {"1": "undated", "2": "undated"}


def test_a_fact_that_somebody_brought_back_stays_while_its_row_is_gone(desk: Desk) -> None:
    desk.take_in({"1": OPEN, "2": OPEN})
    desk.take_in({"1": OPEN})
    last = ask_lines(desk.home, ["facts"])[-1]
    assert (last["type"], last["data"]["reason"]) == ("fact.retracted", "vanished")
    back = last | {
        "id": "0190d0d0-0000-7000-8000-000000000002",
        "data": {"fact_id": last["id"], "reason": "the export was wrong"},
    }
    for name in ("position", "recordedtime"):
        del back[name]
    emit(desk.home, [back])
    found = desk.take_in({"1": OPEN})
    assert (found["accepted"], found["vanished"], found["kept"]) == (0, 0, 1)
    assert desk.counted({"1": OPEN, "2": CLOSED}) == (1, 0, 0, 0)
    assert desk.counted({"1": OPEN, "2": CLOSED.replace("09:00", "09:30")}) == (2, 1, 0, 0)
    assert desk.counted({"1": OPEN}) == (2, 0, 2, 0)


def started(desk: Desk, data: Path, what: str, when: str, times: int) -> subprocess.Popen[bytes]:
    """A process that imports a snapshot, and kills itself at one instruction; never at the call
    of number 0."""
    arguments = [desk.home, desk.folder, data, what, when, times]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.importing.crash", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


APPENDS = "ledger.sqlite.ledger:SQLiteLedger.append"


@pytest.mark.parametrize(
    ("what", "when", "times"),
    [
        ("consumers.embedded_projector.keep_up", "after", 1),
        ("application.importing.snapshot:Compared.finish", "before", 2),
        ("application.importing.snapshot:Compared.write", "before", 1),
        (APPENDS, "before", 1),
        (APPENDS, "after", 1),
        (APPENDS, "after", 3),
        ("ledger.sqlite.recorder:FactRecorder.insert_facts", "after", 2),
    ],
)
def test_a_kill_at_any_step_is_finished_by_the_same_snapshot(
    desk: Desk, what: str, when: str, times: int
) -> None:
    desk.take_in({str(number): OPEN for number in range(9)})
    files = {str(number): CLOSED.replace("09:00", "10:00") for number in range(4, 12)}
    with started(desk, desk.export(files), what, when, times) as child:
        assert child.wait(PATIENCE) == -signal.SIGKILL
    desk.take_in(files)
    again = desk.take_in(files)
    assert (again["accepted"], again["head"]) == (0, 9 + 4 + 2 * 5 + 3 + 8)
    assert desk.statuses() == dict.fromkeys(files, "kept")
    assert desk.statuses("--known-at", "@9") == {str(number): "undated" for number in range(9)}


def test_two_at_once_come_one_after_the_other(desk: Desk, tmp_path: Path) -> None:
    desk.take_in({str(number): OPEN for number in range(9)})
    rows = {
        when: "".join(f"{id},{CLOSED.replace('17', when)},\n" for id in range(4, 12))
        for when in ("18", "19")
    }
    files = [write(tmp_path / when, {"tickets.csv": HEADER + text}) for when, text in rows.items()]
    children = [started(desk, data, APPENDS, "before", 0) for data in files]
    for child in children:
        with child:
            assert child.wait(PATIENCE) == 0
    # The second one found eight to be changed by the first.
    assert ask(desk.home, ["status"])["head"] == 9 + 4 + 3 + 8 + 2 * 8
    found = [desk.take_in(text) for text in (rows["18"], rows["19"])]
    assert sorted(each["changed"] for each in found) in ([0, 8], [8, 8])
    assert desk.statuses() == {str(number): "kept" for number in range(4, 12)}
