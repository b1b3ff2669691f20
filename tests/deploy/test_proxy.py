"""Two processes that serve one home, behind the proxy of ``deploy/nginx/pledger.conf``: what its
clients see is one door with TLS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from subprocess import Popen
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from entrypoints.http.limits import USUAL
from tests.access.given import Clock
from tests.access.local_issuer import AUDIENCE, CLIENT, local_issuer
from tests.deploy.proxy import proxied
from tests.entrypoints.small import AS_OF, FACTS
from tests.helpers import PATIENCE, emit
from tests.http import certificates
from tests.http.certificates import Files
from tests.http.doors import problem
from tests.http.serving import events, served


class Doors(NamedTuple):
    """The proxy's addresses without and with TLS, the instances, what the first of them said, and
    the certificate."""

    plain: str
    address: str
    instances: list[tuple[str, Popen[bytes]]]
    told: dict[str, Any]
    files: Files
    home: Path

    def client(self, *, come_from: str | None = None, key: bool = False) -> httpx2.Client:
        """A client of the proxy, which may come from another address of this machine."""
        transport = httpx2.HTTPTransport(verify=self.files.trusting(), local_address=come_from)
        headers = {"Authorization": f"Bearer {self.told['key']}"} if key else {}
        return httpx2.Client(
            base_url=self.address, transport=transport, headers=headers, timeout=PATIENCE
        )


def opened(folder: Path, stack: ExitStack) -> Doors:
    """A home, its two instances and their proxy, until the stack is closed."""
    home, files = folder / "home", certificates.made(folder)
    emit(home, FACTS)
    issuer = stack.enter_context(local_issuer(Clock()))
    (home / "access.toml").write_text(
        f'[oidc]\nissuer = "{issuer.address}"\naudience = "{AUDIENCE}"\nclient_id = "{CLIENT}"\n',
        encoding="utf-8",
    )
    first, one = stack.enter_context(served(home, "--behind-proxy"))
    second, other = stack.enter_context(served(home, "--behind-proxy", "--unattended"))
    instances = [(first["address"], one), (second["address"], other)]
    plain, address = stack.enter_context(proxied([each for each, _ in instances], files))
    return Doors(plain, address, instances, first, files, home)


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    with ExitStack() as stack:
        yield opened(tmp_path_factory.mktemp("proxied"), stack)


def test_without_tls_one_is_sent_to_it(doors: Doors) -> None:
    sent = httpx2.get(f"{doors.plain}/today?as_of=2026-01-01", timeout=PATIENCE)
    assert sent.status_code == 308
    assert sent.headers["location"] == f"{doors.address}/today?as_of=2026-01-01"


def test_pages_open_for_who_came_by_a_ticket_whichever_instance_answers(doors: Doors) -> None:
    ticket = urlsplit(doors.told["login"])
    with doors.client() as client:
        entered = client.get(f"{ticket.path}?{ticket.query}")
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        session = entered.headers.get_list("set-cookie")[0]
        assert session.startswith("pledger_session=ps_")
        assert {"Secure", "HttpOnly", "SameSite=lax"} <= set(session.split("; "))
        for path in ("/", "/today", "/commitments/ROSE", "/metrics"):
            for _ in doors.instances:
                page = client.get(path, params={"as_of": AS_OF}, headers={"Accept": "text/html"})
                assert page.status_code == 200, page.text
                assert page.headers["content-type"].startswith("text/html")
                assert page.headers["strict-transport-security"]


def test_addresses_are_those_by_which_one_came(doors: Doors) -> None:
    with doors.client() as client:
        sent = client.get("/today", headers={"Accept": "text/html"})
        assert sent.status_code == 303
        assert str(sent.next_request and sent.next_request.url) == (
            f"{doors.address}/login?next=/today"
        )
        going = client.get("/login/issuer")
        (back,) = parse_qs(urlsplit(going.headers["location"]).query)["redirect_uri"]
        assert back == f"{doors.address}/login/callback"
    with doors.client(key=True) as client:
        asked = {"as_of": AS_OF, "limit": "1"}
        first = client.get("/v1/commitments", params=asked)
        link, _, _ = first.headers["link"].removeprefix("<").partition(">")
        second = client.get(link)
        assert second.url.host == "localhost"
        assert first.json()["commitments"] != second.json()["commitments"]


def test_events_arrive_as_they_come(doors: Doors) -> None:
    with (
        doors.client(key=True) as client,
        client.stream("GET", "/v1/due/stream", params={"within": "P7D"}) as stream,
    ):
        assert stream.headers["content-type"].startswith("text/event-stream")
        rows = events(stream)
        assert {next(rows)[1]["commitment_id"] for _ in range(2)} == {"LILY", "INNER"}
        honoured = {**FACTS[2], "id": FACTS[2]["id"].replace("c0de", "c0db")}
        emit(doors.home, [{**honoured, "data": {"commitment_id": "LILY"}}])
        _, row = next(rows)
        assert (row["commitment_id"], row["left"]) == ("LILY", True)


def left(answer: httpx2.Response) -> int:
    """How many requests of the quota of an address are left at the instance that answered."""
    found = dict(part.split("=") for part in answer.headers["ratelimit"].split(";")[1:])
    return int(found["r"])


def quotas(doors: Doors, come_from: str) -> set[int]:
    """What is left of the quota of an address at both instances, once each was asked by it."""
    with doors.client(come_from=come_from) as client:
        return {left(client.get("/healthz")) for _ in doors.instances}


def test_a_client_is_known_by_its_own_address(doors: Doors) -> None:
    """Who shows no key has the quota of their address, at each instance."""
    assert quotas(doors, "127.0.0.41") == {USUAL.requests - 1}
    assert quotas(doors, "127.0.0.41") == {USUAL.requests - 2}
    assert quotas(doors, "127.0.0.42") == {USUAL.requests - 1}


def test_what_a_client_says_of_proxies_is_left_out(doors: Doors) -> None:
    forged = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Real-IP": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "elsewhere.example",
        "Forwarded": "for=127.0.0.1;proto=http",
    }
    with doors.client(come_from="127.0.0.43") as client:
        for _ in doors.instances:
            assert left(client.get("/healthz", headers=forged)) == USUAL.requests - 1
        # What is open to this machine alone is so to the proxy's clients no more.
        assert client.get("/readyz", headers=forged).status_code == 401
        page = client.get("/login", headers=forged)
        assert "Secure" in page.headers["set-cookie"]
        back = client.get("/login/issuer", headers=forged).headers["location"]
        assert "elsewhere.example" not in back


def test_who_is_no_proxy_is_not_believed(doors: Doors) -> None:
    """Somebody from another address than the proxy's, past it, straight to an instance."""
    forged = {"X-Forwarded-For": "127.0.0.44", "X-Forwarded-Proto": "https"}
    (address, _), _ = doors.instances
    transport = httpx2.HTTPTransport(local_address="127.0.0.45")
    with httpx2.Client(base_url=address, transport=transport, timeout=PATIENCE) as client:
        page = client.get("/login", headers=forged)
        assert "Secure" not in page.headers["set-cookie"]
        back = parse_qs(
            urlsplit(client.get("/login/issuer", headers=forged).headers["location"]).query
        )
        assert back["redirect_uri"] == [f"{address}/login/callback"]
        assert left(client.get("/healthz")) == USUAL.requests - 3
        assert left(client.get("/healthz", headers=forged)) == USUAL.requests - 4


