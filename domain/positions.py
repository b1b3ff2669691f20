"""Where a fact lies in a ledger, and how far a ledger is known.

A ledger has one partition or several, each with an order of its own. A position is one whole
number, so that databases can keep, compare and join by it: the partition, then the place in it,
counted from 1. In a ledger of one partition positions are therefore 1, 2, 3, ...
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

#: Bits of a position that count within a partition: 2.8e14 facts, in each of 32,768 partitions.
BITS = 48
PLACES = 1 << BITS
PARTITIONS = 1 << (63 - BITS)


def position_of(partition: int, offset: int) -> int:
    """The position of the record at an offset (from 0) of a partition (from 0)."""
    return partition << BITS | (offset + 1)


def partition_of(position: int) -> int:
    """The partition of a position."""
    return position >> BITS


def offset_of(position: int) -> int:
    """The offset of a position in its partition."""
    return (position & (PLACES - 1)) - 1


class Vector(Mapping[int, int]):
    """How far a ledger of several partitions is known: partition -> the next offset, which is how
    many of its places are known. Partitions of which nothing is known are left out.

    Immutable; two are equal if they say the same.
    """

    __slots__ = ("_ends",)

    def __init__(self, ends: Mapping[int, int]) -> None:
        for partition, end in ends.items():
            if not (0 <= partition < PARTITIONS and 0 <= end < PLACES):
                raise ValueError(
                    f"expected partitions below {PARTITIONS} and places below 2**{BITS}, saw"
                    f" {partition}:{end}"
                )
        self._ends = {partition: ends[partition] for partition in sorted(ends) if ends[partition]}

    def __getitem__(self, partition: int) -> int:
        return self._ends[partition]

    def __iter__(self) -> Iterator[int]:
        return iter(self._ends)

    def __len__(self) -> int:
        return len(self._ends)

    def __hash__(self) -> int:
        return hash(tuple(self._ends.items()))

    def __repr__(self) -> str:
        return f"Vector({self._ends})"

    def __str__(self) -> str:
        """As ``--known-at @…`` takes it: ``0:12,1:7``; nothing for an empty ledger."""
        return ",".join(f"{partition}:{end}" for partition, end in self._ends.items())

    def holds(self, position: int) -> bool:
        """Whether a position is among those known."""
        return offset_of(position) < self._ends.get(partition_of(position), 0)

    def within(self, other: Vector) -> bool:
        """Whether the other knows all that this one knows."""
        return all(end <= other.get(partition, 0) for partition, end in self.items())


#: How far a ledger is known: places of its one partition, or a vector.
Reach = int | Vector


def holds(reach: Reach, position: int) -> bool:
    """Whether a position is among those known."""
    return position <= reach if isinstance(reach, int) else reach.holds(position)


def within(known: Reach, head: Reach) -> bool:
    """Whether a ledger of which ``head`` is known has all of ``known``."""
    if isinstance(known, int):
        return isinstance(head, int) and known <= head
    return isinstance(head, Vector) and known.within(head)


def vector_from_text(text: str) -> Vector:
    """The vector that ``str`` wrote. Raises ValueError, saying what was expected."""
    ends: dict[int, int] = {}
    for part in text.split(","):
        partition, sign, end = part.partition(":")
        numbers = (partition, end)
        if not (sign and all(n.isascii() and n.isdigit() and len(n) < 16 for n in numbers)):
            raise ValueError(f"expected PARTITION:PLACES[,…] such as 0:12,1:7, saw {text!r}")
        if int(partition) in ends:
            raise ValueError(f"expected each partition once, saw {partition} again in {text!r}")
        ends[int(partition)] = int(end)
    return Vector(ends)
