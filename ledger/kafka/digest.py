"""The running digest of what lies on a topic.

A message's digest is the CRC-64 (see ``ledger.digest``) of all that it holds, its place and when it
was recorded among it. That of many messages is the sum of theirs. A partition is read in batches,
in portions, by several processes, and is gone on with after a kill: however it was cut, the sum is
the same, and a part can be added to what is known without the messages before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from struct import Struct

from fastcrc import crc64

from ledger.digest import ABSENT, SEPARATOR
from ledger.kafka.message import Message

#: Digests are from 0 up to this.
MODULUS = 1 << 64

#: Combinations of names of headers that are remembered: most messages have one of a few.
REMEMBERED = 1_000

_numbers = Struct("<qqq").pack
_crc = crc64.xz
_known: dict[tuple[str, ...], bytes] = {}


def digest_of(message: Message) -> int:
    """The digest of one message: partition, offset and timestamp, names of the headers, their
    values, the key, the value."""
    partition, offset, timestamp, key, value, headers = message
    names, values = zip(*headers, strict=True) if headers else ((), ())
    place = _numbers(partition, offset, timestamp)
    try:
        content = SEPARATOR.join((place, _known[names], *values, key, value))  # type: ignore[arg-type]
    except (KeyError, TypeError):  # names that are new, or something that is absent
        parts = [ABSENT if part is None else part for part in (*values, key, value)]
        content = SEPARATOR.join((place, _in_bytes(names), *parts))
    digest: int = _crc(content)
    return digest


def together(digests: Iterable[int]) -> int:
    """The digest of several runs of messages, of which none has a message of another."""
    return sum(digests) % MODULUS


def _in_bytes(names: tuple[str, ...]) -> bytes:
    if len(_known) > REMEMBERED:
        _known.clear()
    return _known.setdefault(
        names, SEPARATOR.join(name.encode(errors="surrogatepass") for name in names)
    )
