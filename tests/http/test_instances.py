"""Several processes that serve one server home, beside a worker: they are one door."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import pytest

from entrypoints.http.sessions import SESSION_COOKIE
from tests.consumers.server.place import Place
from tests.consumers.server.workers import worker
from tests.helpers import PATIENCE, ask
from tests.http.client import BATCH, key, problem, told
from tests.http.given import content, id_of, made
from tests.http.serving import served

AS_OF = {"as_of": "2027-01-01T00:00:00Z"}
QUESTIONS = (
    "/v1/promises",
    "/v1/commitments",
    "/v1/commitments/C1",
    f"/v1/customers/{quote(made(1)['subject'], safe='')}",
    "/v1/due?within=P7D",
    "/v1/suspense",
    "/v1/metrics/kept_agreed",
    "/v1/facts",
)
TIMES = 4


class Instance(NamedTuple):
    """A process that serves: what it said, and a client at it who shows nothing by itself."""

    told: dict[str, Any]
    client: httpx2.Client


class Instances(NamedTuple):
    """Two of one home, and the key that was made at the start of the first."""

    one: Instance
    two: Instance
    bearer: dict[str, str]
    home: Path


@pytest.fixture
def instances(
    broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> Iterator[Instances]:
    place, home = Place(broker, make_topic(2), postgres), tmp_path / "home"
    with ExitStack() as stack:
        place.home.prepare()
        stack.enter_context(worker(place, home))
        one, two = (_instance(stack, home) for _ in range(2))
        yield Instances(one, two, key(one.told["key"]), home)


def _instance(stack: ExitStack, home: Path) -> Instance:
    said, _ = stack.enter_context(served(home))
    client = httpx2.Client(base_url=said["address"], timeout=PATIENCE)
    return Instance(said, stack.enter_context(client))


def test_they_are_one_door(instances: Instances) -> None:
    """All in one test: to start them takes longer than what they are asked."""
    each_takes_facts_and_the_other_knows_of_them(instances)
    what_is_sent_to_both_at_once_counts_once(instances)
    what_is_decided_at_one_is_known_at_the_other(instances)
    sessions_and_keys_of_one_hold_at_the_other_until_they_are_revoked(instances)


def each_takes_facts_and_the_other_knows_of_them(instances: Instances) -> None:
    one, two, bearer, _ = instances
    assert two.told["key"] is None
    for number in range(1, 2 * TIMES + 1):
        here, there = (one, two) if number % 2 else (two, one)
        posted = here.client.post(
            "/v1/facts", content=content(made(number)), headers=BATCH | bearer
        )
        after = {"after": told(posted)["head"], "wait": "PT30S", **AS_OF}
        found = told(there.client.get(f"/v1/commitments/C{number}", params=after, headers=bearer))
        assert (found["commitment_id"], found["state"]) == (f"C{number}", "open")
    for question in QUESTIONS:
        first, second = (
            each.client.get(httpx2.URL(question).copy_merge_params(AS_OF), headers=bearer)
            for each in (one, two)
        )
        assert told(first) == told(second), question
        assert first.headers["etag"] == second.headers["etag"]


def what_is_sent_to_both_at_once_counts_once(instances: Instances) -> None:
    one, two, bearer, _ = instances
    numbers = range(101, 130)
    body = content(*(made(number) for number in numbers))

    def post(at: Instance) -> Any:
        answers = [
            told(at.client.post("/v1/facts", content=body, headers=BATCH | bearer))
            for _ in range(TIMES)
        ]
        return answers[-1]["head"]

    with ThreadPoolExecutor(2) as threads:
        heads = [*threads.map(post, (one, two))]
    for head in heads:
        after = {"after": head, "wait": "PT30S", "limit": 1_000}
        found = told(two.client.get("/v1/facts", params=after, headers=bearer))["facts"]
        ids = Counter(fact["id"] for fact in found)
        assert [ids[id_of(number)] for number in numbers] == [1] * len(numbers)
    # A worker sees that they are the same: nothing was set aside.
    assert told(one.client.get("/v1/quarantine", headers=bearer))["quarantined"] == []


def what_is_decided_at_one_is_known_at_the_other(instances: Instances) -> None:
    one, two, bearer, _ = instances
    said = {"department": "care", "customer": "customer:1", "about": "delivery"}
    made_at_one = one.client.post(
        "/v1/commitments", json={**said, "commitment_id": "C"}, headers=bearer
    )
    version = made_at_one.headers["etag"]
    assert told(made_at_one)["state"] == "open"
    honour, care = "/v1/commitments/C/honour", {"department": "care"}
    kept = two.client.post(honour, json=care, headers={**bearer, "If-Match": version})
    assert told(kept)["state"] == "honoured"
    problem(one.client.post(honour, json=care, headers={**bearer, "If-Match": version}), 412)
    problem(one.client.post(honour, json=care, headers=bearer), 409)


def sessions_and_keys_of_one_hold_at_the_other_until_they_are_revoked(
    instances: Instances,
) -> None:
    one, two, bearer, home = instances
    welcome = one.client.get(one.told["login"])
    cookie = {"Cookie": f"{SESSION_COOKIE}={welcome.cookies[SESSION_COOKIE]}"}
    one.client.cookies.clear()
    for instance in (one, two):
        # A ticket is good for once, wherever it is shown.
        path = one.told["login"].removeprefix(one.told["address"])
        assert instance.client.get(path).status_code == 401
        instance.client.cookies.clear()
        for shown in (bearer, cookie):
            assert told(instance.client.get("/v1/promises", headers=shown))
    revoked = ask(home, ["key", "revoke", "first"])
    assert revoked["name"] == "first"
    ended = ask(home, ["key", "revoke", "local:owner"])
    assert ended["sessions_ended"] >= 1
    for instance in (one, two):
        for shown in (bearer, cookie):
            problem(instance.client.get("/v1/promises", headers=shown), 401)
