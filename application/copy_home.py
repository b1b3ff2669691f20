"""Copying one home to another: every fact, in its order, then a check that both answer alike.

Ids make it safe to stop and to run again: what the other home holds already is passed over. What a
copy can't take along is when the first ledger learned of each fact: the second one learns of it
now, and so questions about an earlier knowledge are for the first one.
"""

from __future__ import annotations

import heapq
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from application.embedded_home import EmbeddedHome
from application.errors import Wrong
from application.home import LEDGER_FILE, silent
from domain.instants import from_microseconds
from domain.positions import Reach, Vector
from ledger.errors import Unkeepable
from ledger.port import EventData, RecordedEvent
from ledger.sqlite.reader import ranges
from projections.queries.as_of import Moment
from projections.queries.commitments import Filter, commitments
from projections.queries.journeys import Page, journeys
from projections.queries.scoreboard import Window, balance, promises
from projections.queries.suspense import suspense
from projections.session import Session

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from application.home import Appending, OnProgress
    from application.server_home import ServerHome
    from ledger.kafka.ledger import KafkaLedger
    from ledger.seen_ids import Known

    AnyHome = EmbeddedHome | ServerHome


BATCH = 10_000
PAGE = 1_000

#: What may differ: where a fact lies, and when it was learned of.
ASIDE = frozenset({"known_at", "position", "recorded_at"})

#: Called with how many facts were read so far.
OnFacts = Callable[[int], None]


@dataclass(frozen=True)
class Copied:
    """What a copy did: the facts read, and how many of them were written and passed over; and the
    positions of those that it is ``without``, since the first home leaves them out."""

    facts: int
    written: int
    there: int
    without: tuple[int, ...] = ()


@dataclass(frozen=True)
class Difference:
    """The first answer in which two homes differ: the question, of ``promises`` by which group,
    what it is about, and both answers; None where one home has no more."""

    question: str
    by: str | None
    about: str
    one: Any
    other: Any


def copy(
    source: AnyHome,
    target: AnyHome,
    on_facts: OnFacts,
    *,
    compared: bool = True,
    trust_clock: bool = False,
    new_topic: bool = False,
) -> Copied:
    """Append every fact of one home to another that has not got it. ``compared`` says that
    ``compare`` is to follow; ``trust_clock`` and ``new_topic`` are for ``Home.writing``. Raises
    ``Wrong`` where both are the same, and whatever can be known to be in the way before a fact is
    read."""
    from ledger.seen_ids import known_ids

    if os.path.realpath(source.folder) == os.path.realpath(target.folder):
        raise Wrong("two homes", f"{str(source.folder)!r} twice", "{copy to another home}")
    _expect_room(source, target)
    for home in (source, target) if compared else ():
        _expect_views(home)
    with ExitStack() as held:
        writing: AbstractContextManager[Appending] = target.writing(
            trust_clock=trust_clock, new_topic=new_topic
        )
        ledger = held.enter_context(writing)
        known = None
        if not isinstance(target, EmbeddedHome):  # which looks ids up by itself
            folder = held.enter_context(TemporaryDirectory(prefix="pledger-copy-"))
            known = held.enter_context(known_ids(Path(folder)))
            known.meet_all(_facts(target))
        copied = copy_facts(_counting(source), ledger, known, on_facts)
    return replace(copied, without=source.left_out())


def _expect_room(source: AnyHome, target: AnyHome) -> None:
    """Raise ``Wrong`` where an embedded home can't be written to, or what is in its folder is no
    home, or its disk has less room than the facts take, where that is known."""
    if not isinstance(target, EmbeddedHome):
        return
    folder = target.folder
    if not target.made() and folder.is_dir() and any(folder.iterdir()):
        raise Wrong(
            "a home, an empty folder, or none yet, to copy to",
            f"other files in {str(folder)!r}",
            "{copy to another home}",
        )
    _expect_writable(folder)
    if isinstance(source, EmbeddedHome):
        missing = _size(source) - _size(target)
        free = shutil.disk_usage(_nearest(folder)).free
        if free < missing:
            raise Wrong(
                f"room for {missing / 1e6:,.0f} MB of facts on the disk of {str(folder)!r}",
                f"{free / 1e6:,.0f} MB",
                "free some, or {copy to another home}",
            )


def _expect_views(home: AnyHome) -> None:
    """Raise ``Problem`` where a home could not be asked, for want of views and of a place to make
    some."""
    if not isinstance(home, EmbeddedHome):
        home.views().prepare()
    elif not home.views().path.exists():
        _expect_writable(home.folder)


def _expect_writable(folder: Path) -> None:
    there = _nearest(folder)
    if there.is_dir() and not os.access(there, os.W_OK | os.X_OK):
        raise Wrong(
            f"to be allowed to write in {str(there)!r}, where a home is to be or has its views",
            "that this user may not, or the disk may only be read",
            "let its owner allow it (in a container, mount a volume there), or"
            " {copy to another home}; without a comparison, {compare nothing}, the home that is"
            " read may stay as it is",
        )


def _nearest(folder: Path) -> Path:
    """The folder itself, or the one that it would be made in."""
    return next(each for each in (folder, *folder.absolute().parents) if each.exists())


def _size(home: EmbeddedHome) -> int:
    """How many bytes the ledger of a home takes; 0 where there is none yet."""
    names = (LEDGER_FILE, f"{LEDGER_FILE}-wal")
    files = (home.folder / name for name in names)
    return sum(file.stat().st_size for file in files if file.exists())


