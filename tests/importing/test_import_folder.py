"""Whole imports into a ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

import pytest

from application.errors import ImportRefused
from application.importing import Import, import_folder
from ledger.errors import CannotWrite
from ledger.port import EventData, Receipt
from ledger.sqlite.ledger import SQLiteLedger
from tests.helpers import ROOT
from tests.importing.folders import CALLS, GOOD, Home, write

MANY = """
SELECT
    i AS key,
    TIMESTAMPTZ '2026-01-01 00:00:00+00' + INTERVAL 1 MINUTE * i AS time,
    '/care/phone' AS source,
    'customer:' || i % 100 AS subject,
    'phone' AS channel
FROM range(50000) t(i)
"""


def refusal(home: Home, folder: Path, data: Path, **more: object) -> str:
    """What is said of a request that is wrong, each note on a line; nothing is written."""
    with pytest.raises(ImportRefused) as refused:
        home.run(folder, data, **more)  # type: ignore[arg-type]
    assert home.ledger.head() == 0
    return "\n".join([str(refused.value), *getattr(refused.value, "__notes__", ())])


def test_an_import(home: Home, folder: Path, data: Path) -> None:
    assert home.run(folder, data) == {
        "accepted": 2,
        "duplicates": 0,
        "rejected": [],
        "head": 2,
        "by_type": {"customer.chased": 2},
        "skipped": {},
        "rows": {},
    }
    first = home.facts()[0]
    assert first.id == str(uuid5(NAMESPACE_URL, "pledger:import:calls/customer.chased/1"))
    assert (first.type, first.subject) == ("customer.chased", "customer:7")


def test_running_it_again_adds_nothing(home: Home, folder: Path, data: Path) -> None:
    first = home.run(folder, data)
    again = home.run(folder, data)
    assert again == first | {"accepted": 0, "duplicates": 2}


def test_a_row_that_changed_is_a_conflict(home: Home, folder: Path, data: Path) -> None:
    home.run(folder, data)
    write(data, {"calls.csv": CALLS.replace(",8", ",9") + "3,2026-03-03 10:00:00+01,8\n"})
    answer = home.run(folder, data)
    assert (answer["accepted"], answer["duplicates"]) == (1, 1)
    (rejected,) = answer["rejected"]
    assert (rejected["file"], rejected["line"]) == ("customer.chased.sql", 2)
    assert rejected["id"] == home.facts()[1].id
    assert "the row as it was when it was imported, saw other content" in rejected["why"]
    assert "{snapshot} retracts that fact" in rejected["why"]
    assert home.facts()[1].subject == "customer:8"


def test_a_key_twice_in_one_file(home: Home, folder: Path, data: Path) -> None:
    write(data, {"calls.csv": CALLS + "1,2026-03-01 09:00:00+01,7\n1,2026-03-01 09:00:00+01,8\n"})
    answer = home.run(folder, data)
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    (rejected,) = answer["rejected"]
    assert rejected["line"] == 4
    assert "key: expected each key once in a file" in rejected["why"]


def test_bad_rows_are_rejected_with_their_line_and_the_others_kept(
    home: Home, folder: Path, data: Path
) -> None:
    write(data, {"calls.csv": CALLS + "3,,9\n,2026-03-01 09:00:00+01,7\n5,2026-03-04 09:00+01,\n"})
    answer = home.run(folder, data)
    assert answer["accepted"] == 2
    assert answer["skipped"] == {"customer.chased": 1}
    assert [(each["line"], each["id"] is None) for each in answer["rejected"]] == [
        (4, True),
        (5, False),
    ]


def test_several_files_of_a_type_and_their_order(home: Home, folder: Path, data: Path) -> None:
    opened = GOOD.replace(
        "'phone' AS channel", "id AS issue_id, 'noise' AS topic, 'web' AS channel"
    )
    write(folder, {"issue.opened.sql": opened, "customer.chased.later.sql": GOOD})
    write(folder, {"README.md": "not SQL", ".hidden.sql": "not read"})
    answer = home.run(folder, data)
    assert answer["by_type"] == {"customer.chased": 4, "issue.opened": 2}
    types = [fact.type for fact in home.facts()]
    assert types == ["customer.chased"] * 4 + ["issue.opened"] * 2
    later = str(uuid5(NAMESPACE_URL, "pledger:import:calls/customer.chased.later/1"))
    assert home.facts()[0].id == later


def test_the_name_is_part_of_the_ids(home: Home, folder: Path, data: Path) -> None:
    home.run(folder, data)
    assert home.run(folder, data, name="other")["accepted"] == 2
    assert home.facts()[2].id == str(uuid5(NAMESPACE_URL, "pledger:import:other/customer.chased/1"))
    assert home.run(folder / ".." / folder.name, data)["duplicates"] == 2


def test_a_prelude_and_settings(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"_prelude.sql": "CREATE VIEW calls AS FROM read_csv('calls.csv');"})
    sql = GOOD.replace("read_csv('calls.csv', all_varchar = true)", "calls")
    sql = sql.replace("'phone' AS", "coalesce(getvariable('by'), 'phone') AS")
    write(folder, {"customer.chased.sql": sql})
    assert home.run(folder, data, {"by": "chat"})["accepted"] == 2
    assert len(home.run(folder, data)["rejected"]) == 2


def test_files_by_a_pattern(home: Home, folder: Path, data: Path) -> None:
    write(data, {"calls_2.csv": CALLS.replace("1,", "3,").replace("\n2,", "\n4,")})
    write(folder, {"customer.chased.sql": GOOD.replace("'calls.csv'", "'calls*.csv'")})
    assert home.run(folder, data)["accepted"] == 4


def test_progress_is_told(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.sql": MANY})
    told: list[tuple[int, int]] = []
    home.run(folder, data, on_progress=lambda *both: told.append(both))
    assert told == [(20_000, 50_000), (40_000, 50_000), (50_000, 50_000)]


def test_an_interruption_leaves_whole_batches_and_running_again_finishes(
    home: Home, folder: Path, data: Path
) -> None:
    write(folder, {"customer.chased.sql": MANY})

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        home.run(folder, data, on_progress=interrupt)
    assert home.ledger.head() == 20_000
    answer = home.run(folder, data)
    assert (answer["accepted"], answer["duplicates"]) == (30_000, 20_000)


INTERRUPTED = """
import sys, time
from pathlib import Path
from application.importing import Import, import_folder
from ledger.sqlite.ledger import SQLiteLedger

