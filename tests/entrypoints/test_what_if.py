"""Policies and calendars tried through the command line: what it answers, what it refuses, and
that it leaves no trace."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import Outcome, ask, ask_lines, emit, run

Json = dict[str, Any]

AS_OF = ["--as-of", "2026-02-01T00:00:00Z"]
NIGHTS = ["mon 20:00-24:00"]
DUE = "2026-01-09T00:00:00Z"
SECRET = "Rosalinde Geheim"


def event(number: int, what: str, day: int, subject: str = "customer:1", **data: object) -> Json:
    return {
        "specversion": "1.0",
        "id": f"0198c0de-0000-7000-8000-{number:012}",
        "type": what,
        "source": "/care/desk",
        "subject": subject,
        "time": f"2026-01-{day:02}T12:00:00Z",
        "data": data,
    }


def policy(number: int, due: str, day: int = 1, name: str = "calls", **more: object) -> Json:
    said: Json = {"policy_id": name, "version": 1, "about": "callback", "clock_starts": "made"}
    return event(number, "policy.published", day, "department:care", **said | more, due=due)


def calendar(number: int, weekly: Sequence[str]) -> Json:
    said = {"calendar_id": "open", "version": 1, "timezone": "UTC", "weekly": weekly}
    return event(number, "calendar.published", 1, "department:care", **said)


#: Three calls are promised, and kept after two days, six days and never. A visit has its own date.
FACTS = [
    policy(1, "P3D"),
    calendar(2, ["mon 08:00-18:00"]),
    policy(3, "5 working hours", name="visits", about="visit", calendar_id="open"),
    *(event(10 + n, "commitment.made", 5, commitment_id=f"C{n}", about="callback") for n in (1, 2)),
    event(13, "commitment.made", 5, commitment_id="C3", about="callback", labels=["kind:vip"]),
    event(14, "commitment.made", 5, commitment_id="V1", about="visit"),
    event(15, "commitment.made", 5, commitment_id="V2", about="visit", due_at=DUE),
    event(21, "commitment.honoured", 7, commitment_id="C1"),
    event(22, "commitment.honoured", 11, commitment_id="C2"),
]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("what-if") / "home"
    emit(found, FACTS)
    return found


def text(*events: Mapping[str, object]) -> bytes:
    return "".join(f"{json.dumps(one)}\n" for one in events).encode()


def tried(home: Path, *events: Mapping[str, object], options: Sequence[str] = ()) -> Json:
    return ask(home, ["what-if", "-", *AS_OF, *options], text(*events))


def refused(home: Path, lines: bytes, *files: str) -> str:
    outcome: Outcome = run(home, ["what-if", "-", *files, *AS_OF, "--json"], lines)
    assert (outcome.code, outcome.out) == (2, "")
    return outcome.err


def test_a_shorter_deadline_makes_promises_late(home: Path) -> None:
    found = tried(home, policy(101, "P1D"))
    assert found["promises"] == ask(home, ["promises", *AS_OF])
    assert (found["as_of"], found["known_at"]) == (AS_OF[1], len(FACTS))
    assert found["promises"]["counts"] | {"kept": 1, "late": 1} == found["promises"]["counts"]
    assert found["would_be"]["counts"] | {"kept": 0, "late": 2} == found["would_be"]["counts"]
    changes = found["changes"]
    assert (found["changed"], [one["commitment_id"] for one in changes]) == (3, ["C1", "C2", "C3"])
    assert changes[0] == {
        "commitment_id": "C1",
        "status": "kept",
        "would_be": "late",
        "first_due_at": "2026-01-08T12:00:00Z",
        "would_be_first_due_at": "2026-01-06T12:00:00Z",
    }


def test_a_policy_counts_from_its_own_time_on(home: Path) -> None:
    """All of that policy's editions are replaced: before the new one there is no date."""
    found = tried(home, policy(101, "P1D", day=6))
    assert {one["would_be_first_due_at"] for one in found["changes"]} == {None}
    assert found["would_be"]["counts"]["undated"] == 1
    assert tried(home, policy(101, "P3D"))["changed"] == 0


def test_more_labels_come_before_the_policy_that_stays(home: Path) -> None:
    found = tried(home, policy(101, "P1M", name="vip", labels=["kind:vip"]))
    assert [one["commitment_id"] for one in found["changes"]] == ["C3"]
    assert (found["changes"][0]["status"], found["changes"][0]["would_be"]) == (
        "overdue",
        "pending",
    )


def test_another_calendar_changes_what_goes_by_it(home: Path) -> None:
    found = tried(home, calendar(102, NIGHTS))
    assert [one["commitment_id"] for one in found["changes"]] == ["V1"]
    assert found["changes"][0]["would_be_first_due_at"] == "2026-01-12T21:00:00Z"


