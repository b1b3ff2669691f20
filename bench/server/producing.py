"""Facts into a topic, as an import does."""

from __future__ import annotations

from pathlib import Path

from bench.material import sealed
from bench.measured import Measured, Watch
from bench.server.place import fresh_name
from bench.server.topics import ledger_of, make_topic


def produce(folder: Path, broker: str, partitions: int, batch: int) -> Measured:
    """In equal batches that are each acknowledged before the next one starts, into a topic of its
    own."""
    facts = sealed(folder)
    batches = [facts[start : start + batch] for start in range(0, len(facts), batch)]
    topic = fresh_name()
    make_topic(broker, topic, partitions)
    watch = Watch()
    with ledger_of(broker, topic) as ledger:
        # The client connects, and learns of the topic's partitions.
        ledger.append(batches[0][:1])
        with watch.lap():
            for each in batches:
                ledger.append(each)
    return watch.measured(len(facts))
