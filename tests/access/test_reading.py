"""What one may read over HTTP, who did, and that no secret is anywhere."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from application import quarantine
from application.embedded_home import EmbeddedHome
from entrypoints.http.callers import Access, welcome
from entrypoints.http.routes import operating
from entrypoints.http.sessions import SESSION_COOKIE
from tests.access.given import MADE, ORIGIN, Chance, bearing, key_of
from tests.helpers import run
from tests.privacy.planted import SECRET, traces


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


def test_bytes_in_quarantine_are_personal(
    client: TestClient, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    value = {"text": SECRET, "base64": "Z2VoZWlt"}
    headers = [{"name": "ce_id", "value": value}]
    message = {"partition": 1, "offset": 7, "key": value, "value": value, "headers": headers}
    monkeypatch.setattr(operating, "_server_home", lambda door: None)
    monkeypatch.setattr(quarantine, "message", lambda home, place: message)
    operates = bearing(key_of(access, "operates", "operate"))
    withheld = client.get("/v1/quarantine/1:7", headers=operates)
    assert not traces(withheld.text)
    assert withheld.json()["withheld"] == ["headers", "key", "value"]
    reads = bearing(key_of(access, "reads", "operate", "personal"))
    assert client.get("/v1/quarantine/1:7", headers=reads).json() == message
    (record,) = access.store.records(0, 10)
    assert (record.who, record.facts) == ("reads", ("1:7",))


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
