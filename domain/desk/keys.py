"""What a caller may give with a command to be able to say it again."""

from __future__ import annotations

from typing import NamedTuple


class Key(NamedTuple):
    """The key that a caller gave a command, a fingerprint of what the command says, and the state
    and the status that were answered."""

    key: str
    content: str
    state: str | None
    status: str | None


class Keyed(NamedTuple):
    """What a key was used for, and the decision by its aggregate and version."""

    key: Key
    stream: str
    version: int
