"""Facts out of a topic, into columns: what a worker does before it speaks to a database, with
Python's collector set as a worker has it."""

from __future__ import annotations

from pathlib import Path

from bench.measured import Measured, Watch
from bench.server.material import filled
from bench.server.topics import ledger_of
from consumers.decode import decode_messages
from consumers.worker.batch import MOST
from entrypoints.collector import collecting_rarely


def consume(folder: Path, broker: str) -> Measured:
    """Messages as the client gives them, nothing of them looked at."""
    topic = filled(folder)
    watch = Watch()
    with ledger_of(broker, topic.topic) as ledger, collecting_rarely(), watch.lap():
        messages = sum(len(batch) for batch in ledger.messages(batch=MOST))
    _expect(topic.facts, messages)
    return watch.measured(messages)


def consume_and_decode(folder: Path, broker: str) -> Measured:
    """Envelopes and bodies checked and decoded, as columns, type by type."""
    topic = filled(folder)
    watch = Watch()
    facts = 0
    with ledger_of(broker, topic.topic) as ledger, collecting_rarely(), watch.lap():
        for messages in ledger.messages(batch=MOST):
            arrival, _ = decode_messages(messages)
            facts += arrival.envelopes.num_rows
    _expect(topic.facts, facts)
    return watch.measured(facts)


def _expect(facts: int, seen: int) -> None:
    if facts != seen:
        raise RuntimeError(f"expected {facts} facts on the topic, saw {seen}")
