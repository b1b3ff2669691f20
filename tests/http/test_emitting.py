"""``POST /v1/facts``: what is kept, what is refused, and that both are as ``emit`` has them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from application.event_batch import BATCH_EVENTS
from tests.helpers import ask_lines, emit
from tests.http.client import ASK, BATCH, CARE, ONE, door, key, problem, told
from tests.http.given import binary, content, id_of, made

FACTS = "/v1/facts"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    with door(tmp_path) as found:
        yield found


def post(client: TestClient, *events: Any, **more: Any) -> Any:
    """A batch."""
    headers = BATCH | more.pop("headers", {})
    return client.post(FACTS, content=content(*events), headers=headers, **more)


def post_one(client: TestClient, event: Any, **more: Any) -> Any:
    return client.post(
        FACTS, content=json.dumps(event).encode(), headers=ONE | more.pop("headers", {}), **more
    )


def kept(home: Path) -> list[dict[str, Any]]:
    return ask_lines(home, ["facts"])


def test_each_form_gives_a_receipt(client: TestClient, tmp_path: Path) -> None:
    assert told(post_one(client, made(1))) == {
        "accepted": 1,
        "duplicates": 0,
        "receipts": [{"id": id_of(1), "position": 1, "duplicate": False}],
        "rejected": [],
        "head": 1,
    }
    headers, body = binary(made(2, sequence=7))
    assert told(client.post(FACTS, content=body, headers=headers))["head"] == 2
    answer = told(post(client, made(3), made(1), made(4)))
    assert answer == {
        "accepted": 2,
        "duplicates": 1,
        "receipts": [
            {"id": id_of(3), "position": 3, "duplicate": False},
            {"id": id_of(1), "position": 1, "duplicate": True},
            {"id": id_of(4), "position": 4, "duplicate": False},
        ],
        "rejected": [],
        "head": 4,
    }
    assert [fact["id"] for fact in kept(tmp_path)] == [id_of(number) for number in (1, 2, 3, 4)]


def test_sending_again_gives_the_same_receipts(client: TestClient) -> None:
    first = told(post(client, made(1), made(2)))
    again = told(post(client, made(1), made(2)))
    assert [each["position"] for each in again["receipts"]] == [1, 2]
    assert first["head"] == again["head"] == 2
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_an_empty_batch_is_one(client: TestClient) -> None:
    assert told(post(client))["head"] == 0


def test_what_is_wrong_with_one_does_not_concern_the_others(
    client: TestClient, tmp_path: Path
) -> None:
    told(post(client, made(2)))
    raw = content(made(1), made(2, source="/care/other"), made(3, type="no.such"), 7, made(4))
    raw = raw[:-1] + b', {"id": 1, "id": 2}, {"time": NaN}]'
    answer = told(client.post(FACTS, content=raw, headers=BATCH))
    assert [each["id"] for each in answer["receipts"]] == [id_of(1), id_of(4)]
    assert [(each["index"], each["id"]) for each in answer["rejected"]] == [
        (1, id_of(2)),
        (2, id_of(3)),
        (3, None),
        (5, None),
        (6, None),
    ]
    assert all("expected" in each["why"] for each in answer["rejected"])
    assert answer["head"] == len(kept(tmp_path)) == 3


def test_all_or_nothing(client: TestClient, tmp_path: Path) -> None:
    whole = {"params": {"all_or_nothing": "true"}}
    found = problem(post(client, made(1), made(2, type="no.such"), **whole), 422)
    assert [each["index"] for each in found["rejected"]] == [1]
    assert told(post(client, made(1), made(2), **whole))["accepted"] == 2
    found = problem(post(client, made(3), made(1, subject="customer:9"), **whole), 422)
    assert [each["id"] for each in found["rejected"]] == [id_of(1)]
    assert len(kept(tmp_path)) == 2


def test_a_single_fact_that_is_refused(client: TestClient, tmp_path: Path) -> None:
    found = problem(post_one(client, made(1, type="no.such")), 422)
    assert found["type"] == "/problems/rejected"
    assert found["expected"] == "a type of the catalogue (type)"
    assert found["detail"].startswith("type: expected a type of the catalogue")
    assert found["rejected"] == [{"index": 0, "id": id_of(1), "why": found["detail"]}]
    problem(client.post(FACTS, content=b'{"id": ', headers=ONE), 400)
    told(post_one(client, made(1)))
    assert problem(post_one(client, made(1, subject="customer:2")), 409)["type"].endswith(
        "conflict"
    )
    headers, body = binary(made(1, subject="customer:2"))
    problem(client.post(FACTS, content=body, headers=headers), 409)
    headers, body = binary(made(2))
    problem(client.post(FACTS, content=body, headers={**headers, "ce-data": "x"}), 422)
    problem(client.post(FACTS, content=body, headers={**headers, "ce-time": "%ff"}), 422)
    problem(client.post(FACTS, content=b"[]", headers=headers), 400)
    assert len(kept(tmp_path)) == 1


def text_of(said: str) -> str:
    """An event as it is written, with something in its body."""
    return json.dumps(made(1)).replace('"about": "delivery"', f'"about": {said}')


@pytest.mark.parametrize(
    "said",
    ['"a\\u0000"', '"\\ud800"', "NaN", "1e999", "9" * 5_000, '"a", "about": "b"', "7"],
    ids=lambda said: said[:12],
)
def test_what_is_no_fact_is_none_in_each_form(client: TestClient, said: str) -> None:
    """What a batch rejects by itself is refused alone, with the same words and one status."""
    text = text_of(said)
    (one,) = told(client.post(FACTS, content=f"[{text}]".encode(), headers=BATCH))["rejected"]
    found = problem(client.post(FACTS, content=text.encode(), headers=ONE), 422)
    assert found["rejected"] == [one]
    headers, _ = binary(made(1))
    body = text[text.index('"data": ') + len('"data": ') : -1]
    assert problem(client.post(FACTS, content=body.encode(), headers=headers), 422)["rejected"]
    whole = f"{FACTS}?all_or_nothing=true"
    problem(client.post(whole, content=f"[{text}]".encode(), headers=BATCH), 422)


@pytest.mark.parametrize("text", [b"{", b'{"a": \xff}', b"[]", b"7", b'{"a": \0}', b"{} {}"])
def test_what_is_no_object_in_json(client: TestClient, text: bytes) -> None:
    headers, _ = binary(made(1))
    for form in (ONE, headers):
        problem(client.post(FACTS, content=text, headers=form), 400)


def test_texts_in_headers_are_percent_encoded(client: TestClient, tmp_path: Path) -> None:
    headers, body = binary(made(1))
    headers["ce-subject"] = "customer:Zo%C3%AB"
    told(client.post(FACTS, content=body, headers=headers))
    assert kept(tmp_path)[0]["subject"] == "customer:Zoë"


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"headers": {"Content-Type": "text/plain"}, "content": b"{}"}, 415),
        ({"headers": {"Content-Type": "application/json"}, "content": b"{}"}, 415),
        ({"headers": BATCH, "content": b"{}"}, 400),
        ({"headers": BATCH, "content": b"[1, 2"}, 400),
        ({"headers": BATCH, "content": b"[] []"}, 400),
        ({"headers": BATCH, "content": b"[\xff]"}, 400),
        ({"headers": BATCH, "content": b"[" * 100_000}, 400),
        ({"headers": ONE, "content": b'{"a": ' + b"[" * 64 + b"]" * 64 + b"}"}, 400),
        ({"headers": ONE, "content": b'{"a": ' + b"[" * 63 + b"]" * 63 + b"}"}, 422),
        ({"headers": BATCH, "content": b"[" * 65 + b"]" * 65}, 400),
        ({"headers": BATCH, "content": b"[" + b"0," * BATCH_EVENTS + b"0]"}, 413),
        ({"headers": BATCH, "content": b" " * (8 * 1024 * 1024 + 1)}, 413),
        ({"headers": ONE, "content": json.dumps(made(1, x="a" * 300_000)).encode()}, 413),
        ({"headers": BATCH, "content": b"[]", "params": {"all_or_none": "true"}}, 400),
    ],
    ids=lambda value: None,
)
def test_what_is_no_request(client: TestClient, given: dict[str, Any], status: int) -> None:
    problem(client.post(FACTS, **given), status)


def test_a_source_is_of_the_departments_of_the_key(client: TestClient, tmp_path: Path) -> None:
    theirs = made(2, source="/billing/desk")
    found = problem(post_one(client, theirs, headers=key(CARE)), 403)
    assert "care, network" in found["detail"]
    problem(post(client, theirs, headers=key(CARE)), 403)
    answer = told(post(client, made(1), theirs, headers=key(CARE)))
    assert (answer["accepted"], [each["index"] for each in answer["rejected"]]) == (1, [1])
    assert "billing" not in answer["rejected"][0]["why"]
    whole = {"params": {"all_or_nothing": "true"}, "headers": key(CARE)}
    problem(post(client, made(3), theirs, **whole), 422)
    assert len(kept(tmp_path)) == 1


def test_who_may_post(client: TestClient) -> None:
    problem(post_one(client, made(1), headers=key(ASK)), 403)
    problem(post_one(client, made(1), headers=key("pk_nobody")), 401)


def test_the_trace_of_a_request_is_that_of_facts_that_have_none(
    client: TestClient, tmp_path: Path
) -> None:
    own = made(2, traceparent="00-ab")
    told(post(client, made(1), own, headers={"traceparent": TRACE}))
    told(post_one(client, made(3), headers={"traceparent": "nonsense"}))
    assert [fact.get("traceparent") for fact in kept(tmp_path)] == [TRACE, "00-ab", None]
    later = {"traceparent": TRACE.replace("4b", "5c")}
    assert told(post(client, made(1), made(3), headers=later))["duplicates"] == 2


def test_the_same_facts_as_emitted(client: TestClient, tmp_path: Path) -> None:
    emit(tmp_path, [made(1)])
    assert told(post(client, made(1), made(2)))["duplicates"] == 1
    emit(tmp_path, [made(3)])
    assert told(post(client, made(3), made(4)))["head"] == 4
    assert emit(tmp_path, [made(4), made(5)])["duplicates"] == 1
