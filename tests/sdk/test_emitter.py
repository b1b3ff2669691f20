"""The emitter against a real broker: what it sends is what the project reads."""

from __future__ import annotations

import logging
import os
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from ledger.kafka.message import message_of, recorded
from ledger.port import EventData, RecordedEvent
from pledger_sdk import (
    Closed,
    Emitter,
    Forked,
    NotDelivered,
    OutboxFull,
    OutboxInUse,
    Refused,
    Report,
    producer,
)
from pledger_sdk._contract.ledger.kafka.settings import KafkaSettings
from pledger_sdk.facts import BODIES, CommitmentHonoured
from pledger_sdk.producer import NotLetIn, connect
from tests.helpers import wait_until
from tests.schemas.strategies import bodies
from tests.sdk.emitting import NOON, NOWHERE, SOURCE, facts, made, messages, offline
from tests.servers.broker import Broker
from tests.servers.process import server_folder
from tests.servers.topics import LEDGER_TOPIC, create_topic


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "facts.outbox"


def sealed(fact: RecordedEvent) -> EventData:
    return EventData(*fact[2:])


def test_what_is_sent_is_what_the_project_reads(broker: str, topic: str, path: Path) -> None:
    # Drawn before the emitter's threads run: hypothesis takes their use of `random` for its own.
    drawn = [model.model_validate(bodies(type).example()) for type, model in sorted(BODIES.items())]
    with Emitter(bootstrap_servers=broker, source=SOURCE, topic=topic, outbox=path) as emitter:
        sent = []
        for number, body in enumerate(drawn):
            said: dict[str, Any] = {
                "correlationid": "case:9",
                "extensions": {"traceparent": "é", "number": number},
            }
            sent.append(emitter.seal(body, subject=f"customer:Zoë {number % 7}", **said))
        deliveries = emitter.emit_all(sent)
        assert emitter.flush(60) == 0
    read = {message.headers[1][1]: message for message in messages(broker, topic)}
    assert len(read) == len(sent) == 69
    for fact, delivery in zip(sent, deliveries, strict=True):
        message = read[fact.id.encode()]
        assert (message.key, message.value, list(message.headers)) == message_of(EventData(*fact))
        kept = recorded(message)
        assert sealed(kept) == EventData(*fact)
        assert delivery.wait(0) == Report(fact.id, message.partition, message.offset)
        assert delivery.position == kept.position
        assert (delivery.partition, delivery.offset) == (message.partition, message.offset)


test_what_is_sent_is_what_the_project_reads = pytest.mark.filterwarnings(
    "ignore::hypothesis.errors.NonInteractiveExampleWarning"
)(test_what_is_sent_is_what_the_project_reads)


def test_a_story_in_memory(broker: str, topic: str) -> None:
    told: list[Report] = []
    asked: list[Report] = []
    with Emitter(
        bootstrap_servers=broker, source=SOURCE, topic=topic, on_delivery=told.append
    ) as emitter:
        first = emitter.emit(made(7), subject="customer:8412", time=NOON)
        first.on_delivery(asked.append)
        first.on_delivery(lambda report: 1 / 0)  # theirs, and no trouble to us
        with emitter.caused_by(first):
            second = emitter.emit(
                CommitmentHonoured(commitment_id="INV-7"), subject="customer:8412"
            )
        assert second.wait(60).position is not None
        assert first.done
    assert [report.id for report in told] == [first.id, second.id]
    assert asked == [first.wait(0)]
    one, two = facts(broker, topic)
    assert (two.causationid, two.correlationid) == (one.id, one.id)
    assert repr(first) == f"<Delivery of {first.id}: delivered>"
    with pytest.raises(Closed, match="saw one that was closed"):
        emitter.emit(made(), subject="customer:1")
    with pytest.raises(Closed):
        emitter.flush()
    assert emitter.close() == 0


