"""Who gets in at the door of a home: by keys, by sessions, and with the tokens of forms."""

from __future__ import annotations

import re

import httpx2
import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from application.access.keys import revoke
from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from entrypoints.http.app import application
from entrypoints.http.callers import Access, welcome
from entrypoints.http.door import Door
from entrypoints.http.sessions import FORM_FIELD, FORM_HEADER, SESSION_COOKIE
from tests.access.given import ORIGIN, Clock, bearing, key_of, logged_in
from tests.helpers import PATIENCE, run
from tests.http.serving import served

# --- keys -----------------------------------------------------------------------------------------


def test_a_key_opens_what_its_scopes_name(client: TestClient, access: Access) -> None:
    key = key_of(access, "a", "ask")
    assert client.get("/page", headers=bearing(key)).text == "a"
    refused = client.post("/desk", headers=bearing(key))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")
    for headers in ({}, bearing("pk_of-nobody"), {"Authorization": key}, bearing("a.b.c")):
        refused = client.get("/page", headers=headers)
        assert (refused.status_code, refused.json()["type"]) == (401, "/problems/unauthenticated")
        assert refused.headers["www-authenticate"].startswith("Bearer")


def test_a_key_that_another_process_revokes_opens_nothing_at_once(
    client: TestClient, access: Access, home: EmbeddedHome
) -> None:
    key = key_of(access, "a", "ask")
    assert client.get("/page", headers=bearing(key)).status_code == 200
    assert run(home.folder, ["key", "revoke", "a"]).code == 0
    assert client.get("/page", headers=bearing(key)).status_code == 401


def test_a_key_opens_nothing_in_a_process_that_serves_once_it_is_revoked(
    home: EmbeddedHome,
) -> None:
    with served(home.folder) as (told, _):
        headers = bearing(told["key"])
        with httpx2.Client(base_url=told["address"], headers=headers, timeout=PATIENCE) as client:
            assert client.get("/v1/commitments").status_code == 200
            assert run(home.folder, ["key", "revoke", "first"]).code == 0
            assert client.get("/v1/commitments").status_code == 401


def test_what_is_shown_at_a_start(access: Access, client: TestClient, clock: Clock) -> None:
    first = welcome(access, ORIGIN)
    assert first.key is not None
    assert first.key["name"] == "first"
    assert client.post("/desk", headers=bearing(first.key["key"])).text == "first"
    assert first.address.startswith(f"{ORIGIN}/login?ticket=pt_")
    again = welcome(access, ORIGIN)
    assert again.key is None
    assert again.address != first.address


# --- sessions -------------------------------------------------------------------------------------


def test_a_ticket_becomes_a_session_once(client: TestClient, access: Access) -> None:
    address = welcome(access, ORIGIN).address
    assert client.head(address).status_code == 200, "which uses no ticket up"
    answer = client.get(f"{address}&next=/page")
    assert (answer.status_code, answer.headers["location"]) == (303, "/page")
    (cookie,) = (c for c in answer.headers.get_list("set-cookie") if c.startswith(SESSION_COOKIE))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Secure" not in cookie, "loopback has no TLS"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert client.get("/page").text == "local:owner"
    client.cookies.clear()
    again = client.get(address)
    assert again.status_code == 401
    assert "good for once" in again.text
    assert client.get("/page").status_code == 401


def test_cookies_are_for_tls_alone_where_there_is_tls(app: FastAPI, access: Access) -> None:
    with TestClient(app, base_url="https://pledger.example", follow_redirects=False) as client:
        answer = client.get(welcome(access, "https://pledger.example").address)
        assert all("Secure" in c for c in answer.headers.get_list("set-cookie") if "=p" in c)
        assert client.get("/page").text == "local:owner"


def test_a_session_ends(client: TestClient, access: Access, clock: Clock) -> None:
    logged_in(client, access)
    clock.move(hours=8)
    assert client.get("/page").status_code == 401


def test_a_key_counts_alone(client: TestClient, access: Access) -> None:
    logged_in(client, access)
    assert client.get("/page", headers=bearing("pk_of-nobody")).status_code == 401
    key = key_of(access, "a", "ask")
    assert client.post("/desk", headers=bearing(key)).status_code == 403


def test_a_browser_is_sent_to_log_in_and_comes_back(client: TestClient, access: Access) -> None:
    wants = {"Accept": "text/html,*/*;q=0.8"}
    sent = client.get("/page?q=a%26b&x=1", headers=wants)
    assert sent.status_code == 303
    page = client.get(sent.headers["location"])
    assert 'value="/page?q=a%26b&amp;x=1"' in page.text
    client.cookies.set(SESSION_COOKIE, "ps_of-nobody")
    assert client.get("/page", headers=wants).status_code == 303
    assert client.post("/desk", headers=wants).status_code == 401


