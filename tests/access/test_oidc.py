"""Tokens of a real issuer on this machine: those that are taken, and every way in which one is
not."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from application.access.principals import Principal
from application.access.settings import Oidc, Trusted
from domain.errors import Unavailable
from entrypoints.http.issuer import Issuer, fetch
from entrypoints.http.oidc import Tokens, principal_of
from tests.access.given import Clock
from tests.access.local_issuer import AUDIENCE, CLIENT, LocalIssuer, local_issuer, more_keys


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def issuer(clock: Clock) -> Iterator[LocalIssuer]:
    with local_issuer(clock) as issuer:
        yield issuer


def tokens_of(issuer: LocalIssuer, clock: Clock, **settings: Any) -> Tokens:
    oidc = Oidc(issuer=issuer.address, audience=AUDIENCE, client_id=CLIENT, **settings)
    return Tokens(Issuer(Trusted(oidc, issuer.secret), clock.monotonic), clock)


@pytest.fixture
def tokens(issuer: LocalIssuer, clock: Clock) -> Tokens:
    return tokens_of(issuer, clock)


def part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


ADA = Principal("oidc:ada", frozenset({"ask"}), frozenset())


def test_a_token_says_who_may_do_what(issuer: LocalIssuer, tokens: Tokens) -> None:
    assert tokens.whose(issuer.token()) == ADA
    said: dict[str, Any] = {"scope": "openid ask desk fly", "departments": ["care", "shop"]}
    known = tokens.whose(issuer.token(**said))
    assert known == Principal("oidc:ada", frozenset({"ask", "desk"}), frozenset({"care", "shop"}))


@pytest.mark.parametrize("kid", more_keys())
def test_signatures_by_every_kind_of_key_pair(
    issuer: LocalIssuer, tokens: Tokens, kid: str
) -> None:
    key, alg = more_keys()[kid]
    issuer.add(kid, key)
    assert tokens.whose(issuer.token(kid, alg)) == ADA


def test_edwards_curves_by_their_older_name(issuer: LocalIssuer, tokens: Tokens) -> None:
    key, _ = more_keys()["okp"]
    issuer.add("okp", key)
    token = issuer.token("okp", "Ed25519")
    header, payload, _ = token.split(".")
    header = part({"alg": "EdDSA", "kid": "okp"})
    private: Any = key.get_op_key("sign")
    signed = private.sign(f"{header}.{payload}".encode())
    signature = base64.urlsafe_b64encode(signed).decode().rstrip("=")
    assert tokens.whose(f"{header}.{payload}.{signature}") == ADA


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another", "others"]},
        {"aud": None},
        {"aud": CLIENT},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"exp": None},
        {"exp": "tomorrow"},
        {"sub": None},
        {"sub": ""},
        {"sub": 5},
        {"sub": "a\nb"},
        {"sub": "x" * 201},
    ],
)
def test_claims_that_are_not_for_here(
    issuer: LocalIssuer, tokens: Tokens, claims: dict[str, Any]
) -> None:
    assert tokens.whose(issuer.token(**claims)) is None


def test_the_audience_among_others(issuer: LocalIssuer, tokens: Tokens) -> None:
    assert tokens.whose(issuer.token(aud=["others", AUDIENCE])) == ADA


@pytest.mark.parametrize(
    ("name", "seconds", "good"),
    [
        ("exp", 1, True),
        ("exp", -29, True),
        ("exp", -30, False),
        ("exp", -3_600, False),
        ("nbf", 30, True),
        ("nbf", 31, False),
        ("iat", 31, False),
    ],
)
def test_a_token_has_its_time(
    issuer: LocalIssuer, tokens: Tokens, clock: Clock, name: str, seconds: int, good: bool
) -> None:
    said: dict[str, Any] = {name: int(clock().timestamp()) + seconds}
    assert (tokens.whose(issuer.token(**said)) == ADA) == good


def test_no_signature_and_none_by_a_shared_secret(issuer: LocalIssuer, tokens: Tokens) -> None:
    good = issuer.token()
    header, payload, signature = good.split(".")
    public = issuer.keys["one"]
    assert isinstance(public, RSAKey)
    forged = [
        f"{part({'alg': 'none', 'kid': 'one'})}.{payload}.",
        f"{part({'alg': 'None', 'kid': 'one'})}.{payload}.",
        f"{header}.{payload}.",
        f"{header}.{payload}.{signature[:-8]}AAAAAAAA",
        f"{header}.{part({'sub': 'eve', 'aud': AUDIENCE, 'iss': issuer.address})}.{signature}",
        f"{part({'alg': 'PS256', 'kid': 'one'})}.{payload}.{signature}",
        f"{part({'alg': 'RS256', 'kid': 'one', 'crit': ['x'], 'x': 1})}.{payload}.{signature}",
    ]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    secrets = public.as_pem(private=False), public.as_der(private=False), b"secret" * 8
    forged += [by_secret(secret, f"HS{bits}", claims) for secret in secrets for bits in (256, 512)]
    for token in forged:
        assert tokens.whose(token) is None, token
    assert tokens.whose(good) == ADA


def by_secret(secret: bytes, alg: str, claims: dict[str, Any]) -> str:
    """A token that is signed with a public key as if it were a secret."""
    import hashlib
    import hmac

    text = f"{part({'alg': alg, 'kid': 'one'})}.{part(claims)}"
    digest = hmac.digest(secret, text.encode(), getattr(hashlib, f"sha{alg[2:]}"))
    return f"{text}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


def test_a_shared_secret_that_the_issuer_publishes_is_no_key(
    issuer: LocalIssuer, tokens: Tokens
) -> None:
    shared = OctKey.generate_key(256, {"kid": "shared"})
    public = issuer.keys["one"].as_dict(private=False)
    issuer.published = [shared.as_dict(private=True), {"kty": "new"}, "nonsense", public]
    claims = {"iss": issuer.address, "aud": AUDIENCE, "sub": "eve", "exp": 2_000_000_000}
    assert tokens.whose(jwt.encode({"alg": "HS256", "kid": "shared"}, claims, shared)) is None
    assert tokens.whose(issuer.token()) == ADA


@given(st.text(max_size=80) | st.lists(st.binary(max_size=30), max_size=5).map(
    lambda parts: ".".join(base64.urlsafe_b64encode(each).decode().rstrip("=") for each in parts)
))  # fmt: skip
def test_nothing_made_up_is_anybodys(token: str) -> None:
    clock = Clock()
    oidc = Oidc(issuer="https://issuer.example", audience=AUDIENCE)
    issuer = Issuer(Trusted(oidc, None), clock.monotonic, _keys_of_nobody)
    assert Tokens(issuer, clock).whose(token) is None


def _keys_of_nobody(address: str, form: object, headers: object) -> bytes:
    if address.endswith("/keys"):
        return json.dumps({"keys": [PUBLIC]}).encode()
    keys = "https://issuer.example/keys"
    return json.dumps({"issuer": "https://issuer.example", "jwks_uri": keys}).encode()


PUBLIC = RSAKey.generate_key(2048, {"kid": "one"}).as_dict(private=False)


def test_keys_are_fetched_once_and_again_when_they_change(
    issuer: LocalIssuer, tokens: Tokens, clock: Clock
) -> None:
    for _ in range(3):
        assert tokens.whose(issuer.token()) == ADA
    assert issuer.asked.count("/keys") == 1
    issuer.add("two", RSAKey.generate_key(2048, {"kid": "two"}))
    clock.move(seconds=31)
    assert tokens.whose(issuer.token("two")) == ADA
    assert issuer.asked.count("/keys") == 2
    del issuer.keys["one"]
    clock.move(hours=1, seconds=1)
    assert tokens.whose(issuer.token("two")) == ADA
    assert issuer.asked.count("/keys") == 3


def test_made_up_keys_do_not_become_requests(
    issuer: LocalIssuer, tokens: Tokens, clock: Clock
) -> None:
    assert tokens.whose(issuer.token()) == ADA
    unknown = LocalIssuer(clock)
    unknown.address = issuer.address
    unknown.add("other", RSAKey.generate_key(2048, {"kid": "other"}))
    forged = unknown.token("other")
    clock.move(seconds=31)
    for _ in range(20):
        assert tokens.whose(forged) is None
    assert issuer.asked.count("/keys") == 2
    clock.move(seconds=31)
    assert tokens.whose(forged) is None
    assert issuer.asked.count("/keys") == 3


def test_where_the_issuer_is_away(issuer: LocalIssuer, tokens: Tokens, clock: Clock) -> None:
    issuer.away = True
    with pytest.raises(Unavailable) as told:
        tokens.whose(issuer.token())
    assert issuer.address not in str(told.value)
    issuer.away = False
    with pytest.raises(Unavailable):
        tokens.whose(issuer.token())  # it is not asked at once again
    clock.move(seconds=31)
    assert tokens.whose(issuer.token()) == ADA
    issuer.away = True
    clock.move(hours=2)
    assert tokens.whose(issuer.token()) == ADA, "the keys of before do for a day"
    clock.move(hours=23)
    with pytest.raises(Unavailable):
        tokens.whose(issuer.token())


def test_an_issuer_that_says_it_is_another(issuer: LocalIssuer, tokens: Tokens) -> None:
    issuer.named = "https://elsewhere.example"
    with pytest.raises(Unavailable):
        tokens.whose(issuer.token())


@pytest.mark.parametrize("address", ["http://elsewhere.example/", "file:///etc/passwd", "ftp://x/"])
def test_only_what_can_be_trusted_is_fetched(address: str) -> None:
    with pytest.raises(ValueError, match="expected an address with https"):
        fetch(address, None, {})


def test_claims_by_path_and_by_table() -> None:
    oidc = Oidc(
        issuer="https://issuer.example",
        audience=AUDIENCE,
        name_claim="email",
        scopes_claim="realm_access.roles",
        departments_claim="https://example.com/groups",
        scopes={"readers": ["ask"], "care-desk": ["ask", "desk"]},
        departments={"g1": ["care"], "everything": ["*"]},
    )
    claims = {
        "email": "ada@example.com",
        "realm_access": {"roles": ["care-desk", "ask", 5]},
        "https://example.com/groups": ["g1", "g2"],
    }
    assert principal_of(claims, oidc) == Principal(
        "oidc:ada@example.com", frozenset({"ask", "desk"}), frozenset({"care"})
    )
    every = principal_of({**claims, "https://example.com/groups": "everything"}, oidc)
    assert every is not None
    assert every.departments is None
    assert principal_of({"email": "a"}, oidc) == Principal("oidc:a", frozenset(), frozenset())
    assert principal_of({"realm_access": "text"}, oidc) is None
