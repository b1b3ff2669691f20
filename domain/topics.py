"""What the topic of a ledger is known by.

Offsets mean something with their topic alone. A topic that is deleted and made anew has its old
name, and may have as many records; what tells the two apart is the id that the servers give each.
"""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """A topic: its name, the id that it has for life, and how many partitions it has. ``id`` is
    None where the servers give none; then its name is all that it is known by."""

    name: str
    id: str | None
    partitions: int

    def is_same(self, other: Topic) -> bool:
        """Whether both are one topic, however many partitions it had each time."""
        if self.id is None or other.id is None:
            return self.name == other.name
        return self.id == other.id

    @property
    def key(self) -> str:
        """What records of it are kept under."""
        return self.id or self.name

    @property
    def keys(self) -> list[str]:
        """What records of it may be kept under: whoever wrote them may not have known its id."""
        return [self.key, self.name]

    def __str__(self) -> str:
        return f"{self.name!r} (id {self.id or 'unknown'})"
