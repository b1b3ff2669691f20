"""An embedded home whose views stay open: many ask at once, and other processes write, rebuild and
ask beside it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from application import ask
from application.errors import NoHome
from application.home import silent
from application.json_answers import instant_from_text, to_plain
from application.serving_home import ServingHome
from domain.statuses import STATUSES
from projections.file_locks import is_locked
from tests.entrypoints.children import finish, start
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import ask as command
from tests.helpers import emit, run, wait_until
from tests.homes import RUNTIME

AT = instant_from_text(AS_OF)


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[ServingHome]:
    emit(tmp_path, FACTS[:9])
    home = ServingHome(tmp_path, RUNTIME, lambda sentence: None)
    yield home
    home.close()


def known(home: ServingHome) -> object:
    """Up to where the answer to a question knows the ledger."""
    return ask.promises(home, ask.Promises(as_of=AT))["known_at"]


def elsewhere(home: ServingHome, name: str) -> dict[str, Any]:
    """The answer of a command in another process."""
    code, out, err = finish(start([name, "--home", home.folder, "--json"]))
    assert code == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def is_held(home: ServingHome) -> bool:
    """Whether this process has the views open."""
    return home._open is not None


def test_views_stay_open_between_questions(serving: ServingHome) -> None:
    assert known(serving) == 9
    opened = serving._open
    assert opened is not None
    assert known(serving) == 9
    assert serving._open is opened


def test_new_facts_are_taken_in(serving: ServingHome) -> None:
    assert known(serving) == 9
    emit(serving.folder, FACTS[9:])
    assert known(serving) == len(FACTS)
    whole = command(serving.folder, ["promises", "--as-of", AS_OF])
    assert to_plain(ask.promises(serving, ask.Promises(as_of=AT))) == whole


def test_a_writer_need_not_wait_for_the_next_question(serving: ServingHome) -> None:
    known(serving)
    emit(serving.folder, FACTS[9:12])
    # Another process takes them in, although nobody asks here any more.
    assert elsewhere(serving, "promises")["known_at"] == 12
    assert not is_locked(serving.folder / "views.wanted")
    assert known(serving) == 12


def test_another_process_rebuilds_beside_it(serving: ServingHome) -> None:
    known(serving)
    assert elsewhere(serving, "rebuild")["facts"] == 9
    before = serving._open
    assert known(serving) == 9
    assert serving._open is not before  # the file in its place is another


def test_many_ask_at_once_while_facts_come(serving: ServingHome) -> None:
    def asking(number: int) -> None:
        for _ in range(6):
            at = None if number % 2 else 5  # half of them by replays, which hide tables
            found = ask.promises(serving, ask.Promises(as_of=AT, known_at=at))
            assert found["known_at"] == (at or found["known_at"])
            counts = found["counts"]
            assert counts["made"] == sum(counts[name] for name in STATUSES)

    with ThreadPoolExecutor(6) as threads:
        running = [threads.submit(asking, number) for number in range(6)]
        for start in range(9, len(FACTS), 4):
            emit(serving.folder, FACTS[start : start + 4])
        for each in running:
            each.result()
    assert known(serving) == len(FACTS)


def test_replays_of_one_file_see_nothing_of_each_other(serving: ServingHome) -> None:
    with serving.asking(silent) as (one, _), serving.asking(silent) as (other, _):
        one.shadow()
        other.shadow()
        one.execute("CREATE TABLE fact AS SELECT 1 AS n")
        assert len(other.rows("SELECT * FROM fact")) == 9
        assert len(one.rows("SELECT * FROM fact")) == 1


def test_a_ledger_that_was_put_back_is_noticed(serving: ServingHome, tmp_path: Path) -> None:
    emit(serving.folder, FACTS[9:])
    assert known(serving) == len(FACTS)
    other = tmp_path.parent / f"{tmp_path.name}-other"
    emit(other, FACTS[:12])
    serving.close()
    known(serving)
    for file in serving.folder.glob("ledger.sqlite*"):
        file.unlink()
    shutil.copy(other / "ledger.sqlite", serving.folder)
    from ledger.errors import Lost

    with pytest.raises(Lost):
        known(serving)


def test_it_lets_go_and_opens_again(serving: ServingHome) -> None:
    known(serving)
    serving.close()
    assert not is_held(serving)
    with serving.views().writing("a test"):
        pass
    assert known(serving) == 9


def test_who_waits_to_write_is_let_in_while_nobody_asks(serving: ServingHome) -> None:
    known(serving)
    with serving.views().writing("a test"):
        assert not is_held(serving)
    wait_until(lambda: not is_locked(serving.folder / "views.wanted"))
    assert known(serving) == 9


def test_where_there_is_no_home(tmp_path: Path) -> None:
    home = ServingHome(tmp_path / "none", RUNTIME, lambda sentence: None)
    for _ in range(2):
        with pytest.raises(NoHome):
            known(home)
    home.close()


def test_what_is_asked_once_is_asked_again_after_one_more_fact(serving: ServingHome) -> None:
    """Whatever questions share is of one position of the views."""
    early = "2026-01-12T00:00:00Z"  # when some of it has yet to happen
    questions = (["customer", "customer:8412"], ["commitment", "ROSE"], ["promises"])

    def expect_the_same_as_elsewhere() -> None:
        for at in (AS_OF, early):
            for name, *id in questions:
                hold(at, name, *id)

    def hold(at: str, name: str, *id: str) -> None:
        outcome = run(serving.folder, [name, *id, "--as-of", at, "--json"])
        if outcome.code == 0:
            requests = {"promises": ask.Promises, "commitment": ask.Commitment}
            given = {"as_of": instant_from_text(at), **dict(zip(("id",), id, strict=False))}
            found = getattr(ask, name)(serving, requests.get(name, ask.Named)(**given))
            assert to_plain(found) == json.loads(outcome.out)

    for fact in FACTS[9:]:
        expect_the_same_as_elsewhere()
        emit(serving.folder, [fact])
    expect_the_same_as_elsewhere()


def test_only_a_session_that_changed_nothing_is_used_again(serving: ServingHome) -> None:
    with serving.asking(silent) as (first, _):
        first.alias("known_as", "party_identity")
        known_columns = first.columns("fact")
    with serving.asking(silent) as (second, _):
        assert second is first
        assert second.columns("fact") is known_columns
        second.shadow()
        assert second.columns("fact") is not known_columns
    with serving.asking(silent) as (third, _):
        assert third is not first
        assert third.columns("fact") is known_columns