folder, data, file = map(Path, sys.argv[1:])
ledger = SQLiteLedger(file, lambda: time.time_ns() // 1000)
try:
    import_folder(ledger, Import(folder=folder, data=data), lambda n, _: print(n, flush=True))
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


class Full:
    """A ledger whose disk is full after one batch."""

    def __init__(self, ledger: SQLiteLedger) -> None:
        self._ledger = ledger

    def append(self, facts: Sequence[EventData], *, all_or_nothing: bool = False) -> list[Receipt]:
        if self._ledger.head():
            raise CannotWrite("room", "none", "free some")
        return self._ledger.append(facts, all_or_nothing=all_or_nothing)

    def head(self) -> int:
        return self._ledger.head()


def test_a_disk_that_is_full_tells_what_is_kept(home: Home, folder: Path, data: Path) -> None:
    lines = (f"{n},2026-03-01 09:00:00+01,{n}\n" for n in range(45_000))
    write(data, {"calls.csv": "id,called_at,customer\n" + "".join(lines)})
    with pytest.raises(CannotWrite) as full:
        import_folder(Full(home.ledger), Import(folder=folder, data=data))
    (note,) = full.value.__notes__
    kept = home.ledger.head()
    assert 0 < kept < 45_000
    assert f"The {kept:,} facts that were read before are kept and safe" in note
    assert home.run(folder, data)["accepted"] == 45_000 - kept


def test_ctrl_c_at_any_moment(home: Home, folder: Path, data: Path, tmp_path: Path) -> None:
    write(folder, {"customer.chased.sql": MANY.replace("50000", "200000")})
    arguments = [str(path) for path in (folder, data, tmp_path / "ledger.db")]
    with subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED, *arguments],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        last = process.stdout.read().decode().splitlines()[-1]
    assert last == "interrupted"
    kept = home.ledger.head()
    assert kept % 20_000 == 0
    assert 0 < kept < 200_000
    answer = home.run(folder, data)
    assert (answer["accepted"], answer["duplicates"]) == (200_000 - kept, kept)


# --- calls that are wrong ------------------------------------------------------------------------


def test_no_such_folder(home: Home, tmp_path: Path, folder: Path, data: Path) -> None:
    assert "saw no" in refusal(home, tmp_path / "nowhere", data)
    assert "'name the data'" in refusal(home, folder, tmp_path / "nowhere")


