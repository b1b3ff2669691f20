"""Random questions about metrics, and what the plain reading answers to them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from domain.facts import Fact
from domain.scoreboard import month
from projections.metrics.registry import LABEL, Metric, metrics
from projections.queries.metrics import fixed_length
from schemas.jsonform import instant_to_text
from tests.compare import differences
from tests.domain.given import day
from tests.helpers import ask, ask_pages
from tests.metrics.plain import (
    cooperation,
    journeys,
    judgement,
    ownership,
    people,
    resolution,
    trust,
    voice,
    word,
)
from tests.metrics.plain.values import value_of
from tests.metrics.plain.world import Json, Reading, Unit, World

READINGS: Mapping[str, Reading] = {
    **word.READINGS,
    **ownership.READINGS,
    **trust.READINGS,
    **judgement.READINGS,
    **resolution.READINGS,
    **voice.READINGS,
    **journeys.READINGS,
    **cooperation.READINGS,
    **people.READINGS,
}

TIMES = st.integers(-1, 26).map(lambda half: day(half / 2))
ZONES = ("UTC", "Europe/Paris", "Pacific/Kiritimati")
VALUES = ("care", "network", "billing", "delivery", "callback", "web", "true", "false", "")


@dataclass(frozen=True)
class Asked:
    """A question about a metric. Days are those of ``tests.domain.given.day``."""

    metric: Metric
    as_of: datetime
    known_at: int | None
    by: Sequence[str]
    where: Sequence[tuple[str, str]]
    start: datetime | None
    end: datetime | None
    zone: str
    within: str | None

    @property
    def argv(self) -> list[str]:
        """The words of the call."""
        words = ["metric", self.metric.name, "--as-of", instant_to_text(self.as_of)]
        words += [] if self.known_at is None else ["--known-at", f"@{self.known_at}"]
        words += [word for key in self.by for word in ("--by", key)]
        words += [word for key, value in self.where for word in ("--where", f"{key}={value}")]
        for name, at in (("--from", self.start), ("--to", self.end)):
            words += [] if at is None else [name, instant_to_text(at)]
        words += ["--timezone", self.zone] if self.metric.has_month else []
        return words + ([] if self.within is None else ["--within", self.within])


@st.composite
def questions(draw: st.DrawFn, metric: Metric, facts: Sequence[Fact]) -> Asked:
    """One question about a metric of these facts."""
    keys = [key for key in metric.by if not key.startswith(LABEL)]
    start, end = sorted([draw(TIMES), draw(TIMES)])
    windowed = metric.window != "none"
    key = st.sampled_from(keys) if keys else st.nothing()
    return Asked(
        metric,
        draw(TIMES),
        draw(st.none() | st.integers(0, len(facts))),
        draw(st.lists(key, max_size=2, unique=True)) if keys else [],
        draw(st.lists(st.tuples(key, st.sampled_from(VALUES)), max_size=1)) if keys else [],
        draw(st.sampled_from((None, start))) if windowed else None,
        draw(st.sampled_from((None, end))) if windowed else None,
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from((None, "PT36H", "P3D"))) if metric.within else None,
    )


def listed(facts: Sequence[Fact], asked: Asked) -> list[Unit]:
    """The units that are left, each with all its keys, as they are listed."""
    world = World(facts, asked.as_of, asked.known_at, asked.start, asked.end)
    within = asked.within or asked.metric.within
    length = timedelta(microseconds=fixed_length(within)) if within else timedelta()
    found = [_placed(own, asked, length) for own in READINGS[asked.metric.name](world, length)]
    if asked.metric.window == "anchor":
        found = [own for own in found if _in_window(own, asked)]
    for key, value in asked.where:
        found = [own for own in found if _text(own.key[key]) == (value or None)]
    last = datetime.max.replace(tzinfo=UTC)
    return sorted(found, key=lambda own: (own.at is None, own.at or last, own.id, own.side))


def _placed(own: Unit, asked: Asked, within: timedelta) -> Unit:
    """With its month; not counted while its time runs."""
    key, rest = own.key, own.rest
    if asked.metric.has_month:
        key = {**key, "month": month(own.at, ZoneInfo(asked.zone))}
    if own.started_at is not None and not own.started_at + within < asked.as_of:
        rest = {**rest, "counted": None}
    return replace(own, key=key, rest=rest)


def _in_window(own: Unit, asked: Asked) -> bool:
    if asked.start is None and asked.end is None:
        return True
    return own.at is not None and (
        (asked.start is None or asked.start < own.at) and (asked.end is None or own.at <= asked.end)
    )


def _text(value: object) -> str | None:
    return str(value).lower() if isinstance(value, bool) else None if value is None else str(value)


def hold(facts: Sequence[Fact], asked: Asked, limit: int) -> None:
    """The command line answers as the plain reading does: the units, page by page, and the value
    in all and by group."""
    home = Path("memory")
    units = listed(facts, asked)
    seen = ask_pages(home, [*asked.argv, "--units"], "units", limit)
    wrong = differences([_plain(own) for own in units], seen)
    wrong += [
        f"{own.id}: without the facts {own.facts - set(one['facts'])}"
        for own, one in zip(units, seen, strict=False)
        if not own.facts <= set(one["facts"])
    ]
    answer = ask(home, asked.argv)
    wrong += differences(_answer(units, asked), answer)
    assert not wrong, "\n".join(wrong)


def _plain(own: Unit) -> Json:
    rest = {
        name: instant_to_text(value) if isinstance(value, datetime) else value
        for name, value in own.rest.items()
    }
    at = None if own.at is None else instant_to_text(own.at)
    return {"unit": own.id, "at": at, "key": own.key, **rest}


def _answer(units: Sequence[Unit], asked: Asked) -> Json:
    matures = asked.metric.within is not None

    def value(own: Sequence[Unit]) -> Json:
        return value_of(asked.metric, own, asked.as_of, matures)

    answer: Json = {"metric": asked.metric.name, "value": value(units)}
    if asked.by:
        members: dict[str, list[Unit]] = {}
        for own in units:
            members.setdefault(json.dumps([own.key[key] for key in asked.by]), []).append(own)
        keys = sorted(map(json.loads, members), key=lambda key: [(v is None, v) for v in key])
        answer["groups"] = [
            {
                "key": dict(zip(asked.by, key, strict=True)),
                "value": value(members[json.dumps(key)]),
            }
            for key in keys
        ]
    return answer


NAMES = [name for name in metrics() if name in READINGS]
