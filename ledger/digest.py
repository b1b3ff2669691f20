"""The running digest of a ledger: a CRC-64 over all that is stored of each fact, in their order.

The digest after a fact is ``extend(digest before it, content(fact))``, and ``START`` before the
first one. So one number a fact is both: it checks the fact, from the number of the fact before,
and it stands for all facts up to there. A CRC can be continued, so that the digest after many facts
is also that of their contents one after the other, in one call over millions of bytes.

CRC-64/XZ (ECMA-182 reflected, as in .xz files) is fixed by its parameters, whatever library
computes it. It finds every change within 64 bits that follow each other, and misses any other one
with a chance of 2^-64. It is no proof against somebody who means to deceive.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import Struct

from fastcrc import crc64

from ledger.extensions import extensions_to_text
from ledger.port import RecordedEvent

#: The digest of no facts.
START = 0

#: Between texts, and in the place of one that is absent: bytes that no UTF-8 has.
SEPARATOR = b"\xff"
ABSENT = b"\xfe"

#: Position, recorded time and time within a content.
numbers_to_bytes = Struct("<qqq").pack

_WRAP = 1 << 64
_SIGN = 1 << 63


def content(fact: RecordedEvent) -> bytes:
    """All that is stored of a fact: position, recorded time and time (each 64 bits, the lowest byte
    first), the 16 bytes of the id, then the type, source, subject, correlation, causation, sequence
    and extensions (as JSON in the order of their names), each followed by ``SEPARATOR``, and the
    body. Two facts that differ in anything have different contents."""
    extensions = extensions_to_text(fact.extensions) if fact.extensions else None
    return b"".join(
        (
            numbers_to_bytes(fact.position, fact.recorded_at, fact.time),
            bytes.fromhex(fact.id.replace("-", "")),
            texts_to_bytes((fact.type, fact.source, fact.subject, *fact[8:11], extensions)),
            fact.body,
        )
    )


def texts_to_bytes(texts: Iterable[str | None]) -> bytes:
    """Texts within a content."""
    parts = [ABSENT if text is None else text.encode() for text in texts]
    return SEPARATOR.join([*parts, b""])


def extend(digest: int, contents: bytes | memoryview) -> int:
    """The digest after further contents, one or several after each other. Digests are 64 bits with
    a sign, as databases hold them."""
    value: int = crc64.xz(contents, digest % _WRAP)
    return value - _WRAP if value >= _SIGN else value


def extended(digest: int, contents: Iterable[bytes]) -> Iterator[int]:
    """The digest after each of these contents."""
    xz, value = crc64.xz, digest % _WRAP
    for content in contents:
        value = xz(content, value)
        yield value - _WRAP if value >= _SIGN else value
