"""The demo's folder: what is its own, what is refused, and what an interruption leaves."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from application.emit import Fact, sealed
from application.home import LEDGER_FILE
from entrypoints.cli.demo import MARKER, folder
from entrypoints.cli.demo.folder import LOCK, Marker
from ledger.sqlite.ledger import SQLiteLedger
from projections.file_locks import locked
from simulator.simulation import EDITION, SEED
from tests.demo.made import answers, demo, ledger_of, names, refused, stages
from tests.helpers import ROOT, ask, emit, run, wait_until
from tests.simulator.simulated import told

pytestmark = pytest.mark.xdist_group("demo-place")

CUSTOMERS = "250"


class Uninterrupted(NamedTuple):
    answers: dict[str, Any]
    facts: list[dict[str, Any]]


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Uninterrupted:
    home = tmp_path_factory.mktemp("uninterrupted") / "home"
    found = demo(home, "--customers", CUSTOMERS)
    return Uninterrupted(answers(found), ledger_of(home))


def head(home: Path) -> int:
    """The position of a ledger that another process may be making just now; 0 if there is none."""
    if not (home / LEDGER_FILE).exists() or not (home / LEDGER_FILE).stat().st_size:
        return 0
    with SQLiteLedger(home / LEDGER_FILE, lambda: 0) as ledger:
        return ledger.head()


def complete(home: Path) -> bool:
    marker = folder.look(home)
    return marker is not None and marker.complete


INTERRUPTIONS: dict[str, tuple[signal.Signals, Callable[[Path], bool]]] = {
    "killed while it emits": (signal.SIGKILL, lambda home: head(home) >= 400),
    "asked to stop while it emits": (signal.SIGINT, lambda home: head(home) >= 400),
    "killed while it projects": (
        signal.SIGKILL,
        lambda home: (home / "views.building.duckdb").exists(),
    ),
    "asked to stop while it projects": (
        signal.SIGINT,
        lambda home: (home / "views.building.duckdb").exists(),
    ),
}


@pytest.mark.parametrize(("sent", "reached"), INTERRUPTIONS.values(), ids=INTERRUPTIONS)
def test_an_interrupted_run_is_finished_by_the_next(
    sent: signal.Signals,
    reached: Callable[[Path], bool],
    tmp_path: Path,
    uninterrupted: Uninterrupted,
) -> None:
    home = tmp_path / "home"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.demo.demo_child", "--customers", CUSTOMERS, "--home", home],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    wait_until(lambda: reached(home) or child.poll() is not None)
    child.send_signal(sent)
    _, said = child.communicate(timeout=60)
    assert child.returncode == (130 if sent is signal.SIGINT else -signal.SIGKILL), said
    assert sent is signal.SIGKILL or b"running it again goes on" in said
    assert not complete(home)
    assert set(names(home)) <= {*folder.OWN, LOCK}
    there = head(home)
    assert there >= 400

    found = demo(home, "--customers", CUSTOMERS)
    emitted = found["stages"][0]
    assert (emitted["stage"], emitted["there"]) == ("emitted", there)
    assert emitted["added"] == len(uninterrupted.facts) - there
    assert answers(found) == uninterrupted.answers
    assert ledger_of(home) == uninterrupted.facts
    assert stages(demo(home, "--customers", CUSTOMERS)) == ["reused", "asked"]


#: Microseconds since 1970: long ago, and in 2096, by a clock that was ahead.
@pytest.mark.parametrize("recorded_at", [0, 4_000_000_000_000_000])
def test_the_page_says_that_it_goes_on(tmp_path: Path, recorded_at: int) -> None:
    events = told(SEED, 60).events[:100]
    folder.write(tmp_path, Marker(edition=EDITION, seed=SEED, customers=60))
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: recorded_at) as ledger:
        ledger.append([sealed(Fact(*event)) for event in events])
        there = ledger.head()
    outcome = run(tmp_path, ["demo", "--customers", "60"])
    said = " ".join(outcome.out.split())
    assert f"{there} were there already, from a run that was interrupted" in said


def test_fresh_begins_anew(tmp_path: Path, uninterrupted: Uninterrupted) -> None:
    home = tmp_path / "home"
    demo(home, "--customers", "60")
    own = {
        "specversion": "1.0",
        "id": "0198c0de-0000-7000-8000-000000000001",
        "type": "touchpoint.occurred",
        "source": "/care/mail",
        "subject": "customer:rosebush",
        "time": "2025-12-01T00:00:00Z",
        "data": {"kind": "call", "channel": "phone", "initiated_by": "customer"},
    }
    emit(home, [own])
    found = demo(home, "--fresh", "--customers", CUSTOMERS)
    assert stages(found) == ["emitted", "projected", "asked"]
    assert answers(found) == uninterrupted.answers
    assert ledger_of(home) == uninterrupted.facts


def test_fresh_makes_a_demo_where_there_is_none(tmp_path: Path) -> None:
    assert demo(tmp_path / "new" / "home", "--fresh", "--customers", "60")["reused"] is False


def test_facts_of_ones_own_are_kept_by_a_second_run(tmp_path: Path) -> None:
    first = demo(tmp_path, "--customers", "60")
    more = told(8, 50).events[0]
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: 0, trust_clock=True) as ledger:
        ledger.append([sealed(Fact(*more))])
    second = demo(tmp_path, "--customers", "60")
    assert second["reused"] is True
    assert second["promises"]["known_at"] == first["promises"]["known_at"] + 1


def test_a_fresh_run_that_was_interrupted_is_finished_by_the_next(
    tmp_path: Path, uninterrupted: Uninterrupted
) -> None:
    """The worst that a crash within --fresh leaves: a marker and a log, and no ledger."""
    home, other = tmp_path / "home", tmp_path / LEDGER_FILE
    demo(home, "--customers", CUSTOMERS)
    with SQLiteLedger(other, lambda: 0) as ledger:
        ledger.append([sealed(Fact(*event)) for event in told(8, 60).events[:200]])
        log = other.with_name(f"{LEDGER_FILE}-wal").read_bytes()
    for name in ("views.duckdb", LEDGER_FILE):
        (home / name).unlink()
    (home / f"{LEDGER_FILE}-wal").write_bytes(log)
    found = demo(home, "--customers", CUSTOMERS)
    assert stages(found) == ["emitted", "projected", "asked"]
    assert answers(found) == uninterrupted.answers
    assert ledger_of(home) == uninterrupted.facts


def test_another_demo_is_not_mixed_in(tmp_path: Path) -> None:
    demo(tmp_path, "--customers", "60")
    before = (tmp_path / MARKER).read_bytes()
    why = refused(tmp_path, "--small")
    assert "expected the demo with 1,000 customers and seed 7" in why
    assert "saw the demo with 60 customers and seed 7; show that one with --customers 60" in why
    assert "--fresh" in why
    assert "seed 8" in refused(tmp_path, "--customers", "60", "--seed", "8")
    assert (tmp_path / MARKER).read_bytes() == before
    assert head(tmp_path) == ask(tmp_path, ["rebuild"])["position"]


def test_another_edition_is_not_mixed_in(tmp_path: Path) -> None:
    folder.write(tmp_path, Marker(edition=EDITION + 1, seed=SEED, customers=60))
    assert "of another version of Pledger" in refused(tmp_path, "--customers", "60")
    assert demo(tmp_path, "--customers", "60", "--fresh")["facts"] > 1_000


def test_a_fact_of_another_content_is_told_of(tmp_path: Path) -> None:
    folder.write(tmp_path, Marker(edition=EDITION, seed=SEED, customers=60))
    with SQLiteLedger(tmp_path / LEDGER_FILE, lambda: 0) as ledger:
        ledger.append([sealed(Fact(*told(SEED, 60).events[7]))._replace(time=0)])
    outcome = run(tmp_path, ["demo", "--customers", "60"])
    assert outcome.code == 2
    assert "saw another fact at position 1 under the id" in outcome.err
    assert not complete(tmp_path)


@pytest.mark.parametrize("options", [(), ("--fresh",)], ids=["first", "fresh"])
def test_somebody_s_own_folder_is_left_as_it_is(options: tuple[str, ...], tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    emit(mine, [])
    kept = names(mine)
    assert "saw a ledger" in refused(mine, *options)
    assert names(mine) == kept
    papers = tmp_path / "papers"
    papers.mkdir()
    for name in "abcd":
        (papers / name).write_text("mine")
    assert "saw 'a', 'b', 'c' and 1 more" in refused(papers, *options)
    assert names(papers) == ["a", "b", "c", "d"]
    assert "saw a file" in refused(papers / "a", *options)
    (papers / MARKER).write_text('{"edition": "one"}')
    assert "expected a demo's marker" in refused(papers, *options)
    assert names(papers) == ["a", "b", "c", "d", MARKER]


def test_fresh_removes_nothing_where_anything_else_lies(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    demo(home, "--customers", "60")
    kept = names(home)
    notes = home / "notes"
    kinds: list[tuple[Callable[[], object], Callable[[], None]]] = [
        (notes.touch, notes.unlink),
        (notes.mkdir, notes.rmdir),
        (lambda: notes.symlink_to(elsewhere), notes.unlink),
    ]
    for make, remove in kinds:
        make()
        assert "saw 'notes'" in refused(home, "--customers", "60", "--fresh")
        assert names(home) == sorted([*kept, "notes"])
        remove()


def test_fresh_follows_no_link(tmp_path: Path) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    demo(home, "--customers", "60")
    elsewhere.mkdir()
    (home / LEDGER_FILE).rename(elsewhere / "mine")
    (home / LEDGER_FILE).symlink_to(elsewhere / "mine")
    assert f"saw '{LEDGER_FILE}'" in refused(home, "--customers", "60", "--fresh")
    assert names(elsewhere) == ["mine"]
    (home / LEDGER_FILE).unlink()
    link = tmp_path / "link"
    link.symlink_to(home)
    kept = names(home)
    assert "no link to it" in refused(link, "--customers", "60", "--fresh")
    assert names(home) == kept


def test_two_demos_do_not_work_in_one_folder_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_PATIENCE", 0.0)
    with locked(
        tmp_path / LOCK, exclusive=True, purpose="demo", patience_s=0, on_wait=lambda _: None
    ):
        outcome = run(tmp_path, ["demo", "--customers", "60"])
    assert outcome.code == 1
    assert "(demo) has held" in outcome.err
    assert names(tmp_path) == [LOCK]


def test_the_folder_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PLEDGER_HOME", raising=False)
    assert run(None, ["demo", "--customers", "50"]).code == 0
    assert run(None, ["demo", "--small"]).code == 0
    assert names(tmp_path) == ["demo-home", "demo-home-small"]
    monkeypatch.setenv("PLEDGER_HOME", str(tmp_path / "named"))
    assert run(None, ["demo", "--customers", "50"]).code == 0
    assert MARKER in names(tmp_path / "named")
