"""What is fetched from an OpenID Connect issuer: its discovery document, its keys, and the token
that a code of a login is exchanged for.

Keys are kept for an hour. A token under a key that is not among them asks for them anew, and not
more often than every half minute, so that no stream of made-up tokens becomes one of requests.
Where the issuer does not answer, the keys of before do for a day.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet, OctKey

from application.access.settings import Trusted, is_trustworthy
from domain.errors import Unavailable

#: How long the issuer may take to answer, and how long an answer may be.
PATIENCE_S = 5.0
ANSWER_BYTES = 1 << 20
KEYS_LIFE_S = 3_600.0
STALE_S = 86_400.0
RETRY_S = 30.0

#: Gets an address, or posts a form to it with headers.
Fetch = Callable[[str, bytes | None, Mapping[str, str]], bytes]


class _NoRedirect(HTTPRedirectHandler):
    """An issuer answers where it says: a redirect could lead anywhere."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """None to follow."""


def fetch(address: str, form: bytes | None, headers: Mapping[str, str]) -> bytes:
    """What an address answers. Raises OSError, of which urllib's errors are, and ValueError."""
    if not is_trustworthy(address):
        raise ValueError("expected an address with https://, or of this machine")
    own = [ProxyHandler({})] if address.startswith("http://") else []  # of this machine: no proxy
    opener = build_opener(_NoRedirect, *own)
    request = Request(address, form, dict(headers))  # noqa: S310 - looked at above
    with opener.open(request, timeout=PATIENCE_S) as response:
        found: bytes = response.read(ANSWER_BYTES + 1)
    if len(found) > ANSWER_BYTES:
        raise ValueError("expected an answer of at most a megabyte")
    return found


class Issuer:
    """One issuer. Threads may share it: one of them asks, others go on with what is known."""

    def __init__(
        self, trusted: Trusted, monotonic: Callable[[], float], fetch: Fetch = fetch
    ) -> None:
        self.oidc = trusted.oidc
        self._secret = trusted.client_secret
        self._monotonic = monotonic
        self._fetch = fetch
        self._asking = Lock()
        self._keys = KeySet([])
        self._known_at: float | None = None
        self._asked_at: float | None = None

    def keys(self) -> KeySet:
        """The issuer's keys. Raises ``Unavailable`` where they can't be had."""
        if self._known_at is None or self._monotonic() - self._known_at > KEYS_LIFE_S:
            # Where there are some, one request asks for others, and the rest go on.
            self._renew(wait=self._known_at is None)
        if self._known_at is None or self._monotonic() - self._known_at > STALE_S:
            raise _away("keys")
        return self._keys

    def keys_anew(self) -> KeySet:
        """The issuer's keys, asked for again unless that was lately."""
        self._renew(wait=True)
        return self._keys

    def _renew(self, *, wait: bool) -> None:
        if not self._asking.acquire(blocking=wait):
            return
        try:
            asked, now = self._asked_at, self._monotonic()
            if asked is not None and now - asked < RETRY_S:
                return
            self._asked_at = now
            found = self._json(self._endpoint("jwks_uri"), None, {})
            self._keys, self._known_at = _key_set(found), self._monotonic()
        except Unavailable:
            return  # those of before, if there are any
        finally:
            self._asking.release()

    def login_address(self, parameters: Mapping[str, str]) -> str:
        """Where a person logs in. Raises ``Unavailable``."""
        endpoint = self._endpoint("authorization_endpoint")
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(parameters)}"

    def exchange(self, form: Mapping[str, str]) -> Mapping[str, Any]:
        """What a code is exchanged for; nothing for one that is refused. Raises ``Unavailable``."""
        document = self._document()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        said = dict(form)
        if self._secret is not None:
            ways = document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
            if "client_secret_basic" in ways:
                pair = f"{quote_plus(self.oidc.client_id or '')}:{quote_plus(self._secret)}"
                headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
            else:
                said["client_secret"] = self._secret
        endpoint = self._endpoint("token_endpoint", document)
        try:
            return self._json(endpoint, urlencode(said).encode(), headers)
        except Unavailable as error:
            refused = isinstance(error.__cause__, HTTPError) and error.__cause__.code == 400
            if refused:
                return {}
            raise

    def _endpoint(self, name: str, document: Mapping[str, Any] | None = None) -> str:
        found = (self._document() if document is None else document).get(name)
        if not isinstance(found, str) or not is_trustworthy(found.partition("?")[0]):
            raise _away(name)
        return found

    def _document(self) -> Mapping[str, Any]:
        address = f"{self.oidc.issuer.rstrip('/')}/.well-known/openid-configuration"
        document = self._json(address, None, {})
        if document.get("issuer") != self.oidc.issuer:
            raise _away("issuer, as access.toml has it")
        return document

    def _json(
        self, address: str, form: bytes | None, headers: Mapping[str, str]
    ) -> Mapping[str, Any]:
        accept = {"Accept": "application/json"}
        try:
            found = json.loads(self._fetch(address, form, {**accept, **headers}))
        except (OSError, ValueError, RecursionError) as error:
            raise _away("answer") from error
        if not isinstance(found, dict):
            raise _away("answer")
        return found


def _away(what: str) -> Unavailable:
    """Nothing of where the issuer is, or of what it said, is told: who asks may be anybody."""
    return Unavailable(
        f"the issuer of tokens to tell its {what}", "that it does not", "try again later"
    )


def _key_set(found: Mapping[str, Any]) -> KeySet:
    """The public keys among those that an issuer tells. One of a kind that is not known here is
    passed over; a shared secret is none."""
    keys: list[Key] = []
    told = found.get("keys")
    for each in told if isinstance(told, list) else []:
        try:
            key = JWKRegistry.import_key(each)
        except (JoseError, ValueError, TypeError, LookupError):
            continue
        if not isinstance(key, OctKey):
            keys.append(key)
    return KeySet(keys)
