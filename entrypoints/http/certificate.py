"""A certificate and its key, looked at before a door opens with them: what is wrong with them is
told there in words, and not to every client that comes."""

from __future__ import annotations

import ssl
from datetime import datetime
from pathlib import Path
from typing import NoReturn

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from application.json_answers import instant_to_text
from domain.errors import Wrong

_NAME_BOTH = "{name both files}"


def expect_usable(certificate: Path, key: Path, now: datetime) -> None:
    """Raises ``Wrong`` where a file can't be read or holds something else, where one of the
    certificates is not good now, or where the key is not that of the first of them."""
    chain = _certificates(certificate)
    for one in chain:
        _expect_good(one, certificate, now)
    if _private_key(key).public_key() != chain[0].public_key():
        expected = f"the key of the first certificate in {str(certificate)!r}"
        raise Wrong(expected, f"another one's in {str(key)!r}", _NAME_BOTH)
    try:
        # Whatever else OpenSSL has against them, as a key that is too short.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError as error:
        expected = f"a certificate in {str(certificate)!r} and a key that TLS takes"
        raise Wrong(expected, f"that it does not ({error.reason})", "make them anew") from error


def _certificates(path: Path) -> list[x509.Certificate]:
    """The certificates of a file: that of the door, then those that vouch for it."""
    what = "with a certificate in PEM"
    content = _content(path, what)
    try:
        return x509.load_pem_x509_certificates(content)
    except ValueError:
        _expected(path, what, "something else")


def _private_key(path: Path) -> PrivateKeyTypes:
    what = "with a private key in PEM"
    content = _content(path, what)
    try:
        return load_pem_private_key(content, None)
    except ValueError:
        _expected(path, what, "something else")
    except TypeError:
        _expected(path, f"{what} and no passphrase", "one with a passphrase", "take it off")


def _content(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        _expected(path, what, error.strerror or type(error).__name__)


def _expected(path: Path, what: str, seen: str, remedy: str = _NAME_BOTH) -> NoReturn:
    raise Wrong(f"the file {str(path)!r} {what}", seen, remedy) from None


def _expect_good(certificate: x509.Certificate, path: Path, now: datetime) -> None:
    begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if begin <= now <= end:
        return
    if now > end:
        seen, remedy = f"one that was good until {instant_to_text(end)}", "have it renewed"
    else:
        seen, remedy = f"one that is good from {instant_to_text(begin)} on", "look at the clock"
    raise Wrong(f"a certificate in {str(path)!r} that is good now", seen, remedy)
