"""The outbox by itself: order, bounds, what it refuses, what a full disk and a kill leave."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from pledger_sdk import Closed, EventData, OutboxFull, OutboxInUse, OutboxTrouble, Sealer
from pledger_sdk._contract.ledger.envelope import size_of
from pledger_sdk.outbox import Outbox, Row
from tests.helpers import ROOT, wait_until
from tests.sdk.emitting import SOURCE, made

SEALER = Sealer(SOURCE)


def fact(number: int = 1, subject: str = "customer:1") -> EventData:
    return SEALER.seal(made(number), subject=subject, extensions={"number": number})


def opened(path: Path | None, facts: int = 1000, size: int = 1 << 20, fsync: bool = True) -> Outbox:
    return Outbox(path, facts, size, fsync=fsync)


def put(outbox: Outbox, *facts: EventData, counted: bool = False) -> None:
    outbox.put(facts, [counted] * len(facts), 0.0)


def all_of(outbox: Outbox) -> list[Row]:
    return outbox.after(0, 1_000_000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.outbox"


@pytest.fixture(params=["file", "memory"])
def outbox(request: pytest.FixtureRequest, path: Path) -> Iterator[Outbox]:
    made = opened(path if request.param == "file" else None)
    yield made
    made.close()


def test_facts_come_out_as_they_went_in(outbox: Outbox) -> None:
    facts = [fact(number, f"customer:{number % 3}") for number in range(10)]
    put(outbox, *facts)
    rows = all_of(outbox)
    assert [row.fact for row in rows] == facts
    assert [row.size for row in rows] == [size_of(each) for each in facts]
    assert [row.fact for row in outbox.after(rows[3].place, 2)] == facts[4:6]
    assert outbox.left == (10, sum(map(size_of, facts)))


def test_the_next_fact_of_a_subject_is_found_up_to_where_was_looked(outbox: Outbox) -> None:
    put(outbox, *(fact(number, f"customer:{number % 2}") for number in range(6)))
    rows = all_of(outbox)
    ended, nexts = outbox.settle([rows[0]], upto=rows[1].place)
    assert ([row for row, _ in ended], nexts) == ([rows[0]], [])
    ended, nexts = outbox.settle([rows[2], rows[1]], upto=rows[-1].place)
    assert [row for row, _ in ended] == [rows[2], rows[1]]
    assert nexts == [rows[4], rows[3]]
    assert outbox.left[0] == 3


def test_what_was_put_is_there_after_closing_and_what_was_settled_is_not(path: Path) -> None:
    first = opened(path)
    put(first, fact(1), fact(2), fact(3))
    first.settle(all_of(first)[:1], upto=3)
    assert len(first.close()) == 2
    again = opened(path)
    assert [row.fact.extensions for row in all_of(again)] == [{"number": "2"}, {"number": "3"}]
    put(again, fact(4))
    assert [row.place for row in all_of(again)] == [2, 3, 4]
    assert [delivery is None for _, delivery in again.settle(all_of(again), 4)[0]] == [1, 1, 0]
    again.close()
    assert not list(path.parent.glob("*-wal")), "a clean end leaves one file"


def test_deliveries_are_handed_back_when_it_closes(outbox: Outbox) -> None:
    (delivery,) = outbox.put([fact()], [False], 0.0)
    assert outbox.close() == [delivery]
    with pytest.raises(Closed):
        put(outbox, fact())
    with pytest.raises(Closed):
        outbox.after(0, 1)


@pytest.mark.parametrize(("facts", "size"), [(3, 1 << 20), (1000, 3 * size_of(fact()))])
def test_it_holds_so_much_and_no_more(facts: int, size: int) -> None:
    outbox = opened(None, facts, size)
    put(outbox, fact(1), fact(2))
    with pytest.raises(OutboxFull, match=r"expected at most .* saw 2 of .* waiting"):
        put(outbox, fact(3), fact(4))
    put(outbox, fact(3))
    with pytest.raises(OutboxFull):
        put(outbox, fact(4))
    assert len(all_of(outbox)) == 3
    outbox.settle(all_of(outbox)[:1], upto=3)
    put(outbox, fact(4))
    outbox.close()


def test_emitting_waits_for_room() -> None:
    outbox = opened(None, facts=1)
    put(outbox, fact(1))
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(outbox.put, [fact(2)], [False], 60.0)
        outbox.settle(all_of(outbox), upto=1)
        waiting.result(60)
    assert outbox.left[0] == 1
    outbox.close()


def test_waiting_for_it_to_be_empty_is_about_what_is_in_it_now(outbox: Outbox) -> None:
    assert outbox.wait_empty(0.0) == 0
    put(outbox, fact(1), fact(2))
    assert outbox.wait_empty(0.0) == 2
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(outbox.wait_empty, 60.0)
        outbox.settle(all_of(outbox), upto=2)
        put(outbox, fact(3))
        assert waiting.result(60) == 0


def test_counted_facts_have_no_gap_even_where_some_were_refused(path: Path) -> None:
    outbox = opened(path, facts=3)
    put(outbox, fact(1), counted=True)
    with pytest.raises(OutboxFull):
        put(outbox, *(fact(number) for number in range(3)), counted=True)
    put(outbox, fact(2))
    put(outbox, fact(3), counted=True)
    outbox.settle(all_of(outbox), upto=3)
    outbox.close()
    outbox = opened(path)
    put(outbox, fact(4), counted=True)
    (row,) = all_of(outbox)
    assert row.fact.sequence == "3"
    assert row.size == size_of(row.fact) == outbox.left[1]
    outbox.close()


def test_threads_share_it_and_each_keeps_its_order(path: Path) -> None:
    outbox = opened(path, facts=100_000, size=1 << 30)

    def work(thread: int) -> None:
        for number in range(60):
            put(outbox, fact(number, f"customer:{thread}"), counted=True)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    rows = all_of(outbox)
    numbers = defaultdict(list)
    for row in rows:
        numbers[row.fact.subject].append(int((row.fact.extensions or {})["number"]))
    assert [*numbers.values()] == [list(range(60))] * 8
    assert [row.fact.sequence for row in rows] == [str(1 + each) for each in range(480)]
    outbox.close()


def test_threads_that_come_together_are_synced_together(path: Path) -> None:
    outbox = opened(path)
    commits: list[str] = []
    outbox._database.set_trace_callback(commits.append)
    with ThreadPoolExecutor(4) as pool:
        with outbox._disk:  # somebody is writing
            waiting = [pool.submit(put, outbox, fact(number)) for number in range(4)]
            wait_until(lambda: len(outbox._queue) == 4)
        for each in waiting:
            each.result(60)
    assert commits.count("COMMIT") == 1
    assert len(all_of(outbox)) == 4
    outbox.close()


# --- what it refuses -----------------------------------------------------------------------------


def test_only_its_owner_may_read_it(path: Path) -> None:
    outbox = opened(path)
    put(outbox, fact())
    files = list(path.parent.iterdir())
    assert len(files) == 2
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    outbox.close()


OPEN = """
import sys
from pathlib import Path
from pledger_sdk.outbox import Outbox
Outbox(Path(sys.argv[1]), 9, 9, fsync=True)
"""


def python(code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code, *map(str, arguments)],
        env=os.environ | {"PYTHONPATH": f"{ROOT}/sdk/src"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_it_is_for_one_emitter_alone(path: Path) -> None:
    outbox = opened(path)
    for _ in range(2):  # having been refused takes nothing away from the first
        with pytest.raises(OutboxInUse, match="saw it in use by another: give each process"):
            opened(path)
        assert "OutboxInUse" in python(OPEN, path).stderr
    put(outbox, fact())
    outbox.close()
    assert python(OPEN, path).returncode == 0


def test_other_files_are_left_as_they_are(path: Path, tmp_path: Path) -> None:
    path.write_bytes(b"not a database, and longer than SQLite's header is, which has 100 bytes" * 3)
    with pytest.raises(OutboxTrouble, match="saw another kind of file or a damaged one"):
        opened(path)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE mine (x)")
    database.close()
    before = other.read_bytes()
    with pytest.raises(OutboxTrouble, match="saw another kind of database: name another file"):
        opened(other)
    assert other.read_bytes() == before
    with sqlite3.connect(other) as database:
        database.execute("DROP TABLE mine")
    database.close()
    later = opened(path.with_name("later"))
    later._database.execute("PRAGMA user_version = 2")
    later.close()
    with pytest.raises(OutboxTrouble, match="expected an outbox of version 1 .* saw version 2"):
        opened(path.with_name("later"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutboxTrouble, match="in a folder that is there, saw: No such file"):
        opened(tmp_path / "nowhere" / "facts.outbox")


def test_a_folder_is_no_outbox(tmp_path: Path) -> None:
    with pytest.raises(OutboxTrouble, match="expected a file for the outbox .* saw a folder: name"):
        opened(tmp_path)


def test_a_file_that_cant_be_opened_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise sqlite3.OperationalError("unable to open database file")

    opened(path).close()
    monkeypatch.setattr(sqlite3, "connect", refuse)
    with pytest.raises(OutboxTrouble, match="facts.outbox, saw: unable to open database file"):
        opened(path)


def test_a_damaged_file_is_said_to_be_damaged_each_time(path: Path) -> None:
    outbox = opened(path, size=1 << 30)
    outbox.put([fact(number) for number in range(200)], [False] * 200, 0.0)
    (size,) = outbox._database.execute("PRAGMA page_size").fetchone()
    outbox.close()
    whole = path.read_bytes()
    path.write_bytes(whole[:size] + b"\xff" * (len(whole) - size))
    for _ in range(2):
        with pytest.raises(OutboxTrouble, match="or a damaged one"):
            opened(path)
    path.write_bytes(whole)
    again = opened(path, size=1 << 30)
    assert again.left[0] == 200
    again.close()


def test_a_full_disk_keeps_nothing_and_heals(path: Path) -> None:
    outbox = opened(path, size=1 << 30)
    put(outbox, fact(1))
    (pages,) = outbox._database.execute("PRAGMA page_count").fetchone()
    outbox._database.execute(f"PRAGMA max_page_count = {pages}").fetchall()
    large = [fact(number) for number in range(200)]
    with pytest.raises(OutboxTrouble, match="expected room on the disk .* the fact was not kept"):
        outbox.put(large, [True] * 200, 0.0)
    assert outbox.left[0] == len(all_of(outbox)) == 1
    outbox._database.execute("PRAGMA max_page_count = 100000").fetchall()
    put(outbox, *large, counted=True)
    assert all_of(outbox)[1].fact.sequence == "1"
    assert outbox.left[0] == 201
    outbox.close()


# --- kills ---------------------------------------------------------------------------------------

PUTTING = """
import sys
from pathlib import Path
from pledger_sdk import Sealer
from pledger_sdk.outbox import Outbox
from pledger_sdk.facts import CommitmentMade
outbox = Outbox(Path(sys.argv[1]), 10**6, 1 << 40, fsync=False)
sealer = Sealer("/billing/invoicing")
number = int(sys.argv[2])
while True:
    pair = [sealer.seal(CommitmentMade(commitment_id=str(number), about="x"), subject="customer:1"),
            sealer.seal(CommitmentMade(commitment_id=str(number), about="y"), subject="customer:1")]
    outbox.put(pair, [True, True], 0.0)
    print(number, flush=True)
    outbox.settle(outbox.after(0, 1), 10**9)
    number += 1