def compare(
    source: AnyHome, target: AnyHome, as_of: datetime, on_progress: OnProgress = silent
) -> Difference | None:
    """The first difference between what two homes answer about an instant, once the views of both
    have taken in all that their ledgers have; None if they answer alike."""
    with _told("both have all facts, and were not compared: {copy} again compares them"):
        for home in (source, target):
            home.catch_up(on_progress)
        with (
            source.asking(on_progress) as (one, here),
            target.asking(on_progress) as (other, there),
        ):
            return first_difference(one, here, other, there, as_of)


@contextmanager
def _told(note: str) -> Iterator[None]:
    """Add to whatever goes wrong how far one had come, and how to go on."""
    try:
        yield
    except Exception as error:
        error.add_note(note)
        raise


def copy_facts(
    source: Iterator[list[RecordedEvent]], target: Appending, known: Known | None, on_facts: OnFacts
) -> Copied:
    """Append to ``target`` what ``source`` yields, but for what is there. ``known``: the ids that
    it has, where the ledger does not look ids up; those of the source are added."""
    facts = written = 0
    try:
        for batch in source:
            fresh = batch if known is None else known.fresh(batch)
            try:
                receipts = target.append([EventData(*fact[2:]) for fact in fresh]) if fresh else []
            except Unkeepable as error:
                raise _stranded(chain([fresh], source), error) from error
            facts += len(batch)
            written += sum(receipt.outcome == "accepted" for receipt in receipts)
            on_facts(facts)
    except Exception as error:
        error.add_note(
            f"{facts:,} facts were copied before that: {written:,} written, {facts - written:,}"
            " there already; {copy} again goes on, and passes over what is there"
        )
        raise
    return Copied(facts, written, facts - written)


def _stranded(batches: Iterable[list[RecordedEvent]], error: Unkeepable) -> Unkeepable:
    """What to raise where facts that a ledger has are none to those who read a topic: all that are
    still to come, so that they can be dealt with at once."""
    from ledger.kafka.readability import all_unreadable

    found: dict[int, str] = {}
    for batch in batches:
        positions = {fact.id: fact.position for fact in batch}
        for fact, problem in all_unreadable([EventData(*fact[2:]) for fact in batch]):
            found[positions[fact.id]] = problem
    if not found:
        return error
    first = min(found)
    return Unkeepable(
        "facts that readers of the topic take",
        f"{len(found):,} in the home that is read that they would put into quarantine, at the"
        f" positions {ranges(sorted(found))} (at {first}: {found[first]})",
        "they stay in that ledger: there {leave positions out}, so that its views do without them,"
        " and {copy} again; then emit what they should have said, as facts with ids of their own",
    )


def _facts(home: AnyHome) -> Iterator[list[RecordedEvent]]:
    """All facts of a home, in the order in which they were recorded; none where there is no home
    yet."""
    if not isinstance(home, EmbeddedHome):
        with home.ledger() as ledger:
            yield from in_order_recorded(ledger)
    elif home.made():
        with home.reading() as ledger:
            yield from ledger.read()


def _counting(home: AnyHome) -> Iterator[list[RecordedEvent]]:
    """The facts of a home that its views are of. What was dismissed there would count again in
    another home, which knows nothing of that."""
    if isinstance(home, EmbeddedHome):
        return _facts(home)
    return without(_facts(home), home.views().dismissed())


def in_order_recorded(ledger: KafkaLedger) -> Iterator[list[RecordedEvent]]:
    """All facts of a ledger of several partitions, as one ledger would have recorded them. Of two
    with one id, the one that counts comes first."""
    head = ledger.head()
    partitions = [_flat(ledger.read(upto=Vector({p: end}))) for p, end in head.items()]
    merged = heapq.merge(*partitions, key=lambda fact: (fact.recorded_at, fact.position))
    while batch := list(islice(merged, BATCH)):
        yield batch


def without(
    batches: Iterator[list[RecordedEvent]], dismissed: set[tuple[int, datetime]]
) -> Iterator[list[RecordedEvent]]:
    """Facts but for those of messages that were dismissed: their position, and when they were
    recorded."""
    for batch in batches:
        yield [
            fact
            for fact in batch
            if (fact.position, from_microseconds(fact.recorded_at)) not in dismissed
        ]


def _flat(batches: Iterator[list[RecordedEvent]]) -> Iterator[RecordedEvent]:
    return (fact for batch in batches for fact in batch)


def first_difference(
    one: Session, one_reach: Reach, other: Session, other_reach: Reach, as_of: datetime
) -> Difference | None:
    """The first answer about an instant in which two homes differ; None if they answer alike: the
    scoreboard by every grouping, the balance, every commitment, every journey with its steps, and
    what is in suspense."""
    here, there = Moment(as_of, one_reach, one_reach), Moment(as_of, other_reach, other_reach)
    for question, by, ask in _questions(as_of):
        for mine, theirs in _pairs(ask(one, here), ask(other, there)):
            if mine != theirs:
                return Difference(question, by, _name(mine or theirs), mine, theirs)
    return None


Answers = Iterator[Mapping[str, Any]]
Ask = Callable[[Session, Moment], Answers]


def _questions(as_of: datetime) -> Sequence[tuple[str, str | None, Ask]]:
    from projections.queries.scoreboard import DIMENSIONS, Selection

    selection = Selection([], None, None, "UTC")
    window = Window(datetime(1, 1, 2, tzinfo=UTC), as_of, ("department", "about"))
    return (
        *(
            (
                "promises",
                by,
                lambda session, moment, by=by: iter([promises(session, moment, selection, [by])]),
            )
            for by in DIMENSIONS
        ),
        ("balance", None, lambda session, moment: iter([balance(session, moment, window)])),
        ("suspense", None, lambda session, moment: iter(suspense(session, moment)["items"])),
        ("commitments", None, _all_commitments),
        ("journeys", None, _all_journeys),
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
