"""A door to a home, on a port of this machine, until a signal ends it."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import uvicorn
from fastapi import FastAPI

from domain.errors import Wrong
from entrypoints.http.app import application
from entrypoints.http.door import Door

#: How long requests that are under way may take to end, once a signal has come, in seconds; and how
#: long a connection stays open without one.
GRACE_S, KEPT_S = 5, 30


@dataclass(frozen=True)
class Place:
    """Where a door is: a host and a port (0: any that is free); with TLS where ``certificate`` and
    ``key`` are files; ``behind_proxy``: whoever connects is a proxy that says for whom. Raises
    ``Wrong`` for a place at which keys would go over a network in the clear."""

    host: str = "127.0.0.1"
    port: int = 8321
    certificate: Path | None = None
    key: Path | None = None
    behind_proxy: bool = False

    def __post_init__(self) -> None:
        if (self.certificate is None) != (self.key is None):
            raise Wrong("a certificate and its key", "one of them", "{name both files}")
        if not (_is_loopback(self.host) or self.certificate or self.behind_proxy):
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
def listening(place: Place) -> Iterator[socket.socket]:
    """A socket to which one can connect from now on. Raises ``Wrong`` where the port is taken, or
    the place is none of this machine, or a file of its TLS can't be read."""
    if place.certificate is not None:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(place.certificate, place.key)
        except (OSError, ssl.SSLError) as error:
            seen = getattr(error, "strerror", None) or type(error).__name__
            raise Wrong(
                "files with a certificate and its key, in PEM", str(seen), "{name both files}"
            ) from error
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    try:
        opened = socket.create_server((place.host, place.port), family=family, backlog=1_024)
    except (OSError, OverflowError) as error:
        seen = getattr(error, "strerror", None) or str(error)
        expected = f"a free port {place.port} on {place.host}"
        raise Wrong(expected, str(seen), "{serve elsewhere}") from error
    with opened:
        yield opened


def serve(door: Door, place: Place, opened: socket.socket) -> bool:
    """Answer until SIGINT or SIGTERM comes, and end what is under way. Answers whether it ever
    began."""
    server = uvicorn.Server(config_of(application(door), place))
    with suppress(KeyboardInterrupt), _ended_by_sigterm():
        server.run(sockets=[opened])
    return server.started


def config_of(app: FastAPI, place: Place) -> uvicorn.Config:
    """How uvicorn runs an application at a place."""
    return uvicorn.Config(
        app,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=place.behind_proxy,
        forwarded_allow_ips="*" if place.behind_proxy else None,
        timeout_keep_alive=KEPT_S,
        timeout_graceful_shutdown=GRACE_S,
        ssl_certfile=place.certificate,
        ssl_keyfile=place.key,
    )


@contextmanager
def _ended_by_sigterm() -> Iterator[None]:
    """When it has ended what it does, uvicorn raises the signal again that it was sent: for this
    process, that was all."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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
