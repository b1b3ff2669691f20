"""Settings go to both clients by their own names, and secrets nowhere else."""

from __future__ import annotations

import logging
import traceback
from dataclasses import FrozenInstanceError

import pytest
from confluent_kafka import KafkaException, Producer
from kafka import KafkaAdminClient
from kafka.errors import KafkaError

from ledger.errors import LedgerError
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import SECURITY, KafkaSettings
from ledger.kafka.topic_admin import check
from schemas.errors import describe
from tests.servers.process import free_ports

SECRET = "s3cr3t-p4ss"
SECURE = {
    "security.protocol": "SASL_SSL",
    "sasl.mechanism": "SCRAM-SHA-512",
    "sasl.username": "pledger-user",
    "sasl.password": SECRET,
    "ssl.ca.location": "/etc/pledger/ca.pem",
    "ssl.certificate.location": "/etc/pledger/cert.pem",
    "ssl.key.location": "/etc/pledger/key.pem",
    "ssl.key.password": SECRET + "-of-the-key",
    "ssl.endpoint.identification.algorithm": "https",
}


def test_nothing_is_set_by_default() -> None:
    settings = KafkaSettings("localhost:9092")
    assert (settings.topic, settings.client_id, dict(settings.security)) == (
        "pledger.facts",
        "pledger",
        {},
    )
    assert settings.for_kafka_python() == {
        "bootstrap_servers": ["localhost:9092"],
        "client_id": "pledger",
    }
    assert settings.for_confluent() == {
        "bootstrap.servers": "localhost:9092",
        "client.id": "pledger",
    }
    with pytest.raises(FrozenInstanceError):
        settings.topic = "other"  # type: ignore[misc]


def test_each_client_has_its_own_names() -> None:
    assert set(SECURE) == set(SECURITY)
    settings = KafkaSettings("one:9092, two:9092", security=SECURE)
    assert settings.for_kafka_python() == {
        "bootstrap_servers": ["one:9092", "two:9092"],
        "client_id": "pledger",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": "pledger-user",
        "sasl_plain_password": SECRET,
        "ssl_cafile": "/etc/pledger/ca.pem",
        "ssl_certfile": "/etc/pledger/cert.pem",
        "ssl_keyfile": "/etc/pledger/key.pem",
        "ssl_password": SECRET + "-of-the-key",
        "ssl_check_hostname": True,
    }
    assert settings.for_confluent() == {
        "bootstrap.servers": "one:9092, two:9092",
        "client.id": "pledger",
        **SECURE,
    }
    # They are names that the clients know.
    assert settings.for_kafka_python().keys() <= KafkaAdminClient.DEFAULT_CONFIG.keys()


@pytest.mark.parametrize(
    ("given", "kafka_python", "confluent"),
    [("https", True, "https"), ("none", False, "none"), ("", False, "none")],
)
def test_whether_names_of_brokers_are_checked(
    given: str, kafka_python: bool, confluent: str
) -> None:
    name = "ssl.endpoint.identification.algorithm"
    settings = KafkaSettings("localhost:9092", security={name: given})
    assert settings.for_kafka_python()["ssl_check_hostname"] is kafka_python
    assert settings.for_confluent()[name] == confluent


def test_confluent_kafka_takes_every_name() -> None:
    plain = {name: value for name, value in SECURE.items() if not name.startswith("ssl.")}
    none = {"ssl.endpoint.identification.algorithm": "none"}
    Producer(
        {**KafkaSettings("127.0.0.1:1", security=plain | none).for_confluent(), "log_level": 0}
    )
    with pytest.raises(KafkaException, match=r"ssl\.ca\.location"):
        Producer({**KafkaSettings("127.0.0.1:1", security=SECURE).for_confluent(), "log_level": 0})