def test_facts_wait_for_the_broker_and_go_before_newer_ones(
    broker: str, topic: str, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    emitter = offline(topic=topic, outbox=path, count=True)
    kept = [emitter.emit(made(number), subject=f"customer:{number % 4}") for number in range(40)]
    with pytest.raises(TimeoutError, match="it is still under way; Emitter.status"):
        kept[0].wait(0.0)
    assert repr(kept[0]) == f"<Delivery of {kept[0].id}: under way>"
    wait_until(lambda: emitter.status().trouble is not None)
    assert emitter.status().waiting == emitter.flush(0.0) == 40
    assert emitter.close(0.0) == 40
    with pytest.raises(NotDelivered, match="40 that are not and stay in the outbox"):
        kept[0].wait(0)
    assert kept[0].position is None
    with Emitter(
        bootstrap_servers=broker, source=SOURCE, topic=topic, outbox=path, count=True
    ) as emitter:
        later = [
            emitter.emit(made(number), subject=f"customer:{number % 4}") for number in range(8)
        ]
    read = facts(broker, topic)
    by_subject: dict[str, list[str]] = defaultdict(list)
    for fact in read:
        by_subject[fact.subject].append(fact.id)
    emitted = [*kept, *later]
    assert by_subject == {
        f"customer:{subject}": [each.id for each in emitted[subject::4]] for subject in range(4)
    }
    assert sorted(int(fact.sequence or 0) for fact in read) == list(range(1, 49))
    assert kept[0].id not in caplog.text.replace(f"['{kept[0].id}']", "")


def test_without_a_file_what_is_not_delivered_is_lost_and_named() -> None:
    emitter = offline()
    delivery = emitter.emit(made(), subject="customer:1")
    with pytest.raises(NotDelivered, match="saw 1 that are not and are lost") as lost:
        emitter.close(0.0)
    assert lost.value.ids == (delivery.id,)
    assert delivery.done
    assert repr(delivery) == f"<Delivery of {delivery.id}: not delivered>"


def test_what_is_raised_in_the_block_goes_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Emitter.close, "__defaults__", (0.0,))
    with pytest.raises(ZeroDivisionError), offline() as emitter:
        divmod(len(emitter.emit(made(), subject="customer:1").id), 0)
    with pytest.raises(NotDelivered), offline() as emitter:
        emitter.emit(made(), subject="customer:1")


def test_a_refused_fact_leaves_nothing(path: Path) -> None:
    emitter = offline(outbox=path, count=True, max_facts=2, patience=0.0)
    with pytest.raises(Refused):
        emitter.emit(made(), subject="nobody")
    assert emitter.status()[:2] == (0, 0)
    good = emitter.seal(made(), subject="customer:1")
    with pytest.raises(Refused):
        emitter.emit_all([good, good._replace(subject="nobody")])
    assert emitter.emit_all([]) == []
    emitter.emit_all([good, good])
    with pytest.raises(OutboxFull):
        emitter.emit(made(), subject="customer:1")
    assert emitter.close(0.0) == 2


def test_settings_that_cant_be_used_are_refused(path: Path) -> None:
    with pytest.raises(Refused, match="count: expected an outbox file"):
        offline(count=True)
    with pytest.raises(Refused, match="expected settings of security among"):
        offline(security={"sasl.pasword": "hunter2"}, outbox=path)
    assert not path.exists()
    with pytest.raises(Refused, match="source: expected /department/system"):
        Emitter(bootstrap_servers=NOWHERE, source="billing")
    emitter = offline(outbox=path)
    with pytest.raises(OutboxInUse):
        offline(outbox=path)
    emitter.close(0.0)


def test_threads_share_an_emitter(broker: str, topic: str, path: Path) -> None:
    with Emitter(bootstrap_servers=broker, source=SOURCE, topic=topic, outbox=path) as emitter:

        def work(thread: int) -> list[str]:
            said: dict[str, Any] = {"subject": f"customer:{thread}"}
            return [emitter.emit(made(number), **said).id for number in range(50)]

        with ThreadPoolExecutor(6) as pool:
            emitted = dict(enumerate(pool.map(work, range(6))))
    by_subject: dict[str, list[str]] = defaultdict(list)
    for fact in facts(broker, topic):
        by_subject[fact.subject].append(fact.id)
    assert by_subject == {f"customer:{thread}": ids for thread, ids in emitted.items()}


