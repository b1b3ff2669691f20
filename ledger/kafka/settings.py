"""Where the topic of facts is and how to get at it, for both clients.

Secrets come in as data, and go nowhere but to the clients: no ``repr``, no error and no traceback
shows one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from domain.errors import Wrong
from schemas.errors import describe

#: Settings of the connection, named as Kafka and librdkafka do, and kafka-python's name of each.
SECURITY: Mapping[str, str] = MappingProxyType(
    {
        "security.protocol": "security_protocol",
        "sasl.mechanism": "sasl_mechanism",
        "sasl.username": "sasl_plain_username",
        "sasl.password": "sasl_plain_password",
        "ssl.ca.location": "ssl_cafile",
        "ssl.certificate.location": "ssl_certfile",
        "ssl.key.location": "ssl_keyfile",
        "ssl.key.password": "ssl_password",
        "ssl.endpoint.identification.algorithm": "ssl_check_hostname",
    }
)
# What is listed here may be shown; of the others not even how long they are.
_LISTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "security.protocol": ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"),
        "sasl.mechanism": ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"),
        # "" is Kafka's word for it, "none" is librdkafka's.
        "ssl.endpoint.identification.algorithm": ("https", "none", ""),
    }
)


#: One server: a name, or an address (that of IPv6 in brackets), and a port.
_SERVER = re.compile(r"(?:\[[0-9A-Fa-f:.]+\]|[^\s:/\[\]]+):[0-9]{1,5}")
#: What Kafka takes for the name of a topic.
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,249}")

_NOTHING: Mapping[str, str] = MappingProxyType({})


class Hidden(str):
    """A text that is used as any other, and shown as ``***`` where values are shown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "***"


class Security(Mapping[str, str]):
    """The settings of a connection by Kafka's names; shown without their values."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = _hidden(values)

    def __getitem__(self, name: str) -> str:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __hash__(self) -> int:
        return hash(frozenset(self._values.items()))

    def __repr__(self) -> str:
        pairs = (
            f"{name}={value if value in _LISTED.get(name, ()) else '***'}"
            for name, value in sorted(self._values.items())
        )
        return "{" + ", ".join(pairs) + "}"


@dataclass(frozen=True, init=False)
class KafkaSettings:
    """One topic of facts on one cluster.

    ``bootstrap_servers`` is ``host:port[,host:port…]``. ``security`` has the settings that
    ``SECURITY`` lists, and no other. Raises ``Wrong``, without any value of security.
    """

    bootstrap_servers: str
    topic: str
    client_id: str
    security: Mapping[str, str]

    def __init__(
        self,
        bootstrap_servers: str,
        topic: str = "pledger.facts",
        client_id: str = "pledger",
        security: Mapping[str, str] = _NOTHING,
    ) -> None:
        # Before anything can go wrong: a traceback may show what is here by these names.
        security = Security(security)
        # The one way to set an attribute of a frozen dataclass while it is made.
        for name, value in (
            ("bootstrap_servers", bootstrap_servers),
            ("topic", topic),
            ("client_id", client_id),
            ("security", security),
        ):
            object.__setattr__(self, name, value)
        _expect_servers(self._servers())
        _expect_name(topic)
        _expect_known(security)

    def servers(self) -> list[tuple[str, int]]:
        """Host and port of each server that is named."""
        parts = (server.rpartition(":") for server in self._servers())
        return [(host.strip("[]"), int(port)) for host, _, port in parts]

    def _servers(self) -> list[str]:
        return [server.strip() for server in self.bootstrap_servers.split(",")]

    def for_kafka_python(self) -> dict[str, Any]:
        """The settings that all of kafka-python's clients share."""
        named: dict[str, Any] = {SECURITY[name]: value for name, value in self.security.items()}
        check = self.security.get("ssl.endpoint.identification.algorithm")
        if check is not None:
            named["ssl_check_hostname"] = check == "https"
        return {"bootstrap_servers": self._servers(), "client_id": self.client_id, **named}

    def for_confluent(self) -> dict[str, Any]:
        """The settings that all of confluent-kafka's clients share."""
        named: dict[str, Any] = dict(self.security)
        if named.get("ssl.endpoint.identification.algorithm") == "":
            named["ssl.endpoint.identification.algorithm"] = "none"
        servers = self.bootstrap_servers
        return {"bootstrap.servers": servers, "client.id": self.client_id, **named}


def _hidden(values: Mapping[str, str]) -> dict[str, str]:
    return {name: Hidden(value) for name, value in values.items()}


def is_server(text: str) -> bool:
    """Whether this is ``host:port``. A port is not guessed."""
    return _SERVER.fullmatch(text) is not None and 0 < int(text.rpartition(":")[2]) < 65_536


def is_topic(text: str) -> bool:
    """Whether Kafka takes this for the name of a topic."""
    return _TOPIC.fullmatch(text) is not None


def _expect_servers(servers: list[str]) -> None:
    for server in servers:
        if not is_server(server):
            raise Wrong(
                "bootstrap_servers to be HOST:PORT, several with commas, as in"
                " kafka-1:9092,kafka-2:9092",
                describe(server),  # a connection string has its password in it
                "correct it",
            )


def _expect_name(topic: str) -> None:
    if not is_topic(topic):
        raise Wrong(
            "topic to be 1 to 249 letters of English, digits, dots, _ and -, and not . or ..",
            f"{topic!r}",
            "name another",
        )


def _expect_known(values: Mapping[str, str]) -> None:
    for name, value in values.items():
        if name not in SECURITY:
            raise Wrong(
                f"settings of security among {', '.join(SECURITY)}",
                f"{name!r}",
                "rename it, or take it out",
            )
        if name in _LISTED and value not in _LISTED[name]:
            listed = ", ".join(repr(each) for each in _LISTED[name])
            raise Wrong(f"{name} to be one of {listed}", "something else", "name one of them")
