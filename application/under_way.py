"""The questions that threads of this process are asking, so that one can be ended that nobody waits
for any more."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from projections.session import Session


class UnderWay:
    """Which sessions each thread asks: one, or another one within."""

    def __init__(self) -> None:
        self._sessions: dict[int, list[Session]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def noted(self, session: Session) -> Iterator[None]:
        """This thread asks the session, as long as the block lasts."""
        thread = threading.get_ident()
        with self._lock:
            self._sessions.setdefault(thread, []).append(session)
        try:
            yield
        finally:
            # Not while it is being interrupted: what comes next on the session is not meant.
            with self._lock:
                self._sessions[thread].pop()
                if not self._sessions[thread]:
                    del self._sessions[thread]

    def interrupt(self, thread: int) -> None:
        """Have what a thread asks fail at once, if it asks anything. Between two of its queries
        there is nothing to interrupt: call again until it is done."""
        with self._lock:
            for session in self._sessions.get(thread, ()):
                session.interrupt()
