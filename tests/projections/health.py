"""What health finds, read once more in plain Python: the oracle of the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from unittest.mock import patch

from hypothesis import strategies as st

from domain.facts import Fact, sequence_number
from domain.look_alikes import folded
from projections.public_holidays import public_holidays
from tests.domain import answers
from tests.domain.answers import View
from tests.domain.given import day
from tests.projections.worlds import worlds

Json = dict[str, Any]

SHOWN = 5
WEEK = timedelta(days=7)
MONDAY = day(4)  # 5 January 2026 began a week; any Monday will do

#: Parties and refs of which some look alike.
ALIKE = ("customer:1", "customer:２", "customer:2", "customer:Ann", "customer:an n", "customer:ann")
REFS = ("order:1", "order:１", "ORDER:1", "order: 1", "order:2", "customer:ann", "commitment:c1")


@st.composite
def spoiled(draw: st.DrawFn) -> list[Fact]:
    """The facts of a world, some under other names, at equal times, or dated after they came."""
    facts = []
    for fact in draw(worlds()):
        refs = draw(st.lists(st.sampled_from(REFS), max_size=2).map(tuple))
        subject = draw(st.sampled_from((fact.subject, *ALIKE)))
        body = fact.body.model_copy(update={"refs": refs or fact.body.refs})
        late = timedelta(hours=draw(st.integers(-72, 72)), microseconds=draw(st.integers(-1, 1)))
        recorded_at = max(day(-1), fact.time + late)
        facts.append(replace(fact, body=body, subject=subject, recorded_at=recorded_at))
    return facts


def findings(facts: Sequence[Fact], as_of: datetime, known_at: int, least: int) -> list[Json]:
    """The findings without their words. ``least`` is from how many facts on a source is known."""
    with patch.object(answers, "no_places", public_holidays):
        view = View(facts, as_of, known_at)
        waiting = view.suspense()
    happened = [fact for fact in view.standing if fact.time <= as_of]
    by_reason: dict[str, list[str]] = defaultdict(list)
    for item in waiting:
        by_reason[item.reason].append(item.about)
    found = []
    for kind in ("unreadable_calendar", "unreadable_policy"):
        found += _found(kind, by_reason.pop(kind, []))
    for reason in sorted(by_reason):
        found += [{**one, "reason": reason} for one in _found("waiting", by_reason[reason])]
    found += _found("future_facts", _ahead(view.standing))
    found += _found("look_alike", list(_alike(happened, view.names)))
    found += _found("silent_source", _silent(happened, as_of, least))
    seen = {fact.type for fact in happened}
    missing = [name for name in answers.EVIDENCE if name not in seen] if view.folded else []
    found += _found("no_evidence", missing)
    return found + _found("equal_times", list(_at_once(happened)))


def _found(kind: str, things: Sequence[object]) -> list[Json]:
    if not things:
        return []
    return [{"kind": kind, "count": len(things), "examples": list(things[:SHOWN])}]


def _ahead(standing: Sequence[Fact]) -> list[str]:
    ahead = [fact for fact in standing if fact.time - fact.recorded_at > timedelta(days=1)]
    return [str(fact.id) for fact in sorted(ahead, key=lambda fact: fact.position)]


def _alike(happened: Sequence[Fact], names: dict[str, str]) -> Iterator[list[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for fact in happened:
        if fact.type == "fact.retracted":
            continue
        said = vars(fact.body)
        parties = [said["party_a"], said["party_b"]] if fact.type == "identity.linked" else []
        for text in (fact.subject, *fact.links, *parties):
            groups[folded(text)].add(text)
    for key in sorted(groups):
        if len({names.get(text, text) for text in groups[key]}) > 1:
            yield sorted(groups[key])[:SHOWN]


def _silent(happened: Sequence[Fact], as_of: datetime, least: int) -> list[str]:
    spoken: dict[str, list[datetime]] = defaultdict(list)
    for fact in happened:
        spoken[fact.source].append(fact.time)
    silent = []
    for source, times in spoken.items():
        longest: dict[int, timedelta] = {}
        for before, after in pairwise(sorted(set(times))):
            week = (after - MONDAY) // WEEK
            longest[week] = max(longest.get(week, timedelta()), after - before)
        if len(times) < least or not longest:
            continue
        usual = sorted(longest.values())[(len(longest) - 1) // 2]
        if as_of - max(times) > 4 * usual:
            silent.append((max(times), source))
    return [source for _, source in sorted(silent)]


def _at_once(happened: Sequence[Fact]) -> Iterator[str]:
    naming = [fact for fact in happened if getattr(fact.body, "commitment_id", None) is not None]
    at: dict[tuple[str, datetime], int] = defaultdict(int)
    for fact in naming:
        at[vars(fact.body)["commitment_id"], fact.time] += 1
    for source in sorted({fact.source for fact in naming}):
        own = [fact for fact in naming if fact.source == source]
        shared = [
            fact
            for fact in own
            if at[vars(fact.body)["commitment_id"], fact.time] > 1 and not _numbered(fact)
        ]
        if 10 * len(shared) > len(own):
            yield source


def _numbered(fact: Fact) -> bool:
    said = fact.sequence or ""
    return sequence_number(said) > 0 or (bool(said) and set(said) == {"0"})
