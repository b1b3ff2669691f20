"""What every question has: its two times, and the session that answers it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from application.errors import Wrong
from application.request_checks import expect_from

if TYPE_CHECKING:
    from application.home import Asking, OnProgress
    from domain.positions import Reach
    from projections.queries.as_of import Moment
    from projections.session import Session


@dataclass(frozen=True, kw_only=True)
class Question:
    """``as_of`` asks what was so then. ``known_at`` asks what the ledger knew then, by an instant
    or by how far it went; None is all that it knows."""

    as_of: datetime
    known_at: Reach | datetime | None = None

    def __post_init__(self) -> None:
        for instant in (self.as_of, self.known_at):
            if isinstance(instant, datetime) and instant.utcoffset() is None:
                raise Wrong("instants with an offset", f"{instant.isoformat()}", "say which clock")
        expect_from(0, "known_at", self.known_at)


@dataclass(frozen=True, kw_only=True)
class Page(Question):
    """A page of a list: at most ``limit`` elements, from the one behind the cursor ``after`` on."""

    limit: int | None = None
    after: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_from(1, "limit", self.limit)


@contextmanager
def asked(
    home: Asking, question: Question, on_progress: OnProgress
) -> Iterator[tuple[Session, Moment]]:
    """The session and the moment of a question."""
    from projections.queries.as_of import Moment, known_at

    with home.asking(on_progress) as (session, head):
        known = head
        if isinstance(question.known_at, datetime):
            known = known_at(session, question.known_at, head)
        elif question.known_at is not None:
            known = _reach(question.known_at, head)
        yield session, Moment(question.as_of, known, head)


@contextmanager
def replayed(
    home: Asking, question: Question, on_progress: OnProgress
) -> Iterator[tuple[Session, Moment]]:
    """As ``asked``, for questions about all commitments: they are folded again at an earlier
    knowledge."""
    with asked(home, question, on_progress) as (session, moment):
        if moment.replays:
            from projections.queries.replay import replay_commitments

            replay_commitments(session, moment)
        yield session, moment


def _reach(asked: Reach, head: Reach) -> Reach:
    """How far the ledger was known, in the way in which this ledger counts. Raises Wrong."""
    from domain.positions import Vector, within

    if isinstance(head, int) and isinstance(asked, Vector) and set(asked) <= {0}:
        asked = asked.get(0, 0)  # a ledger of one partition
    if asked == 0 and isinstance(head, Vector):
        asked = Vector({})  # nothing is known of any partition
    if isinstance(asked, int) and isinstance(head, Vector):
        raise Wrong(
            f"a place in each partition, such as @{head}, which is all that is known now",
            f"@{asked}",
        )
    if not within(asked, head):
        raise Wrong(f"a position of the ledger, whose last one is {head}", f"@{asked}")
    return asked