def test_what_is_selected_is_what_is_compared(home: Path) -> None:
    where = ["--where", "status=overdue", "--by", "about"]
    found = tried(home, policy(101, "P1M"), options=where)
    assert [one["commitment_id"] for one in found["changes"]] == ["C3"]
    assert [group["key"] for group in found["promises"]["groups"]] == [
        {"about": "callback"},
        {"about": "visit"},
    ]
    assert [group["key"] for group in found["would_be"]["groups"]] == [{"about": "visit"}]


def test_the_first_by_id_are_named_up_to_a_limit(home: Path) -> None:
    found = tried(home, policy(101, "P1D"), options=["--limit", "2"])
    assert (found["changed"], len(found["changes"])) == (3, 2)


def test_what_was_known_then_is_tried(home: Path) -> None:
    known = ["--known-at", "@5"]
    found = tried(home, policy(101, "P1D"), options=known)
    assert found["promises"] == ask(home, ["promises", *AS_OF, *known])
    assert [one["commitment_id"] for one in found["changes"]] == ["C1", "C2"]


def test_the_id_of_what_is_replaced_may_stay(home: Path) -> None:
    assert tried(home, policy(1, "P1D"))["changed"] == 3


def test_several_files_count_as_one(home: Path, tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(text(policy(101, "P1D")))
    (tmp_path / "open.jsonl").write_bytes(text(calendar(102, NIGHTS), policy(101, "P1D")))
    files = [str(tmp_path / name) for name in ("calls.jsonl", "open.jsonl")]
    assert ask(home, ["what-if", *files, *AS_OF])["changed"] == 4


def test_nothing_is_written(home: Path) -> None:
    def trace() -> tuple[object, ...]:
        files = {path.name: path.read_bytes() for path in home.iterdir() if path.suffix != ".lock"}
        return files, ask_lines(home, ["facts"]), ask(home, ["promises", *AS_OF])

    before = trace()
    tried(home, policy(101, "P1D"), calendar(102, NIGHTS))
    assert trace() == before


def test_the_page(home: Path) -> None:
    argv = ["what-if", "-", *AS_OF, "--by", "about"]
    shown = run(home, argv, text(policy(101, "P1D"))).out
    for line in (
        "kept                            1         0            -1",
        "3 promises would stand otherwise",
    ):
        assert line in shown
    assert "C1       kept     late      2026-01-08 12:00  2026-01-06 12:00" in shown
    assert "Nothing was written." in shown
    same = run(home, argv, text(policy(101, "P3D"))).out
    assert "No promise would stand otherwise, or have another first date." in same
    assert "they date no promise that was made before." in " ".join(same.split())


def test_lines_are_refused_as_at_the_door(home: Path, tmp_path: Path) -> None:
    """With the reasons that ``emit`` gives, by line; one line stops the whole question."""
    bad = [
        policy(101, "soon"),
        {**policy(102, "P1D"), "time": "yesterday"},
        {**policy(103, "P1D"), "data": {"policy_id": SECRET}},
        calendar(104, ["funday 09:00-10:00"]),
    ]
    lines = text(policy(100, "P1D"), *bad) + b"{\n"
    said = refused(home, lines)
    emitted = run(tmp_path, ["emit", "-", "--json"], lines)
    rejected = json.loads(emitted.out)["rejected"]
    assert [one["line"] for one in rejected] == [2, 3, 4, 5, 6]
    for one in rejected:
        assert f"standard input, line {one['line']}: {one['why']}" in said
    assert SECRET not in said


@pytest.mark.parametrize("indent", [0, 2])
@pytest.mark.parametrize("events", [policy(101, "P1D"), [policy(101, "P1D"), policy(102, "P2D")]])
def test_json_over_several_lines_is_told_in_a_sentence(
    home: Path, events: object, indent: int
) -> None:
    said = refused(home, json.dumps(events, indent=indent).encode())
    assert said == (
        "pledger: expected one event a line in standard input, saw JSON that goes on over several"
        " lines; make lines of it: jq -c . does so for one event, jq -c '.[]' for an array\n"
    )


def test_other_facts_are_refused(home: Path) -> None:
    said = refused(home, text(policy(101, "P1D"), FACTS[3]))
    assert "saw a line that is none" in said
    assert "standard input, line 2: type: expected policy.published or calendar.published" in said
    assert "expected a policy or a calendar, saw no line with one" in refused(home, b"\n")
    assert "saw none at 'nowhere.jsonl'" in refused(home, b"", "nowhere.jsonl")


def test_an_id_is_of_one_fact(home: Path) -> None:
    own = "expected an id of its own, saw that of another fact"
    twice = refused(home, text(policy(101, "P1D"), policy(101, "P2D")))
    assert f"standard input, line 2: {own} (standard input, line 1)" in twice
    there = refused(home, text(policy(3, "P1D")))
    assert f"standard input, line 1: {own} (in the ledger)" in there


def test_of_many_lines_the_first_are_named(home: Path) -> None:
    said = refused(home, text(*[FACTS[3]] * 30))
    assert "saw 30 lines that are none" in said
    assert said.count("standard input, line ") == 20
    assert "and 10 more" in said
