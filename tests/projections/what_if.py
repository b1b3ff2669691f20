"""Random policies and calendars to try in a random world, and what the folds answer of a ledger
that has them in the place of its own."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hypothesis import note
from hypothesis import strategies as st

from domain.commitments import Commitment, status
from domain.events import CalendarPublished, CommitmentMade, PolicyPublished
from domain.facts import Fact
from domain.published_rules import is_readable
from projections.public_holidays import public_holidays
from schemas.jsonform import instant_to_text, to_json
from tests.compare import differences
from tests.domain import answers
from tests.domain.given import day, fact, honoured, made, moved, retracts
from tests.helpers import run
from tests.projections.questions import TIMES, common, expected, promises_asked
from tests.projections.stores import arrived
from tests.projections.worlds import worlds

Json = dict[str, Any]
Named = tuple[str, str]

POLICIES = st.sampled_from(("POLICY1", "POLICY2"))
RULES = st.sampled_from(("policy.published", "policy.published", "calendar.published"))
#: What walks on the dates that rules give, and what may take it away.
WALKED = st.sampled_from(
    [
        *["commitment.made", "policy.published"] * 4,
        *["commitment.honoured", "commitment.rescheduled", "calendar.published"] * 2,
        *("commitment.released", "commitment.abandoned", "commitment.reopened", "fact.retracted"),
    ]
)
#: What the door takes, for what it would not.
READABLE_DUE = st.sampled_from(("P1D", "P3D", "2 working days", "30 working hours"))
READABLE: dict[str, Any] = {
    "timezone": "Europe/Paris",
    "weekly": ("mon 08:00-12:00", "sat 10:00-20:00"),
    "closed": (),
    "special": (),
    "holidays": None,
}


def _published(fact: Fact) -> Named | None:
    match fact.body:
        case PolicyPublished() as body:
            return "policy", body.policy_id
        case CalendarPublished() as body:
            return "calendar", body.calendar_id
    return None


def _with(fact: Fact, **said: object) -> Fact:
    return replace(fact, body=fact.body.model_copy(update=said))


def _ruled(draw: st.DrawFn, fact: Fact) -> Fact:
    """The fact; policies have one of several ids, and most promises no date of their own."""
    match fact.body:
        case PolicyPublished():
            return _with(fact, policy_id=draw(POLICIES))
        case CommitmentMade() if draw(st.integers(0, 4)):
            return _with(fact, due_at=None)
    return fact


def _tried(draw: st.DrawFn, rule: Fact, abouts: Sequence[str]) -> Fact:
    """What is published, as the door takes it: mostly before all else happens, and about what is
    promised."""
    time = draw(st.sampled_from((day(-1), day(-1), rule.time)))
    rule = replace(rule, time=time, sequence=draw(st.sampled_from((None, "1", "2"))))
    if isinstance(rule.body, PolicyPublished) and draw(st.booleans()):
        rule = _with(rule, labels=(), calendar_id=None, about=draw(st.sampled_from(abouts)))
    if isinstance(rule.body, CalendarPublished | PolicyPublished):
        if is_readable(rule.body, public_holidays):
            return rule
        if isinstance(rule.body, PolicyPublished):
            return _with(rule, due=draw(READABLE_DUE))
    return _with(rule, **READABLE)


@st.composite
def tried(draw: st.DrawFn) -> tuple[list[Fact], list[Fact]]:
    """A world, and what is published instead: what the door takes, some under ids of the world."""
    world = [_ruled(draw, fact) for fact in draw(worlds(types=WALKED))]
    there = [fact.id for fact in world if _published(fact)] or [world[0].id]
    abouts = [one.body.about for one in world if isinstance(one.body, CommitmentMade)]
    rules: dict[UUID, Fact] = {}
    for rule in draw(worlds(max_size=4, types=RULES)):
        id = draw(st.sampled_from((rule.id, rule.id, rule.id, draw(st.sampled_from(there)))))
        rules.setdefault(
            id, replace(_tried(draw, _ruled(draw, rule), abouts or ["delivery"]), id=id)
        )
    return world, list(rules.values())


def lines(rules: Sequence[Fact]) -> bytes:
    """The rules as a file has them."""
    events = [
        {
            "specversion": "1.0",
            "id": str(rule.id),
            "type": rule.type,
            "source": rule.source,
            "subject": rule.subject,
            "time": instant_to_text(rule.time),
            "sequence": rule.sequence,
            "data": to_json(rule.type, rule.body.model_dump()),
        }
        for rule in rules
    ]
    return "".join(f"{json.dumps(event)}\n" for event in events).encode()


def hold_what_if(world: list[Fact], rules: list[Fact], data: st.DataObject) -> None:
    """The home that is asked answers as the folds do, at a random instant and knowledge."""
    asked = data.draw(st.just(["promises"]) | promises_asked(), label="promises")
    late = st.just(instant_to_text(day(14)))
    as_of = data.draw(late | TIMES, label="as of")
    known_at = data.draw(st.just(len(world)) | st.integers(0, len(world)), label="known at")
    note(f"./pledger {' '.join(asked)} --as-of {as_of} --known-at @{known_at}")
    hold(world, rules, [*asked, "--as-of", as_of], known_at)


def hold(world: list[Fact], rules: list[Fact], asked: Sequence[str], known_at: int) -> int:
    """The home that is asked ``promises`` answers as the folds do of the world and of the other
    one; how many promises would change."""
    known = [fact for fact in world if fact.position <= known_at]
    replaced = {_published(rule) for rule in rules}
    kept = [fact for fact in known if _published(fact) is None or _published(fact) not in replaced]
    argv = ["what-if", "-", *asked[1:], "--known-at", f"@{known_at}", "--json"]
    outcome = run(Path("memory"), argv, lines(rules))
    if {fact.id for fact in kept} & {rule.id for rule in rules}:
        assert outcome.code == 2, outcome
        return 0
    assert outcome.code == 0, outcome
    other = [replace(fact, position=at) for at, fact in enumerate((*kept, *rules), 1)]
    seen = json.loads(outcome.out)
    for name, facts in (("promises", known), ("would_be", other)):
        should = expected(facts, list(asked))
        assert should is not None
        should.pop("known_at")
        wrong = differences(common(should, seen[name]), seen[name])
        assert not wrong + differences(common(seen[name], should), should), name
    changes = _changes(known, other, asked)
    assert (seen["changed"], seen["changes"]) == (len(changes), changes)
    return len(changes)


def hold_story() -> None:
    """A promise without a date, of which more became known; another policy, calendar and retraction
    each change what is so, at every knowledge."""
    asked = ["promises", "--by", "month_due", "--as-of", instant_to_text(day(14))]
    for rules in ([policy(0, "P1D")], [policy(0, "2 working days", "CAL1"), OTHER_DAYS]):
        assert [hold(STORY, rules, asked, known) for known in range(len(STORY) + 1)] == CHANGED
    retracted = [replace(policy(0, "P1D"), id=STORY[0].id)]
    assert hold(STORY, retracted, asked, len(STORY)) == hold(STORY, retracted, asked, 0) == 0


def policy(at: int, due: str, calendar_id: str | None = None) -> Fact:
    """A policy for what the story promises."""
    said: dict[str, Any] = {"policy_id": "POLICY1", "about": "delivery", "clock_starts": "made"}
    return fact("policy.published", at, **said, due=due, calendar_id=calendar_id)


OTHER_DAYS = fact("calendar.published", 0, calendar_id="CAL1", **READABLE)
STORY = arrived(
    [
        policy(0, "P5D"),
        made(1, due_at=None),
        honoured(5),
        made(2, due_at=None, commitment_id="D"),
        moved(3, 9, commitment_id="D"),
        retracts(policy(0, "P5D"), 6),
    ]
)
#: How many promises would change at each knowledge.
CHANGED = [0, 0, 1, 1, 2, 2, 2]


def _changes(known: Sequence[Fact], other: Sequence[Fact], argv: Sequence[str]) -> list[Json]:
    asked = answers.parsed(argv)
    with patch.object(answers, "no_places", public_holidays):
        now, then = (answers.View(facts, asked.as_of, None) for facts in (known, other))
    changes = []
    for name in sorted(now.folded):
        one, would_be = now.folded[name].commitment, then.folded[name].commitment
        if answers.is_asked(one, asked) or answers.is_asked(would_be, asked):
            changes.append(_change(one, would_be, asked.as_of))
    return [one for one in changes if _differs(one)]


def _change(one: Commitment, would_be: Commitment, as_of: Any) -> Json:
    first, other = (each.first_due_at for each in (one, would_be))
    return {
        "commitment_id": one.commitment_id,
        "status": status(one, as_of),
        "would_be": status(would_be, as_of),
        "first_due_at": None if first is None else instant_to_text(first),
        "would_be_first_due_at": None if other is None else instant_to_text(other),
    }


def _differs(change: Json) -> bool:
    return bool(
        change["status"] != change["would_be"]
        or change["first_due_at"] != change["would_be_first_due_at"]
    )
