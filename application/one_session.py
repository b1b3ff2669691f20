"""A home for one question: what asks it shares one session, so that all that is read is of one
moment, and whoever needs to know how far the views stand need not ask twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from application.errors import Wrong
from application.home import silent

if TYPE_CHECKING:
    from application.home import Asking, OnProgress
    from domain.positions import Reach
    from projections.session import Session


class OneSession:
    """A session that is open, and how far its views stand."""

    def __init__(self, session: Session, head: Reach) -> None:
        self.head = head
        self._session = session

    @contextmanager
    def asking(self, on_progress: OnProgress) -> Iterator[tuple[Session, Reach]]:
        """See ``application.home.Asking``. One question may ask, once: it may hide tables."""
        del on_progress
        yield self._session, self.head

    def holds(self, position: Reach) -> bool:
        """Whether the views hold all up to a position. Raises Wrong for one that is none of this
        ledger's, which has one partition or several."""
        from domain.positions import within

        if isinstance(position, int) != isinstance(self.head, int):
            expected = "a position as receipts of this ledger give it"
            raise Wrong(expected, "one of a ledger with other partitions")
        return within(position, self.head)


@contextmanager
def one_session(home: Asking) -> Iterator[OneSession]:
    """A home whose one session is open for as long as the block lasts."""
    with home.asking(silent) as (session, head):
        yield OneSession(session, head)
