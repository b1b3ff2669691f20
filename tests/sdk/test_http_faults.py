"""What the clients do when something between them and the door goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from pledger_sdk.http import (
    Busy,
    Conflict,
    DoorAway,
    DoorError,
    NoDoor,
    NotFound,
    Retries,
    StreamBroken,
    TooLarge,
)
from tests.sdk.doors import Waiting, client_of
from tests.sdk.test_http import KINDS, made

Answers = Callable[..., Waiting]
DUE: dict[str, Any] = {"due": []}
WITHIN = "P7D"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def answers(kind: str) -> Iterator[Answers]:
    """Makes a client that is answered one thing after another."""
    opened = []

    def make(*told: httpx2.Response | Exception, **more: Any) -> Waiting:
        seen: list[httpx2.Request] = []

        def handler(request: httpx2.Request) -> httpx2.Response:
            seen.append(request)
            one = told[min(len(seen), len(told)) - 1]
            if isinstance(one, Exception):
                raise one
            return one

        manager = client_of(kind, handler, **more)
        client = manager.__enter__()
        opened.append(manager)
        client.seen = seen
        return client

    yield make
    for manager in opened:
        manager.__exit__(None, None, None)


def problem(status: int, kind: str, **more: Any) -> httpx2.Response:
    headers = more.pop("headers", {})
    said = {"type": f"/problems/{kind}", "status": status, "expected": "one", "seen": "another"}
    return httpx2.Response(status, json={**said, **more}, headers=headers)


def good(answer: Any = DUE) -> httpx2.Response:
    return httpx2.Response(200, json=answer)


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ConnectError("refused"),
        httpx2.ReadError("reset"),
        httpx2.ReadTimeout("slow"),
        httpx2.RemoteProtocolError("gone"),
    ],
)
def test_what_fails_on_the_way_is_sent_again(answers: Answers, error: Exception) -> None:
    client = answers(error, error, good())
    assert client.due(WITHIN).due == ()
    assert client.slept == [0.125, 0.25]
    assert len({str(each.url) for each in client.seen}) == 1


def test_that_nobody_answers_is_said_in_the_end(answers: Answers) -> None:
    client = answers(httpx2.ConnectError("[Errno 111] pk_1 customer:8412"))
    with pytest.raises(DoorAway, match="http://testserver, saw ConnectError") as away:
        client.customer("customer:8412")
    assert len(client.seen) == 4
    assert "8412" not in str(away.value)
    assert "pk_1" not in str(away.value)


@pytest.mark.parametrize(
    ("status", "name"), [(429, "too-many-requests"), (503, "busy"), (503, "unavailable")]
)
def test_the_door_says_when_to_come_back(answers: Answers, status: int, name: str) -> None:
    refusal = problem(status, name, headers={"Retry-After": "2"})
    client = answers(refusal, good())
    client.due(WITHIN)
    assert client.slept == [2.125]
    client = answers(problem(status, name, headers={"Retry-After": "11"}))
    with pytest.raises(Busy) as busy:
        client.due(WITHIN)
    assert (busy.value.retry_after, client.slept) == (11.0, [])


@pytest.mark.parametrize("status", [400, 404, 409, 500])
def test_what_will_not_change_is_not_sent_again(answers: Answers, status: int) -> None:
    name = {400: "wrong", 404: "unknown", 409: "conflict", 500: "fault"}[status]
    client = answers(problem(status, name, remedy="do this"))
    with pytest.raises(DoorError, match="expected one, saw another; do this"):
        client.due(WITHIN)
    assert len(client.seen) == 1


def test_without_retries_there_are_none(answers: Answers) -> None:
    client = answers(httpx2.ConnectError("no"), retries=Retries(attempts=1))
    with pytest.raises(DoorAway):
        client.due(WITHIN)
    assert client.slept == []


def test_pauses_grow_and_are_bounded() -> None:
    retries = Retries(attempts=9, first=1.0, longest=5.0, chance=lambda: 1.0)
    pauses = [retries.pause(number, DoorAway("")) for number in range(1, 10)]
    assert pauses == [1.0, 2.0, 4.0, 5.0, 5.0, 5.0, 5.0, 5.0, None]
    assert 0.0 <= Retries().chance() < 1.0


def test_a_decision_is_sent_again_with_its_key(answers: Answers) -> None:
    client = answers(httpx2.ReadError("reset"), good({"commitment_id": "C", "version": 3}))
    assert client.decide("honour", "C", department="care", expect=2).version == 3
    one, other = client.seen
    assert one.headers["Idempotency-Key"] == other.headers["Idempotency-Key"]
    assert (one.headers["If-Match"], one.content) == ('"2"', b'{"department": "care"}')
    client.decide("honour", "C", department="care")
    assert client.seen[2].headers["Idempotency-Key"] != one.headers["Idempotency-Key"]


def test_facts_are_sent_again_under_their_ids(answers: Answers) -> None:
    fact = made(1)
    receipts = {
        "accepted": 1,
        "duplicates": 0,
        "rejected": [],
        "head": 1,
        "receipts": [{"id": fact.id, "position": "3:18", "duplicate": False}],
    }
    client = answers(httpx2.ReadError("reset"), good(receipts))
    assert client.emit(fact).position == "3:18"
    one, other = client.seen
    assert json.loads(one.content)["id"] == json.loads(other.content)["id"] == fact.id
    client = answers(problem(409, "conflict"))
    with pytest.raises(Conflict):
        client.emit(fact)


def test_what_is_no_door_is_said(answers: Answers) -> None:
    for told in (
        httpx2.Response(200, text="<html>customer:8412"),
        httpx2.Response(200, json={"due": [{"customer": "customer:8412"}]}),
        httpx2.Response(200, json=[]),
        httpx2.Response(302, headers={"Location": "http://elsewhere"}),
        httpx2.Response(502, text="Bad Gateway"),
        httpx2.Response(404, json={"type": "about:blank"}),
    ):
        client = answers(told)
        with pytest.raises(NoDoor) as found:
            client.due(WITHIN)
        assert "8412" not in f"{found.value}{found.value.__cause__}"
        assert len(client.seen) == 1


def test_a_proxy_may_say_when_to_come_back_or_that_it_takes_less(answers: Answers) -> None:
    client = answers(httpx2.Response(503, headers={"Retry-After": "1"}, text="busy"), good())
    client.due(WITHIN)
    assert client.slept == [1.125]
    with pytest.raises(TooLarge):
        answers(httpx2.Response(413, text="<html>")).emit_all([made(1)])


def test_no_kind_is_unknown(answers: Answers) -> None:
    with pytest.raises(DoorError) as found:
        answers(problem(418, "teapot")).due(WITHIN)
    assert (type(found.value), found.value.kind) == (DoorError, "teapot")


def test_answers_may_gain_keys(answers: Answers) -> None:
    answer = answers(good({"due": [], "mood": "calm", "without": [3], "personal": "withheld"}))
    due = answer.due(WITHIN)
    assert (due.mood, due.without, due.personal) == ("calm", (3,), "withheld")


LINE = {
    "specversion": "1.0",
    "id": made(1).id,
    "type": "commitment.made",
    "source": "/care/desk",
    "subject": "customer:1",
    "time": "2026-03-02T12:00:00Z",
    "recordedtime": "2026-03-02T12:00:00Z",
    "position": 7,
    "data": {"note": "one\u2028two\u0085three"},
}


def stream(*lines: Any, cut: int = 0) -> httpx2.Response:
    content = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in lines)
    return httpx2.Response(200, content=content[: len(content) - cut])


def test_a_stream_that_breaks_is_noticed(answers: Answers) -> None:
    end = {"end": True, "position": 7}
    (fact,) = answers(stream(LINE, end)).facts()
    assert fact.data["note"] == "one\u2028two\u0085three"
    assert answers(stream({"end": True, "position": None})).facts() == []
    for told, position in ((stream(LINE), 7), (stream(LINE, end, cut=3), 7), (stream(), None)):
        with pytest.raises(StreamBroken) as broken:
            answers(told).facts()
        assert broken.value.position == position
    no_facts: list[Any] = [{"id": "customer:8412"}, {"end": "x"}, {"end": False, "position": 7}]
    for line in (*no_facts, {}, [], 7):
        with pytest.raises(NoDoor):
            answers(stream(line)).facts()
    with pytest.raises(NotFound):
        answers(problem(404, "unknown")).facts()
    with pytest.raises(StreamBroken):
        answers(stream({**LINE, "end": "true"})).facts()


def test_what_a_fact_says_is_told_from_what_the_door_says_of_it(answers: Answers) -> None:
    told = {"personal": "withheld", "withheld": ["commitment.made.wording"], "without": [3]}
    (fact,) = answers(stream({**LINE, **told}, {"end": True, "position": 7})).facts()
    assert (fact.personal, fact.withheld) == ("withheld", ("commitment.made.wording",))
    assert fact.without == (3,)
    own = answers(good({**LINE, **told, "withheld": "own", "without": "own"})).fact(LINE["id"])
    assert (own.personal, own.withheld, own.without) == ("withheld", "own", "own")


def test_a_stream_is_opened_again_while_nothing_has_come(answers: Answers) -> None:
    client = answers(httpx2.ConnectError("no"), stream({"end": True, "position": None}))
    assert client.facts() == []
    assert client.seen[0].headers["Accept"] == "application/x-ndjson"