"""


@pytest.mark.parametrize("lines", [0, 1, 2, 7, 31, 200])
def test_a_kill_leaves_whole_puts_and_all_that_returned(path: Path, lines: int) -> None:
    told = _killed_after(lines, path)
    outbox = opened(path)
    rows = all_of(outbox)
    numbers = [row.place for row in rows]
    assert numbers == list(range(numbers[0] if numbers else 1, 1 + (numbers or [0])[-1]))
    # Two were put at a time; what was put last may not have been told.
    last = numbers[-1] if numbers else 0
    assert last % 2 == 0
    assert last in (2 * told, 2 * told + 2)
    assert [row.fact.sequence for row in rows] == [str(number) for number in numbers]
    outbox.close()


def _killed_after(lines: int, path: Path) -> int:
    """Runs the child and kills it when it has told of so many puts; how many it told of."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", PUTTING, str(path), "1"],
        env=os.environ | {"PYTHONPATH": f"{ROOT}/sdk/src"},
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        told = 0
        while told < lines:
            told = int(child.stdout.readline())
        child.send_signal(signal.SIGKILL)
        return max([told, *map(int, child.stdout.read().split())])


# --- forks ---------------------------------------------------------------------------------------

FORKING = """
import os, sys, signal, threading
from pathlib import Path
from pledger_sdk import Sealer
from pledger_sdk.outbox import Outbox
from pledger_sdk.facts import CommitmentMade
outbox = Outbox(Path(sys.argv[1]), 10**6, 1 << 40, fsync=True)
sealer = Sealer("/billing/invoicing")
def put():
    outbox.put([sealer.seal(CommitmentMade(commitment_id="1", about="x"), subject="customer:1")],
               [False], 0.0)
def work():
    for _ in range(40):
        put()
put()
threads = [threading.Thread(target=work) for _ in range(2)]
for thread in threads:
    thread.start()
for _ in range(5):
    if os.fork() == 0:
        sys.exit(0)  # an end as any other: objects are collected
    os.wait()
for thread in threads:
    thread.join()
put()
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_child_that_ends_leaves_the_parents_outbox_alone(path: Path) -> None:
    assert python(FORKING, path).returncode == -signal.SIGKILL
    outbox = opened(path)
    assert len(all_of(outbox)) == 82
    outbox.close()