def test_another_name_is_nobodys(doors: Doors) -> None:
    with doors.client() as client:
        answer = client.get("/login", headers={"Host": "elsewhere.example"})
        assert answer.status_code == 421


@pytest.mark.parametrize("size", [USUAL.body + 1, 10 * 1024 * 1024])
def test_a_body_that_is_too_large(doors: Doors, size: int) -> None:
    """The door says so, or the proxy, in one shape."""
    headers = {"Content-Type": "application/cloudevents-batch+json"}
    with doors.client(key=True) as client:
        answer = client.post("/v1/facts", content=b" " * size, headers=headers)
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "/problems/too-large"
    assert answer.json()["status"] == 413


def test_what_an_address_is_too_long_for_the_door_says(doors: Doors) -> None:
    with doors.client(key=True) as client:
        problem(client.get("/v1/search", params={"q": "x" * USUAL.target}), 414, "too-long")


def test_an_instance_that_is_lost_is_not_missed(tmp_path: Path) -> None:
    with ExitStack() as stack:
        doors = opened(tmp_path, stack)
        (_, first), (_, second) = doors.instances
        with doors.client(key=True) as client:
            first.kill()
            first.wait()
            for _ in range(4):
                assert client.get("/v1/promises", params={"as_of": AS_OF}).status_code == 200
            second.kill()
            second.wait()
            answer = client.get("/v1/promises", params={"as_of": AS_OF})
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/problems/unavailable"
        assert answer.headers["retry-after"] == "5"
        assert answer.headers["strict-transport-security"]
