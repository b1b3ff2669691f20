"""Tokens of an OpenID Connect issuer: whose they are, and the login of people by authorization code
with PKCE (RFC 6749, RFC 7636, OpenID Connect Core 1.0)."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, get_args

from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, UnsupportedAlgorithmError
from joserfc.jwa import JWSAlgModel
from joserfc.jwk import KeySet
from joserfc.jws import JWSRegistry

from application.access.keys import EVERY_DEPARTMENT
from application.access.principals import Principal, Scope
from application.access.settings import Oidc
from application.access.tokens import derived, same
from entrypoints.http.issuer import Issuer

#: Signatures by a key pair. Not ``none``, and none by a shared secret: a public key would be one.
ALGORITHMS = frozenset(
    {f"{family}{bits}" for family in ("RS", "PS", "ES") for bits in (256, 384, 512)}
    | {"EdDSA", "Ed25519"}
)
#: How far the issuer's clock may be from this one, in seconds.
LEEWAY_S = 30
NAME_LIMIT = 200


class _Registry(JWSRegistry):
    """The signatures that are taken. Headers that are not known are ignored, as the standard asks,
    but for those that say they must not be."""

    def __init__(self) -> None:
        super().__init__(algorithms=ALGORITHMS, strict_check_header=False)

    def get_alg(self, name: str) -> JWSAlgModel:
        """As the library does it, without its warning that EdDSA has a newer name."""
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError(name)
        return self.algorithms[name]


class Tokens:
    """Whose token of the issuer it is."""

    def __init__(self, issuer: Issuer, clock: Callable[[], datetime]) -> None:
        self.issuer = issuer
        self._clock = clock

    def whose(self, token: str) -> Principal | None:
        """Who shows a token for this ledger; None where it is not the issuer's, or not for here, or
        not now. Raises ``Unavailable`` where the issuer's keys can't be had."""
        claims = self._claims(token, self.issuer.oidc.audience)
        return None if claims is None else principal_of(claims, self.issuer.oidc)

    def login(self, secret: str, callback: str, onward: str) -> str:
        """Where a person is sent to log in. ``secret`` is of this login and this browser alone: all
        that comes back is held to it. ``onward`` comes back with it, behind a full stop of the
        state. Raises ``Unavailable``."""
        challenge = hashlib.sha256(derived(secret, "verifier").encode()).digest()
        return self.issuer.login_address(
            {
                "response_type": "code",
                "client_id": self.issuer.oidc.client_id or "",
                "redirect_uri": callback,
                "scope": "openid",
                "state": f"{derived(secret, 'state')}.{onward}",
                "nonce": derived(secret, "nonce"),
                "code_challenge": urlsafe_b64encode(challenge).decode().rstrip("="),
                "code_challenge_method": "S256",
            }
        )

    def logged_in(self, secret: str, callback: str, code: str, state: str) -> Principal | None:
        """Who came back from the login; None where it is not that login. Raises ``Unavailable``."""
        client = self.issuer.oidc.client_id
        if client is None or not same(state.partition(".")[0], derived(secret, "state")):
            return None
        answer = self.issuer.exchange(
            {
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": callback,
                "client_id": client,
                "code_verifier": derived(secret, "verifier"),
            }
        )
        claims = self._claims(str(answer.get("id_token", "")), client)
        if claims is None or not same(str(claims.get("nonce", "")), derived(secret, "nonce")):
            return None
        if claims.get("azp", client) != client:  # made for another client
            return None
        return principal_of(claims, self.issuer.oidc)

    def _claims(self, token: str, audience: str) -> Mapping[str, Any] | None:
        """The claims of a token that holds for an audience; None otherwise."""
        keys = self.issuer.keys()
        try:
            return self._checked(token, audience, keys)
        except InvalidKeyIdError:
            keys = self.issuer.keys_anew()  # they may have been changed since
        except Exception:  # noqa: BLE001 - whatever a forged token makes of a library, it is nobody's
            return None
        try:
            return self._checked(token, audience, keys)
        except Exception:  # noqa: BLE001 - as above
            return None

    def _checked(self, token: str, audience: str, keys: KeySet) -> Mapping[str, Any]:
        claims = jwt.decode(token, keys, registry=_Registry()).claims
        jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self.issuer.oidc.issuer},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        ).validate(claims)
        return claims


def principal_of(claims: Mapping[str, Any], oidc: Oidc) -> Principal | None:
    """Who is named by claims, and what these let them do; None where they name nobody."""
    name = _found(claims, oidc.name_claim)
    if not isinstance(name, str) or not 0 < len(name) <= NAME_LIMIT or not name.isprintable():
        return None
    given = _values(_found(claims, oidc.scopes_claim))
    known: dict[str, list[Scope]] = {scope: [scope] for scope in get_args(Scope)}
    scopes = {each for value in given for each in (oidc.scopes or known).get(value, ())}
    values = _values(_found(claims, oidc.departments_claim))
    departments = set(values)
    if oidc.departments is not None:
        departments = {each for value in values for each in oidc.departments.get(value, ())}
    every = EVERY_DEPARTMENT in departments
    return Principal(f"oidc:{name}", frozenset(scopes), None if every else frozenset(departments))


def _found(claims: Mapping[str, Any], name: str) -> Any:
    """A claim by its name, or by a path of names with dots."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _values(claim: Any) -> list[str]:
    """The values of a claim: those of a list, or the words of a text."""
    if isinstance(claim, str):
        return claim.split()
    return [each for each in claim if isinstance(each, str)] if isinstance(claim, list) else []
