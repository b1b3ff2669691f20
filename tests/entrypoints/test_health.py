"""Health through the command line: each finding, what it says, and what to do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.health import FOUND, WAITING
from domain.errors import worded
from entrypoints.cli.remedies import words_of
from tests.helpers import ask, emit, run
from tests.importing.folders import write

START = datetime(2026, 1, 5, 8, tzinfo=UTC)
DAY = timedelta(days=1)


def events() -> Iterator[dict[str, Any]]:
    """A source that speaks each day for forty days and then no more, and slips of each kind."""
    number = 0

    def event(what: str, source: str, subject: str, at: datetime, **data: object) -> dict[str, Any]:
        nonlocal number
        number += 1
        id = f"0198c0de-0000-7000-8000-{number:012}"
        head = {"specversion": "1.0", "id": id, "type": what, "source": source}
        return {**head, "subject": subject, "time": at.isoformat(), "data": data}

    def seen(source: str, subject: str, at: datetime) -> dict[str, Any]:
        said = {"kind": "call", "channel": "phone", "initiated_by": "customer"}
        return event("touchpoint.occurred", source, subject, at, **said)

    for n in range(40):
        yield seen("/care/phone", "customer:ann", START + n * DAY)
    yield seen("/care/mail", "customer:Ann", START)
    yield seen("/care/mail", "customer:ann", datetime(2106, 2, 7, tzinfo=UTC))
    ticket = {"commitment_id": "T-1"}
    yield event("commitment.made", "/care/desk", "customer:ann", START, about="callback", **ticket)
    for what in ("commitment.honoured", "commitment.confirmed"):
        yield event(what, "/care/desk", "customer:ann", START + DAY, **ticket)
    yield event("commitment.honoured", "/shop/till", "customer:ann", START, commitment_id="T-2")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("health") / "home"
    emit(found, list(events()))
    return found


LAST = START + 39 * DAY


@pytest.mark.parametrize(
    ("silence", "silent"), [(timedelta(), False), (4 * DAY, False), (4 * DAY + DAY / 9, True)]
)
def test_a_source_is_silent_after_four_times_its_usual_gap(
    home: Path, silence: timedelta, silent: bool
) -> None:
    found = ask(home, ["health", "--as-of", (LAST + silence).isoformat()])["findings"]
    sources = [one["examples"] for one in found if one["kind"] == "silent_source"]
    assert sources == ([["/care/phone"]] if silent else [])


def test_every_finding_has_its_words(home: Path) -> None:
    found = ask(home, ["health", "--as-of", "2026-06-01T00:00:00Z"])["findings"]
    assert {one["kind"]: (one["count"], one["examples"]) for one in found} == {
        "waiting": (1, ["T-2"]),
        "future_facts": (1, ["0198c0de-0000-7000-8000-000000000042"]),
        "look_alike": (1, [["customer:Ann", "customer:ann"]]),
        "silent_source": (1, ["/care/phone"]),
        "no_evidence": (2, ["customer.chased", "commitment.rescheduled"]),
        "equal_times": (1, ["/care/desk"]),
    }
    assert [one.get("reason") for one in found] == ["unknown_commitment", *[None] * 5]
    for one in found:
        words = WAITING[one["reason"]] if "reason" in one else FOUND[one["kind"]]
        assert (one["says"], one["remedy"]) == tuple(worded(text, words_of) for text in words)


def test_the_page_names_kinds_examples_and_what_to_do(home: Path) -> None:
    shown = run(home, ["health", "--as-of", "2026-06-01T00:00:00Z"]).out
    assert shown.startswith("Health  6 findings\n")
    for words in ("waiting: unknown_commitment  1", '"customer:Ann" = "customer:ann"', "→ "):
        assert words in shown


def test_of_an_extract_of_long_ago_it_is_said_that_every_source_is_silent(tmp_path: Path) -> None:
    emit(tmp_path, [one for one in events() if one["time"] < "2026-02-15"])
    said = "every source is silent since; ask with --as-of 2026-02-13T08:00:00Z"
    assert said in " ".join(run(tmp_path, ["health"]).out.split())
    assert said not in run(tmp_path, ["health", "--as-of", "2026-06-01T00:00:00Z"]).out


def test_a_link_and_a_retraction_end_their_findings(home: Path, tmp_path: Path) -> None:
    emit(tmp_path, list(events()))
    linked, retracted = (
        {
            "specversion": "1.0",
            "id": f"0198c0de-0000-7000-8000-00000000100{number}",
            "type": what,
            "source": "/care/desk",
            "subject": "customer:ann",
            "time": (START + 2 * DAY).isoformat(),
            "data": data,
        }
        for number, (what, data) in enumerate(
            (
                ("identity.linked", {"party_a": "customer:Ann", "party_b": "customer:ann"}),
                (
                    "fact.retracted",
                    {"fact_id": "0198c0de-0000-7000-8000-000000000042", "reason": "clock"},
                ),
            )
        )
    )
    emit(tmp_path, [linked, retracted])
    asked = ["health", "--as-of", "2026-06-01T00:00:00Z"]
    kinds = {one["kind"] for one in ask(tmp_path, asked)["findings"]}
    assert kinds == {"waiting", "silent_source", "no_evidence", "equal_times"}
    head = len(list(events()))
    before = ask(home, asked)
    assert ask(tmp_path, [*asked, "--known-at", f"@{head}"]) == before


MOVED = """
SELECT
    _row AS key, instant(day, '%Y-%m-%d', 'UTC') AS time, '/care/tickets' AS source,
    'customer:1' AS subject, 'T-' || ticket AS commitment_id, {body}
