"""The shape of every answer: one line of JSON, all its keys, each of its kind."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from operator import or_
from pathlib import Path
from types import NoneType
from typing import Any, Literal, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from projections.queries import answers
from tests.entrypoints.small import AS_OF, FACTS, id_of
from tests.helpers import ask, run

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d*[1-9])?Z")


class Maybe:
    """What may be null."""

    def __init__(self, shape: object) -> None:
        self.shape = shape


class Instant:
    """RFC 3339 in UTC, with no more digits than needed."""


class Number:
    """A number with a fraction or without, and no boolean."""


STATUSES = ("pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed")
COUNTS = dict.fromkeys(("made", *STATUSES), int)
RATE = {"kept": int, "due": int} | dict.fromkeys(("rate", "low", "high"), Maybe(Number))
ACCOUNT = {
    "counts": COUNTS,
    "kept_rate": {"first": RATE, "agreed": RATE, "latest": RATE},
    "slip_gap": Maybe(Number),
    "unprompted": {"kept": int, "unprompted": int}
    | dict.fromkeys(("rate", "low", "high"), Maybe(Number)),
}
EVIDENCE = {
    "evidence": {"customer.chased": int, "commitment.rescheduled": int},
    "in_suspense": int,
}
FIGURES = dict.fromkeys(
    ("opening", "made", "reopened", "honoured", "released", "abandoned", "closing"), int
)
COMMITMENT = {
    **dict.fromkeys(("commitment_id", "customer", "about", "kind", "made_to", "status"), str),
    "state": str,
    "owner": Maybe(str),
    "supports": Maybe(str),
    "made_at": Instant,
    **dict.fromkeys(
        ("earliest_at", "first_due_at", "agreed_due_at", "latest_due_at", "customer_due_at"),
        Maybe(Instant),
    ),
    "honoured_at": Maybe(Instant),
    "released_at": Maybe(Instant),
    "abandoned_at": Maybe(Instant),
    "in_time": Maybe(bool),
    "reschedulings": int,
    "chases": int,
    "paused": bool,
}
PAUSED = dict.fromkeys(("customer", "third_party", "company", "other"), Number)
CLOCKS = {"customer": Number, "company": Number, "paused": PAUSED}
LINK = {
    "commitment_id": str,
    "supports": Maybe(str),
    "owner": Maybe(str),
    "about": str,
    "status": str,
    "agreed_due_at": Maybe(Instant),
    "honoured_at": Maybe(Instant),
    "depth": int,
}
ENTRY = {
    "id": str,
    "type": str,
    "time": Instant,
    "recorded_at": Instant,
    "position": int,
    "source": str,
    "applied": bool,
    "data": dict,
}
JOURNEY = {
    "journey_id": str,
    "customer": str,
    "first_at": Instant,
    "last_at": Instant,
    "facts": int,
    "departments": [str],
    "handovers": int,
    "touchpoints": dict,
    "chases": int,
    "reasked": int,
    "channels_forced": int,
    "promises": COUNTS,
    "kept_whole": Maybe(bool),
    "longest_silence": Maybe(Number),
    "feedback": [
        {"question": str, "score": int, "scale_min": int, "scale_max": int, "time": Instant}
    ],
    "steps": [
        {"id": str, "type": str, "time": Instant, "department": str, "refs": [str], "data": dict}
    ],
}
WAITING = {
    "commitment_id": str,
    "customer": str,
    "about": str,
    "owner": Maybe(str),
    "agreed_due_at": Instant,
    "status": str,
    "silence": Number,
}
ITEM = {"reason": str, "about": str, "since": Instant, "facts": [str]}

WINDOW = ["--from", "2026-01-05T00:00:00Z", "--to", "2026-02-01T00:00:00Z"]

SHAPES: dict[str, tuple[list[str], object]] = {
    "promises": (["promises"], {"as_of": Instant, "known_at": int, **ACCOUNT, **EVIDENCE}),
    "promises in groups": (
        ["promises", "--by", "department", "--by", "supports"],
        {
            "as_of": Instant,
            "known_at": int,
            **ACCOUNT,
            **EVIDENCE,
            "groups": [{"key": {"department": str, "supports": Maybe(str)}, **ACCOUNT}],
        },
    ),
    "commitment": (["commitment", "CALL"], {**COMMITMENT, "clocks": CLOCKS, "history": [ENTRY]}),
    "undated commitment": (
        ["commitment", "FREE"],
        {**COMMITMENT, "clocks": CLOCKS, "history": [ENTRY]},
    ),
    "chain": (
        ["chain", "CALL"],
        {"commitment_id": str, "nodes": [LINK], "first_break": Maybe(str)},
    ),
    "commitments": (["commitments"], {"commitments": [COMMITMENT], "next": Maybe(str)}),
    "due": (["due", "--within", "P7D"], {"due": [WAITING]}),
    "balance": (["balance", *WINDOW], {"from": Instant, "to": Instant, **FIGURES}),
    "balance in groups": (
        ["balance", *WINDOW, "--by", "department", "--by", "about"],
        {
            "from": Instant,
            "to": Instant,
            **FIGURES,
            "groups": [{"key": {"department": str, "about": str}, **FIGURES}],
        },
    ),
    "customer": (
        ["customer", "customer:77"],
        {
            "customer": str,
            "canonical": str,
            "aliases": [str],
            "journeys": [JOURNEY],
            "loose": [{"id": str, "type": str, "time": Instant}],
            "promises": COUNTS,
        },
    ),
    "journeys": (["journeys"], {"journeys": [JOURNEY], "next": Maybe(str)}),
    "journey": (["journey", id_of(1)], JOURNEY),
    "suspense": (["suspense"], {"items": [ITEM]}),
}


def misfits(shape: object, seen: object, path: str = "") -> list[str]:
    """Where an answer is not of its shape, a line each. No keys but those named are there."""
    if isinstance(shape, Maybe):
        return [] if seen is None else misfits(shape.shape, seen, path)
    if isinstance(shape, Mapping):
        if not isinstance(seen, Mapping) or set(seen) != set(shape):
            return [f"{path}: expected the keys {sorted(shape)}, saw {seen}"]
        return [line for key in shape for line in misfits(shape[key], seen[key], f"{path}.{key}")]
    if isinstance(shape, list):
        if not isinstance(seen, list):
            return [f"{path}: expected a list, saw {seen}"]
        return [
            line for n, one in enumerate(seen) for line in misfits(shape[0], one, f"{path}[{n}]")
        ]
    if shape is Instant:
        fits = isinstance(seen, str) and INSTANT.fullmatch(seen) is not None
    elif shape is Number:
        fits = type(seen) in {int, float}
    else:
        fits = type(seen) is shape
    return [] if fits else [f"{path}: expected {shape}, saw {seen!r}"]


@pytest.mark.parametrize("name", SHAPES)
def test_every_answer_has_its_shape(home: Path, name: str) -> None:
    argv, shape = SHAPES[name]
    outcome = run(home, [*argv, "--as-of", AS_OF, "--json"])
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.count("\n") == 1
    assert outcome.out.endswith("}\n")
    assert misfits(shape, json.loads(outcome.out)) == []


TYPES: dict[str, type] = {
    "promises": answers.Promises,
    "commitment": answers.Commitment,
    "chain": answers.Chain,
    "commitments": answers.CommitmentsPage,
    "due": answers.Due,
    "balance": answers.Balance,
    "customer": answers.Customer,
    "journeys": answers.JourneysPage,
    "journey": answers.Journey,
    "suspense": answers.Suspense,
}
#: What a type is in JSON. (A position is a number in a ledger of one partition.)
IN_JSON: dict[object, object] = {
    **{kind: kind for kind in (str, int, bool)},
    datetime: Instant,
    float: Number,
    answers.Seconds: Number,
    answers.Position: int,
}


def agrees(kind: Any, shape: object) -> bool:
    """Whether a type says of an answer what a shape says."""
    if get_origin(kind) is NotRequired:
        return agrees(get_args(kind)[0], shape)
    if isinstance(shape, Maybe):
        kinds = set(get_args(kind))
        return NoneType in kinds and agrees(reduce(or_, kinds - {NoneType}), shape.shape)
    if is_typeddict(kind):
        hints = get_type_hints(kind, include_extras=True)
        optional = {key for key, hint in hints.items() if get_origin(hint) is NotRequired}
        return (
            isinstance(shape, Mapping)
            and hints.keys() - optional <= shape.keys() <= hints.keys()
            and all(agrees(hints[key], own) for key, own in shape.items())
        )
    if get_origin(kind) is list and isinstance(shape, list):
        return agrees(get_args(kind)[0], shape[0])
    if get_origin(kind) is dict:
        return shape is dict or isinstance(shape, Mapping)
    return IN_JSON[str if get_origin(kind) is Literal else kind] is shape


@pytest.mark.parametrize("name", SHAPES)
def test_the_type_of_an_answer_says_its_shape(name: str) -> None:
    (command, *_), shape = SHAPES[name]
    assert agrees(TYPES[command], shape)
    assert isinstance(shape, Mapping)
    assert not agrees(TYPES[command], {**shape, "more": int})
    assert not agrees(TYPES[command], dict(list(shape.items())[1:]))


@pytest.mark.parametrize("name", SHAPES)
def test_for_people_there_is_a_page_instead(home: Path, name: str) -> None:
    outcome = run(home, [*SHAPES[name][0], "--as-of", AS_OF])
    assert (outcome.code, outcome.err) == (0, "")
    assert not outcome.out.startswith("{")
    assert "\x1b" not in outcome.out
    assert "None" not in outcome.out


@pytest.mark.parametrize(
    ("argv", "name"),
    [
        (["commitments"], "commitments"),
        (["commitments", "--limit", "3"], "commitments"),
        (["due", "--within", "P7D"], "due"),
        (["journeys"], "journeys"),
        (["suspense"], "items"),
    ],
    ids=" ".join,
)
def test_lists_come_in_lines_too(home: Path, argv: list[str], name: str) -> None:
    whole = ask(home, [*argv, "--as-of", AS_OF])[name]
    for options in (["--lines"], ["--lines", "--json"]):
        outcome = run(home, [*argv, "--as-of", AS_OF, *options])
        assert (outcome.code, outcome.err) == (0, "")
        assert [json.loads(line) for line in outcome.out.splitlines()] == whole
    assert whole
    assert run(home, [*argv, "--lines", "--known-at", "@0"]) == (0, "", "")


def test_a_rate_without_denominator_is_null(home: Path) -> None:
    found = ask(home, ["promises", "--as-of", "2026-01-01T00:00:00Z"])
    for rate in found["kept_rate"].values():
        assert rate == {"kept": 0, "due": 0, "rate": None, "low": None, "high": None}
    assert found["slip_gap"] is None
    assert found["unprompted"] == {
        "kept": 0,
        "unprompted": 0,
        "rate": None,
        "low": None,
        "high": None,
    }


def test_rates_are_unrounded(home: Path) -> None:
    found = ask(home, ["promises", "--as-of", AS_OF, "--by", "department"])
    care = found["groups"][0]
    assert care["key"] == {"department": "care"}
    assert care["kept_rate"]["latest"]["rate"] == 1 / 3
    assert care["slip_gap"] == 1 / 3
    assert found["counts"]["made"] == sum(found["counts"][status] for status in STATUSES) == 8


def test_instants_have_as_many_digits_as_needed(home: Path) -> None:
    argv = ["commitment", "INNER", "--as-of", "2026-03-01T01:00:00.120+01:00"]
    assert ask(home, argv)["agreed_due_at"] == "2026-03-05T00:00:00.25Z"
    argv = ["promises", "--as-of", "2026-03-01T01:00:00.120+01:00"]
    assert ask(home, argv)["as_of"] == "2026-03-01T00:00:00.12Z"


EMITTED = {"accepted": int, "duplicates": int, "rejected": [dict], "head": int}


def test_emit_has_its_shape(tmp_path: Path) -> None:
    lines = [json.dumps(fact) for fact in FACTS[:2]]
    outcome = run(tmp_path, ["emit", "-", "--json"], "\n".join([lines[0], "{", lines[1]]).encode())
    assert (outcome.code, outcome.err) == (2, "")
    found: dict[str, Any] = json.loads(outcome.out)
    assert misfits(EMITTED, found) == []
    assert misfits([{"line": int, "id": Maybe(str), "why": str}], found["rejected"]) == []
    assert (found["accepted"], found["head"], found["rejected"][0]["line"]) == (2, 2, 2)
    again = ask(tmp_path, ["emit", "-"], lines[0].encode())
    assert again == {"accepted": 0, "duplicates": 1, "rejected": [], "head": 2}


def test_all_or_nothing_writes_nothing_if_a_line_is_bad(tmp_path: Path) -> None:
    lines = "\n".join([json.dumps(FACTS[0]), "{"]).encode()
    outcome = run(tmp_path, ["emit", "-", "--all-or-nothing", "--json"], lines)
    found = json.loads(outcome.out)
    assert (outcome.code, found["accepted"], found["head"]) == (2, 0, 0)
    assert [each["line"] for each in found["rejected"]] == [2]
    (tmp_path / "good.jsonl").write_text(json.dumps(FACTS[0]))
    argv = ["emit", str(tmp_path / "good.jsonl"), "--all-or-nothing"]
    assert ask(tmp_path / "home", argv)["accepted"] == 1


def test_import_has_its_shape(tmp_path: Path) -> None:
    folder, data = tmp_path / "shop", tmp_path / "data"
    folder.mkdir()
    data.mkdir()
    (data / "orders.csv").write_text(
        "id,placed\n1,2026-01-01T00:00:00Z\n2,\n3,2026-01-03T00:00:00Z\n"
    )
    (folder / "commitment.made.sql").write_text(
        "SELECT id AS key, instant(placed, '%Y-%m-%dT%H:%M:%SZ', 'UTC') AS time,"
        " '/shop/import' AS source, 'customer:' || id AS subject, 'C-' || id AS commitment_id,"
        " getvariable('what') AS about FROM rows('orders.csv')"
    )
    argv = ["import", str(folder), "--data", str(data), "--set", "what=delivery"]
    found = ask(tmp_path / "home", argv)
    assert misfits({**EMITTED, "by_type": dict, "skipped": dict, "rows": dict}, found) == []
    assert (found["accepted"], found["by_type"]) == (2, {"commitment.made": 2})
    assert found["skipped"] == {"commitment.made": 1}
    counted = {"orders.csv": {"read": 3, "used": 2, "rejected": 0}}
    assert found["rows"] == {"commitment.made": counted, **counted}
    assert ask(tmp_path / "home", argv)["duplicates"] == 2
    named = ask(tmp_path / "home", [*argv, "--name", "other"])
    assert (named["accepted"], named["head"]) == (2, 4)
    changed = run(tmp_path / "home", [*argv[:-1], "what=refund", "--json"])
    conflict = json.loads(changed.out)["rejected"][0]
    assert changed.code == 2
    assert misfits({"file": str, "line": int, "id": str, "why": str}, conflict) == []


def test_rebuild_has_its_shape(home: Path) -> None:
    shape = {"facts": int, "seconds": float, "facts_per_second": float, "position": int}
    found = ask(home, ["rebuild"])
    assert misfits(shape, found) == []
    assert (found["facts"], found["position"]) == (len(FACTS), len(FACTS))
