"""Journeys: which facts hang together, and what it was like."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.commitments import fold_all
from domain.facts import Fact
from domain.journeys import (
    Feedback,
    Journey,
    Stretch,
    journeys,
    longest_silence,
    merged,
    stitch,
    summarise,
)
from domain.retractions import in_order
from tests.domain.given import chased, day, fact, honoured, made, moved

DAY = 86_400.0


def call(on: float, *refs: str, **said: Any) -> Fact:
    return fact("touchpoint.occurred", on, refs=refs, **said)


def found(facts: list[Fact], names: dict[str, str] | None = None) -> list[tuple[Fact, ...]]:
    return [one.facts for one in stitch(facts, names or {}).journeys]


def lived(*facts: Fact, on: float = 20) -> Journey:
    """The one journey of some facts, as of a day."""
    then = in_order(facts, day(on))
    (journey,) = journeys(stitch(then).journeys, fold_all(then).values(), day(on))
    return journey


# Stitching


def test_a_shared_ref_makes_one_journey() -> None:
    a, b, c = call(1, "order:1"), call(3, "parcel:7"), call(2, "order:1", "parcel:7")
    assert found([b, c, a]) == [(a, c, b)]
    assert found([b, a]) == [(a,), (b,)]
    assert stitch([b, c, a]).journeys[0].journey_id == a.id


def test_the_customers_own_ids_never_link() -> None:
    a = fact("touchpoint.occurred", 1, of="customer:a", refs=("customer:a",))
    b = fact("touchpoint.occurred", 2, of="customer:a", refs=("customer:a",))
    other = fact("touchpoint.occurred", 3, of="customer:a", refs=("customer:b",))
    assert [one.id for one in stitch([a, b]).loose] == [a.id, b.id]
    assert [one.id for one in stitch([a, b, other]).loose] == [a.id, b.id]
    linked = {"customer:a": "customer:a", "customer:b": "customer:a"}
    assert [one.id for one in stitch([a, b, other], linked).loose] == [a.id, b.id, other.id]


def test_ids_count_as_refs() -> None:
    assert len(found([made(1), honoured(2), chased(3), call(4, "commitment:C")])) == 1
    assert len(found([made(1), made(2, commitment_id="D", supports="C")])) == 1
    issue = fact("issue.opened", 3, about_commitment_id="C")
    assert len(found([made(1), issue, fact("information.reasked", 4, issue_id="I")])) == 1
    link = fact("payment.linked", 2, to_ref="order:1")
    assert len(found([call(1, "order:1"), link, fact("payment.captured", 3)])) == 1
    voice = fact("feedback.given", 9, about_ref="order:1")
    assert len(found([call(1, "order:1"), voice])) == 1


def test_the_same_bare_id_of_two_kinds_is_two_things() -> None:
    facts = [made(1, commitment_id="7"), fact("issue.opened", 2, issue_id="7")]
    assert len(found(facts)) == 2


def test_the_customer_alone_never_links_and_nothing_links_two_customers() -> None:
    assert len(found([call(1, "order:1"), call(2, "order:2")])) == 2
    facts = [call(1, "order:1", of="customer:1"), call(2, "order:1", of="customer:2")]
    assert len(found(facts)) == 2
    names = {"customer:1": "app:1", "customer:2": "app:1"}
    (journey,) = stitch(facts, names).journeys
    assert (journey.customer, journey.facts) == ("app:1", tuple(facts))


def test_a_department_has_journeys_too() -> None:
    assert stitch([made(1, of="department:shop")]).journeys[0].customer == "department:shop"


def test_facts_without_refs_are_loose() -> None:
    a, b, c = call(2), call(1), call(3, "order:1")
    result = stitch([a, b, c])
    assert result.loose == (b, a)
    assert [one.facts for one in result.journeys] == [(c,)]


def test_journeys_come_by_their_first_fact() -> None:
    a = call(1, "order:2", id=UUID(int=2))
    b = call(1, "order:1", id=UUID(int=1))
    assert found([a, b]) == [(b,), (a,)]


def test_a_journey_of_fifty_thousand_facts() -> None:
    one = call(1, "link:0", "link:1")
    chain = [
        call(1, f"link:{at}", f"link:{at + 1}", id=UUID(int=50_000 - at)) for at in range(50_000)
    ]
    (journey,) = found([*chain, one])
    assert len(journey) == 50_001


SHARED = st.sets(st.sampled_from(["order:1", "order:2", "order:3", "parcel:1", "parcel:2"]))
VISITS = st.builds(
    lambda on, refs, of, number: call(on, *sorted(refs), of=of, id=UUID(int=number)),
    st.integers(0, 5),
    SHARED,
    st.sampled_from(["customer:1", "customer:2", "customer:3"]),
    st.integers(0, 99),
)
NAMES = st.sampled_from([{}, {"customer:1": "a", "customer:3": "a"}])


@given(
    st.lists(VISITS, max_size=20, unique_by=lambda one: one.id),
    NAMES,
    st.randoms(use_true_random=False),
)
def test_as_the_definition_has_it_in_any_order(
    facts: list[Fact], names: dict[str, str], chance: Random
) -> None:
    result = stitch(facts, names)
    shuffled = facts + facts
    chance.shuffle(shuffled)
    assert stitch(shuffled, names) == result
    place = {one.id: at for at, own in enumerate(result.journeys) for one in own.facts}
    assert {one.id for one in result.loose} == {one.id for one in facts if not one.links}
    assert place.keys() | {one.id for one in result.loose} == {one.id for one in facts}
    for one in facts:
        for other in facts:
            same = names.get(one.subject, one.subject) == names.get(other.subject, other.subject)
            if same and set(one.links) & set(other.links):
                assert place[one.id] == place[other.id]
    for own in result.journeys:
        # Nothing can be split off: from the first fact one gets to every other.
        reached, links = {own.facts[0].id}, set(own.facts[0].links)
        for _ in own.facts:
            for one in own.facts:
                if links & set(one.links):
                    reached.add(one.id)
                    links |= set(one.links)
        assert len(reached) == len(own.facts)
        assert list(own.facts) == in_order(own.facts)


# What it was like


def test_a_summary() -> None:
    journey = lived(
        call(1, "order:1", by="shop", channel="web", initiated_by="customer"),
        made(2, by="shop", due_at=day(6), refs=("order:1",)),
        call(3, "order:1", by="logistics", channel="field"),
        chased(4, by="care"),
        fact("information.reasked", 4.2, by="care", refs=("order:1",)),
        fact("channel.forced", 4.3, by="care", refs=("order:1",)),
        call(4.5, "order:1", by="shop", channel="field"),
        honoured(5, by="logistics"),
        fact("feedback.given", 6, by="voice", about_ref="order:1"),
    )
    assert journey.departments == ("shop", "logistics", "care", "voice")
    assert (journey.facts, journey.handovers) == (9, 5)
    assert (journey.first_at, journey.last_at) == (day(1), day(6))
    assert dict(journey.touchpoints) == {"field": 2, "web": 1}
    assert (journey.chases, journey.reasked, journey.channels_forced) == (1, 1, 1)
    assert (journey.promises["made"], journey.promises["kept"]) == (1, 1)
    assert (journey.kept_whole, journey.longest_silence) == (True, 1.5 * DAY)
    assert journey.feedback == (Feedback("csat", 4, 1, 5, day(6)),)
    assert journey.steps[0].refs == ("order:1",)
    assert [step.channel for step in journey.steps if step.channel] == ["web", "field", "field"]


def test_only_a_touchpoint_has_a_channel() -> None:
    journey = lived(made(1), chased(2), fact("issue.opened", 3, about_commitment_id="C"))
    assert dict(journey.touchpoints) == {}


def test_a_promise_belongs_where_its_first_made_is() -> None:
    one = made(1, of="customer:1", refs=("order:1",))
    two = made(2, of="customer:2", refs=("order:2",))
    facts = [one, two, honoured(3, of="customer:2")]
    first, second = journeys(stitch(facts).journeys, fold_all(facts).values(), day(9))
    assert (first.customer, first.promises["kept"]) == ("customer:1", 1)
    assert (second.customer, second.promises["made"]) == ("customer:2", 0)


def test_a_journey_without_a_step_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one step"):
        summarise("customer:1", [], [], [], day(1))


@pytest.mark.parametrize(
    ("story", "on", "whole"),
    [
        ([], 9, None),
        ([made(due_at=day(5))], 5, None),
        ([made(due_at=day(5))], 5.01, False),
        ([made(due_at=day(5)), honoured(4)], 5, None),
        ([made(due_at=day(5)), honoured(4)], 6, True),
        ([made(due_at=day(5)), honoured(5.5)], 6, False),
        ([made(due_at=day(5)), honoured(4), fact("commitment.disputed", 4.5)], 6, False),
        ([made(due_at=day(5)), fact("commitment.abandoned", 1)], 2, False),
        ([made(), fact("commitment.abandoned", 1)], 2, False),
        ([made(due_at=day(5)), fact("commitment.released", 5)], 9, None),
        ([made(due_at=day(5)), fact("commitment.released", 6)], 9, False),
        ([made()], 9, None),
        ([made(), honoured(3)], 9, None),
        # Consent moves what has to be kept; the company alone does not.
        ([made(due_at=day(5)), moved(3, 9, agreed=True), honoured(8)], 10, True),
        ([made(due_at=day(5)), moved(3, 9), honoured(8)], 10, False),
        ([made(due_at=day(5)), honoured(4), made(commitment_id="D", supports="C")], 9, True),
        (
            [
                made(due_at=day(5)),
                honoured(4),
                made(commitment_id="D", supports="C", due_at=day(6)),
            ],
            9,
            False,
        ),
    ],
)
def test_kept_whole(story: list[Fact], on: float, whole: bool | None) -> None:
    assert lived(call(0, "commitment:C"), *story, on=on).kept_whole is whole


@pytest.mark.parametrize(
    ("story", "on", "days"),
    [
        ([], 9, None),
        ([made(1)], 9, 8),
        ([made(1)], 1, 0),
        ([made(1), honoured(4)], 9, 3),
        ([made(1), call(2, "commitment:C"), honoured(4)], 9, 2),
        ([made(1), call(2, "commitment:C", initiated_by="customer"), honoured(4)], 9, 3),
        ([made(1), chased(2), honoured(4)], 9, 3),
        # Done before it was written down: open for no time at all.
        ([honoured(1), made(2)], 9, 0),
        # Only what lies within a stretch is a silence: day 4 to 8 was none.
        ([made(1), honoured(4), fact("commitment.reopened", 8)], 9, 3),
        ([made(1), honoured(2), fact("commitment.reopened", 3)], 9, 6),
        # A dispute is not an open promise.
        ([made(1), honoured(2), fact("commitment.disputed", 3)], 9, 1),
        # Two promises that overlap or touch are one stretch.
        (
            [made(1), fact("commitment.released", 5), made(4, commitment_id="D", supports="C")],
            9,
            5,
        ),
        (
            [
                made(1),
                fact("commitment.released", 5),
                honoured(0, commitment_id="D"),
                made(0, commitment_id="D", supports="C"),
                fact("commitment.reopened", 5, commitment_id="D"),
            ],
            9,
            8,
        ),
    ],
)
def test_the_longest_silence(story: list[Fact], on: float, days: float | None) -> None:
    seconds = None if days is None else days * DAY
    assert lived(call(0, "commitment:C"), *story, on=on).longest_silence == seconds


@st.composite
def stretches(draw: st.DrawFn) -> Stretch:
    start = draw(st.integers(0, 20))
    return day(start), day(start + draw(st.integers(0, 6)))


def test_stretches_that_touch_become_one() -> None:
    one: list[Stretch] = [(day(3), day(5)), (day(1), day(3)), (day(6), day(7)), (day(6), day(6))]
    assert merged(one) == [(day(1), day(5)), (day(6), day(7))]


@given(
    st.lists(stretches(), max_size=6),
    st.lists(st.integers(0, 26), max_size=8),
)
def test_silence_as_the_definition_has_it(own: list[Stretch], signs: list[int]) -> None:
    """Half-day by half-day: is a promise open, and how long ago was the last end or sign."""
    steps = lived(call(0, "x"), *(call(on, "x") for on in signs), on=99).steps
    half = timedelta(days=0.5)
    silence, silences = timedelta(0), [timedelta(0)]
    for tick in range(60):
        start = day(tick / 2)
        if any(step.time == start for step in steps):
            silence = timedelta(0)
        is_open = any(since <= start and start + half <= until for since, until in own)
        silence = silence + half if is_open else timedelta(0)
        silences.append(silence)
    expected = max(silences) / timedelta(seconds=1) if own else None
    assert longest_silence(steps, [own]) == expected
