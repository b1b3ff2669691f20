"""The facts themselves: which are shown, in which order, and that they can be emitted again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.entrypoints.small import AS_OF, FACTS, Fact, id_of
from tests.helpers import ask_lines, emit, run


def seen(home: Path, *options: str) -> list[int]:
    return [fact["position"] for fact in ask_lines(home, ["facts", *options])]


ALL = list(range(1, 26))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("", ALL),
        ("--type commitment.honoured", [3, 7, 17, 19]),
        ("--type fact.retracted --type identity.linked", [22, 25]),
        ("--type cause.corrected", []),
        ("--subject customer:5", [12, 13, 14, 15, 16, 17, 18, 22]),
        ("--subject customer:77 --type commitment.made", [9, 11]),
        ("--ref order:1", [1, 2, 4, 8]),
        ("--ref commitment:CALL", [4, 5, 6, 7]),
        ("--ref payment:P-1", [20]),
        ("--ref order:1 --type commitment.made --subject customer:8412", [2, 4]),
        ("--from-position 24", [24, 25]),
        ("--from-position 26", []),
        ("--limit 2", [1, 2]),
        ("--limit 100", ALL),
        ("--limit 2 --from-position 3 --type commitment.made", [4, 9]),
        ("--known-at @3", [1, 2, 3]),
        ("--known-at @0", []),
        (f"--as-of {AS_OF}", [*range(1, 24), 25]),
        ("--as-of 2026-01-02T10:00:00Z", [1, 2]),
        ("--json --limit 1", [1]),
    ],
)
def test_facts_are_chosen_and_come_by_position(
    home: Path, options: str, expected: list[int]
) -> None:
    assert seen(home, *options.split()) == expected


def test_facts_come_back_as_they_were_emitted(home: Path) -> None:
    """As CloudEvents, with what the ledger added and the defaults of the body."""
    for given, fact in zip(FACTS, ask_lines(home, ["facts"]), strict=True):
        assert fact["recordedtime"].endswith("Z")
        for name, value in given.items():
            if name not in {"data", "time"}:
                assert fact[name] == value
        assert {**fact["data"], **given["data"]} == fact["data"]
        assert None not in fact.values()
    paid = ask_lines(home, ["facts", "--ref", "payment:P-1"])[0]
    assert paid["time"] == "2026-01-23T09:00:00.5Z"
    called = ask_lines(home, ["facts", "--from-position", "23", "--limit", "1"])[0]
    assert (called["id"], called["sequence"], called["traceparent"]) == (
        *(id_of(23), "12"),
        "00-ab-cd-01",
    )


def test_there_is_no_page_of_facts(home: Path) -> None:
    assert run(home, ["facts"]).out == run(home, ["facts", "--json"]).out


def without_what_the_ledger_added(home: Path) -> list[Fact]:
    facts = ask_lines(home, ["facts"])
    for fact in facts:
        del fact["position"], fact["recordedtime"]
    return facts


def test_what_is_shown_can_be_emitted_again(home: Path, tmp_path: Path) -> None:
    emit(tmp_path / "first", FACTS)
    shown = without_what_the_ledger_added(home)
    for folder in ("first", "second", "second"):
        again = emit(tmp_path / folder, shown)
        expected = (0, len(FACTS)) if folder == "first" else None
        assert expected in {None, (again["accepted"], again["duplicates"])}
    assert again["duplicates"] == len(FACTS)
    assert without_what_the_ledger_added(tmp_path / "second") == shown


def test_what_the_ledger_added_is_not_taken_from_others(home: Path, tmp_path: Path) -> None:
    outcome = run(tmp_path, ["emit", "-", "--json"], run(home, ["facts"]).out.encode())
    found = json.loads(outcome.out)
    assert (outcome.code, found["accepted"], len(found["rejected"])) == (2, 0, len(FACTS))
