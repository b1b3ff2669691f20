"""The tokens and the login of an issuer, at the door of a home that trusts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from application.access.keys import revoke
from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from entrypoints.http.app import application
from entrypoints.http.callers import Access, access_to
from entrypoints.http.door import Door
from entrypoints.http.scopes import needs
from entrypoints.http.sessions import LOGIN_COOKIE, SESSION_COOKIE
from tests.access.given import ORIGIN, Chance, Clock, bearing, key_of
from tests.access.local_issuer import AUDIENCE, CLIENT, LocalIssuer, local_issuer


@pytest.fixture
def issuer(clock: Clock) -> Iterator[LocalIssuer]:
    with local_issuer(clock) as issuer:
        yield issuer


@pytest.fixture
def trusting(
    home: EmbeddedHome, clock: Clock, issuer: LocalIssuer
) -> Iterator[tuple[TestClient, Access]]:
    """The door of a home that trusts the issuer."""
    issuer.secret = "of the client / pages"
    (home.folder / "secret").write_text("of the client / pages\n", encoding="utf-8")
    (home.folder / "access.toml").write_text(
        f'[oidc]\nissuer = "{issuer.address}"\naudience = "{AUDIENCE}"\nclient_id = "{CLIENT}"\n'
        'client_secret_file = "secret"\n',
        encoding="utf-8",
    )
    with access_to(
        home, clock=clock, monotonic=clock.monotonic, chance=Chance(), environment={}
    ) as access:
        app = application(Door(home, clock, access, access=access))

        @app.get("/page")
        def page(who: Annotated[Principal, needs("ask")]) -> Response:
            return PlainTextResponse(who.name)

        with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
            yield client, access


def test_a_bearer_token_of_the_issuer(
    trusting: tuple[TestClient, Access], issuer: LocalIssuer
) -> None:
    client, access = trusting
    assert client.get("/page", headers=bearing(issuer.token())).text == "oidc:ada"
    assert client.get("/page", headers=bearing(issuer.token(scope=""))).status_code == 403
    assert client.get("/page", headers=bearing(issuer.token(aud="x"))).status_code == 401
    assert client.get("/page", headers=bearing(key_of(access, "a", "ask"))).text == "a"
    issuer.away = True
    assert client.get("/page", headers=bearing(issuer.token())).status_code == 200


def test_where_the_issuer_is_away_keys_still_open(
    trusting: tuple[TestClient, Access], issuer: LocalIssuer
) -> None:
    client, access = trusting
    issuer.away = True
    away = client.get("/page", headers=bearing(issuer.token()))
    assert (away.status_code, away.json()["type"]) == (503, "/problems/unavailable")
    assert issuer.address not in away.text
    assert client.get("/page", headers=bearing(key_of(access, "a", "ask"))).text == "a"


def test_a_login_at_the_issuer(trusting: tuple[TestClient, Access], issuer: LocalIssuer) -> None:
    client, access = trusting
    assert "/login/issuer?next=/page%3Fx%3D1" in client.get("/login?next=/page%3Fx%3D1").text
    sent = client.get("/login/issuer?next=/page%3Fx%3D1")
    assert sent.status_code == 303
    back = client.get("/login/callback", params=issuer.login(sent.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, "/page?x=1")
    assert client.get("/page").text == "oidc:ada"
    assert revoke(access.store, "oidc:ada", access.clock())["sessions_ended"] == 1
    assert client.get("/page").status_code == 401


def test_a_login_that_did_not_begin_here(
    trusting: tuple[TestClient, Access], issuer: LocalIssuer, clock: Clock
) -> None:
    client, _ = trusting

    def begun() -> dict[str, str]:
        return issuer.login(client.get("/login/issuer").headers["location"])

    def refused(parameters: dict[str, str]) -> None:
        answer = client.get("/login/callback", params=parameters)
        assert answer.status_code == 401, answer.text
        assert SESSION_COOKIE not in client.cookies

    refused({})
    refused({**begun(), "state": "another"})
    refused({**begun(), "state": ""})
    refused({**begun(), "code": "another"})
    other = begun()
    begun()  # another one began since in this browser
    refused(other)
    with_cookie = begun()
    client.cookies.delete(LOGIN_COOKIE)
    refused(with_cookie)
    for claims in (
        {"nonce": "another"},
        {"aud": "another"},
        {"azp": "another"},
        {"exp": int(clock().timestamp()) - 60},
        {"sub": None},
    ):
        issuer.claims = {"sub": "ada", "scope": "ask", **claims}
        refused(begun())
    issuer.claims = {"sub": "ada", "scope": "ask"}
    assert client.get("/login/callback", params=begun()).status_code == 303


def test_a_code_is_good_for_the_browser_that_began(
    trusting: tuple[TestClient, Access], issuer: LocalIssuer, app: FastAPI
) -> None:
    client, _ = trusting
    stolen = issuer.login(client.get("/login/issuer").headers["location"])
    client.cookies.clear()
    client.get("/login/issuer")  # the thief's own
    assert client.get("/login/callback", params=stolen).status_code == 401


def test_no_login_where_no_issuer_is_named(client: TestClient) -> None:
    assert "/login/issuer" not in client.get("/login").text
    assert client.get("/login/issuer").status_code == 404
    assert client.get("/login/callback?code=a&state=b").status_code == 404
