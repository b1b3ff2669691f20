"""A door to a home, on a port of this machine, until a signal ends it."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import uvicorn
from fastapi import FastAPI

from domain.errors import Wrong
from entrypoints.http.app import application
from entrypoints.http.certificate import expect_usable
from entrypoints.http.connection import Connection
from entrypoints.http.door import Door

#: How long requests that are under way may take to end, once a signal has come, in seconds; and how
#: long a connection stays open without one.
GRACE_S, KEPT_S = 5, 30


@dataclass(frozen=True)
class Place:
    """Where a door is: a host and a port (0: any that is free); with TLS where ``certificate`` and
    ``key`` are files; behind a proxy where there are ``proxies``, the addresses and networks from
    which one comes that says for whom. Raises ``Wrong`` for a place at which keys would go over a
    network in the clear."""

    host: str
    port: int
    certificate: Path | None = None
    key: Path | None = None
    proxies: Sequence[str] = ()

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise Wrong("a certificate and its key", "one of them", "{name both files}")
        if not (_is_loopback(self.host) or self.certificate or self.proxies):
            raise Wrong(
                "a loopback address, TLS, or a proxy in front that has it",
                f"{self.host}, where keys would go over the network in the clear",
                "{serve with tls}",
            )

    @property
    def scheme(self) -> str:
        """The scheme of its addresses."""
        return "https" if self.certificate else "http"

    def origin(self, port: int) -> str:
        """The beginning of its addresses, on the port that it has."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{port}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def listening(place: Place, now: datetime) -> Iterator[socket.socket]:
    """A socket to which one can connect from now on. Raises ``Wrong`` where the port is taken, the
    place is none of this machine, or its certificate and key are of no use."""
    if place.certificate is not None and place.key is not None:
        expect_usable(place.certificate, place.key, now)
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        opened = socket.create_server((place.host, place.port), family=family, backlog=1_024)
    except (OSError, OverflowError) as error:
        seen = getattr(error, "strerror", None) or str(error)
        expected = f"a free port {place.port} on {place.host}"
        raise Wrong(expected, str(seen), "{serve elsewhere}") from error
    with opened:
        yield opened


def serve(door: Door, place: Place, opened: socket.socket, on_begin: Callable[[], object]) -> bool:
    """Answer until SIGINT or SIGTERM comes, and end what is under way. Answers whether it ever
    began. From ``on_begin`` on, which is called once, a signal ends it in this way."""
    server = Server(config_of(application(door), place))
    with _ended_by_signals(server):
        on_begin()
        server.run(sockets=[opened])
    return server.started


class Server(uvicorn.Server):
    """A server that has streams end when it is told to, since they have no end of their own."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See ``uvicorn.Server``."""
        app: Any = self.config.app
        app.state.closing.set()
        await super().shutdown(sockets)


def config_of(app: FastAPI, place: Place) -> uvicorn.Config:
    """How uvicorn runs an application at a place."""
    return uvicorn.Config(
        app,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(place.proxies),
        forwarded_allow_ips=list(place.proxies),
        timeout_keep_alive=KEPT_S,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )


@contextmanager
def _ended_by_signals(server: uvicorn.Server) -> Iterator[None]:
    """SIGINT and SIGTERM end a server, from before it listens to them by itself, and do nothing
    more: when it has ended, uvicorn raises those again that it was sent."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(*_: object) -> None:
        server.should_exit = True

    before = {each: signal.signal(each, end) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def logging_to(stream: TextIO, level: str) -> Iterator[None]:
    """What this door and uvicorn log goes to a stream, in UTC."""
    form = logging.Formatter("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
    form.converter = time.gmtime
    handler = logging.StreamHandler(stream)
    handler.setFormatter(form)
    loggers = [logging.getLogger(name) for name in ("pledger", "uvicorn")]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(level.upper())
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
    try:
        yield
    finally:
        for logger in loggers:
            logger.removeHandler(handler)
