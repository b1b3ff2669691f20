"""Ctrl-C, pressed in the middle of what lasts: exit status 130, a word on it, no harm done."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from application.emit import BATCH_FACTS
from application.home import LEDGER_FILE
from ledger.sqlite.ledger import SQLiteLedger
from tests.entrypoints.children import finish, start
from tests.entrypoints.small import AS_OF, Fact
from tests.helpers import ask, run, wait_until

pytestmark = pytest.mark.xdist_group("interrupted")

ROWS = 60_000

SELECT = f"""
SELECT
    CAST(i AS VARCHAR) AS key,
    TIMESTAMPTZ '2026-01-01 00:00:00Z' + to_seconds(i) AS time,
    '/shop/import' AS source,
    'customer:' || (i % 5000) AS subject,
    'C-' || i AS commitment_id,
    'delivery' AS about,
    TIMESTAMPTZ '2026-02-01 00:00:00Z' AS due_at
FROM range({ROWS}) AS r (i)
"""


@pytest.fixture(scope="module")
def importing(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The import of sixty thousand promises."""
    folder = tmp_path_factory.mktemp("importing")
    for name in ("shop", "data"):
        (folder / name).mkdir()
    (folder / "shop" / "commitment.made.sql").write_text(SELECT)
    return ["import", str(folder / "shop"), "--data", str(folder / "data")]


