"""What ``status()`` says of a broker that answers and still takes no fact."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from pledger_sdk import NotDelivered, producer
from tests.helpers import wait_until
from tests.sdk.emitting import made, offline


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    waits = {"bootstrap_timeout_ms": 1_000, "max_block_ms": 1_000}
    monkeypatch.setattr(producer, "FIXED", {**producer.FIXED, **waits})


def trouble(broker: str, topic: str, security: dict[str, str]) -> str:
    emitter = offline(bootstrap_servers=broker, topic=topic, security=security)
    try:
        emitter.emit(made(), subject="customer:1")
        wait_until(lambda: emitter.status().trouble is not None)
        return str(emitter.status().trouble)
    finally:
        with suppress(NotDelivered):
            emitter.close(0.0)


def test_a_topic_that_is_not_there_is_named(broker: str) -> None:
    told = trouble(broker, "no.such.topic", {})
    assert 'the topic "no.such.topic" may not be there' in told


def test_a_file_that_cant_be_read_is_named_by_its_setting(broker: str, tmp_path: Path) -> None:
    missing = str(tmp_path / "secret.pem")
    told = trouble(broker, "t", {"security.protocol": "SSL", "ssl.ca.location": missing})
    assert "ssl.ca.location: expected a file that can be read, saw: No such file" in told
    assert "secret" not in told


def test_a_broker_that_wants_other_security_is_told_from_one_that_is_away(broker: str) -> None:
    security = {
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "PLAIN",
        "sasl.username": "invoicing",
        "sasl.password": "hunter2",
    }
    told = trouble(broker, "t", security)
    assert f"expected a broker at {broker} that lets this client in, saw none" in told
    assert "see whether the settings of security are the broker's" in told
    assert "hunter2" not in told
