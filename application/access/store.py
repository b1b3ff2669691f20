"""Where keys, passes and access records lie: a file of an embedded home
(``ledger.sqlite.access``), or the control schema of a server home
(``projections.postgres.access``)."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from domain.access import AccessRecord, StoredKey, StoredPass


class AccessStore(Protocol):
    """What use cases need of it. Threads may share one; a change is seen by every process at its
    next look. Each method is one transaction."""

    def add_key(self, key: StoredKey) -> bool:
        """Keep a key; False, and nothing is kept, where its name is taken. Durable on return."""

    def all_keys(self) -> list[StoredKey]:
        """All of them by name, those that were revoked or have expired too."""

    def keys_like(self, digest: bytes) -> list[StoredKey]:
        """The keys whose digests begin as this one does."""

    def revoke(self, name: str, at: datetime) -> StoredKey | None:
        """Revoke a key, unless that is done, and end the passes of its name; the key, None where
        there is none. Durable on return."""

    def note_use(self, name: str, at: datetime) -> None:
        """That a key was used, unless it is known to have been later."""

    def add_pass(self, one: StoredPass, now: datetime) -> None:
        """Keep a pass, and forget those that have expired."""

    def passes_like(self, digest: bytes) -> list[StoredPass]:
        """The passes whose digests begin as this one does; none of a key that was revoked."""

    def end_pass(self, digest: bytes) -> bool:
        """End a pass; whether it was there: of all who end it at once, one is told so."""

    def end_passes_of(self, name: str) -> int:
        """End all passes of somebody; how many there were. Durable on return."""

    def record(self, read: AccessRecord) -> None:
        """Keep an access record."""

    def records(self, after: int, limit: int, who: str | None = None) -> list[AccessRecord]:
        """The first records with a greater number, by number; of one reader, or of all."""

    def close(self) -> None:
        """Let go of it."""