def test_a_topic_that_is_not_there_is_not_made_but_waited_for(
    broker: str, make_topic: Callable[..., str], path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    name = f"late_{os.getpid()}_{os.urandom(4).hex()}"
    with Emitter(bootstrap_servers=broker, source=SOURCE, topic=name, outbox=path) as emitter:
        delivery = emitter.emit(made(), subject="customer:1")
        wait_until(lambda: emitter.status().trouble is not None)
        create_topic(broker, name, 1, LEDGER_TOPIC)
        assert delivery.wait(60).offset == 0
        assert emitter.status().trouble is None
    assert "facts are not delivered, 1 wait in the outbox" in caplog.text


def test_a_broker_that_goes_or_hangs_and_comes_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kafka's client gives up soon; after that it never sends again, and another takes its place.
    quick = {"delivery_timeout_ms": 2_500, "request_timeout_ms": 1_000}
    monkeypatch.setattr(producer, "FIXED", {**producer.FIXED, **quick})
    with server_folder() as folder, Broker(folder) as broker:
        create_topic(broker.address, "facts", 2, LEDGER_TOPIC)
        with Emitter(
            bootstrap_servers=broker.address, source=SOURCE, topic="facts", outbox=path
        ) as emitter:
            ids = [emitter.emit(made(1), subject="customer:1").id]
            assert emitter.flush(60) == 0
            broker.kill()
            ids += [emitter.emit(made(n), subject=f"customer:{n % 3}").id for n in range(30)]
            broker.start()
            ids += [emitter.emit(made(n), subject=f"customer:{n % 3}").id for n in range(3)]
            assert emitter.flush(90) == 0
            broker.pause()
            ids += [emitter.emit(made(n), subject=f"customer:{n % 3}").id for n in range(30)]
            wait_until(lambda: emitter.status().trouble is not None)
            broker.resume()
            assert emitter.flush(90) == 0
        read = facts(broker.address, "facts")
    first = list(dict.fromkeys((fact.subject, fact.id) for fact in read))
    assert sorted(id for _, id in first) == sorted(ids)
    for subject in range(3):
        mine = [id for name, id in first if name == f"customer:{subject}"]
        assert mine == [id for id in ids if id in mine]


def test_a_child_is_told_to_make_its_own() -> None:
    emitter = offline()
    child = os.fork()
    if child == 0:
        try:
            emitter.emit(made(), subject="nobody")  # looked at before anything else
        except Forked:
            with suppress(Forked):
                emitter.status()
                os._exit(3)
            os._exit(0 if emitter.close(0.0) == 0 else 4)
        finally:
            os._exit(5)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    emitter.close(0.0)


def test_closing_ends_the_thread(broker: str, topic: str) -> None:
    with Emitter(bootstrap_servers=broker, source=SOURCE, topic=topic) as emitter:
        emitter.emit(made(), subject="customer:1")
    wait_until(
        lambda: not any(thread.name == "pledger-courier" for thread in threading.enumerate())
    )


def test_a_producer_that_cant_be_made_leaves_nothing_open(broker: str) -> None:
    said = {"sasl.mechanism": "PLAIN", "sasl.username": "u", "sasl.password": "p"}
    settings = KafkaSettings(broker, security={"security.protocol": "SASL_PLAINTEXT", **said})
    before = list(Path("/proc/self/fd").iterdir())
    with pytest.raises(NotLetIn):
        connect(settings)
    assert len(list(Path("/proc/self/fd").iterdir())) <= len(before)


@pytest.mark.parametrize("protocol", ["SASL_PLAINTEXT", "PLAINTEXT"])
def test_secrets_are_shown_nowhere(
    broker: str, topic: str, protocol: str, caplog: pytest.LogCaptureFixture, path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    emitter = Emitter(
        bootstrap_servers=broker,
        source=SOURCE,
        topic=topic,
        outbox=path,
        security={
            "security.protocol": protocol,
            "sasl.mechanism": "PLAIN",
            "sasl.username": "billing-user",
            "sasl.password": "hunter2-secret",
        },
    )
    emitter.emit(made(), subject="customer:1")
    # A broker that knows no SASL is nobody to talk to; the other one takes the fact.
    wait_until(lambda: emitter.status().trouble is not None or emitter.status().waiting == 0)
    shown = [repr(emitter), repr(emitter._settings), str(emitter.status()), caplog.text]
    assert emitter.close(0.0) == (protocol == "SASL_PLAINTEXT")
    for text in (*shown, caplog.text):
        assert "hunter2" not in text
    ours = [record.getMessage() for record in caplog.records if record.name == "pledger_sdk"]
    assert not any("customer:1" in line or "INV-1" in line for line in ours)
