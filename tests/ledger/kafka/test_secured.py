"""A broker that wants TLS, certificates and passwords lets both clients in, and nobody else."""

from __future__ import annotations

import gc
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from confluent_kafka.admin import (
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from ledger.errors import LedgerError, Unreachable
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.settings import KafkaSettings
from ledger.kafka.topic_admin import check, create
from tests.helpers import PATIENCE, skip_or_fail
from tests.ledger.making import facts, flat, sealed
from tests.servers.broker import Broker, NoBroker
from tests.servers.process import free_ports, server_folder
from tests.servers.topics import admin

# kafka-python leaves a socket to the collector where a handshake fails.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")

PASSWORD = "c0rrect-h0rse"
KEY_PASSWORD = "b4ttery-st4ple"


class Secured(NamedTuple):
    """Where the broker listens to those who prove who they are, and what they prove it with."""

    address: str
    security: dict[str, str]


def openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


def certify(folder: Path) -> None:
    """An authority, the broker's certificate and the client's; the client's key has a password."""
    openssl(
        *(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key"),
        *("-out", "ca.pem", "-days", "2", "-subj", "/CN=authority"),
    )
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    for who in ("broker", "client"):
        openssl(
            *(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{who}.key"),
            *("-out", f"{who}.csr", "-subj", f"/CN={who}"),
        )
        openssl(
            *(folder, "x509", "-req", "-in", f"{who}.csr", "-CA", "ca.pem", "-CAkey", "ca.key"),
            *("-CAcreateserial", "-days", "2", "-extfile", "names", "-out", f"{who}.pem"),
        )
    (folder / "store.pem").write_text(
        (folder / "broker.key").read_text() + (folder / "broker.pem").read_text()
    )
    openssl(
        *(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "client.locked.key"),
        *("-passout", f"pass:{KEY_PASSWORD}"),
    )


def secure(broker: Broker, folder: Path, port: int) -> None:
    """Gives the broker one more listener."""
    before = broker._properties.read_text()
    said = dict(line.partition("=")[::2] for line in before.splitlines())
    listener = "listener.name.secure"
    more = {
        "listeners": f"{said['listeners']},SECURE://127.0.0.1:{port}",
        "advertised.listeners": f"{said['advertised.listeners']},SECURE://127.0.0.1:{port}",
        "listener.security.protocol.map": (
            f"{said['listener.security.protocol.map']},SECURE:SASL_SSL"
        ),
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{listener}.scram-sha-512.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        f"{listener}.ssl.keystore.type": "PEM",
        f"{listener}.ssl.keystore.location": str(folder / "store.pem"),
        f"{listener}.ssl.truststore.type": "PEM",
        f"{listener}.ssl.truststore.location": str(folder / "ca.pem"),
        f"{listener}.ssl.client.auth": "required",
    }
    lines = [f"{key}={value}\n" for key, value in (said | more).items()]
    broker._properties.write_text("".join(lines))


@pytest.fixture(autouse=True)
def collected() -> Iterator[None]:
    """No test after these finds what they left."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def secured() -> Iterator[Secured]:
    with server_folder() as folder:
        try:
            broker = Broker(folder)
        except NoBroker as why:
            skip_or_fail(f"no Kafka broker to secure: {why}")
        certify(folder)
        (port,) = free_ports(1)
        secure(broker, folder, port)
        with broker:
            client = admin(broker.address)
            info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
            account = UserScramCredentialUpsertion("pledger", info, PASSWORD.encode())
            client.alter_user_scram_credentials([account])["pledger"].result(PATIENCE)
            yield Secured(
                f"127.0.0.1:{port}",
                {
                    "security.protocol": "SASL_SSL",
                    "sasl.mechanism": "SCRAM-SHA-512",
                    "sasl.username": "pledger",
                    "sasl.password": PASSWORD,
                    "ssl.ca.location": str(folder / "ca.pem"),
                    "ssl.certificate.location": str(folder / "client.pem"),
                    "ssl.key.location": str(folder / "client.locked.key"),
                    "ssl.key.password": KEY_PASSWORD,
                },
            )


def test_who_proves_who_he_is(secured: Secured) -> None:
    settings = KafkaSettings(secured.address, "secured-1", security=secured.security)
    create(settings, 2, 1, 1)
    assert check(settings, partitions=2) == []
    with KafkaLedger(settings) as ledger:
        ledger.append(facts(0, 5))
        ledger.append(facts(5, 8), all_or_nothing=True)
        kept = [sealed(fact) for fact in flat(list(ledger.read()))]
    assert sorted(kept) == sorted(facts(0, 8))


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"sasl.password": "wr0ng-p4ssword"}, "(?i)authentication|an account or a password"),
        ({"security.protocol": "SASL_PLAINTEXT"}, "saw"),
        ({"ssl.ca.location": ""}, "(?i)certificate"),
    ],
    ids=["password", "no TLS", "authority"],
)
def test_who_does_not(secured: Secured, change: dict[str, str], why: str) -> None:
    security = {key: value for key, value in (secured.security | change).items() if value}
    settings = KafkaSettings(secured.address, "secured", security=security)
    with (
        KafkaLedger(settings, patience=3.0) as ledger,
        pytest.raises(Unreachable, match=why) as raised,
    ):
        ledger.head()
    with pytest.raises(LedgerError) as checked:
        check(settings, patience=3.0)
    for text in (str(raised.value), str(checked.value)):
        assert not any(secret in text for secret in (PASSWORD, KEY_PASSWORD, "wr0ng-p4ssword"))
        assert secured.address in text


def test_a_broker_of_another_name_unless_names_do_not_count(secured: Secured) -> None:
    """The certificate is of 127.0.0.1, and not of localhost."""
    address = secured.address.replace("127.0.0.1", "localhost")
    strict = KafkaSettings(address, "secured", security=secured.security)
    with (
        KafkaLedger(strict, patience=3.0) as ledger,
        pytest.raises(Unreachable, match="(?i)certificate"),
    ):
        ledger.head()
    lax = {**secured.security, "ssl.endpoint.identification.algorithm": "none"}
    settings = KafkaSettings(address, "lax", security=lax)
    create(settings, 1, 1, 1)
    with KafkaLedger(settings) as ledger:
        assert len(ledger.append(facts(0, 2))) == 2
