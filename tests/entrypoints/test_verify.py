"""``./pledger verify``: what it prints, and its exit status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from application import in_processes
from application.home import LEDGER_FILE
from tests.helpers import ask, emit, run
from tests.homes import caught_up, server_home
from tests.ledger.tampering import tamper

SECRET = "dana.ferrante@example.org"


def fact(number: int) -> dict[str, object]:
    return {
        "specversion": "1.0",
        "id": f"0195b1d8-8c00-7000-8000-{number:012}",
        "type": "commitment.made",
        "source": "/care/desk",
        "subject": f"customer:{SECRET}",
        "time": "2026-01-01T00:00:00Z",
        "data": {"commitment_id": f"C-{number}", "about": "answer", "wording": SECRET},
    }


def told(folder: Path, facts: int = 8) -> Path:
    emit(folder, [fact(number) for number in range(1, facts + 1)])
    return folder


def test_a_sound_home(tmp_path: Path) -> None:
    home = told(tmp_path / "home")
    assert ask(home, ["verify"]) == {
        "facts": 8, "positions": {"from": 1, "to": 8}, "faults": [], "kinds": {}, "views": "none"
    }  # fmt: skip
    assert ask(home, ["suspense"])["items"] == []
    assert ask(home, ["verify", "--from", "3"])["positions"] == {"from": 3, "to": 8}
    outcome = run(home, ["verify"])
    assert outcome.code == 0
    assert "8 facts from 1 to 8 are as they were stored" in " ".join(outcome.out.split())
    assert "the views are of these facts" in outcome.out


def test_what_is_wrong_is_listed_without_what_it_says(tmp_path: Path) -> None:
    home = told(tmp_path / "home")
    ask(home, ["suspense"])
    tamper(
        home / LEDGER_FILE,
        "UPDATE fact SET subject = subject || '.' WHERE position = 3",
        "UPDATE fact SET correlationid = CAST(x'ff' AS TEXT) WHERE position = 5",
        "DELETE FROM fact WHERE position > 6",
    )
    outcome = run(home, ["verify", "--json"])
    assert outcome.code == 1
    found = json.loads(outcome.out)
    assert [(one["position"], one["kind"]) for one in found["faults"]] == [
        (3, "checksum"), (5, "unreadable"), (7, "cut"),
    ]  # fmt: skip
    assert found["kinds"] == {"unreadable": 1, "checksum": 1, "cut": 1}
    assert found["views"] == "other"
    for one in found["faults"]:
        assert list(one) == ["position", "kind", "expected", "seen", "remedy"]
        assert "{" not in one["remedy"]
    page = run(home, ["verify"])
    assert page.code == 1
    assert "3 faults" in page.out
    for text in (outcome.out, outcome.err, page.out, page.err):
        assert "dana" not in text.lower()


def test_a_list_that_is_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.faults.LISTED", 3)
    home = told(tmp_path / "home")
    tamper(home / LEDGER_FILE, "UPDATE fact SET time = time + 1")
    found = json.loads(run(home, ["verify", "--json"]).out)
    assert (len(found["faults"]), found["kinds"]) == (3, {"checksum": 8})
    assert "3 of them are shown; all by kind: 8 checksum" in run(home, ["verify"]).out


def test_it_is_shared_among_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_processes, "FEW", 1)
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr("ledger.sqlite.verify.AT_ONCE", 3)
    home = told(tmp_path / "home")
    assert ask(home, ["verify"])["facts"] == 8
    tamper(home / LEDGER_FILE, "UPDATE fact SET time = time + 1 WHERE position IN (3, 4)")
    found = json.loads(run(home, ["verify", "--json"]).out)
    assert [(one["position"], one["kind"]) for one in found["faults"]] == [
        (3, "checksum"), (4, "checksum"),
    ]  # fmt: skip


def test_where_there_is_no_home(tmp_path: Path) -> None:
    outcome = run(tmp_path / "none", ["verify"])
    assert outcome.code == 2
    assert "expected a home" in outcome.err


def test_a_server_home(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    home = server_home(tmp_path / "home", broker, make_topic(2), postgres)
    told(home)
    assert ask(home, ["verify"])["views"] == "none"
    caught_up(home)
    found = ask(home, ["verify"])
    assert (found["facts"], found["faults"], found["views"]) == (8, [], "same")
    assert "unchecked" not in found
    outcome = run(home, ["verify", "--from", "1:1"])
    assert outcome.code == 0
    assert "0 messages that are no facts" in " ".join(outcome.out.split())
