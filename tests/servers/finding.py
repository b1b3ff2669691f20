"""Where a test's servers come from: an address in the environment, or else a container where Docker
answers, or else a process of our own. The first of them that is there."""

from __future__ import annotations

import gc
import os
import warnings
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any, NamedTuple

from psycopg.conninfo import make_conninfo

from tests.helpers import skip_or_fail, wait_until
from tests.servers.broker import SETTINGS, Broker, NoBroker
from tests.servers.postgres import (
    LOCALE,
    ROLE,
    NoPostgres,
    Postgres,
    account,
    takes_connections,
)
from tests.servers.process import free_ports, server_folder
from tests.servers.topics import answers

KAFKA_IMAGE = "apache/kafka:4.3.0"
POSTGRES_IMAGE = "postgres:17.5-bookworm"


class NotThere(Exception):
    """This way leads to no server; the text says why."""


class Way(NamedTuple):
    """One way to a server: what it is called, and what finds its address. What it starts goes on
    the stack, to be stopped."""

    name: str
    find: Callable[[ExitStack], str]


def first_of(server: str, ways: Sequence[Way], stack: ExitStack) -> str:
    """The address that the first way gives which leads anywhere. Skips the test where none does,
    and fails it where servers are required, saying what was tried."""
    tried = []
    for way in ways:
        try:
            return way.find(stack)
        except NotThere as why:
            tried.append(f"{way.name}: {why}")
    return skip_or_fail(f"no {server} is there. Tried " + "; ".join(tried))


def named(variable: str, there: Callable[[str], bool]) -> Way:
    """An address given by name. One that does not answer is a mistake, not a reason to test
    against something else."""

    def find(_: ExitStack) -> str:
        address = os.environ.get(variable)
        if not address:
            raise NotThere("not set")
        if not there(address):
            # The address may hold a password.
            raise AssertionError(f"{variable} is set, and nothing answers there")
        return address

    return Way(variable, find)


def docker() -> None:
    """Returns where Docker answers; raises `NotThere`."""
    try:
        from testcontainers.core.docker_client import DockerClient
    except ImportError as missing:
        raise NotThere(f"{missing.name} is not installed") from missing
    with warnings.catch_warnings():
        # Docker's client forgets the socket that it could not connect.
        warnings.simplefilter("ignore", ResourceWarning)
        answered = docker_answers(DockerClient)
        gc.collect()
    if not answered:
        raise NotThere("Docker does not answer")


def docker_answers(client: Callable[..., Any]) -> bool:
    """Whether the engine that the environment names takes requests."""
    from docker.errors import DockerException

    try:
        client(timeout=5).client.close()
    except DockerException:
        return False
    return True


def broker_in_docker(stack: ExitStack) -> str:
    """The official image, told to be one node that is its own controller."""
    docker()
    from testcontainers.core.container import DockerContainer

    (port,) = free_ports(1)
    container = DockerContainer(KAFKA_IMAGE).with_bind_ports(9092, port)
    address = f"{container.get_container_host_ip()}:{port}"
    places = {
        "listeners": "CLIENT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"CLIENT://{address}",
        "controller.quorum.voters": "1@localhost:9093",
    }
    for key, value in (SETTINGS | places).items():
        container.with_env("KAFKA_" + key.replace(".", "_").upper(), value)
    stack.enter_context(container)
    wait_until(lambda: answers(address))
    return address


def postgres_in_docker(stack: ExitStack) -> str:
    """The official image, its data in memory."""
    docker()
    from testcontainers.core.container import DockerContainer

    container = DockerContainer(POSTGRES_IMAGE).with_exposed_ports(5432)
    container.with_env("POSTGRES_USER", ROLE).with_env("POSTGRES_PASSWORD", ROLE)
    container.with_env("POSTGRES_INITDB_ARGS", " ".join(LOCALE))
    container.with_tmpfs_mount("/var/lib/postgresql/data")
    stack.enter_context(container)
    dsn = make_conninfo(
        host=container.get_container_host_ip(),
        port=container.get_exposed_port(5432),
        user=ROLE,
        password=ROLE,
        dbname="postgres",
    )
    wait_until(lambda: takes_connections(dsn))
    return dsn


def broker_of_our_own(stack: ExitStack) -> str:
    """A process, from the files that Maven keeps."""
    try:
        return stack.enter_context(Broker(stack.enter_context(server_folder()))).address
    except NoBroker as why:
        raise NotThere(str(why)) from why


def postgres_of_our_own(stack: ExitStack) -> str:
    """A process, from what is installed."""
    try:
        folder = stack.enter_context(server_folder(account()))
        return stack.enter_context(Postgres(folder)).dsn
    except NoPostgres as why:
        raise NotThere(str(why)) from why


BROKER = (
    named("KAFKA_BOOTSTRAP_SERVERS", lambda address: answers(address, 15)),
    Way("containers", broker_in_docker),
    Way("a process of our own", broker_of_our_own),
)
POSTGRES = (
    named("PLEDGER_TEST_POSTGRES", takes_connections),
    Way("containers", postgres_in_docker),
    Way("a process of our own", postgres_of_our_own),
)