@pytest.fixture(scope="module")
def large(importing: Sequence[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with these promises, and its views."""
    home = tmp_path_factory.mktemp("large") / "home"
    assert ask(home, importing)["accepted"] == ROWS
    assert ask(home, ["rebuild"])["facts"] == ROWS
    return home


def head(home: Path) -> int:
    """The position of a ledger that another process may be making just now."""
    if not (home / LEDGER_FILE).exists() or not (home / LEDGER_FILE).stat().st_size:
        return 0
    with SQLiteLedger(home / LEDGER_FILE, lambda: 0) as ledger:
        return ledger.head()


def press(child: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Ctrl-C reaches every process of the terminal's foreground job, once this is reached."""
    try:
        wait_until(lambda: reached() or child.poll() is not None)
        assert child.poll() is None, finish(child)
        os.killpg(child.pid, signal.SIGINT)
        status, out, err = finish(child)
    finally:
        child.kill()
        child.communicate()
    assert (status, out) == (130, ""), err
    assert err == "interrupted; what was acknowledged is kept, and running it again goes on\n"


def assert_sound(home: Path) -> None:
    with SQLiteLedger(home / LEDGER_FILE, lambda: 0) as ledger:
        assert ledger.verify() == []


def made(home: Path) -> int:
    found = ask(home, ["promises", "--as-of", AS_OF])["counts"]["made"]
    assert isinstance(found, int)
    return found


def test_an_import(importing: Sequence[str], tmp_path: Path) -> None:
    child = start([*importing, "--home", tmp_path], start_new_session=True)
    press(child, lambda: head(tmp_path) > 0)
    there = head(tmp_path)
    assert 0 < there < ROWS
    assert_sound(tmp_path)
    assert made(tmp_path) == there
    found = ask(tmp_path, importing)
    assert (found["accepted"], found["duplicates"], found["head"]) == (ROWS - there, there, ROWS)
    assert_sound(tmp_path)
    assert made(tmp_path) == ROWS


def events(number: int) -> Iterator[Fact]:
    for n in range(number):
        yield {
            "specversion": "1.0",
            "id": f"0198c0de-0000-7000-8000-{n:012}",
            "type": "commitment.abandoned",
            "source": "/care/desk",
            "subject": "customer:1",
            "time": "2026-01-01T00:00:00Z",
            "data": {"commitment_id": f"C-{n}"},
        }


def test_an_emit_of_a_stream_that_has_not_ended(tmp_path: Path) -> None:
    lines = [json.dumps(event).encode() + b"\n" for event in events(BATCH_FACTS + 500)]
    argv = ["emit", "-", "--home", str(tmp_path)]
    child = start(argv, stdin=subprocess.PIPE, start_new_session=True)
    assert child.stdin is not None
    child.stdin.write(b"".join(lines))
    child.stdin.flush()
    press(child, lambda: head(tmp_path) > 0)
    assert head(tmp_path) == BATCH_FACTS
    assert_sound(tmp_path)
    found = ask(tmp_path, ["emit", "-"], b"".join(lines))
    assert (found["accepted"], found["duplicates"]) == (500, BATCH_FACTS)
    assert_sound(tmp_path)


def test_an_emit_of_all_or_nothing(tmp_path: Path) -> None:
    lines = b"".join(json.dumps(event).encode() + b"\n" for event in events(BATCH_FACTS))
    argv = ["emit", "-", "--all-or-nothing", "--home", str(tmp_path)]
    child = start(argv, stdin=subprocess.PIPE, start_new_session=True)
    assert child.stdin is not None
    child.stdin.write(lines)
    child.stdin.flush()
    press(child, (tmp_path / LEDGER_FILE).exists)
    assert head(tmp_path) == 0
    assert_sound(tmp_path)
    assert ask(tmp_path, ["emit", "-", "--all-or-nothing"], lines)["accepted"] == BATCH_FACTS


def test_a_rebuild(large: Path) -> None:
    before = run(large, ["promises", "--as-of", AS_OF, "--json"])
    child = start(["rebuild", "--home", large], start_new_session=True)
    press(child, (large / "views.building.duckdb").exists)
    assert not (large / "views.building.duckdb").exists()
    assert run(large, ["promises", "--as-of", AS_OF, "--json"]) == before
    assert_sound(large)
    assert ask(large, ["rebuild"])["facts"] == ROWS
    assert run(large, ["promises", "--as-of", AS_OF, "--json"]) == before


def test_a_question_that_builds_the_views(large: Path) -> None:
    (large / "views.duckdb").unlink()
    child = start(["promises", "--home", large], start_new_session=True)
    press(child, (large / "views.building.duckdb").exists)
    assert made(large) == ROWS


def seconds_of_work(process: int) -> float:
    """The time that the processors have worked for a process, all its threads together."""
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see it at work")
@pytest.mark.parametrize(
    "query",
    [
        "SELECT count(*) FROM fact a, fact b, fact c WHERE a.position * b.position > c.position",
        "SELECT count(*) FROM range(100000000000) AS r (i) WHERE i % 7 = 3",
    ],
)
def test_a_query_that_takes_for_ever(large: Path, query: str) -> None:
    child = start(["sql", query, "--home", large], start_new_session=True)
    press(child, lambda: seconds_of_work(child.pid) > 2)
    assert json.loads(run(large, ["sql", "SELECT 1 AS a", "--json"]).out) == [{"a": 1}]


def children_of(process: int) -> list[int]:
    return [
        int(one) for one in Path(f"/proc/{process}/task/{process}/children").read_text().split()
    ]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc to see it at work")
def test_an_import_whose_select_takes_for_ever(importing: Sequence[str], tmp_path: Path) -> None:
    (tmp_path / "endless").mkdir()
    endless = SELECT.replace(f"range({ROWS})", "range(100000000000)") + "WHERE i < 0"
    (tmp_path / "endless" / "commitment.made.sql").write_text(endless)
    argv = ["import", str(tmp_path / "endless"), *importing[2:], "--home", str(tmp_path / "home")]
    child = start(argv, start_new_session=True)
    selecting: list[int] = []

    def at_work() -> bool:
        selecting[:] = children_of(child.pid)
        return sum(map(seconds_of_work, selecting)) > 2

    press(child, at_work)
    assert not [one for one in selecting if Path(f"/proc/{one}").exists()]
    assert head(tmp_path / "home") == 0
    assert_sound(tmp_path / "home")
