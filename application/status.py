"""How a home stands: how far its ledger goes, how far its views have come, what waits for people.

Nothing here changes anything, and a server that does not answer is not waited for.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from application.homes import Home
    from application.server_home import ServerHome
    from domain.topics import Topic
    from ledger.kafka.watch import Extent
    from projections.postgres.building import Building
    from projections.postgres.ownership import Progress

#: How long Kafka may take to answer.
PATIENCE_S = 5.0


def embedded_status(home: Home) -> dict[str, Any]:
    """The status of an embedded home. ``definition`` tells whether the views are as this program
    would build them: current, other, or none where there are no views."""
    views = home.views()
    with home.reading() as ledger:
        head = ledger.head()
    state = views.state()
    position = state.position if state else 0
    definition = "none"
    if state is not None:
        definition = "current" if state.definition == views.definition else "other"
    return {
        "home": "embedded",
        "head": head,
        "position": position,
        "lag": max(0, head - position),
        "definition": definition,
    }


def server_status(home: ServerHome) -> dict[str, Any]:
    """The status of a server home: each partition's head, position, lag in places and in seconds
    (how much earlier the last fact that is folded in was recorded than the newest one), owner and
    epoch; what is in quarantine and parked; the generations of the views; and whether the topic is
    the one that they are of."""
    from ledger.kafka.watch import Watch
    from projections.errors import NoViews

    with home.ledger(PATIENCE_S) as ledger:
        topic = ledger.topic()
    extents = Watch(home.kafka).extents(range(topic.partitions))
    try:
        answer, progress = _views(home, topic)
    except NoViews:
        answer, progress = NO_VIEWS, {}
    rows = [
        _partition(partition, extent, progress.get(partition))
        for partition, extent in sorted(extents.items())
    ]
    lag = sum(row["lag"] for row in rows)
    found = {"home": "server", "topic": topic.name, "topic_id": topic.id}
    return {**found, **answer, "lag": lag, "partitions": rows}


#: What there is to say before a worker or a rebuild has made views.
NO_VIEWS: dict[str, Any] = {
    "topic_fault": None,
    "generation": None,
    "definition": "none",
    "building": None,
    "parked": {"subjects": 0, "facts": 0},
    "quarantined": 0,
}


def _views(home: ServerHome, topic: Topic) -> tuple[dict[str, Any], dict[int, Progress]]:
    """What the database says of the views, and how far each partition is folded in."""
    from projections.postgres import building, control, ownership, parking, topics
    from projections.postgres.quarantine import Quarantine

    views = home.views()
    with views.reading() as session:
        connection = session.connection
        live = control.live(connection, views.schema)
        subjects, waiting = parking.count(connection)
        remembered = live and topics.topic_of(connection, views.schema, live.id)
        answer = {
            "topic_fault": _fault(remembered, topic),
            "generation": None if live is None else live.id,
            "definition": _definition(live and live.definition, views.definition),
            "building": _building(building.building(connection, views.schema)),
            "parked": {"subjects": subjects, "facts": waiting},
            "quarantined": Quarantine(connection, views.schema, remembered).count(),
        }
        return answer, ownership.progress(connection)


def _fault(remembered: Topic | None, seen: Topic) -> str | None:
    """What is wrong with the topic for views that are of the one that is remembered, if it is."""
    from consumers.recognising import expect_same
    from domain.errors import worded
    from entrypoints.remedies import words_of
    from ledger.errors import Lost, Repartitioned

    try:
        if remembered is not None:
            expect_same(remembered, seen)
    except (Lost, Repartitioned) as error:
        # What is read by machines keeps the form that it had before errors were data.
        remedy = worded(error.remedy, words_of)
        return f"expected {error.expected}; seen: {error.seen}. {remedy[0].upper()}{remedy[1:]}"
    return None


def _definition(live: str | None, ours: str) -> str:
    if live is None:
        return "none"
    return "current" if live == ours else "other"


def _building(one: Building | None) -> dict[str, Any] | None:
    return None if one is None else one._asdict()


def _partition(partition: int, extent: Extent, progress: Progress | None) -> dict[str, Any]:
    from consumers.metrics import Standing, lag

    offset = 0 if progress is None else progress.next_offset
    recorded = None if progress is None else progress.recorded_at
    millis = None if recorded is None else round(recorded.timestamp() * 1000)
    places, seconds = lag(Standing(offset, millis), extent)
    return {
        "partition": partition,
        "head": extent.end,
        "position": offset,
        "lag": places,
        # Facts that the views have, or miss, and the topic has not any more.
        "lost": offset > extent.end or extent.first > 0,
        "lag_seconds": None if math.isnan(seconds) else seconds,
        "newest": None
        if extent.newest is None
        else datetime.fromtimestamp(extent.newest / 1000, UTC),
        "owner": None if progress is None else progress.owner,
        "epoch": 0 if progress is None else progress.epoch,
    }