def test_a_folder_without_sql(home: Home, tmp_path: Path, data: Path) -> None:
    empty = write(tmp_path / "empty", {"_prelude.sql": "SET VARIABLE a = 1"})
    assert "expected at least one TYPE.sql" in refusal(home, empty, data)


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("customer.chase.sql", "did you mean customer.chased.sql?"),
        ("_helpers.sql", "goes into _prelude.sql"),
        ("qqq.sql", "see the catalogue"),
        ("customer.sql", "expected TYPE.sql or TYPE.NAME.sql"),
        ("customer.chasedx.sql", "did you mean customer.chased.sql?"),
    ],
)
def test_a_file_that_is_named_after_no_type(
    home: Home, folder: Path, data: Path, file: str, said: str
) -> None:
    write(folder, {file: GOOD})
    message = refusal(home, folder, data)
    assert f", saw {file}, with none at the start of its name; " in message
    assert said in message


def test_a_column_that_is_not_of_the_type(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.z.sql": GOOD.replace("AS channel", "AS chanel")})
    message = refusal(home, folder, data)
    assert message.startswith("expected columns of customer.chased (")
    assert message.endswith(") in customer.chased.z.sql, saw chanel; did you mean channel?")


def test_a_time_without_a_zone(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.sql": GOOD.replace("TIMESTAMPTZ", "TIMESTAMP")})
    message = refusal(home, folder, data)
    assert "timezone('America/Sao_Paulo', \"time\")" in message


def test_sql_that_is_wrong(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.z.sql": "SELECT\n  1 AS key,\n  nope AS time"})
    message = refusal(home, folder, data)
    assert 'in customer.chased.z.sql, saw Binder Error: Referenced column "nope"' in message
    assert "LINE 3" in message


def test_a_file_of_data_that_is_missing(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.sql": GOOD.replace("calls.csv", "call.csv")})
    message = refusal(home, folder, data)
    assert '"call.csv"' in message
    assert message.endswith("holds calls.csv.")


def test_a_file_outside_the_data(home: Home, folder: Path, data: Path) -> None:
    write(folder, {"customer.chased.sql": GOOD.replace("calls.csv", "/etc/passwd")})
    assert "An importer reads files in" in refusal(home, folder, data)


def test_data_that_break_off_keep_what_came_before(home: Home, folder: Path, data: Path) -> None:
    ending = "IF(i > 190000, error('no such call'), 'phone') AS"
    sql = MANY.replace("'phone' AS", ending).replace("50000", "200000")
    write(folder, {"customer.chased.sql": sql})
    said = r"(?s)in customer\.chased\.sql, saw .*no such call"
    with pytest.raises(ImportRefused, match=said) as refused:
        home.run(folder, data)
    (note,) = refused.value.__notes__
    assert f"The {home.ledger.head():,} facts that were read before are kept" in note
    assert home.ledger.head() > 0
    assert home.ledger.head() % 20_000 == 0


def test_settings_that_nothing_reads(home: Home, folder: Path, data: Path) -> None:
    sql = GOOD.replace("'phone' AS", "coalesce(getvariable('by'), 'phone') AS")
    write(folder, {"customer.chased.sql": sql})
    message = refusal(home, folder, data, settings={"bye": "chat"})
    assert message.startswith("expected a setting that the SQL reads (by), saw bye; ")
    assert '"a b"' in refusal(home, folder, data, settings={"a b": "chat"})


@pytest.mark.parametrize("name", ["", "a/b"])
def test_names_that_would_blur_the_ids(home: Home, folder: Path, data: Path, name: str) -> None:
    assert "expected a name without /" in refusal(home, folder, data, name=name)


def test_a_name_that_no_fact_could_say(home: Home, folder: Path, data: Path) -> None:
    said = "expected a name without control characters for the importer, saw some"
    assert said in refusal(home, folder, data, name="a\nb")
    assert home.run(folder, data, name='Dépôt "x"')["accepted"] == 2
    assert home.facts()[0].extensions == {"importer": 'Dépôt "x"/customer.chased'}


def test_sql_in_another_encoding(home: Home, folder: Path, data: Path) -> None:
    (folder / "customer.chased.sql").write_bytes(GOOD.encode("utf-16"))
    assert "expected SQL in UTF-8" in refusal(home, folder, data)
    (folder / "customer.chased.sql").write_bytes(GOOD.encode("utf-8-sig"))
    assert home.run(folder, data)["accepted"] == 2