def test_what_changes_something_needs_the_token_of_a_form(
    client: TestClient, access: Access
) -> None:
    token = logged_in(client, access)
    for forged in (
        {},
        {"data": {FORM_FIELD: "another"}},
        {"data": {"other": token}},
        {"headers": {FORM_HEADER: token[:-1]}},
        {"json": {FORM_FIELD: token}},
        {"files": {"x": b"a file"}, "data": {FORM_FIELD: token}},
    ):
        refused = client.post("/desk", **forged)
        assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forged")
    assert client.post("/desk", data={FORM_FIELD: token}).text == "local:owner"
    assert client.post("/desk", headers={FORM_HEADER: token}, json={}).text == "local:owner"


def test_logging_out_ends_the_session(client: TestClient, access: Access) -> None:
    token = logged_in(client, access)
    session = client.cookies[SESSION_COOKIE]
    assert client.post("/logout").status_code == 403
    assert client.get("/page").status_code == 200
    left = client.post("/logout", data={FORM_FIELD: token})
    assert (left.status_code, left.headers["location"]) == (303, "/login")
    assert SESSION_COOKIE not in client.cookies
    client.cookies.set(SESSION_COOKIE, session)
    assert client.get("/page").status_code == 401


def test_the_login_has_the_frame_and_the_language_of_all_pages(
    client: TestClient, access: Access
) -> None:
    french = {"Accept-Language": "fr"}
    page = client.get("/login?next=/today", headers=french)
    assert "Se connecter" in page.text
    assert 'href="/static/pledger.css"' in page.text
    assert 'href="/login?next=%2Ftoday&amp;language=en"' in page.text
    chosen = client.get("/login?next=/today&language=fr")
    assert "Se connecter" in chosen.text
    assert "Se connecter" in client.get("/login").text, "it was chosen before"
    client.cookies.clear()
    logged_in(client, access)
    left = client.get("/logout", headers=french)
    assert "Cela met fin à la session" in left.text
    assert "script-src 'self'" in left.headers["content-security-policy"]


def test_logging_in_by_a_key(client: TestClient, access: Access, clock: Clock) -> None:
    key = key_of(access, "a", "ask", expires="PT1H")
    page = client.get("/login?next=/page")
    token = re.search(rf'name="{FORM_FIELD}" value="([^"]+)"', page.text)
    assert token is not None
    said = {FORM_FIELD: token[1], "key": f" {key} ", "next": "/page"}
    for wrong in ({FORM_FIELD: "x"}, {"key": key[:-1]}, {"key": ""}):
        refused = client.post("/login", data=said | wrong)
        assert refused.status_code in (400, 401)
        assert key not in refused.text
    answer = client.post("/login", data=said)
    assert (answer.status_code, answer.headers["location"]) == (303, "/page")
    assert client.get("/page").text == "a"
    clock.move(hours=1)
    assert client.get("/page").status_code == 401, "with its key"


def test_a_session_of_a_key_ends_when_it_is_revoked(client: TestClient, access: Access) -> None:
    key = key_of(access, "a", "ask")
    token = re.search(rf'name="{FORM_FIELD}" value="([^"]+)"', client.get("/login").text)
    assert token is not None
    client.post("/login", data={FORM_FIELD: token[1], "key": key})
    assert client.get("/page").text == "a"
    assert revoke(access.store, "a", access.clock())["sessions_ended"] == 1
    assert client.get("/page").status_code == 401


@pytest.mark.parametrize(
    "onward",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:alert(1)",
        "/a\nb",
        "/logout",
        "",
    ],
)
def test_nobody_is_sent_elsewhere(client: TestClient, access: Access, onward: str) -> None:
    answer = client.get(
        "/login", params={"ticket": access.sessions.ticket(_owner(access)), "next": onward}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


def _owner(access: Access) -> Principal:
    return Principal("local:owner", frozenset({"ask"}))


def test_a_door_without_sessions_has_no_login(home: EmbeddedHome, access: Access) -> None:
    door = Door(home, access.clock, access)
    with TestClient(application(door), base_url=ORIGIN, follow_redirects=False) as client:
        for path in ("/login", "/login/issuer", "/login/callback"):
            assert client.get(path).status_code == 404
        wants = {"Accept": "text/html"}
        assert client.get("/v1/promises", headers=wants).status_code == 401
        audit = bearing(key_of(access, "a", "audit"))
        assert client.get("/v1/access-records", headers=audit).status_code == 404
