"""Moving from one home to another: every fact, in its order, then a check that both answer alike.

Ids make it safe to stop and to run again: what the other home holds already is passed over. What a
copy can't take along is when the first ledger learned of each fact: the second one learns of it
now, and so questions about an earlier knowledge (``--known-at``) are for the first one.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from domain.positions import Reach, Vector
from ledger.port import Recorded, Sealed
from projections.asks.commitments import Filter, commitments
from projections.asks.journeys import Page, journeys
from projections.asks.moment import Moment
from projections.asks.promises import Window, balance, promises
from projections.asks.suspense import suspense
from projections.session import Session

if TYPE_CHECKING:
    from application.homes import Appending
    from ledger.kafka.ledger import KafkaLedger
    from ledger.known import Known

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

BATCH = 10_000
PAGE = 1_000

#: What may differ: where a fact lies, and when it was learned of.
ASIDE = frozenset({"known_at", "position", "recorded_at"})

OnProgress = Callable[[int], None]


class Copied(NamedTuple):
    """What a copy did: the facts read, and how many of them were written and passed over."""

    facts: int
    written: int
    there: int


class Difference(NamedTuple):
    """The first thing that two homes answer differently."""

    question: str
    about: str
    one: Any
    other: Any


def copy_facts(
    source: Iterator[list[Recorded]],
    target: Appending,
    known: Known | None,
    on_progress: OnProgress,
) -> Copied:
    """Append to ``target`` what ``source`` gives, but for what is there. ``known``: the ids that it
    has, where nobody stands at its door who knows an id again; it learns those of the source."""
    facts = written = 0
    for batch in source:
        fresh = batch if known is None else known.fresh(batch)
        receipts = target.append([Sealed(*fact[2:]) for fact in fresh]) if fresh else []
        facts += len(batch)
        written += sum(receipt.outcome == "accepted" for receipt in receipts)
        on_progress(facts)
    return Copied(facts, written, facts - written)


def in_order_recorded(ledger: KafkaLedger) -> Iterator[list[Recorded]]:
    """All facts of a ledger of several partitions, as one ledger would have recorded them. Of two
    with one id, the one that counts comes first."""
    head = ledger.head()
    partitions = [_flat(ledger.read(upto=Vector({p: end}))) for p, end in head.items()]
    merged = heapq.merge(*partitions, key=lambda fact: (fact.recorded_at, fact.position))
    while batch := list(islice(merged, BATCH)):
        yield batch


def without(
    batches: Iterator[list[Recorded]], dismissed: set[tuple[int, datetime]]
) -> Iterator[list[Recorded]]:
    """Facts but for those of messages that were dismissed: their position, and when they were
    recorded."""
    for batch in batches:
        yield [
            fact
            for fact in batch
            if (fact.position, EPOCH + timedelta(microseconds=fact.recorded_at)) not in dismissed
        ]


def _flat(batches: Iterator[list[Recorded]]) -> Iterator[Recorded]:
    return (fact for batch in batches for fact in batch)


def first_difference(
    one: Session, one_reach: Reach, other: Session, other_reach: Reach, as_of: datetime
) -> Difference | None:
    """The first thing that two homes answer differently about an instant; None if they answer
    alike: the scoreboard by every grouping, the balance, every commitment, every journey with its
    steps, and what is in suspense."""
    here, there = Moment(as_of, one_reach, one_reach), Moment(as_of, other_reach, other_reach)
    for question, ask in _questions(as_of):
        for mine, theirs in _pairs(ask(one, here), ask(other, there)):
            if mine != theirs:
                return Difference(question, _name(mine or theirs), mine, theirs)
    return None


Answers = Iterator[Mapping[str, Any]]


def _questions(as_of: datetime) -> Sequence[tuple[str, Callable[[Session, Moment], Answers]]]:
    from projections.asks.promises import DIMENSIONS, Selection

    selection = Selection([], None, None, "UTC")
    window = Window(datetime(1, 1, 2, tzinfo=UTC), as_of, ("department", "about"))
    return (
        *(
            (
                f"promises --by {by}",
                lambda session, moment, by=by: iter([promises(session, moment, selection, [by])]),
            )
            for by in DIMENSIONS
        ),
        ("balance", lambda session, moment: iter([balance(session, moment, window)])),
        ("suspense", lambda session, moment: iter(suspense(session, moment)["items"])),
        ("commitments", _all_commitments),
        ("journeys", _all_journeys),
    )


def _all_commitments(session: Session, moment: Moment) -> Answers:
    after: str | None = None
    while True:
        page = commitments(session, moment, Filter(limit=PAGE, after=after))
        yield from page["commitments"]
        if (after := page["next"]) is None:
            return


def _all_journeys(session: Session, moment: Moment) -> Answers:
    after: str | None = None
    while True:
        page = journeys(session, moment, Page(limit=PAGE, after=after))
        yield from page["journeys"]
        if (after := page["next"]) is None:
            return


def _pairs(mine: Answers, theirs: Answers) -> Iterator[tuple[Any, Any]]:
    """Answer by answer; None where one home has no more."""
    while True:
        pair = next(mine, None), next(theirs, None)
        if pair == (None, None):
            return
        yield _without_places(pair[0]), _without_places(pair[1])


def _without_places(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_places(own) for key, own in value.items() if key not in ASIDE}
    if isinstance(value, list | tuple):
        return [_without_places(own) for own in value]
    return value


def _name(answer: Mapping[str, Any]) -> str:
    for key in ("commitment_id", "journey_id", "about"):
        if key in answer:
            return str(answer[key])
    return "all"
