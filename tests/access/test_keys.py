"""Keys: whose they are, and when no more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.access.keys import KeyHolders, NewKey, create, listed, revoke
from application.access.principals import Principal
from application.access.sessions import Sessions
from application.access.tokens import derived, digest_of, of_digest, same
from application.errors import Unknown, Wrong
from ledger.sqlite.access import SQLiteAccess
from tests.access.given import NOW, Chance, Clock, somebody, sqlite_store, stored_key
from tests.helpers import wait_until


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteAccess]:
    with sqlite_store(tmp_path) as store:
        yield store


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def holders(store: SQLiteAccess, clock: Clock) -> Iterator[KeyHolders]:
    holders = KeyHolders(store, clock)
    yield holders
    holders.close()


def test_a_key_says_who_may_do_what(store: SQLiteAccess, holders: KeyHolders) -> None:
    asked = NewKey(name="shop", scopes=["emit", "ask", "ask"], departments=["shop", "care", "care"])
    made = create(store, asked, NOW, Chance())
    assert made["key"].startswith("pk_")
    assert len(made["key"]) == 46
    assert {**made, "key": ""} == {
        "name": "shop",
        "key": "",
        "scopes": ["emit", "ask"],
        "departments": ["care", "shop"],
        "expires_at": None,
    }
    known = holders.whose(made["key"])
    assert known == Principal("shop", frozenset({"emit", "ask"}), frozenset({"care", "shop"}))
    assert known.may("emit")
    assert not known.may("desk")
    assert known.speaks_for("care")
    assert not known.speaks_for("billing")


def test_a_key_for_every_department(store: SQLiteAccess, holders: KeyHolders) -> None:
    made = create(store, NewKey(name="all", scopes=["desk"], departments=["*"]), NOW, Chance())
    known = holders.whose(made["key"])
    assert known is not None
    assert known.departments is None
    assert known.speaks_for("anybody")


@given(at=st.integers(0, 45), other=st.characters(exclude_categories=["Cs"]))
def test_a_token_one_character_off_is_nobodys(at: int, other: str) -> None:
    token = KEY
    changed = token[:at] + other + token[at + 1 :]
    found = of_digest(digest_of(changed), [stored_key("a", digest_of(token))])
    assert (found is not None) == (changed == token)
    for near in (token[:-1], token + "A", token.upper(), f" {token}"):
        assert of_digest(digest_of(near), [stored_key("a", digest_of(token))]) is None


KEY = "pk_" + "Ab0-_" * 8 + "xyz"


@given(st.text(), st.text())
def test_secrets_are_the_same_or_not(one: str, other: str) -> None:
    assert same(one, other) == (one == other)
    assert same(one, one)
    assert (derived(one, "form") == derived(other, "form")) == (one == other)
    assert derived(one, "form") != derived(one, "state")


def test_no_secret_is_in_the_store(store: SQLiteAccess, tmp_path: Path) -> None:
    made = create(store, NewKey(name="a", scopes=["ask"]), NOW, Chance())
    sessions = Sessions(store, Clock(), Chance())
    session = sessions.begin(somebody("ask"))
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    for secret in (made["key"], session):
        assert secret.encode() not in kept
        assert secret[3:].encode() not in kept
    assert made["key"] not in str(listed(store))


def test_a_key_expires(store: SQLiteAccess, holders: KeyHolders, clock: Clock) -> None:
    asked = NewKey(name="a", scopes=["ask"], expires="P90D")
    made = create(store, asked, NOW, Chance())
    assert made["expires_at"] == NOW + timedelta(days=90)
    clock.move(days=90, seconds=-1)
    assert holders.whose(made["key"]) is not None
    clock.move(seconds=1)
    assert holders.whose(made["key"]) is None


def test_a_key_that_is_revoked_elsewhere_is_nobodys_at_once(
    store: SQLiteAccess, holders: KeyHolders, tmp_path: Path
) -> None:
    made = create(store, NewKey(name="a", scopes=["ask"]), NOW, Chance())
    assert holders.whose(made["key"]) is not None
    with sqlite_store(tmp_path) as elsewhere:
        assert revoke(elsewhere, "a", NOW) == {
            "name": "a",
            "revoked_at": NOW,
            "sessions_ended": 0,
        }
    assert holders.whose(made["key"]) is None
    assert revoke(store, "a", NOW + timedelta(days=1))["revoked_at"] == NOW


def test_scopes_of_another_version_open_nothing(store: SQLiteAccess, holders: KeyHolders) -> None:
    store.add_key(stored_key("a", digest_of("pk_a"), scopes=("ask", "fly")))
    assert holders.whose("pk_a") == Principal("a", frozenset({"ask"}))


def test_the_last_use_is_noted_once_a_minute(
    store: SQLiteAccess, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(store, NewKey(name="a", scopes=["ask"]), NOW, Chance())
    noted = []
    monkeypatch.setattr(store, "note_use", lambda name, at: noted.append((name, at)))
    holders = KeyHolders(store, clock)
    for seconds in (0, 30, 29, 1, 59, 1):
        clock.move(seconds=seconds)
        assert holders.whose(made["key"])
    holders.close()
    assert noted == [
        ("a", NOW),
        ("a", NOW + timedelta(seconds=60)),
        ("a", NOW + timedelta(minutes=2)),
    ]


def test_no_request_waits_for_the_note_of_its_use(
    store: SQLiteAccess, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(store, NewKey(name="a", scopes=["ask"]), NOW, Chance())
    goes_on = Event()
    monkeypatch.setattr(store, "note_use", lambda name, at: goes_on.wait())
    holders = KeyHolders(store, clock)
    assert holders.whose(made["key"])  # while the disk takes its time
    goes_on.set()
    holders.close()


def test_a_use_that_could_not_be_noted_is_noted_the_next_time(
    store: SQLiteAccess, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(store, NewKey(name="a", scopes=["ask"]), NOW, Chance())
    holders = KeyHolders(store, clock)
    with monkeypatch.context() as patched:
        patched.setattr(store, "note_use", _full)
        assert holders.whose(made["key"])
        wait_until(lambda: not holders._noted)
    assert holders.whose(made["key"])
    holders.close()
    assert [key.used_at for key in store.all_keys()] == [NOW]
    assert holders.whose(made["key"]), "what comes while it closes is let in"


def _full(name: str, at: object) -> None:
    raise OSError("no space left on device")


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"name": ""}, "a name of at most 64"),
        ({"name": "a b"}, "a name of at most 64"),
        ({"name": "local:owner"}, "a name of at most 64"),
        ({"name": "x" * 65}, "a name of at most 64"),
        ({"scopes": []}, "one of the scopes emit, ask"),
        ({"scopes": ["aks"]}, "did you mean ask"),
        ({"scopes": ["emit"]}, "in whose name a key with the scope 'emit' speaks"),
        ({"scopes": ["ask", "desk"]}, "in whose name a key with the scope 'desk' speaks"),
        ({"departments": ["care"]}, "which no department bounds"),
        ({"scopes": ["emit"], "departments": ["care", "*"]}, "alone for every one"),
        ({"scopes": ["emit"], "departments": ["a/b"]}, "without spaces and slashes"),
        ({"scopes": ["emit"], "departments": ["a b"]}, "without spaces and slashes"),
        ({"scopes": ["emit"], "departments": [""]}, "without spaces and slashes"),
    ],
)
def test_what_is_no_key_is_wrong(said: dict[str, object], expected: str) -> None:
    with pytest.raises(Wrong, match=expected.replace("*", r"\*")):
        NewKey(**{"name": "a", "scopes": ["ask"], **said})  # type: ignore[arg-type]


@pytest.mark.parametrize("expires", ["", "90", "P", "PT0S", "tomorrow"])
def test_a_duration_that_is_none_is_wrong(store: SQLiteAccess, expires: str) -> None:
    with pytest.raises(Wrong):
        create(store, NewKey(name="a", scopes=["ask"], expires=expires), NOW, Chance())
    assert store.all_keys() == []


def test_a_name_that_was_had_is_taken(store: SQLiteAccess) -> None:
    asked, chance = NewKey(name="a", scopes=["ask"]), Chance()
    create(store, asked, NOW, chance)
    for _ in range(2):
        with pytest.raises(Wrong, match="a name that no key has had"):
            create(store, asked, NOW, chance)
        revoke(store, "a", NOW)


def test_nobody_is_revoked_who_is_not_there(store: SQLiteAccess) -> None:
    create(store, NewKey(name="web-shop", scopes=["ask"]), NOW, Chance())
    with pytest.raises(Unknown, match="did you mean web-shop"):
        revoke(store, "webshop", NOW)
    with pytest.raises(Unknown, match="'key list' has the keys"):
        revoke(store, "x", NOW)


def test_who_has_no_key_is_revoked_by_the_sessions(store: SQLiteAccess) -> None:
    sessions = Sessions(store, Clock(), Chance())
    one, two = (sessions.begin(somebody("ask", name="oidc:ada")) for _ in range(2))
    assert revoke(store, "oidc:ada", NOW) == {
        "name": "oidc:ada",
        "revoked_at": None,
        "sessions_ended": 2,
    }
    assert sessions.whose(one) is None
    assert sessions.whose(two) is None
