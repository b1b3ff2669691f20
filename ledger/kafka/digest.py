"""The running digest of what lies on a topic.

A message's digest is the CRC-64 (see ``ledger.digest``) of all that it holds, its place and when it
was recorded among it. That of many messages is the sum of theirs. A partition is read in batches,
in portions, by several processes, and is gone on with after a kill: however it was cut, the sum is
the same, and a part can be added to what is known without the messages before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from struct import Struct

from fastcrc import crc64

from ledger.digest import ABSENT, SEPARATOR
from ledger.kafka.message import Message

#: Digests are from 0 up to this.
MODULUS = 1 << 64

_numbers = Struct("<qqq").pack
_crc = crc64.xz


def digest_of(message: Message) -> int:
    """The digest of one message: partition, offset and timestamp, names of the headers, their
    values, the key, the value."""
    partition, offset, timestamp, key, value, headers = message
    names, values = zip(*headers, strict=True) if headers else ((), ())
    place = _numbers(partition, offset, timestamp)
    if key is None or value is None or None in values:
        parts = [ABSENT if part is None else part for part in (*values, key, value)]
        content = SEPARATOR.join((place, _in_bytes(names), *parts))
    else:
        content = SEPARATOR.join((place, _in_bytes(names), *values, key, value))
    digest: int = _crc(content)
    return digest


def together(digests: Iterable[int]) -> int:
    """The digest of several runs of messages, of which none has a message of another."""
    return sum(digests) % MODULUS


@lru_cache(maxsize=1_024)
def _in_bytes(names: tuple[str, ...]) -> bytes:
    """Most messages have the same names."""
    return SEPARATOR.join(name.encode(errors="surrogatepass") for name in names)
