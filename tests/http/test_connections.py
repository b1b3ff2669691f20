"""What a client may hold open, and what is told where there is no request."""

from __future__ import annotations

import json
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from subprocess import Popen
from typing import Any

import httpx2
import pytest

from entrypoints.http.app import application
from entrypoints.http.door import Door
from entrypoints.http.limits import USUAL, Limits
from entrypoints.http.serving import Place, Server, config_of
from tests.access.given import noting
from tests.entrypoints.small import FACTS
from tests.helpers import PATIENCE, emit, run
from tests.homes import RUNTIME, embedded_home
from tests.http.doors import ANY, Known
from tests.http.serving import events, served

#: Doors that are quick to lose patience: with heads, and with bodies.
HEADS = replace(USUAL, head_s=2.0)
BODIES = replace(USUAL, request_s=2.0)
KEY = f"Host: here\r\nAuthorization: Bearer {ANY}\r\n"


@pytest.fixture(scope="module")
def port(home: Path) -> Iterator[int]:
    """The port of a door."""
    with door(home, HEADS) as found:
        yield found


@contextmanager
def door(home: Path, limits: Limits) -> Iterator[int]:
    """The port of a door to a home, as ``serve`` has it."""
    clock = RUNTIME.clock
    app = application(Door(embedded_home(home), clock, Known(), limits, access=noting(clock)))
    with socket.create_server(("127.0.0.1", 0)) as opened:
        server = Server(config_of(app, Place("127.0.0.1", 0)))
        thread = threading.Thread(target=server.run, args=([opened],))
        thread.start()
        yield opened.getsockname()[1]
        server.should_exit = True
        thread.join()


@contextmanager
def connected(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as found:
        yield found


def until_closed(connection: socket.socket) -> bytes:
    """All that comes until the other side hangs up."""
    found = b""
    while part := connection.recv(65_536):
        found += part
    return found


def told(answer: bytes) -> tuple[int, Message, dict[str, Any]]:
    """The status, the header fields and the problem of an answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    headers = BytesParser().parsebytes(fields)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert headers["x-request-id"]
    problem = json.loads(body)
    assert problem["status"] == int(line.split()[1])
    return problem["status"], headers, problem


def sent(port: int, text: str) -> tuple[int, Message, dict[str, Any]]:
    """What is told of some bytes after which no more come."""
    with connected(port) as connection:
        connection.sendall(text.encode())
        return told(until_closed(connection))


BODY = "Content-Type: application/cloudevents+json\r\nContent-Length: 100\r\n"


@pytest.mark.parametrize(
    ("text", "status", "kind"),
    [
        ("GET /healthz HTTP/1.1\r\nHost: here\r\n", 408, "request-timeout"),
        ("no request at all\r\n\r\n", 400, "wrong"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "wrong"),
        ("GET /healthz HTTP/1.1\r\nno field\r\n\r\n", 400, "wrong"),
        (f"POST /v1/facts HTTP/1.1\r\n{KEY}Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400, "wrong"),
    ],
)
def test_what_is_no_request_is_told_in_the_one_shape(
    port: int, text: str, status: int, kind: str
) -> None:
    seen, _, problem = sent(port, text)
    assert (seen, problem["type"]) == (status, f"/problems/{kind}")


def test_a_body_that_does_not_come(home: Path) -> None:
    with door(home, BODIES) as port:
        seen, _, problem = sent(port, f"POST /v1/facts HTTP/1.1\r\n{KEY}{BODY}\r\n{{")
    assert (seen, problem["expected"]) == (408, "a body that has come whole within 2 s")


def test_a_head_without_an_end_is_not_kept(port: int) -> None:
    seen, _, problem = sent(port, "GET /healthz HTTP/1.1\r\nX: " + "x" * 50_000)
    assert (seen, problem["type"]) == (431, "/problems/too-long")


def test_who_says_nothing_is_let_go(port: int) -> None:
    with connected(port) as connection:
        assert until_closed(connection) == b""


def test_line_feeds_keep_no_connection(port: int) -> None:
    with connected(port) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n")
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")
        connection.sendall(b"\r\n")
        assert until_closed(connection) == b""


def test_half_open_connections_keep_nobody_out(port: int) -> None:
    with ExitStack() as stack:
        for _ in range(2 * USUAL.at_once):
            connection = stack.enter_context(connected(port))
            connection.sendall(b"GET /healthz HTTP/1.1\r\n")
        answer = httpx2.get(f"http://127.0.0.1:{port}/healthz", timeout=PATIENCE)
        assert answer.json() == {"alive": True}


def test_a_head_of_a_stream_ends(port: int) -> None:
    headers = {"Authorization": f"Bearer {ANY}"}
    address = f"http://127.0.0.1:{port}"
    with httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE) as client:
        for _ in range(2):  # on one connection
            head = client.head("/v1/due/stream", params={"within": "P7D"})
            assert head.status_code == 200
            assert head.headers["content-type"].startswith("text/event-stream")
        assert client.get("/healthz").status_code == 200


@pytest.fixture
def streaming(tmp_path: Path) -> Iterator[tuple[Path, Popen[bytes], httpx2.Response]]:
    """A home, the process that serves it, and a stream that is read from that."""
    home = tmp_path / "home"
    emit(home, FACTS)
    with served(home) as (said, child):
        address = f"{said['address']}/v1/due/stream?within=P7D"
        headers = {"Authorization": f"Bearer {said['key']}"}
        with httpx2.stream("GET", address, headers=headers, timeout=PATIENCE) as stream:
            yield home, child, stream


def test_a_signal_ends_streams(streaming: tuple[Path, Popen[bytes], httpx2.Response]) -> None:
    _, child, stream = streaming
    rows = events(stream)
    assert next(rows)
    child.send_signal(signal.SIGTERM)
    assert not any("left" in row for _, row in rows)  # its end is an end, and no error
    assert child.wait(PATIENCE) == 0


def test_a_stream_ends_with_its_key(streaming: tuple[Path, Popen[bytes], httpx2.Response]) -> None:
    home, _, stream = streaming
    rows = events(stream)
    assert next(rows)
    assert run(home, ["key", "revoke", "first"]).code == 0
    assert not any("left" in row for _, row in rows)