FROM rows('tickets.csv') WHERE what = '{what}'
"""


def test_an_importer_that_numbers_its_rows_ends_equal_times(tmp_path: Path) -> None:
    """As the remedy says: ``_row AS sequence``, and the same file once more as a snapshot."""
    made = MOVED.format(what="made", body="'repair' AS about")
    moved = MOVED.format(
        what="moved", body="'company' AS initiated_by, instant(day, '%Y-%m-%d', 'UTC') AS due_at"
    )
    lines = [f"{n},{what},2026-03-01\n" for n in range(5) for what in ("made", "moved")]
    data = write(tmp_path / "data", {"tickets.csv": "ticket,what,day\n" + "".join(lines)})
    told = []
    for sequence in ("", "_row AS sequence, "):
        selects = {"commitment.made.sql": made, "commitment.rescheduled.sql": moved}
        for name, sql in selects.items():
            selects[name] = sql.replace("_row AS key,", f"_row AS key, {sequence}")
        folder = write(tmp_path / "tickets", selects)
        ask(tmp_path / "home", ["import", str(folder), "--data", str(data), "--snapshot"])
        found = ask(tmp_path / "home", ["health", "--as-of", "2026-04-01T00:00:00Z"])["findings"]
        told.append([one["remedy"] for one in found if one["kind"] == "equal_times"])
    ((remedy,), after) = told
    assert "add _row AS sequence to its SELECT" in remedy
    assert "import the file again with --snapshot" in remedy
    assert after == []


def test_a_spelling_that_was_corrected_is_no_finding(tmp_path: Path) -> None:
    """The way of a snapshot: the retraction is about whom its fact was about."""
    emit(tmp_path, list(events()))
    (wrong,) = (one for one in events() if one["subject"] == "customer:Ann")
    taken_back = {
        **wrong,
        "id": "0198c0de-0000-7000-8000-000000002000",
        "type": "fact.retracted",
        "data": {"fact_id": wrong["id"], "reason": "changed"},
    }
    right = {**wrong, "id": "0198c0de-0000-7000-8000-000000002001", "subject": "customer:ann"}
    emit(tmp_path, [taken_back, right])
    asked = ["health", "--as-of", "2026-06-01T00:00:00Z"]
    assert "look_alike" not in {one["kind"] for one in ask(tmp_path, asked)["findings"]}


def test_an_empty_ledger_is_in_good_health(tmp_path: Path) -> None:
    assert ask(tmp_path, ["emit", "-"])["head"] == 0
    assert ask(tmp_path, ["health"]) == {"findings": []}
    assert json.loads(run(tmp_path, ["health", "--json"]).out) == {"findings": []}
    assert "Nothing looks wrong" in run(tmp_path, ["health"]).out
