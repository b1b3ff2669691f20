"""``key`` and ``access-records`` on Kafka and PostgreSQL, where keys lie in the control schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from application.access.personal import Reader, shown
from tests.access.given import NOW, somebody
from tests.helpers import ask, run
from tests.homes import opened, server_home

CREATE = ["key", "create", "--name", "web-shop", "--scope", "emit", "--department", "shop"]


@pytest.fixture
def home(broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path) -> Path:
    """A server home of which nobody has made views."""
    return server_home(tmp_path / "home", broker, make_topic(1), postgres)


def test_a_key_from_beginning_to_end(home: Path, tmp_path: Path) -> None:
    assert ask(home, ["key", "list"])["keys"] == []
    made = ask(home, [*CREATE, "--expires", "P90D"])
    assert (made["name"], made["scopes"], made["departments"]) == ("web-shop", ["emit"], ["shop"])
    again = run(home, CREATE)
    assert again.code == 2
    assert "no key has had" in again.err
    (one,) = ask(home, ["key", "list"])["keys"]
    assert (one["name"], one["expires_at"]) == ("web-shop", made["expires_at"])
    assert made["key"] not in run(home, ["key", "list", "--json"]).out
    revoked = ask(home, ["key", "revoke", "web-shop"])
    assert ask(home, ["key", "revoke", "web-shop"]) == revoked
    assert ask(home, ["key", "list"])["keys"][0]["revoked_at"] == revoked["revoked_at"]
    assert run(home, ["key", "revoke", "nobody"]).code == 2
    assert [path.name for path in home.iterdir()] == ["pledger.toml"]


def test_access_records(home: Path) -> None:
    assert ask(home, ["access-records"])["records"] == []
    fact = {"id": "1", "type": "feedback.given", "data": {"comment": "secret"}}
    with opened(home).access() as store:
        for name in ("ada", "bob", "ada"):
            shown(fact, Reader(somebody(name=name), "GET /v1/facts/1", NOW), store)
    found = ask(home, ["access-records", "--limit", "2"])
    assert [one["who"] for one in found["records"]] == ["ada", "bob"]
    rest = ask(home, ["access-records", "--after", found["next"]])
    assert ([one["who"] for one in rest["records"]], rest["next"]) == (["ada"], None)
    assert len(ask(home, ["access-records", "--who", "bob"])["records"]) == 1


def test_a_database_that_is_away_is_told(home: Path) -> None:
    server_home(home, "127.0.0.1:1", "facts", "host=127.0.0.1 port=1 dbname=none user=none")
    for argv in (["key", "list"], CREATE, ["access-records"]):
        outcome = run(home, argv)
        assert outcome.code == 1
        assert "expected" in outcome.err
        assert "Traceback" not in outcome.err
