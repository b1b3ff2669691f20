"""``key`` and ``access-records``, on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from application.access.personal import Reader, shown
from tests.access.given import MADE, NOW, somebody, sqlite_store, stored_key
from tests.helpers import PATIENCE, ask, emit, run
from tests.homes import embedded_home
from tests.http.client import ONE
from tests.http.doors import client_of, door_to
from tests.http.serving import served

CREATE = ["key", "create", "--name", "web-shop", "--scope", "emit", "--department", "shop"]


def test_a_key_from_beginning_to_end(tmp_path: Path) -> None:
    home = tmp_path / "home"
    made = ask(home, [*CREATE, "--scope", "ask", "--expires", "P90D"])
    assert list(made) == ["name", "key", "scopes", "departments", "expires_at"]
    assert made["name"] == "web-shop"
    assert made["key"].startswith("pk_")
    assert made["scopes"] == ["emit", "ask"]
    assert made["departments"] == ["shop"]
    (one,) = ask(home, ["key", "list"])["keys"]
    assert one["name"] == "web-shop"
    assert one["expires_at"] == made["expires_at"]
    assert (one["revoked_at"], one["used_at"]) == (None, None)
    assert made["key"] not in run(home, ["key", "list", "--json"]).out
    revoked = ask(home, ["key", "revoke", "web-shop"])
    assert revoked == {
        "name": "web-shop",
        "revoked_at": revoked["revoked_at"],
        "sessions_ended": 0,
    }
    assert ask(home, ["key", "revoke", "web-shop"]) == revoked
    (one,) = ask(home, ["key", "list"])["keys"]
    assert one["revoked_at"] == revoked["revoked_at"]


def test_keys_come_before_the_first_fact(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ask(home, CREATE)
    assert ask(home, ["commitments"])["commitments"] == []
    assert ask(home, ["status"])["head"] == 0
    assert embedded_home(home).made()
    modes = {path.stat().st_mode & 0o777 for path in home.glob("access.sqlite*")}
    assert modes == {0o600}
    assert home.stat().st_mode & 0o777 == 0o700


@pytest.fixture(params=["a key", "settings"])
def before_facts(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with nothing in it but who may do what at its door."""
    home = tmp_path / "home"
    home.mkdir()
    if request.param == "a key":
        with sqlite_store(home) as store:
            store.add_key(stored_key("shop", b"\1" * 32))
    else:
        settings = '[oidc]\nissuer = "https://login.example.com"\naudience = "pledger"\n'
        (home / "access.toml").write_text(settings, encoding="utf-8")
    return home


ASKED = (
    ("promises",),
    ("commitments",),
    ("due", "--within", "P7D"),
    ("journeys",),
    ("suspense",),
    ("metric", "kept_agreed"),
    ("status",),
    ("health",),
    ("key", "list"),
    ("access-records",),
    ("verify",),
    ("rebuild",),
)


def test_a_home_with_nothing_but_keys_is_an_empty_one(before_facts: Path) -> None:
    before = {path.name: path.read_bytes() for path in before_facts.iterdir()}
    for argv in ASKED:
        home = before_facts.parent / argv[0]
        home.mkdir()
        for name, content in before.items():
            (home / name).write_bytes(content)
        ask(home, argv)
    assert ask(before_facts, ["status"])["head"] == 0


def test_its_first_fact_is_taken_in(before_facts: Path) -> None:
    assert emit(before_facts, [MADE])["head"] == 1
    assert len(ask(before_facts, ["commitments"])["commitments"]) == 1


def test_its_pages_and_its_door_answer(before_facts: Path) -> None:
    with client_of(door_to(before_facts)) as client:
        page = client.get("/", headers={"Accept": "text/html"})
        assert "No promise has been recorded yet" in page.text
        for path in ("/today", "/journeys", "/suspense", "/status", "/metrics"):
            assert client.get(path, headers={"Accept": "text/html"}).status_code == 200
        assert client.get("/v1/commitments").json() == {"commitments": [], "next": None}
        assert client.get("/readyz").status_code == 200
        sent = client.post("/v1/facts", json=MADE, headers=ONE)
        assert sent.json()["accepted"] == 1
        after = client.get("/v1/commitments", params={"after": 1}).json()
        assert len(after["commitments"]) == 1


