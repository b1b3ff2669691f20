"""Keys and the partitions that they go to, as Kafka's Java client has it (Partitions.java): there
the keys are in hexadecimal."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

#: Numbers of partitions to send to; more would be slow to make.
PRODUCED = [1, 3, 12]


class Row(NamedTuple):
    key: bytes
    murmur2: int
    partitions: dict[int, int]  # by how many there are


def table() -> list[Row]:
    with (Path(__file__).parent / "partitions.csv").open(encoding="ascii") as file:
        return [
            Row(
                bytes.fromhex(row.pop("key")),
                int(row.pop("murmur2")),
                {int(name.removeprefix("of_")): int(value) for name, value in row.items()},
            )
            for row in csv.DictReader(file)
        ]


ROWS = table()


def murmur2(data: bytes) -> int:
    """Austin Appleby's MurmurHash2 with Kafka's seed, as a signed number of 32 bits; written for
    this test from its description, so that no client is its own judge."""
    mask, mix = 0xFFFFFFFF, 0x5BD1E995
    hashed = 0x9747B28C ^ len(data)
    whole = len(data) - len(data) % 4
    for start in range(0, whole, 4):
        word = int.from_bytes(data[start : start + 4], "little") * mix & mask
        word = (word ^ word >> 24) * mix & mask
        hashed = hashed * mix & mask ^ word
    if rest := data[whole:]:
        hashed = (hashed ^ int.from_bytes(rest, "little")) * mix & mask
    hashed = (hashed ^ hashed >> 13) * mix & mask
    hashed ^= hashed >> 15
    return hashed - (1 << 32) if hashed >> 31 else hashed
