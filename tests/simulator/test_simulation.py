"""The simulator repeats itself, has the size that was asked for, and tells what it should."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from uuid import UUID

import pytest

from application.emit import Fact, sealed
from domain.events import BODIES
from domain.refs import department_of
from schemas.codec import decode, encode
from schemas.jsonform import from_json, instant_to_text, to_json
from simulator.company import DEPARTMENTS, NEWSLETTER
from simulator.habits import SHARES
from simulator.journal import Event
from simulator.local_time import HOUR, micros, moment
from simulator.practices import CAREFUL, SUSPICIOUS
from simulator.simulation import CUSTOMERS, EDITION, SEED, Simulation
from tests.simulator.notes import STATUS, NotingScribe
from tests.simulator.simulated import TOGETHER, told
from tests.simulator.truth import Truth

pytestmark = TOGETHER


def cloudevent(event: Event) -> dict[str, object]:
    """The event in the structured mode of CloudEvents 1.0: what one line of ``emit`` holds."""
    written: dict[str, object] = {
        "specversion": "1.0",
        "id": event.id,
        "type": event.type,
        "source": event.source,
        "subject": event.subject,
        "time": instant_to_text(moment(event.time)),
        "data": to_json(event.type, event.body),
    }
    for name in ("causationid", "sequence"):
        if (said := getattr(event, name)) is not None:
            written[name] = said
    return written


def test_the_same_seed_tells_the_same_story_byte_for_byte() -> None:
    again = [sealed(Fact(*event)) for event in Simulation(7, 60)]
    assert again == [sealed(Fact(*event)) for event in Simulation(7, 60)]
    assert again == [sealed(Fact(*event)) for event in Simulation(7, 60, scribe=NotingScribe)]


#: What each edition tells, as a fingerprint of a small company's three years.
EDITIONS = {
    1: "95b717555f18729c",
    2: "c169c48e0a166448",
    3: "d47607f28e5d17e8",
    4: "7f1312a9210623a0",
}


def test_what_is_told_belongs_to_an_edition() -> None:
    """If this fails, facts have changed: raise EDITION and add its fingerprint, so that a home of
    the older edition is not gone on with."""
    told_so = sha256()
    for event in Simulation(SEED, 60):
        written = cloudevent(event)
        body = to_json(event.type, event.body)
        # Without what the body leaves out: a field that comes later tells nothing new.
        written["data"] = {name: body[name] for name in event.body}
        told_so.update(json.dumps(written, sort_keys=True).encode())
    assert EDITIONS[EDITION] == told_so.hexdigest()[:16]


def test_other_seeds_sizes_ends_and_practices_share_no_fact() -> None:
    stories = [
        {event.id for event in simulation}
        for simulation in (
            Simulation(7, 60),
            Simulation(8, 60),
            Simulation(7, 61),
            Simulation(7, 60, years=2),
            Simulation(7, 60, end=datetime(2025, 12, 31, tzinfo=UTC)),
            Simulation(7, 60, practices=CAREFUL),
            Simulation(7, 60, practices=SUSPICIOUS),
        )
    ]
    assert len(set().union(*stories)) == sum(map(len, stories))


def test_a_small_company_has_its_share_of_facts() -> None:
    events, truth = told().events, told().truth
    counts = Counter(event.id for event in events)
    assert truth.facts == len(counts) > 17_000
    assert truth.emitted == len(events)
    assert 0.005 < (truth.emitted - truth.facts) / truth.facts < 0.02
    assert set(counts.values()) == {1, 2}
    assert 0.01 < truth.late / truth.facts < 0.03
    assert sum(truth.by_type.values()) == truth.facts


def test_the_whole_company_has_all_kinds_of_facts_and_at_least_300_000() -> None:
    types = Counter({event.id: event.type for event in Simulation(7, CUSTOMERS)}.values())
    assert set(types) == set(BODIES)
    assert 300_000 <= types.total() <= 400_000


def test_a_repeated_fact_is_the_same_fact() -> None:
    first = {event.id: event for event in reversed(told().events)}
    assert all(first[event.id] is event or first[event.id] == event for event in told().events)


def test_ids_are_version_5_and_facts_lie_before_the_end() -> None:
    """But for the one of a clock that was ahead."""
    end = micros(told().truth.end)
    (ahead,) = told().truth.ahead
    for event in told().events:
        identity = UUID(event.id)
        assert identity.version == 5
        assert str(identity) == event.id
        assert event.time <= end or event == ahead


def test_some_facts_come_late_and_some_before_what_they_speak_of() -> None:
    position: dict[str, int] = {}
    for number, event in enumerate(told().events):
        position.setdefault(event.id, number)
    made = {
        event.body["commitment_id"]: position[event.id]
        for event in told().events
        if event.type == "commitment.made"
    }
    early = [
        event
        for event in told().events
        if event.type == "commitment.honoured"
        and position[event.id] < made.get(event.body["commitment_id"], 0)
    ]
    assert len(early) > 20
    latest, late = 0, 0
    for event in told().events:
        late += event.time < latest - HOUR
        latest = max(latest, event.time)
    assert late > 100


def test_there_are_six_departments_and_no_more() -> None:
    speaking = {department_of(event.source) for event in told().events}
    assert speaking == set(DEPARTMENTS)
    assert len(DEPARTMENTS) == 6
    named = {
        value
        for event in told().events
        for name in ("owner", "to_department", "from_department", "about_department", "department")
        if (value := event.body.get(name)) is not None
    }
    assert named <= set(DEPARTMENTS)


def test_every_fact_fits_its_schema_both_ways() -> None:
    for event in told().events[::7]:
        stored = sealed(Fact(*event))
        assert stored.sequence == event.sequence
        wire = stored.body
        assert decode(wire)[0] == event.type
        written = cloudevent(event)
        assert written["specversion"] == "1.0"
        data = written["data"]
        assert isinstance(data, dict)
        assert encode(event.type, from_json(event.type, data)) == wire


def test_a_simulation_runs_once_and_is_finished_before_it_is_judged() -> None:
    simulation = Simulation(7, 50, scribe=NotingScribe)
    with pytest.raises(RuntimeError, match="iterate to the end first"):
        Truth(simulation)
    assert list(simulation)
    assert Truth(simulation).facts
    with pytest.raises(RuntimeError, match="runs once"):
        next(iter(simulation))
    silent = Simulation(7, 50)
    assert list(silent)
    with pytest.raises(RuntimeError, match="takes notes"):
        Truth(silent)


def test_sizes_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="customers and years from 1"):
        Simulation(7, 0)
    with pytest.raises(ValueError, match="a time with a zone"):
        Simulation(7, 50, end=datetime(2026, 1, 1))


@pytest.mark.parametrize(
    "end", [datetime(2024, 2, 29, 13, 5, tzinfo=UTC), datetime(2025, 11, 18, tzinfo=UTC)]
)
def test_any_end_and_any_number_of_years_will_do(end: datetime) -> None:
    simulation = Simulation(5, 60, years=1, end=end, scribe=NotingScribe)
    last = max(event.time for event in simulation if event.source != NEWSLETTER)
    assert last <= micros(end)
    truth = Truth(simulation)
    assert len(truth.ahead) == 1
    assert truth.status("ROSEBUSH") == "kept"
    assert truth.status("PICKUP-17") == "kept"


def test_every_fate_is_drawn_and_is_known_to_the_truth() -> None:
    drawn = {fate for table in SHARES.values() for fate in table.split()[::2]}
    assert drawn | {"kept", "undated_kept"} == set(STATUS)