@pytest.mark.parametrize("before_facts", ["settings"], indirect=True)
def test_it_is_served(before_facts: Path) -> None:
    with served(before_facts) as (told, _):
        answer = httpx2.get(f"{told['address']}/readyz", timeout=PATIENCE)
        assert answer.status_code == 200


def test_pages_for_people(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    home = tmp_path / "home"
    made = run(home, [*CREATE, "--expires", "P90D"])
    first, _, key, *_ = made.out.splitlines()
    assert first.startswith("web-shop  emit for shop  until ")
    assert key.startswith("  pk_")
    assert "shown" in made.out
    run(home, ["key", "create", "--name", "all", "--scope", "desk", "--department", "*"])
    run(home, ["key", "create", "--name", "read", "--scope", "ask"])
    listed = run(home, ["key", "list"]).out
    assert "emit for shop" in listed
    assert "desk for every department" in listed
    assert key.strip() not in listed
    assert "opens nothing any more" in run(home, ["key", "revoke", "read"]).out
    assert "revoked" in run(home, ["key", "list"]).out


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (["create", "--scope", "ask"], "--name"),
        (["create", "--name", "a"], "--scope"),
        (["create", "--name", "a", "--scope", "aks"], "did you mean ask"),
        (["create", "--name", "a b", "--scope", "ask"], "'a b'"),
        (["create", "--name", "a", "--scope", "emit"], "--department"),
        (["create", "--name", "a", "--scope", "ask", "--department", "x"], "no department bounds"),
        (["create", "--name", "a", "--scope", "ask", "--expires", "90"], "P7D"),
        (["create", "--name", "taken", "--scope", "ask"], "no key has had"),
        (["create", "--nmae", "a"], "--name"),
        (["revoke"], "NAME"),
        (["revoke", "takn"], "did you mean taken"),
        (["revoke", "nobody"], "'./pledger key list' has the keys"),
        (["burn"], "burn"),
        ([], "ACTION"),
    ],
)
def test_wrong_calls_are_told(tmp_path: Path, said: list[str], message: str) -> None:
    home = tmp_path / "home"
    ask(home, ["key", "create", "--name", "taken", "--scope", "ask"])
    outcome = run(home if said else None, ["key", *said])
    assert outcome.code == 2
    assert message in outcome.err
    assert outcome.out == ""


def test_where_there_is_no_home(tmp_path: Path) -> None:
    for said in (["key", "list"], ["key", "revoke", "a"], ["access-records"]):
        outcome = run(tmp_path / "none", said)
        assert outcome.code == 2
        assert "a home with a ledger" in outcome.err
    assert not (tmp_path / "none").exists()


def test_access_records(tmp_path: Path) -> None:
    home = tmp_path / "home"
    ask(home, CREATE)
    assert run(home, ["access-records"]).out.strip() == "Nobody read personal fields."
    fact = {"id": "1", "type": "feedback.given", "data": {"comment": "secret"}}
    with sqlite_store(home) as store:
        for name in ("ada", "bob", "ada"):
            shown(fact, Reader(somebody(name=name), "GET /v1/facts/1", NOW), store)
    found = ask(home, ["access-records", "--limit", "2"])
    assert [one["who"] for one in found["records"]] == ["ada", "bob"]
    assert found["records"][0] == {
        "at": "2026-03-02T09:00:00Z",
        "who": "ada",
        "what": "GET /v1/facts/1",
        "fields": ["feedback.given.comment"],
        "facts": ["1"],
    }
    rest = ask(home, ["access-records", "--after", found["next"]])
    assert ([one["who"] for one in rest["records"]], rest["next"]) == (["ada"], None)
    assert len(ask(home, ["access-records", "--who", "bob"])["records"]) == 1
    page = run(home, ["access-records", "--limit", "1"])
    assert "feedback.given.comment" in page.out
    assert "more: --after" in page.out
    assert run(home, ["access-records", "--after", "x"]).code == 2
    assert "secret" not in json.dumps(found) + page.out


def test_a_copy_takes_no_keys_along(tmp_path: Path) -> None:
    ask(tmp_path / "one", CREATE)
    ask(tmp_path / "other", ["key", "create", "--name", "own", "--scope", "ask"])
    run(None, ["copy", "--from", str(tmp_path / "one"), "--to", str(tmp_path / "other"), "--json"])
    assert [one["name"] for one in ask(tmp_path / "other", ["key", "list"])["keys"]] == ["own"]