@pytest.mark.parametrize(
    "servers",
    [
        *("", "localhost", "localhost:", ":9092", "localhost:kafka", "localhost:0", "one:99999"),
        *("one:1,", "one:1,two", "one two:1", "::1:9092", "PLAINTEXT://one:9092", "one:१"),
    ],
)
def test_a_server_has_a_port(servers: str) -> None:
    with pytest.raises(ValueError, match="expected bootstrap_servers to be HOST:PORT") as error:
        KafkaSettings(servers)
    assert describe(servers.rpartition(",")[2]) in str(error.value)


def test_where_the_servers_are() -> None:
    settings = KafkaSettings("one.example:9092, [::1]:9093,127.0.0.1:1")
    assert settings.servers() == [("one.example", 9092), ("::1", 9093), ("127.0.0.1", 1)]


@pytest.mark.parametrize("topic", ["", "a b", "a/b", ".", "..", "é", "a" * 250, "a\n"])
def test_a_topic_has_a_name_that_kafka_takes(topic: str) -> None:
    with pytest.raises(ValueError, match="expected topic to be") as error:
        KafkaSettings("one:9092", topic)
    assert repr(topic) in str(error.value)


@pytest.mark.parametrize("topic", ["a", "pledger.facts", "...", "A-b_9.", "a" * 249])
def test_a_topic_that_is_named_well(topic: str) -> None:
    assert KafkaSettings("one:9092", topic).topic == topic


def test_an_unknown_name_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(ValueError, match=r"expected .*sasl\.password.*, saw 'sasl\.pasword'") as e:
        KafkaSettings("localhost:9092", security={"sasl.pasword": SECRET})
    assert SECRET not in shown(e.value)


@pytest.mark.parametrize(
    "name", ["security.protocol", "sasl.mechanism", "ssl.endpoint.identification.algorithm"]
)
def test_a_value_that_none_has_is_refused_and_not_shown(name: str) -> None:
    with pytest.raises(ValueError, match=r"to be one of '.*, saw something else") as e:
        KafkaSettings("localhost:9092", security={name: SECRET})
    assert SECRET not in shown(e.value)


def test_no_text_of_settings_shows_a_secret() -> None:
    settings = KafkaSettings("localhost:9092", security=SECURE)
    for text in (
        repr(settings),
        str(settings),
        f"{settings}",
        repr(settings.security),
        str(settings.security),
        repr(settings.for_kafka_python()),
        repr(settings.for_confluent()),
        repr(vars(settings)),
        repr(list(settings.security.items())),
    ):
        assert SECRET not in text, text
    assert "sasl.password=***" in repr(settings)
    assert "security.protocol=SASL_SSL" in repr(settings)
    assert settings.security["sasl.password"] == SECRET


def test_settings_are_values() -> None:
    one, other = (KafkaSettings("localhost:9092", security=SECURE) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
    assert one != KafkaSettings("localhost:9092", security={**SECURE, "sasl.password": "another"})


def test_no_error_nor_log_of_a_connection_shows_a_secret(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    (port,) = free_ports(1)
    plain = {name: value for name, value in SECURE.items() if not name.startswith("ssl.")}
    settings = KafkaSettings(f"127.0.0.1:{port}", security=plain)
    with (
        KafkaLedger(settings, patience=1.0) as ledger,
        pytest.raises(LedgerError, match=f"127.0.0.1:{port} within 1 s, saw") as raised,
    ):
        ledger.head()
    with pytest.raises(LedgerError) as checked:
        check(settings, patience=1.0)
    said = [shown(raised.value), shown(checked.value), caplog.text, *capfd.readouterr()]
    assert not any(SECRET in text for text in said)


def shown(error: BaseException) -> str:
    """All that a traceback can show of an error, the local values of our own frames included."""
    shape = traceback.TracebackException.from_exception(error, capture_locals=True)
    ours = [line for line in shape.format() if "tests/ledger/kafka/test_settings" not in line]
    return "".join(ours)


def test_what_is_shown_would_show_a_secret() -> None:
    """The tests above are worth something."""

    def fail(password: str) -> None:
        raise KafkaError(password)

    with pytest.raises(KafkaError) as raised:
        fail(SECRET)
    assert SECRET in shown(raised.value)
