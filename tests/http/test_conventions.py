"""What holds for every request: times, tags, pages, limits, and one shape of errors."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from application.embedded_home import EmbeddedHome
from application.errors import NoHome
from application.home import OnProgress
from domain.errors import Problem, Unavailable
from entrypoints.http.limits import Limits
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import emit
from tests.homes import embedded_home
from tests.http.doors import NONE, client_of, door_to, problem

AT = {"as_of": AS_OF}
SECRET = "/srv/secret-place"


def wrong(response: Any) -> dict[str, str]:
    """The parameters that are wrong, each with its reason."""
    found = problem(response, 400, "parameters")
    return {each["name"]: each["why"] for each in found["parameters"]}


# --- parameters ----------------------------------------------------------------------------------


@pytest.mark.parametrize("position", ["nonsense", "@5", "999", "0:1"])
def test_a_stream_is_not_gone_on_with_from_nowhere(client: TestClient, position: str) -> None:
    headers = {"Last-Event-ID": position}
    found = problem(client.get("/v1/due/stream?within=P7D", headers=headers), 400, "wrong")
    assert found["expected"] == "a position of this ledger in Last-Event-ID, up to 25"


def test_an_unknown_parameter_is_named(client: TestClient) -> None:
    seen = wrong(client.get("/v1/promises?depratment=care&by=departmant"))
    assert seen == {
        "depratment": "expected a parameter of this address, saw another one; leave it out",
        "by": "expected one of department, about, channel, month_due, month_made, supports,"
        " label:NAME, saw 'departmant'; did you mean department?",
    }


@pytest.mark.parametrize(
    ("parameter", "why"),
    [
        ("as_of=2026-03-01", "did you mean 2026-03-01T00:00:00Z?"),
        ("known_at=12", "a position has @ in front, such as @12"),
        ("limit=0", "expected a whole number from 1, saw '0'"),
        ("limit=1001", "expected a whole number up to 1,000, saw 1,001"),
        ("wait=PT31S", "expected a time to wait of at most PT30S, saw 'PT31S'"),
        ("after=x", "expected a position such as 12 or 0:12,1:7, saw 'x'"),
        ("status=kpet", "saw something else"),
        ("department=", "expected some text, saw none"),
    ],
)
def test_a_wrong_value_is_told_with_its_reason(
    client: TestClient, parameter: str, why: str
) -> None:
    ((name, seen),) = wrong(client.get(f"/v1/commitments?{parameter}")).items()
    assert name == parameter.partition("=")[0]
    assert why in seen


@pytest.mark.parametrize(
    ("address", "names"),
    [
        ("/v1/commitments?limit=1&limit=2&status=kept&status=late", ["limit"]),
        ("/v1/promises?as_of=x&as_of=y&by=about&by=department", ["as_of"]),
        ("/v1/balance?from=a&from=b&to=c&to=d", ["from", "to"]),
        ("/v1/due/stream?within=P7D&within=P8D", ["within"]),
    ],
)
def test_one_value_is_given_once(client: TestClient, address: str, names: list[str]) -> None:
    why = "expected one value, saw several; keep one of them"
    assert wrong(client.get(address)) == dict.fromkeys(names, why)


def test_one_header_field_is_given_once(client: TestClient) -> None:
    for name in ("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"):
        twice = [(name, "a"), (name, "b")]
        found = problem(client.get("/v1/promises", headers=twice), 400, "wrong")
        assert found["expected"] == f"one header field {name}"


def test_bodies_are_taken_as_they_are(client: TestClient) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path in ("/v1/what-if", "/v1/facts", "/v1/commitments", "/v1/quarantine/0:1/dismiss"):
        answer = client.post(path, content=b"[]", headers=headers)
        problem(answer, 415, "unsupported-media-type")
        assert answer.headers["accept-encoding"] == "identity"
    headers["Content-Encoding"] = "identity"
    problem(client.post("/v1/what-if", content=b"[]", headers=headers), 400, "wrong")


def test_what_is_missing_is_named(client: TestClient) -> None:
    assert list(wrong(client.get("/v1/due"))) == ["within"]
    assert list(wrong(client.get("/v1/balance"))) == ["from", "to"]


def test_an_id_is_one_part_of_a_path_whatever_it_has_in_it(client: TestClient) -> None:
    found = problem(client.get("/v1/commitments/a%2Fb%25c%20d"), 404, "unknown")
    assert found["seen"] == "'a/b%c d'"
    assert found["instance"] == "/v1/commitments/a%2Fb%25c%20d"
    problem(client.get("/v1/commitments/a/b"), 404, "unknown")


def test_a_nul_is_in_no_text(client: TestClient) -> None:
    problem(client.get("/v1/commitments/%00"), 400, "wrong")
    problem(client.get("/v1/commitments?customer=a%00"), 400, "wrong")


# --- tags ----------------------------------------------------------------------------------------


def test_who_has_an_answer_is_told_so(client: TestClient) -> None:
    first = client.get("/v1/promises", params=AT)
    tag = first.headers["etag"]
    for held in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        again = client.get("/v1/promises", params=AT, headers={"If-None-Match": held})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    again = client.get("/v1/promises", params=AT, headers={"If-None-Match": '"other"'})
    assert (again.status_code, again.json()) == (200, first.json())


def test_what_is_not_there_nobody_has(client: TestClient) -> None:
    held = {"If-None-Match": "*"}
    for path in ("commitments/NOPE", "customers/NOPE", "metrics/nope", "journeys/NOPE"):
        problem(client.get(f"/v1/{path}", params=AT, headers=held), 404, "unknown")
    wrong = client.post("/v1/what-if", params=AT, json=[], headers=held)
    assert wrong.status_code == client.post("/v1/what-if", params=AT, json=[]).status_code == 400


def test_a_tag_is_of_the_question(client: TestClient) -> None:
    asks = ["", "&by=about", "&by=department", "&known_at=@9", "&where=about=delivery"]
    tags = {client.get(f"/v1/promises?as_of={AS_OF}{more}").headers["etag"] for more in asks}
    assert len(tags) == len(asks)
    waiting = client.get(f"/v1/promises?wait=PT1S&after=3&as_of={AS_OF}").headers["etag"]
    assert waiting in tags


def test_an_answer_about_now_has_none(client: TestClient) -> None:
    response = client.get("/v1/promises")
    assert "etag" not in response.headers
    assert response.headers["cache-control"] == "no-store"


def test_a_new_fact_is_another_answer(tmp_path: Path) -> None:
    emit(tmp_path, FACTS[:4])
    with client_of(door_to(tmp_path)) as client:
        held = {"If-None-Match": client.get("/v1/promises", params=AT).headers["etag"]}
        assert client.get("/v1/promises", params=AT, headers=held).status_code == 304
        emit(tmp_path, FACTS[4:])
        assert client.get("/v1/promises", params=AT, headers=held).status_code == 200


def test_what_if_nothing_is_changed_by_a_tag_of_another_key(home: Path) -> None:
    app = door_to(home)
    tags = {client_of(app, key).get("/v1/promises", params=AT).status_code for key in (NONE, "")}
    assert tags == {403, 401}


# --- read your write -----------------------------------------------------------------------------


def test_an_answer_waits_for_the_position_that_was_written(tmp_path: Path) -> None:
    emit(tmp_path, FACTS[:3])
    with client_of(door_to(tmp_path)) as client:
        writing = threading.Thread(target=emit, args=(tmp_path, FACTS[3:5]))
        writing.start()
        found = client.get("/v1/promises", params={"after": "5", "wait": "PT30S", **AT}).json()
        writing.join()
    assert found["known_at"] == 5


def test_what_does_not_come_in_time_is_told_so(client: TestClient) -> None:
    response = client.get("/v1/promises", params={"after": "26", "wait": "PT0S"})
    problem(response, 503, "not-yet")
    assert response.headers["retry-after"] == "1"


def test_a_position_of_another_ledger(client: TestClient) -> None:
    problem(client.get("/v1/promises?after=0:3,1:4"), 400, "wrong")


# --- limits --------------------------------------------------------------------------------------


@contextmanager
def limited(home: Path, **limits: Any) -> Iterator[TestClient]:
    with client_of(door_to(home, Limits(**limits))) as client:
        yield client


def test_bodies_are_bounded(home: Path) -> None:
    with limited(home, body=100) as client:
        headers = {"Content-Type": "application/json"}
        response = client.post("/v1/what-if", content=b" " * 101, headers=headers)
        problem(response, 413, "too-large")
        chunks = (b" " * 60 for _ in range(2))  # without Content-Length
        problem(client.post("/v1/what-if", content=chunks, headers=headers), 413, "too-large")


def test_addresses_and_header_fields_are_bounded(home: Path) -> None:
    with limited(home, target=200, headers=1_000) as client:
        problem(client.get("/v1/promises?where=" + "a" * 200), 414, "too-long")
        problem(client.get("/v1/promises", headers={"X": "a" * 1_000}), 431, "too-long")
        assert client.get("/v1/promises").status_code == 200


def test_a_key_has_a_quota(home: Path) -> None:
    with limited(home, requests=2, window_s=3_600) as client:
        response = client.get("/v1/metrics")
        assert response.headers["ratelimit-policy"] == '"requests";q=2;w=3600'
        assert response.headers["ratelimit"].startswith('"requests";r=1;t=')
        client.get("/v1/metrics")
        response = client.get("/v1/metrics")
        problem(response, 429, "too-many-requests")
        assert response.headers["ratelimit"].startswith('"requests";r=0;t=')
        assert 0 < int(response.headers["retry-after"]) <= 3_600
        # Who has no key, or another, has a quota of their own.
        other = client.get("/v1/metrics", headers={"Authorization": f"Bearer {NONE}"})
        problem(other, 403, "forbidden")
        problem(client.get("/v1/metrics", headers={"Authorization": "Bearer pk_"}), 401,
                "unauthenticated")  # fmt: skip


class Held(EmbeddedHome):
    """A home that keeps whoever asks until it is let go."""

    def __init__(self, home: EmbeddedHome) -> None:
        self.__dict__ = home.__dict__
        self.asked, self.let_go = threading.Event(), threading.Event()

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[Any]:
        self.asked.set()
        self.let_go.wait()
        with super().asking(on_progress) as session:
            yield session


def test_who_comes_when_all_is_full_is_told_so_at_once(home: Path) -> None:
    held = Held(embedded_home(home))
    with client_of(door_to(held, Limits(at_once=1))) as client:
        answers: list[int] = []
        first = threading.Thread(
            target=lambda: answers.append(client.get("/v1/promises").status_code)
        )
        first.start()
        held.asked.wait()
        response = client.get("/v1/promises")
        problem(response, 503, "busy")
        assert response.headers["retry-after"] == "1"
        held.let_go.set()
        first.join()
        assert answers == [200]
        assert client.get("/v1/promises").status_code == 200


def test_what_takes_too_long_is_told_so(home: Path) -> None:
    held = Held(embedded_home(home))
    with client_of(door_to(held, Limits(request_s=0.05))) as client:
        response = client.get("/v1/promises")
        held.let_go.set()
    problem(response, 503, "too-slow")
    assert "retry-after" in response.headers


# --- what goes wrong inside ----------------------------------------------------------------------


class Broken(EmbeddedHome):
    """A home in which something goes wrong."""

    def __init__(self, home: EmbeddedHome, error: Exception | None) -> None:
        self.__dict__ = home.__dict__
        self._error = error

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[Any]:
        with super().asking(on_progress) as session:
            if self._error is not None:
                raise self._error
            yield session


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (RuntimeError(SECRET), 500, "fault"),
        (Problem(SECRET, SECRET, SECRET), 500, "fault"),
        (Unavailable(SECRET, SECRET, SECRET), 503, "unavailable"),
        (NoHome(SECRET, SECRET, SECRET), 503, "unavailable"),
        (ValueError(SECRET), 500, "fault"),
    ],
)
def test_nothing_leaks(
    home: Path, error: Exception, status: int, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    with client_of(door_to(Broken(embedded_home(home), error))) as client:
        response = client.get("/v1/promises")
    problem(response, status, kind)
    assert SECRET not in response.text
    assert ("retry-after" in response.headers) == (status == 503)
    assert response.headers["x-request-id"]


# --- header fields -------------------------------------------------------------------------------


def test_every_answer_has_the_id_of_its_request(client: TestClient) -> None:
    for path in ("/v1/promises", "/v1/nothing", "/problems"):
        given = client.get(path, headers={"X-Request-Id": "abc-1.2:3"})
        assert given.headers["x-request-id"] == "abc-1.2:3"
        made = [client.get(path).headers["x-request-id"] for _ in range(2)]
        assert len({*made}) == 2
        hostile = client.get(path, headers={"X-Request-Id": "a b<script>"})
        assert hostile.headers["x-request-id"] not in {"a b<script>", *made}


def test_the_log_has_no_more_than_the_route(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "pledger.http")
    client.get("/v1/customers/customer%3A8412?as_of=" + AS_OF, headers={"X-Request-Id": "me"})
    (line,) = [each.getMessage() for each in caplog.records if each.name == "pledger.http"]
    assert line.startswith("me GET /v1/customers/{id} 200 ")
    assert "8412" not in line


def test_every_answer_is_safe_to_show(client: TestClient) -> None:
    for path in ("/v1/promises", "/v1/nothing", "/problems", "/docs"):
        headers = client.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert "access-control-allow-origin" not in headers


def test_scripts_of_named_origins_alone_may_call(home: Path) -> None:
    named = "https://desk.example"
    with client_of(door_to(home, origins=(named,))) as client:
        for origin, allowed in ((named, named), ("https://other.example", None)):
            headers = {"Origin": origin, "Access-Control-Request-Method": "GET"}
            asked = client.options("/v1/promises", headers=headers)
            assert asked.headers.get("access-control-allow-origin") == allowed
            sent = {"Access-Control-Request-Headers": "if-none-match, last-event-id, traceparent"}
            asked = client.options("/v1/due/stream", headers={**headers, **sent})
            assert asked.headers.get("access-control-allow-origin") == allowed
            if allowed is None:
                problem(asked, 403, "origin")
            else:
                assert (asked.status_code, asked.content) == (204, b"")
            answer = client.get("/v1/promises", headers={"Origin": origin})
            assert answer.headers.get("access-control-allow-origin") == allowed
            assert "access-control-allow-credentials" not in answer.headers
