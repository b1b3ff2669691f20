"""The desk on the command line: every verb, its options, its refusals."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import pytest

from application.desk_verbs import DECLINED, VERBS, Thing, fields_of, type_of
from application.embedded_home import EmbeddedHome
from entrypoints.cli.main import _parser
from entrypoints.desk_words import FIELDS
from entrypoints.desk_words import VERBS as PURPOSES
from ledger.errors import Busy
from schemas import catalogue
from tests.docs.test_reference import REFERENCE, sections
from tests.helpers import ask, ask_lines, run
from tests.homes import embedded_home

THINGS: tuple[Thing, ...] = ("promise", "issue")
EVERY = [(thing, verb) for thing in THINGS for verb in VERBS[thing]]

#: A way through every verb that is accepted, in an order that allows it.
STORY: dict[Thing, list[list[str]]] = {
    "promise": [
        ["make", "--customer", "customer:1", "--about", "delivery", "--labels", "a:1"],
        ["reschedule", "--due-at", "2030-01-01T00:00:00+01:00", "--initiated-by", "customer"],
        ["hand-over", "--to-department", "care"],
        ["accept"],
        ["pause", "--waiting-for", "customer", "--reason", "holiday"],
        ["resume", "--waiting-for", "customer"],
        ["part-honour", "--remaining", "the other half"],
        ["honour", "--in-time", "--evidence", "a signature", "--refs", "order:1"],
        ["confirm"],
        ["dispute", "--reason", "it was another's"],
        ["settle", "--outcome", "upheld"],
        ["abandon"],
        ["release"],
        ["reopen"],
    ],
    "issue": [
        ["open", "--customer", "customer:1", "--topic", "noise", "--channel", "phone"],
        ["acknowledge"],
        ["answer"],
        ["answer", "--final", "--outcome", "rejected"],
        ["escalate", "--level", "court"],
        ["resolve"],
        ["confirm"],
        ["reopen"],
    ],
}


def decide(home: Path, thing: str, *words: str, by: str = "care") -> dict[str, Any]:
    return ask(home, [thing, *words, "--id", "X", "--department", by])


@pytest.mark.parametrize("thing", THINGS)
def test_every_verb(tmp_path: Path, thing: Thing) -> None:
    for version, words in enumerate(STORY[thing], 1):
        by = "network" if words[0] in {"make", "open"} else "care"
        answer = decide(tmp_path, thing, *words, by=by)
        assert answer["version"] == version
        assert answer["facts"][0]["type"] == VERBS[thing][words[0]]
        assert answer["facts"][0]["position"] == version
    left = VERBS[thing].keys() - {words[0] for words in STORY[thing]} - {"decline"}
    assert not left
    assert len(ask_lines(tmp_path, ["facts"])) == len(STORY[thing])
    if thing == "promise":
        history = ask(tmp_path, ["commitment", "X"])["history"]
        silent = {"commitment.part_honoured", "commitment.confirmed"}
        assert all(one["applied"] or one["type"] in silent for one in history)
        assert history[7]["data"] == {
            "commitment_id": "X",
            "in_time": True,
            "evidence": "a signature",
            "refs": ["order:1"],
        }


def test_decline(tmp_path: Path) -> None:
    words = ["promise", "decline", "--customer", "customer:1", "--about", "refund"]
    answer = ask(tmp_path, [*words, "--department", "care", "--system", "counter"])
    assert answer["commitment_id"] is None
    (fact,) = ask_lines(tmp_path, ["facts"])
    assert (fact["type"], fact["source"]) == (DECLINED, "/care/counter")


def test_who_declines_twice_at_one_instant_declines_twice(tmp_path: Path) -> None:
    words = ["promise", "decline", "--customer", "customer:1", "--about", "refund"]
    words += ["--department", "care", "--time", "2026-03-02T09:00:00Z"]
    keyed = ["--key", "K"]
    ids = [ask(tmp_path, [*words, *key])["facts"][0]["id"] for key in ([], [], keyed, keyed)]
    assert len({*ids[:3]}) == 3
    assert ids[2] == ids[3]
    assert [fact["id"] for fact in ask_lines(tmp_path, ["facts"])] == ids[:3]


def test_a_refusal(tmp_path: Path) -> None:
    for words in STORY["promise"][:1], STORY["promise"][7:8]:
        decide(tmp_path, "promise", *words[0])
    again = ["promise", "abandon", "--id", "X", "--department", "care"]
    told = run(tmp_path, [*again, "--json"])
    assert told.code == 2
    assert told.err == ""
    refused = json.loads(told.out)["refused"]
    assert refused.keys() == {"why", "state", "since", "remedy"}
    assert refused["why"].startswith("honoured on ")
    assert refused["state"] == "honoured"
    assert refused["since"].endswith("Z")
    assert refused["remedy"] == "reopen it first, with './pledger promise reopen'"
    told = run(tmp_path, again)
    assert (told.code, told.out) == (2, "")
    assert told.err == f"pledger: refused: {refused['why']}; {refused['remedy']}\n"


def test_an_unknown_promise_has_no_state(tmp_path: Path) -> None:
    decide(tmp_path, "promise", *STORY["promise"][0])
    told = run(tmp_path, ["promise", "honour", "--id", "Y", "--department", "care", "--json"])
    assert json.loads(told.out)["refused"] == {
        "why": "no promise of that id is made",
        "state": None,
        "since": None,
        "remedy": "'./pledger promise make' makes it",
    }


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["promise"], "VERB"),
        (["promise", "hono"], "did you mean honour?"),
        (["promise", "honour", "--department", "care"], "--id"),
        (["promise", "honour", "--id", "X"], "--department"),
        (["promise", "make", "--department", "care", "--about", "x"], "--customer"),
        (["promise", "settle", "--id", "X", "--department", "care", "--outcome", "x"], "upheld"),
        (
            ["promise", "honour", "--id", "X", "--department", "care", "--expect", "-1"],
            "a whole number from 0",
        ),
        (
            ["promise", "honour", "--id", "X", "--department", "care", "--time", "2026-01-01"],
            "did you mean 2026-01-01T00:00:00Z?",
        ),
        (["promise", "honour", "--id", "X", "--department", "c e", "--json"], "no spaces"),
        (["promise", "honour", "--id", "", "--department", "care"], "the id of the promise"),
        (["promise", "honour", "--id", "X", "--department", "care/a"], "a department"),
        (["promise", "honour", "--id", "X", "--department", "care", "--key", ""], "an empty one"),
        (["promise", "honour", "--id", "é" * 1001, "--department", "care"], "saw 2,002"),
        (
            ["promise", "honour", "--id", "X", "--department", "a", "--key", "x" * 2001],
            "2,000 bytes as the key",
        ),
        (
            [
                "promise",
                "honour",
                "--id",
                "X",
                "--department",
                "a",
                "--time",
                "9000-01-01T00:00:00Z",
            ],
            "not after now",
        ),
        (["issue", "open", "--department", "a", "--customer", "9", "--topic", "x"], "--channel"),
    ],
)
def test_a_call_that_makes_no_sense(tmp_path: Path, words: list[str], said: str) -> None:
    decide(tmp_path, "promise", *STORY["promise"][0])
    told = run(tmp_path, words)
    assert told.code == 2
    assert said in told.err
    assert told.err.count("\n") == 1


def test_what_could_not_be_published_is_told_and_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide(tmp_path, "promise", *STORY["promise"][0])

    def held(*arguments: object, **named: object) -> None:
        raise Busy("the ledger", "that it is held", "wait")

    with monkeypatch.context() as patched:
        patched.setattr("ledger.sqlite.ledger.SQLiteLedger.append", held)
        told = run(tmp_path, ["promise", "honour", "--id", "X", "--department", "care", "--json"])
        assert told.code == 0
        assert "not in the ledger yet" in told.err
        assert "'./pledger relay'" in told.err
        assert json.loads(told.out)["facts"][0]["position"] is None
        page = run(tmp_path, ["promise", "pause", "--id", "X", "--department", "care",
                              "--waiting-for", "other"])  # fmt: skip
        assert "not in the ledger yet" in page.out
    assert ask(tmp_path, ["status"])["decisions_waiting"] == 2
    assert "2 decisions of the desk" in run(tmp_path, ["status"]).out
    assert ask(tmp_path, ["relay"]) == {"relayed": 2}
    assert "has all" in run(tmp_path, ["relay"]).out
    assert ask(tmp_path, ["status"])["decisions_waiting"] == 0
    assert ask(tmp_path, ["promises"])["counts"]["kept"] == 1


def test_relaying_where_nothing_is_makes_nothing(tmp_path: Path) -> None:
    told = run(tmp_path / "none", ["relay"])
    assert told.code == 2
    assert not (tmp_path / "none").exists()


def test_status_of_a_home_whose_desk_was_killed_before_it_was_made(tmp_path: Path) -> None:
    ask(tmp_path, ["emit", "-"])
    (tmp_path / "desk.sqlite").touch()
    assert ask(tmp_path, ["status"])["decisions_waiting"] == 0
    home: EmbeddedHome = embedded_home(tmp_path)
    with home.desk() as desk:
        assert desk.decisions.records.waiting() == 0


@pytest.mark.parametrize(("thing", "verb"), EVERY)
def test_every_field_is_an_option_that_says_what_it_is_for(thing: Thing, verb: str) -> None:
    parser = _verb_parser(thing, verb)
    options = {name for action in parser._actions for name in action.option_strings}
    fields = fields_of(thing, verb)
    assert {f"--{field.name.replace('_', '-')}" for field in fields} <= options
    for field in fields:
        personal = field.personal and field.name != "reason"
        assert ("(personal text)" in FIELDS[field.name]) is personal
    assert PURPOSES[thing][verb]
    assert PURPOSES[thing].keys() == VERBS[thing].keys()


@pytest.mark.parametrize(("thing", "verb"), EVERY)
def test_every_verb_is_in_the_reference(thing: Thing, verb: str) -> None:
    text = sections(REFERENCE / "command-line.md")[thing]
    assert f"`{verb}`" in text
    assert f"`{type_of(thing, verb)}`" in text


def test_no_field_is_explained_that_no_verb_has() -> None:
    named = {field.name for thing, verb in EVERY for field in fields_of(thing, verb)}
    assert named == FIELDS.keys()
    assert all(type_of(*each) in catalogue.TYPES for each in EVERY)


def _verb_parser(thing: Thing, verb: str) -> argparse.ArgumentParser:
    def nested(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
        (action,) = (one for one in parser._actions if isinstance(one, argparse._SubParsersAction))
        return dict(action.choices)

    return nested(nested(_parser([thing]))[thing])[verb]


def test_no_refusal_quotes_what_was_said(tmp_path: Path) -> None:
    secret = "Mrs Grey of Rose Lane"
    made = ["make", "--customer", "customer:1", "--about", "x", "--wording", secret]
    decide(tmp_path, "promise", *made)
    for words in (
        made,
        ["dispute", "--reason", secret],
        ["honour", "--evidence", secret * 20_000],
        ["part-honour", "--remaining", "\x00" + secret],
        ["pause", "--waiting-for", "customer", "--refs", f"\ud800{secret}"],
        ["pause", "--waiting-for", secret],
        [*made, *secret.split()],
        ["honour", f"--evidense={secret}"],
        ["honour", f"--{secret}"],
        ["honour", "--expect", secret],
        ["honour", "--time", secret],
        ["reschedule", "--initiated-by", "company", "--due-at", secret],
    ):
        whole = ["promise", *words, "--id", "X", "--department", "care"]
        for told in (run(tmp_path, whole), run(tmp_path, [*whole, "--json"])):
            assert told.code == 2
            assert "Rose" not in told.out + told.err
    refused = run(tmp_path, ["promise", "reopen", "--id", "X", "--department", secret, "--json"])
    assert refused.code == 2
    assert "Rose" not in refused.out + refused.err
