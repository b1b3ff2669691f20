"""The folds draw from the facts alone what the stories meant: all answers agree."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from domain.commitments import Folded, fold_all, status
from domain.facts import Fact
from domain.identity import canonical
from domain.journeys import Journey, Stitching, journeys, stitch
from domain.policies import policy_dates
from domain.refs import department_of
from domain.retractions import in_force
from domain.scoreboard import balance, balance_by, promises, promises_by
from domain.suspense import suspense
from tests.compare import differences
from tests.simulator.simulated import TOGETHER, facts, told

pytestmark = TOGETHER

SEED, CUSTOMERS = 11, 1500

INSTANTS: dict[str, timedelta] = {
    "at the end": timedelta(0),
    "a year before": timedelta(days=365),
    "in autumn": timedelta(days=100, hours=5),
}


def _truth() -> Any:
    return told(SEED, CUSTOMERS).truth


def _as_of(before: timedelta) -> datetime:
    as_of: datetime = _truth().end - before
    return as_of


@cache
def _in_force() -> tuple[Fact, ...]:
    return tuple(in_force(facts(SEED, CUSTOMERS)))


@cache
def _names(as_of: datetime) -> dict[str, str]:
    return canonical(_in_force(), as_of)


@cache
def _folded(as_of: datetime) -> dict[str, Folded]:
    return fold_all(_in_force(), as_of, _policy_dates())


@cache
def _policy_dates() -> Any:
    return policy_dates(_in_force(), _no_holidays)


def _no_holidays(place: str, year: int) -> frozenset[date]:
    return frozenset()


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat().replace("+00:00", "Z")


def _answer(folded: Folded, as_of: datetime) -> dict[str, object]:
    commitment = folded.commitment
    plain = (
        "commitment_id",
        "about",
        "kind",
        "owner",
        "state",
        "reschedulings",
        "chases",
        "paused",
        "supports",
    )
    instants = [name for name in type(commitment).__slots__ if name.endswith("_at")]
    return {
        **{name: getattr(commitment, name) for name in plain},
        **{name: _text(getattr(commitment, name)) for name in instants},
        "customer": _names(as_of).get(commitment.customer, commitment.customer),
        "status": status(commitment, as_of),
    }


@pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)
def test_every_commitment(before: timedelta) -> None:
    as_of = _as_of(before)
    folded = _folded(as_of)
    made = {name for name in _truth().promises if _truth().status(name, as_of) is not None}
    assert set(folded) == made
    wrong = [
        f"{name} ({_truth().promises[name].fate}): {difference}"
        for name, found in folded.items()
        for difference in differences(_truth().commitment(name, as_of), _answer(found, as_of))
    ]
    assert wrong == []


@pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)
@pytest.mark.parametrize("by", ["department", "about", "channel"])
def test_the_scoreboard(before: timedelta, by: Any) -> None:
    as_of = _as_of(before)
    commitments = [found.commitment for found in _folded(as_of).values()]
    groups = promises_by(commitments, as_of, [by])
    seen = {"as_of": _text(as_of), **promises(commitments, as_of), "groups": groups}
    assert differences(_truth().scoreboard(as_of, by), seen) == []


@pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)
@pytest.mark.parametrize("by", ["department", "about"])
def test_the_balance_of_a_year(before: timedelta, by: Any) -> None:
    to = _as_of(before)
    after = to - timedelta(days=365)
    found = _folded(to).values()
    whole = balance((folded.entries for folded in found), after, to)
    groups = balance_by(found, after, to, [by])
    seen = {"from": _text(after), "to": _text(to), **whole, "groups": groups}
    assert differences(_truth().balance(after, to, by), seen) == []


@pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)
def test_what_waits_in_suspense(before: timedelta) -> None:
    as_of = _as_of(before)
    seen = {
        "items": [
            {
                "reason": item.reason,
                "about": item.about,
                "since": _text(item.since),
                "facts": [str(fact) for fact in item.facts],
            }
            for item in suspense(
                facts(SEED, CUSTOMERS), as_of, holidays=lambda place, year: frozenset()
            )
        ]
    }
    assert differences(_truth().suspense(as_of), seen) == []


@pytest.mark.parametrize("before", INSTANTS.values(), ids=INSTANTS)
def test_who_waits_and_since_when(before: timedelta) -> None:
    as_of, week = _as_of(before), timedelta(days=7)
    seen = {}
    for name, found in _folded(as_of).items():
        due, heard = found.commitment.agreed_due_at, found.commitment.last_sign_at
        if found.commitment.state == "open" and due is not None and due <= as_of + week:
            assert heard is not None
            seen[name] = (as_of - heard).total_seconds()
    expected = {line["commitment_id"]: line["silence"] for line in _truth().due(week, as_of)["due"]}
    assert differences(expected, seen) == []
    assert len(expected) == len(seen) > 10


@cache
def _stitched() -> Stitching:
    return stitch(_in_force(), _names(_truth().end))


@cache
def _lived() -> dict[str, list[Journey]]:
    lived: dict[str, list[Journey]] = {}
    end = _truth().end
    for journey in journeys(_stitched().journeys, _folded(end).values(), end):
        lived.setdefault(journey.customer, []).append(journey)
    return lived


def _journey(journey: Journey) -> dict[str, object]:
    return {
        "journey_id": str(journey.journey_id),
        "customer": journey.customer,
        "first_at": _text(journey.first_at),
        "last_at": _text(journey.last_at),
        "facts": journey.facts,
        "departments": list(journey.departments),
        "handovers": journey.handovers,
        "touchpoints": dict(journey.touchpoints),
        "chases": journey.chases,
        "reasked": journey.reasked,
        "channels_forced": journey.channels_forced,
        "promises": dict(journey.promises),
        "kept_whole": journey.kept_whole,
    }


def test_every_watched_customer() -> None:
    names = _names(_truth().end)
    loose: dict[str, list[dict[str, object]]] = {}
    for fact in _stitched().loose:
        line: dict[str, object] = {"id": str(fact.id), "type": fact.type, "time": _text(fact.time)}
        loose.setdefault(names.get(fact.subject, fact.subject), []).append(line)
    assert len(_truth().watched) > 25
    for party in _truth().watched:
        expected = _truth().customer(party)
        name = expected["canonical"]
        assert name == names.get(party, party)
        seen = [_journey(journey) for journey in _lived().get(name, [])]
        assert differences(expected["journeys"], seen) == []
        assert differences(expected["loose"], loose.get(name, [])) == []


def test_every_journey_of_a_customer() -> None:
    expected = Counter(
        (
            journey.customer,
            len(journey.facts),
            journey.facts[0].id,
            len({department_of(fact.source) for fact in journey.facts}),
            journey.kept_whole,
        )
        for journey in _truth().lived()
    )
    parties = {name: _truth().parties(name) for name in _lived()}
    seen = Counter(
        (
            journey.customer,
            journey.facts,
            str(journey.journey_id),
            len(journey.departments),
            journey.kept_whole,
        )
        for name, some in _lived().items()
        if any(party.startswith("customer:") for party in parties[name])
        for journey in some
    )
    assert seen == expected


def test_the_stories() -> None:
    for story in _truth().stories.values():
        (journey,) = _lived()[story.customer]
        assert str(journey.journey_id) == story.journey_id
        assert journey.facts == story.facts
        assert journey.departments == story.departments
        assert journey.handovers == story.handovers
        assert journey.kept_whole is story.kept_whole
        assert journey.longest_silence == story.longest_silence
