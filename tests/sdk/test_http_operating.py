"""The clients of those who operate a home, and of those who see to who reads what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from pledger_sdk.http import DoorAway, NotFound, WrongRequest
from tests.consumers.server.place import Place
from tests.desk.deciding import folding_home
from tests.entrypoints.small import in_batches
from tests.helpers import ask, emit
from tests.homes import caught_up, server_home
from tests.http.given import made
from tests.sdk.doors import Waiting, client_at, client_of
from tests.sdk.test_http import KINDS, same

WHY = "a test of somebody"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(broker: str, make_topic: Callable[..., str], postgres: str) -> Place:
    return Place(broker, make_topic(2), postgres)


@pytest.fixture
def folder(place: Place, broker: str, postgres: str, tmp_path: Path) -> Path:
    return server_home(tmp_path / "home", broker, place.kafka.topic, postgres)


@pytest.fixture
def client(kind: str, folder: Path) -> Iterator[Waiting]:
    with client_at(kind, folding_home(folder)) as client:
        yield client


def test_how_an_embedded_home_stands(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for batch in in_batches():
        emit(home, batch)
    with client_at(kind, home) as client:
        status = client.status()
        same(status, ask(home, ["status"]))
        assert (status.home, status.head, status.topic) == ("embedded", 25, None)
        with pytest.raises(NotFound):
            client.parked()


def test_who_read_what(kind: str, tmp_path: Path) -> None:
    home = tmp_path / "home"
    for batch in in_batches():
        emit(home, batch)
    with client_at(kind, home) as client:
        assert client.access_records() == []
        assert client.commitment("ROSE").withheld == ()
        client.facts()
        records = client.access_records(page_size=1, who="any")
        assert [each.who for each in records] == ["any", "any"]
        assert records[0].what.startswith("GET /v1/commitments/ROSE")
        assert "commitment.made.wording" in records[0].fields
        assert client.access_records(who="nobody") == []


def test_what_is_in_quarantine(client: Waiting, place: Place, folder: Path) -> None:
    for number in range(3):
        place.send(b"no fact", key=b"k", headers={"name": bytes([number])})
    caught_up(folder)
    first, second, third = client.quarantine(page_size=2)
    assert client.message(first.place).value.text == "no fact"
    assert client.message(first.place).headers[0].name == "name"
    assert client.retry(first.place).settled is False
    done = client.dismiss(first.place, WHY)
    assert (done.place, done.dismissed, done.why) == (first.place, True, WHY)
    with pytest.raises(NotFound):
        client.dismiss(first.place, WHY)
    assert [each.place for each in client.retry_all()] == [second.place, third.place]
    assert [each.why for each in client.quarantine(state="dismissed")] == [WHY]
    with pytest.raises(WrongRequest):
        client.message("here")
    status = client.status()
    same(status, ask(folder, ["status"]))
    assert (status.home, status.quarantined, len(status.partitions)) == ("server", 2, 2)


def test_a_parked_subject(client: Waiting, place: Place, folder: Path) -> None:
    place.home.prepare()
    place.run("ALTER TABLE commitment_made ADD CONSTRAINT fault CHECK (wording IS NULL)")
    said = {"commitment_id": "C", "about": "delivery", "wording": "soon"}
    emit(folder, [made(1, data=said), made(2)])
    caught_up(folder)
    (parked,) = client.parked()
    assert (parked.subject, parked.facts) == ("customer:1", 2)
    whole = client.parked_subject("customer:1")
    assert (whole.reason, len(whole.waiting)) == (parked.reason, 2)
    stays = client.unpark("customer:1")
    assert (stays.unparked, stays.failing.place) == (False, whole.waiting[0].place)
    found = client.unpark("customer:1", dismiss=[stays.failing.place], reason=WHY)
    assert (found.unparked, found.facts, found.dismissed) == (True, 1, 1)
    with pytest.raises(NotFound):
        client.parked_subject("customer:1")


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("retry", ("0:1",)),
        ("retry_all", ()),
        ("dismiss", ("0:1", WHY)),
        ("unpark", ("customer:1",)),
    ],
)
def test_what_may_have_been_done_is_not_sent_again(
    kind: str, method: str, said: tuple[str, ...]
) -> None:
    seen: list[httpx2.Request] = []

    def gone(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        raise httpx2.ReadError("reset")

    with client_of(kind, gone) as client, pytest.raises(DoorAway):
        getattr(client, method)(*said)
    assert len(seen) == 1
