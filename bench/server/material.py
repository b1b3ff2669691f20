"""What the pieces work on: a topic with the facts of the simulated company, and beside it, in the
folder, the embedded home of the same facts and what it makes of them."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path
from typing import NamedTuple

#: Facts that are appended at once.
BATCH = 10_000
_FILE = "topic.json"


class Filled(NamedTuple):
    """A topic, the facts on it, those among them that bear on the rivals' table, and the digest of
    the embedded home's view ``commitment``."""

    topic: str
    facts: int
    bearing: int
    digest: str


def filled(folder: Path) -> Filled:
    """The topic that belongs to a folder. Rivals read this too, in their own environment."""
    return Filled(**json.loads((folder / _FILE).read_text(encoding="utf-8")))


def company(folder: Path, broker: str, facts: int, partitions: int) -> None:
    """A topic with so many facts of the simulated company."""
    from bench import material
    from bench.commitments import digest_of_view
    from bench.server.place import fresh_name
    from bench.server.rivals.table import STATES
    from bench.server.topics import ledger_of, make_topic

    material.company(folder, facts, views=True)
    topic = fresh_name()
    make_topic(broker, topic, partitions)
    bearing = 0
    with ledger_of(broker, topic) as ledger:
        sealed = iter(material.sealed(folder))
        while batch := list(islice(sealed, BATCH)):
            ledger.append(batch)
            bearing += sum(fact.type in STATES for fact in batch)
    with material.home_of(folder).views().reading() as session:
        said = Filled(topic, facts, bearing, digest_of_view(session))
    (folder / _FILE).write_text(json.dumps(said._asdict()), encoding="utf-8")
