"""The emitter over HTTP: what was emitted goes when the door is there."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from pledger_sdk import NotDelivered, OutboxFull, Refused, Report, Sealer
from pledger_sdk.facts import CommitmentMade
from pledger_sdk.http import Emitter
from pledger_sdk.http import courier as couriers
from tests.helpers import PATIENCE, ask_lines
from tests.http.doors import ANY, door_to
from tests.sdk.doors import ADDRESS
from tests.sdk.emitting import NOON, made

SOURCE = "/care/desk"
SAID: dict[str, Any] = {"subject": "customer:8412", "time": NOON}


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(couriers, "PAUSES", (0.01,))
    monkeypatch.setattr(couriers, "REFUSED", (0.01,))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[TestClient]:
    with TestClient(door_to(tmp_path / "home"), raise_server_exceptions=False) as http:
        yield http


def emitter(http: httpx2.Client, **more: Any) -> Emitter:
    return Emitter(ADDRESS, source=SOURCE, key=ANY, http=http, **more)


def behind(answer: Callable[[httpx2.Request], httpx2.Response]) -> httpx2.Client:
    return httpx2.Client(transport=httpx2.MockTransport(answer))


def away(request: httpx2.Request) -> httpx2.Response:
    raise httpx2.ConnectError("nobody")


def passed_on(door: TestClient, request: httpx2.Request) -> httpx2.Response:
    """What the real door answers to a request."""
    return door.send(
        door.build_request(
            request.method, request.url, content=request.content, headers=request.headers
        )
    )


def kept(home: Path) -> list[str]:
    return [fact["data"]["commitment_id"] for fact in ask_lines(home, ["facts"])]


def test_facts_go_in_their_order_and_are_told(door: TestClient, tmp_path: Path) -> None:
    told: list[Report] = []
    with emitter(door, outbox=tmp_path / "outbox", on_delivery=told.append) as to:
        first = to.emit(made(1), **SAID)
        with to.caused_by(first):
            second = to.emit(made(2), **SAID)
        assert second.wait(PATIENCE).position == 2
        assert first.wait(PATIENCE) == Report(first.id, 0, 0)
        to.emit_all([to.seal(made(number), **SAID) for number in range(3, 2_600)])
        assert to.flush(PATIENCE) == 0
        assert to.status() == (0, 0, None)
    assert [report.position for report in told] == [*range(1, 2_600)]
    lines = ask_lines(tmp_path / "home", ["facts", "--limit", "2"])
    assert lines[1]["causationid"] == first.id
    assert lines[1]["source"] == SOURCE


def test_a_door_that_is_away_is_no_error(
    door: TestClient, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "pledger_sdk"):
        to = emitter(behind(away), outbox=tmp_path / "outbox")
        to.emit(made(1), **SAID)
        assert to.flush(0.2) == 1
        assert "DoorAway" in str(to.status().trouble)
        assert to.close(0.0) == 1
    warned = [each for each in caplog.messages if each.startswith("facts are not delivered")]
    assert len(warned) == 1
    assert "8412" not in caplog.text
    with emitter(door, outbox=tmp_path / "outbox") as again:
        again.emit(made(2), **SAID)
    assert kept(tmp_path / "home") == ["INV-1", "INV-2"]


def test_without_a_file_what_is_left_is_lost_and_said() -> None:
    to = emitter(behind(away), max_facts=1, patience=0.0)
    delivery = to.emit(made(1), **SAID)
    with pytest.raises(OutboxFull, match="waiting to be delivered"):
        to.emit(made(2), **SAID)
    with pytest.raises(NotDelivered) as lost:
        to.close(0.0)
    assert lost.value.ids == (delivery.id,)


def test_an_answer_that_is_lost_on_its_way_counts_once(door: TestClient, tmp_path: Path) -> None:
    sent: list[httpx2.Request] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sent.append(request)
        response = passed_on(door, request)
        if len(sent) == 1:
            raise httpx2.ReadError("the answer never came")
        return response

    with emitter(behind(answer)) as to:
        assert to.emit(made(1), **SAID).wait(PATIENCE).position == 1
    assert len(sent) == 2
    assert kept(tmp_path / "home") == ["INV-1"]


def test_a_fact_that_is_refused_waits_and_others_go_on(door: TestClient, tmp_path: Path) -> None:
    sealer = Sealer(SOURCE)
    one = sealer.seal(made(1), key="1", **SAID)
    other = sealer.seal(made(2), key="1", **SAID)
    assert one.id == other.id
    with emitter(door, outbox=tmp_path / "outbox") as to:
        first, conflict, fine = to.emit_all([one, other, sealer.seal(made(3), **SAID)])
        assert first.wait(PATIENCE).position == 1
        assert fine.wait(PATIENCE).position == 2
        assert not conflict.done
        assert "1 refused" in str(to.status().trouble)
        assert to.close(0.2) == 1
    assert kept(tmp_path / "home") == ["INV-1", "INV-3"]


def test_a_key_that_may_not_is_put_right_later(door: TestClient, tmp_path: Path) -> None:
    refusals = [403, 422, 401, 500]

    def answer(request: httpx2.Request) -> httpx2.Response:
        if refusals:
            status = refusals.pop()
            kinds = {403: "forbidden", 422: "rejected", 401: "unauthenticated", 500: "fault"}
            return httpx2.Response(status, json={"type": f"/problems/{kinds[status]}"})
        return passed_on(door, request)

    with emitter(behind(answer)) as to:
        deliveries = to.emit_all([to.seal(made(number), **SAID) for number in range(3)])
        assert sorted(each.wait(PATIENCE).position or 0 for each in deliveries) == [1, 2, 3]
    assert kept(tmp_path / "home") == ["INV-0", "INV-1", "INV-2"]


def test_what_takes_less_at_once_gets_less(door: TestClient, tmp_path: Path) -> None:
    sizes: list[int] = []

    def answer(request: httpx2.Request) -> httpx2.Response:
        sizes.append(request.content.count(b'"specversion"'))
        if sizes[-1] > 2:
            return httpx2.Response(413, text="<html>")
        return passed_on(door, request)

    with emitter(behind(answer)) as to:
        to.emit_all([to.seal(made(number), **SAID) for number in range(5)])
        assert to.flush(PATIENCE) == 0
    assert kept(tmp_path / "home") == [f"INV-{number}" for number in range(5)]
    assert sizes[:2] == [5, 2]


def test_what_can_not_be_used_is_refused_at_once() -> None:
    with pytest.raises(Refused, match="address"):
        emitter(behind(away)).__class__("door", source=SOURCE)
    with pytest.raises(Refused, match="max_facts"):
        Emitter(ADDRESS, source=SOURCE, max_facts=0)
    with pytest.raises(Refused, match="source"):
        Emitter(ADDRESS, source="care")
    with Emitter("http://127.0.0.1:1", source=SOURCE) as to:
        assert repr(to) == "<Emitter to <Client of http://127.0.0.1:1>>"
        with pytest.raises(Refused):
            to.emit(CommitmentMade(commitment_id="C", about="delivery"), subject="nobody")
