"""Rows of a SQLite ledger whose digests do not agree, and what that is a sign of.

A digest that is not the one that comes of the row before it says that something is wrong with one
of the two. Which one, and whether a row was changed or put in the place of another, shows only
where all such rows are weighed against each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ledger.digest import extend, numbers_to_bytes
from ledger.faults import Fault

#: Rows that are weighed against each other: that takes their number to the third power.
WEIGHED = 16

SOUND = "the fact that was stored"


class Suspect(NamedTuple):
    """A row whose digest is not the one that comes of the row before it: its position, its content
    without that, its digest, the digest before it, and the one that comes of both."""

    position: int
    content: bytes
    digest: int
    before: int
    found: int


def judged(suspects: Sequence[Suspect]) -> list[Fault]:
    """What is wrong with rows whose digests do not agree. The digest of a row may be all that is
    wrong with it, or may lie at another row: then the one after it is as it was."""
    befores = {one.before for one in suspects[:WEIGHED]}
    befores |= {digest for one in suspects[:WEIGHED] for digest in (one.digest, one.found)}
    ends = {one.position: one.before for one in suspects[:WEIGHED]}
    faults = []
    for number, one in enumerate(suspects):
        if number < WEIGHED:
            if any(_leads(before, one.position, one) for before in befores - {one.before}):
                continue
            places = [at for at in ends if any(_leads(digest, at, one) for digest in befores)]
            if places:
                seen = f"the one that was stored at position {places[0]}"
                faults.append(Fault(one.position, "order", SOUND, seen))
                continue
        seen = f"the checksum {one.found % 2**64:016x} where {one.digest % 2**64:016x} was kept"
        faults.append(Fault(one.position, "checksum", SOUND, seen))
    return faults


def _leads(before: int, position: int, one: Suspect) -> bool:
    """Whether a digest leads to that of a row, were it at a position."""
    return extend(before, numbers_to_bytes(position, 0, 0)[:8] + one.content) == one.digest
