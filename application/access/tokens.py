"""Secrets that are shown once and kept as digests: keys, tickets, sessions."""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

#: How many bytes of chance a secret is made of.
SECRET_BYTES = 32

#: Gives so many bytes that nobody can guess.
Chance = Callable[[int], bytes]

#: What is compared with where nothing was found.
_NOBODYS = bytes(hashlib.sha256().digest_size)


def new_token(prefix: str, chance: Chance) -> str:
    """A new secret as text, of 256 bits."""
    return prefix + urlsafe_b64encode(chance(SECRET_BYTES)).decode("ascii").rstrip("=")


def digest_of(token: str) -> bytes:
    """What is kept of a secret. One round of SHA-256 is enough, without salt: a password has few
    bits, which rounds make dearer to try and salt keeps from being looked up; of 256 bits of chance
    nobody can try or list a share that matters."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


class _Kept(Protocol):
    @property
    def digest(self) -> bytes: ...


Kept = TypeVar("Kept", bound=_Kept)


def of_digest(digest: bytes, likely: Iterable[Kept]) -> Kept | None:
    """The one whose digest it is, compared in a time that does not depend on what is alike."""
    found = None
    for each in likely:
        if hmac.compare_digest(each.digest, digest):
            found = each
    if found is None:
        hmac.compare_digest(_NOBODYS, digest)
    return found


def derived(secret: str, purpose: str) -> str:
    """Another secret that only who has this one can tell, as text of 43 characters."""
    made = hmac.digest(secret.encode("utf-8", "surrogatepass"), purpose.encode(), "sha256")
    return urlsafe_b64encode(made).decode("ascii").rstrip("=")


def same(given: str, expected: str) -> bool:
    """Whether two secrets are one, in a time that does not depend on where they differ."""
    encoded = (text.encode("utf-8", "surrogatepass") for text in (given, expected))
    return hmac.compare_digest(*encoded)
