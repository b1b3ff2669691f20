"""Who gets in at the door of a home: keys, sessions, forms, logins; and what they may read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from fastapi import FastAPI
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from application.access.keys import NewKey, create, revoke
from application.access.principals import Principal
from application.embedded_home import EmbeddedHome
from entrypoints.http.app import application
from entrypoints.http.callers import Access, access_to, welcome
from entrypoints.http.door import Door
from entrypoints.http.scopes import needs
from entrypoints.http.sessions import FORM_FIELD, FORM_HEADER, LOGIN_COOKIE, SESSION_COOKIE
from tests.access.given import Chance, Clock
from tests.access.local_issuer import AUDIENCE, CLIENT, LocalIssuer, local_issuer
from tests.helpers import emit, run
from tests.homes import embedded_home
from tests.privacy.planted import SECRET, traces

ORIGIN = "http://127.0.0.1:8321"
MADE = {
    "specversion": "1.0",
    "id": "0195b1d8-8c00-7000-8000-000000000001",
    "type": "commitment.made",
    "source": "/care/mail",
    "subject": "customer:8412",
    "time": "2026-01-01T09:00:00Z",
    "data": {"commitment_id": "ROSE", "about": "replacement", "wording": SECRET},
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def home(tmp_path: Path) -> EmbeddedHome:
    folder = tmp_path / "home"
    emit(folder, [MADE])
    return embedded_home(folder)


@pytest.fixture
def access(home: EmbeddedHome, clock: Clock) -> Iterator[Access]:
    with access_to(
        home, clock=clock, monotonic=clock.monotonic, chance=Chance(), environment={}
    ) as access:
        yield access


@pytest.fixture
def app(home: EmbeddedHome, clock: Clock, access: Access) -> FastAPI:
    app = application(Door(home, clock, access, access=access))

    @app.post("/desk")
    def decide(who: Annotated[Principal, needs("desk")]) -> Response:
        return PlainTextResponse(who.name)

    @app.get("/page")
    def page(who: Annotated[Principal, needs("ask")]) -> Response:
        return PlainTextResponse(who.name)

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=ORIGIN, follow_redirects=False) as client:
        yield client


def key_of(access: Access, name: str, *scopes: str, **more: Any) -> str:
    asked = NewKey(name=name, scopes=scopes, **more)
    return create(access.store, asked, access.clock(), access.chance)["key"]


def bearing(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def logged_in(client: TestClient, access: Access) -> str:
    """Log in by the address that is shown at a start; the token of the forms of the session."""
    answer = client.get(welcome(access, ORIGIN).address)
    assert answer.status_code == 303
    page = client.get("/logout")
    found = re.search(rf'name="{FORM_FIELD}" value="([^"]+)"', page.text)
    assert found is not None
    return found[1]


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


# --- an issuer ------------------------------------------------------------------------------------


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


def test_a_door_without_sessions_has_no_login(home: EmbeddedHome, access: Access) -> None:
    door = Door(home, access.clock, access)
    with TestClient(application(door), base_url=ORIGIN, follow_redirects=False) as client:
        for path in ("/login", "/login/issuer", "/login/callback"):
            assert client.get(path).status_code == 404
        wants = {"Accept": "text/html"}
        assert client.get("/v1/promises", headers=wants).status_code == 401
        audit = bearing(key_of(access, "a", "audit"))
        assert client.get("/v1/access-records", headers=audit).status_code == 404


# --- personal fields ------------------------------------------------------------------------------


def test_personal_fields_are_withheld_or_recorded(client: TestClient, access: Access) -> None:
    asks = bearing(key_of(access, "asks", "ask"))
    reads = bearing(key_of(access, "reads", "ask", "personal"))
    paths = (
        "/v1/commitments/ROSE",
        "/v1/facts",
        f"/v1/facts/{MADE['id']}",
        "/v1/commitments/ROSE?as_of=2026-02-01T00:00:00Z",
    )
    for path in paths:
        withheld = client.get(path, headers=asks)
        assert withheld.status_code == 200
        assert not traces(withheld.text)
        assert withheld.json()["personal"] == "withheld"
        assert withheld.json()["withheld"] == ["commitment.made.wording"]
        read = client.get(path, headers=reads)
        assert SECRET in read.text
        assert "withheld" not in read.json()
    lines = {"Accept": "application/x-ndjson"}
    assert not traces(client.get("/v1/facts", headers=asks | lines).text)
    assert SECRET in client.get("/v1/facts", headers=reads | lines).text
    audits = bearing(key_of(access, "audits", "audit"))
    told = client.get("/v1/access-records", headers=audits).json()
    assert [one["what"] for one in told["records"]] == [
        *(f"GET {path}" for path in paths),
        "GET /v1/facts",
    ]
    assert {one["who"] for one in told["records"]} == {"reads"}
    assert all(one["facts"] == [MADE["id"]] for one in told["records"])
    assert not traces(str(told))
    assert client.get("/v1/access-records", headers=reads).status_code == 403


def test_records_in_pages(client: TestClient, access: Access) -> None:
    reads = bearing(key_of(access, "reads", "ask", "personal"))
    audits = bearing(key_of(access, "audits", "audit"))
    for number in range(5):
        client.get(f"/v1/commitments/ROSE?limit={number + 1}", headers=reads)
    seen, path = [], "/v1/access-records?limit=2&who=reads"
    while path:
        page = client.get(path, headers=audits)
        seen += [one["what"] for one in page.json()["records"]]
        found = re.match(r'<(.+)>; rel="next"', page.headers.get("link", ""))
        path = found[1] if found else ""
    assert seen == [f"GET /v1/commitments/ROSE?limit={number + 1}" for number in range(5)]
    assert client.get("/v1/access-records?who=nobody", headers=audits).json() == {
        "records": [],
        "next": None,
    }
    for wrong in ("limit=0", "limit=1001", "after_cursor=nonsense", "x=1"):
        refused = client.get(f"/v1/access-records?{wrong}", headers=audits)
        assert refused.status_code == 400, wrong


def test_what_one_may_read_is_no_answer_for_another(client: TestClient, access: Access) -> None:
    path = "/v1/commitments/ROSE?as_of=2026-02-01T00:00:00Z"
    asks = bearing(key_of(access, "asks", "ask"))
    reads = bearing(key_of(access, "reads", "ask", "personal"))
    tag = client.get(path, headers=asks).headers["etag"]
    assert client.get(path, headers=asks | {"If-None-Match": tag}).status_code == 304
    assert SECRET in client.get(path, headers=reads | {"If-None-Match": tag}).text


# --- secrets --------------------------------------------------------------------------------------


def test_no_secret_is_in_any_answer_log_or_status(
    client: TestClient, access: Access, home: EmbeddedHome, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secrets = [key_of(access, "a", "ask", "personal", "audit")]
    first = welcome(replace(access, chance=Chance()), ORIGIN)
    ticket = first.address.partition("ticket=")[2]
    client.get(f"/login?ticket={ticket}")
    secrets += [ticket, client.cookies[SESSION_COOKIE]]
    answers = [
        client.get(path, headers=headers)
        for headers in (bearing(secrets[0]), bearing(f"{secrets[0]}x"), {})
        for path in ("/v1/promises", "/v1/commitments/NONE", "/v1/access-records", "/page", "/x")
    ]
    seen = [f"{answer.text} {answer.headers}" for answer in answers]
    commands = [["status"], ["verify"], ["key", "list"], ["access-records"], ["health"]]
    seen += [
        str(run(home.folder, [*argv, *form])) for argv in commands for form in ([], ["--json"])
    ]
    logged = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
    assert logged
    for secret in secrets:
        assert secret not in "\n".join(seen)
        assert not any(secret in line for line in logged)
    kept = b"".join(path.read_bytes() for path in home.folder.iterdir() if path.is_file())
    assert not any(secret.encode() in kept for secret in secrets)
