"""``serve`` as a process: its address, its key, its end, and what it refuses."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.entrypoints.children import finish, start
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import PATIENCE, ask, emit, run


@contextmanager
def served(home: Path, *options: str) -> Iterator[tuple[dict[str, Any], subprocess.Popen[bytes]]]:
    """What a process says that serves a home, and the process."""
    errors = home.parent / "errors"
    with errors.open("wb") as stderr:
        argv = ["serve", "--home", str(home), "--port", "0", "--json", *options]
        child = start(argv, stderr=stderr)
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert line, errors.read_text(encoding="utf-8")
        yield json.loads(line), child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()  # type: ignore[union-attr]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    emit(tmp_path / "home", FACTS)
    return tmp_path / "home"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_a_signal_comes(folder: Path, number: signal.Signals) -> None:
    with served(folder) as (told, child):
        headers = {"Authorization": f"Bearer {told['key']}"}
        address = told["address"]
        with httpx2.Client(base_url=address, headers=headers, timeout=PATIENCE) as client:
            found = client.get("/v1/promises", params={"as_of": AS_OF}).json()
            assert found == ask(folder, ["promises", "--as-of", AS_OF])
            emit(folder, [{**FACTS[3], "id": FACTS[3]["id"].replace("c0de", "c0da")}])
            assert client.get("/v1/promises").json()["known_at"] == len(FACTS) + 1
            page = httpx2.get(told["login"], timeout=PATIENCE, follow_redirects=False)
            assert page.status_code < 400
            child.send_signal(number)
        assert child.wait(PATIENCE) == 0


def test_a_key_is_shown_once(folder: Path) -> None:
    with served(folder) as (told, _):
        assert told["key"].startswith("pk_")
    with served(folder) as (told, _):
        assert told["key"] is None


def test_the_worklist_as_it_changes(folder: Path) -> None:
    with served(folder) as (told, _):
        headers = {"Authorization": f"Bearer {told['key']}"}
        address = f"{told['address']}/v1/due/stream?within=P7D"
        with httpx2.stream("GET", address, headers=headers, timeout=PATIENCE) as stream:
            assert stream.headers["content-type"].startswith("text/event-stream")
            events = _events(stream)
            first = [next(events) for _ in range(2)]
            assert [row["commitment_id"] for _, row in first] == ["LILY", "INNER"]
            honoured = {**FACTS[2], "id": FACTS[2]["id"].replace("c0de", "c0db")}
            emit(folder, [{**honoured, "data": {"commitment_id": "LILY"}}])
            position, row = next(events)
            assert (row["commitment_id"], row["left"], position) == ("LILY", True, "26")
        again = {**headers, "Last-Event-ID": "25"}
        with httpx2.stream("GET", address, headers=again, timeout=PATIENCE) as stream:
            _, row = next(_events(stream))
            assert (row["commitment_id"], row["left"]) == ("LILY", True)


def _events(stream: httpx2.Response) -> Iterator[tuple[str, dict[str, Any]]]:
    """The id and the row of each event."""
    fields: dict[str, str] = {}
    for line in stream.iter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            assert fields["event"] == "due"
            yield fields["id"], json.loads(fields["data"])
            fields = {}


def test_a_port_that_is_taken(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = run(folder, ["serve", "--port", str(port)])
    assert outcome.code == 2
    assert f"expected a free port {port} on 127.0.0.1" in outcome.err
    assert "name another with --host or --port" in outcome.err


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--host", "0.0.0.0"], "where keys would go over the network in the clear"),
        (["--host", "desk.example"], "give --tls-cert and --tls-key, or say --behind-proxy"),
        (["--tls-cert", "here.pem"], "expected a certificate and its key, saw one of them"),
        (["--tls-cert", "none.pem", "--tls-key", "none.pem"], "in PEM, saw No such file"),
        (["--port", "65536"], "expected a port up to 65535, or 0 for any that is free"),
        (["--host", "192.0.2.1", "--behind-proxy"], "expected a free port 8321 on 192.0.2.1"),
    ],
)
def test_what_is_refused(folder: Path, options: list[str], why: str) -> None:
    outcome = run(folder, ["serve", *options])
    assert outcome.code == 2
    assert why in outcome.err


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    code, _, err = finish(start(["serve", "--home", tmp_path / "none", "--port", "0"]))
    assert code == 2
    assert "expected a home with a ledger" in err
    assert not (tmp_path / "none").exists()
