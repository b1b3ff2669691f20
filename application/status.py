"""How a home stands: how far its ledger goes, how far its views have come, what waits for people.

Nothing here changes anything, and a server that does not answer is not waited for.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypedDict

from application.embedded_home import EmbeddedHome
from domain.errors import worded

if TYPE_CHECKING:
    from application.errors import Problem
    from application.server_home import ServerHome
    from domain.topics import Topic
    from ledger.kafka.topic_state import Extent
    from projections.postgres.checkpoints import Progress

#: How long Kafka may take to answer.
PATIENCE_S = 5.0

#: Whether the views are as this program would build them; none where there are no views.
Definition = Literal["current", "other", "none"]


class EmbeddedStatus(TypedDict):
    """How an embedded home stands. ``lag`` is how many facts the views are behind; ``lost`` is
    whether the ledger lacks facts at its end that they are of; ``left_out`` are the positions of
    facts that they are made without; ``decisions_waiting`` is how many decisions of the desk are
    not published yet."""

    home: Literal["embedded"]
    head: int
    position: int
    lag: int
    lost: bool
    definition: Definition
    left_out: list[int]
    decisions_waiting: int


class PartitionStatus(TypedDict):
    """How a partition stands: the next offset of the topic and of the views, how far apart they
    are, in places and in seconds (how much earlier the last fact that is folded in was recorded
    than the newest one), whether facts that the views have, or miss, are gone from the topic, and
    which worker has it."""

    partition: int
    head: int
    position: int
    lag: int
    lost: bool
    lag_seconds: float | None
    newest: datetime | None
    owner: str | None
    epoch: int


class ViewsStatus(TypedDict):
    """What the database shows: what is wrong with the topic for these views, the generation that is
    live and the one that is being built, what is parked, how much is in quarantine, and how many
    decisions of the desk are not published yet."""

    topic_fault: Problem | None
    generation: int | None
    definition: Definition
    building: dict[str, Any] | None
    parked: dict[str, int]
    quarantined: int
    decisions_waiting: int


class ServerStatus(ViewsStatus):
    """How a server home stands."""

    home: Literal["server"]
    topic: str
    topic_id: str | None
    lag: int
    partitions: list[PartitionStatus]


#: What the database shows before a worker or a rebuild has made views.
NO_VIEWS: ViewsStatus = {
    "topic_fault": None,
    "generation": None,
    "definition": "none",
    "building": None,
    "parked": {"subjects": 0, "facts": 0},
    "quarantined": 0,
    "decisions_waiting": 0,
}


def status(home: EmbeddedHome | ServerHome) -> EmbeddedStatus | ServerStatus:
    """How a home stands. Raises ``NoHome`` where there is none, and what its servers raise."""
    return _embedded(home) if isinstance(home, EmbeddedHome) else _server(home)


def in_sentences(
    found: EmbeddedStatus | ServerStatus, words: Callable[[str], str]
) -> dict[str, Any]:
    """An answer of ``status`` whose problem, if there is one, is told in sentences, with an entry
    point's words for each use case that it names."""
    if found["home"] == "embedded":
        return {**found}
    problem = found["topic_fault"]
    if problem is None:
        return {**found}
    remedy = worded(problem.remedy, words)
    told = f"expected {problem.expected}; seen: {problem.seen}. {remedy[:1].upper()}{remedy[1:]}"
    return {**found, "topic_fault": told}


def _embedded(home: EmbeddedHome) -> EmbeddedStatus:
    views = home.views()
    with home.reading() as ledger:
        state = views.state()
        head = ledger.head()  # after the views: others may have appended, and taken that in
    position = state.position if state else 0
    return {
        "home": "embedded",
        "head": head,
        "position": position,
        "lag": max(0, head - position),
        "lost": head < position,
        "definition": _definition(None if state is None else state.definition, views.definition),
        "left_out": [*home.left_out()],
        "decisions_waiting": home.decisions_waiting(),
    }


def _server(home: ServerHome) -> ServerStatus:
    from ledger.kafka.topic_state import Watch
    from projections.errors import NoViews

    with home.ledger(PATIENCE_S) as ledger:
        topic = ledger.topic()
    extents = Watch(home.kafka).extents(range(topic.partitions))
    try:
        found, progress = _views(home, topic)
    except NoViews:
        found, progress = NO_VIEWS, {}
    rows = [
        _partition(partition, extent, progress.get(partition))
        for partition, extent in sorted(extents.items())
    ]
    return {
        "home": "server",
        "topic": topic.name,
        "topic_id": topic.id,
        **found,
        "lag": sum(row["lag"] for row in rows),
        "partitions": rows,
    }


def _views(home: ServerHome, topic: Topic) -> tuple[ViewsStatus, dict[int, Progress]]:
    """What the database shows of the views, and how far each partition is folded in."""
    from projections.postgres import (
        checkpoints,
        control_schema,
        decisions,
        generation_topic,
        parked_subjects,
        rebuild_state,
    )
    from projections.postgres.quarantine import Quarantine

    views = home.views()
    with views.reading() as session:
        connection = session.connection
        live = control_schema.live(connection, views.schema)
        subjects, waiting = parked_subjects.count(connection)
        remembered = live and generation_topic.topic_of(connection, views.schema, live.id)
        one = rebuild_state.current(connection, views.schema)
        found: ViewsStatus = {
            "topic_fault": _fault(remembered, topic),
            "generation": None if live is None else live.id,
            "definition": _definition(live and live.definition, views.definition),
            "building": None if one is None else one._asdict(),
            "parked": {"subjects": subjects, "facts": waiting},
            "quarantined": Quarantine(connection, views.schema, remembered).count(),
            "decisions_waiting": decisions.waiting(connection, views.schema),
        }
        return found, checkpoints.progress(connection)


def _fault(remembered: Topic | None, seen: Topic) -> Problem | None:
    """What is wrong with the topic for views that are of the one that is remembered."""
    from consumers.worker.topic_guard import expect_same
    from ledger.errors import Lost, Repartitioned

    try:
        if remembered is not None:
            expect_same(remembered, seen)
    except (Lost, Repartitioned) as error:
        return error
    return None


def _definition(live: str | None, ours: str) -> Definition:
    if live is None:
        return "none"
    return "current" if live == ours else "other"


def _partition(partition: int, extent: Extent, progress: Progress | None) -> PartitionStatus:
    from consumers.worker.metrics import Checkpoint, lag

    offset = 0 if progress is None else progress.next_offset
    recorded = None if progress is None else progress.recorded_at
    millis = None if recorded is None else round(recorded.timestamp() * 1000)
    places, seconds = lag(Checkpoint(offset, millis), extent)
    return {
        "partition": partition,
        "head": extent.end,
        "position": offset,
        "lag": places,
        "lost": offset > extent.end or extent.first > 0,
        "lag_seconds": None if math.isnan(seconds) else seconds,
        "newest": None
        if extent.newest is None
        else datetime.fromtimestamp(extent.newest / 1000, UTC),
        "owner": None if progress is None else progress.owner,
        "epoch": 0 if progress is None else progress.epoch,
    }
