"""The check of what a topic holds, a stretch of a partition at a time.

Kafka checks its bytes itself (``check.crcs``). What is looked for is what it can't know: whether
what lies there is what was folded into the views, in an order that time does not contradict, on a
topic that can lose nothing. Messages that are no facts, and facts that come twice, are no faults of
the ledger; they are counted. Offsets without a message are markers of transactions: what else could
leave any is a fault of the topic.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from application.errors import Problem
from application.in_processes import AT_ONCE, each, processes_for
from application.server_home import counted
from consumers.decode import decode_messages
from domain.positions import Reach, Vector, offset_of, partition_of, position_of
from domain.topics import Topic
from ledger.duplicates import same
from ledger.faults import Fault, Faults
from ledger.kafka.digest import digest_of, together
from ledger.kafka.ledger import KafkaLedger
from ledger.kafka.message import Message, recorded
from ledger.kafka.settings import KafkaSettings
from ledger.port import EventData
from ledger.repeated_ids import SeenIds, seen_ids

if TYPE_CHECKING:
    from application.home import OnProgress
    from application.server_home import ServerHome
    from application.verify import Views

#: Messages that are read and decoded together, and those that are read once more in one go.
GULP, AGAIN = 10_000, 500


class Stretch(NamedTuple):
    """Offsets [start, stop) of a partition. ``known`` is the offset up to which the views have it:
    the digest is of the messages before that."""

    settings: KafkaSettings
    partition: int
    start: int
    stop: int
    known: int


class Checked(NamedTuple):
    """What a stretch holds: how many messages; the ids of those that are facts, with their
    positions; the digest; the first and the last message, each as position and when it was recorded
    (milliseconds since 1970); and the faults, by position."""

    stretch: Stretch
    messages: int
    ids: list[bytes]
    positions: list[int]
    digest: int
    first: tuple[int, int] | None
    last: tuple[int, int] | None
    faults: list[Fault]


class Books(NamedTuple):
    """What the database knows of the topic: which one the views are of, for each partition up to
    which offset and with which digest they have it, and how many messages wait in quarantine."""

    topic: Topic | None
    digests: Mapping[int, tuple[int, int | None]]
    quarantined: int


class Found(NamedTuple):
    """What a topic holds: facts, messages that are none, facts whose id was there before (with the
    same content, or with another); how far it goes, and whether the views are of it. ``books`` is
    None where there are no views, and why the database could not be asked where it could not."""

    facts: int
    unreadable: int
    duplicates: int
    conflicts: int
    reach: Reach
    views: Views
    books: Books | Problem | None


def look_through(home: ServerHome, first: int, faults: Faults, on_progress: OnProgress) -> Found:
    """Look at all facts of a topic from a position on. Raises what its servers raise; the database
    need not answer."""
    # The books first: what workers fold in meanwhile lies before a head that is asked for later.
    books = _books(home)
    known = books if isinstance(books, Books) else Books(None, {}, 0)
    with home.ledger() as ledger:
        topic, there = ledger.topic(), ledger.bounds()
        faults.add(_faults_of(home.kafka, topic, known.topic))
        if known.topic is not None and not known.topic.is_same(topic):
            known = known._replace(digests={})
        starts = _starts(there, first)
        faults.add(_missing(starts, there, known))
        with seen_ids() as ids:
            read = _read(_stretches(home.kafka, starts, there, known), ids, faults, on_progress)
            duplicates, conflicts = _repeated(ledger, ids)
    views, others = _views(starts, there, read.digests, known)
    faults.add(others)
    if isinstance(books, Problem):
        views = "unknown"
    reach = counted({partition: end for partition, (_, end) in there.items()}, len(there))
    return Found(read.facts, read.messages - read.facts, duplicates, conflicts, reach, views, books)


def check(stretch: Stretch) -> Checked:
    """Read a stretch and look at each of its messages. Raises ``LedgerError``."""
    with KafkaLedger(stretch.settings) as ledger:
        after = Vector({stretch.partition: stretch.start})
        upto = Vector({stretch.partition: stretch.stop})
        return check_messages(stretch, ledger.messages(after, upto, GULP))


def check_messages(stretch: Stretch, parts: Iterable[Sequence[Message]]) -> Checked:
    """Look at the messages of a stretch."""
    found = Checked(stretch, 0, [], [], 0, None, None, [])
    for messages in parts:
        arrival, _ = decode_messages(messages)
        if arrival.by_type:
            ids = arrival.envelopes["id"].to_pylist()
            found.ids.extend(bytes.fromhex(one.replace("-", "")) for one in ids)
            found.positions.extend(arrival.envelopes["position"].to_pylist())
        places = [(one.position, one.timestamp) for one in messages]
        for before, place in pairwise([found.last, *places]):
            found.faults.extend(_order(before, place))
        known = (digest_of(one) for one in messages if one.offset < stretch.known)
        found = found._replace(
            messages=found.messages + len(messages),
            digest=together((found.digest, *known)),
            first=found.first or places[0],
            last=places[-1],
        )
    return found


class _Read(NamedTuple):
    """What all stretches hold together: messages, facts, and partition -> digest."""

    messages: int
    facts: int
    digests: Mapping[int, int]


def _read(
    stretches: Sequence[Stretch], ids: SeenIds, faults: Faults, on_progress: OnProgress
) -> _Read:
    total = sum(one.stop - one.start for one in stretches)
    done = messages = facts = 0
    digests: Counter[int] = Counter()
    last: Checked | None = None
    for found in each(check, stretches, processes_for(total)):
        ids.add(found.ids, found.positions)
        stretch = found.stretch
        if last is not None and last.stretch.partition == stretch.partition:
            faults.add(_order(last.last, found.first))
        faults.add(found.faults)
        digests[stretch.partition] = together((digests[stretch.partition], found.digest))
        messages, facts = messages + found.messages, facts + len(found.ids)
        done += stretch.stop - stretch.start
        on_progress(done, total)
        # A stretch may hold no message, and then says nothing of the order.
        last = found if found.last is not None or last is None else last
    return _Read(messages, facts, digests)


def _books(home: ServerHome) -> Books | Problem | None:
    from projections.errors import NoViews
    from projections.postgres import checkpoints, generation_topic
    from projections.postgres.quarantine import Quarantine

    views = home.views()
    try:
        with views.reading() as session:
            connection = session.connection
            topic = generation_topic.topic_of(connection, views.schema, session.generation)
            waiting = Quarantine(connection, views.schema, topic).count()
            return Books(topic, checkpoints.digests(connection), waiting)
    except NoViews:
        return None
    except Problem as error:
        return error


def _faults_of(kafka: KafkaSettings, topic: Topic, remembered: Topic | None) -> Iterator[Fault]:
    """What is wrong with the topic as a whole."""
    from consumers.worker.topic_guard import expect_same
    from ledger.errors import Lost, Repartitioned
    from ledger.kafka.topic_admin import check as check_topic

    for fault in check_topic(kafka):
        yield Fault(None, "topic", f"{fault.setting}: {fault.expected}", fault.seen, fault.remedy)
    try:
        if remembered is not None:
            expect_same(remembered, topic)
    except (Lost, Repartitioned) as error:
        yield Fault(None, "topic", error.expected, error.seen, error.remedy)


def _starts(there: Mapping[int, tuple[int, int]], first: int) -> dict[int, int]:
    """Where to begin in each partition that has positions from ``first`` on."""
    partition, offset = partition_of(first), offset_of(first)
    return {
        one: max(offset if one == partition else 0, there[one][0])
        for one in sorted(there)
        if one >= partition
    }


def _missing(
    starts: Mapping[int, int], there: Mapping[int, tuple[int, int]], known: Books
) -> Iterator[Fault]:
    """What the partitions have not any more, at their beginnings and at their ends."""
    for partition in starts:
        first, end = there[partition]
        if first > 0:
            seen = f"that offset {first} of partition {partition} is the first one there"
            yield Fault(position_of(partition, 0), "cut", "all that the topic was given", seen)
        wanted, _ = known.digests.get(partition, (0, None))
        if wanted > end:
            expected = f"offsets of partition {partition} up to {wanted}, which the views know"
            yield Fault(position_of(partition, end), "cut", expected, f"that it ends at {end}")


def _stretches(
    kafka: KafkaSettings,
    starts: Mapping[int, int],
    there: Mapping[int, tuple[int, int]],
    known: Books,
) -> list[Stretch]:
    return [
        Stretch(
            kafka,
            partition,
            at,
            min(at + AT_ONCE, there[partition][1]),
            known.digests.get(partition, (0, None))[0],
        )
        for partition, start in starts.items()
        for at in range(start, there[partition][1], AT_ONCE)
    ]


def _views(
    starts: Mapping[int, int],
    there: Mapping[int, tuple[int, int]],
    digests: Mapping[int, int],
    known: Books,
) -> tuple[Views, list[Fault]]:
    """Whether the views are of what was read, and where they are not."""
    if not known.digests:
        return ("none" if known.topic is None else "other"), []
    others = []
    unknown = False
    for partition, (end, digest) in known.digests.items():
        if digest is None or starts.get(partition) != there.get(partition, (0, 0))[0]:
            unknown = True
        elif digests.get(partition, 0) != digest:
            expected = f"what the views have of partition {partition} up to offset {end}"
            seen = "that other messages lie there, or that some are missing"
            others.append(Fault(position_of(partition, end - 1), "views", expected, seen))
    return ("other" if others else "unknown" if unknown else "same"), others


def _repeated(ledger: KafkaLedger, ids: SeenIds) -> tuple[int, int]:
    """How many facts have an id that was there before, with the same content and with another."""
    duplicates = conflicts = 0
    waiting: list[list[int]] = []
    for positions in ids.repeated():
        waiting.append(positions)
        if sum(map(len, waiting)) >= AGAIN:
            conflicts += _contradicting(ledger, waiting)
            waiting = []
        duplicates += len(positions) - 1
    conflicts += _contradicting(ledger, waiting)
    return duplicates - conflicts, conflicts


def _contradicting(ledger: KafkaLedger, groups: Sequence[Sequence[int]]) -> int:
    """How many of the facts at some positions say something else than the one with the same id that
    was recorded first; each group is of one id."""
    places = [(partition_of(one), offset_of(one)) for group in groups for one in group]
    facts = {one.position: recorded(one) for one in ledger.messages_at(places)}
    found = 0
    for group in groups:
        ordered = sorted((facts[one].recorded_at, one) for one in group)
        first, *others = (EventData(*facts[position][2:]) for _, position in ordered)
        found += sum(not same(first, other) for other in others)
    return found


def _order(before: tuple[int, int] | None, place: tuple[int, int] | None) -> list[Fault]:
    """What is wrong with two messages, one after the other: position, and when it was recorded."""
    if before is None or place is None or place[1] >= before[1]:
        return []
    position, at = place
    expected = "a fact recorded when the one before it was, or later"
    return [Fault(position, "time", expected, f"{(before[1] - at) / 1000:,.3f} s earlier")]
