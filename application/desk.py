"""The desk: who decides, rather than reports, is told where a command would change nothing.

A decision is recorded under the next version of its promise or issue, and published to the ledger
before it is answered. What stands in the way of the latter does not undo it: it waits for the next
relay.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple, TypedDict
from uuid import NAMESPACE_URL, UUID, uuid5

from application.cloudevents_json import Rejected, in_parts, read_parts
from application.desk_facts import NOTHING
from application.desk_verbs import BEGINNING, DECLINED, ID_FIELDS, Thing, type_of
from application.errors import Problem, Unavailable, Wrong
from application.home import silent
from application.json_answers import instant_to_text
from domain.desk import issues, promises
from domain.desk.decider import Command, Known, Refused, dated, day, evolve
from domain.events import BODIES, CommitmentMade
from domain.facts import Fact
from domain.instants import EPOCH, from_microseconds, to_microseconds
from ledger.decisions import Decided, Decisions, IntegrityError, Key
from ledger.envelope import Envelope, NotAFact
from schemas import codec

if TYPE_CHECKING:
    from application.desk_facts import Found, LedgerFacts
    from application.home import Home, OnProgress
    from domain.events import Body
    from ledger.port import EventData
    from projections.queries.known_facts import Kind

Verdict = Fact | Refused


class _Decider(NamedTuple):
    """How one decides about a kind of thing, and how it stands at an instant."""

    decide: Callable[[Known, Command], Verdict]
    standing: Callable[[Known, datetime], tuple[str | None, str | None]]


_DECIDERS: Mapping[Thing, _Decider] = {
    "promise": _Decider(promises.decide, promises.standing),
    "issue": _Decider(issues.decide, issues.standing),
}

#: How often one looks anew, where another decides at the same moment. Each time, one has got on.
_LOOKS = 1_000
#: Of how many promises and issues a process keeps its last look.
_REMEMBERED = 10_000
#: So many bytes may an id or a key have: PostgreSQL keeps them in B-trees, which take some 2,700.
LONGEST = 2_000
#: What the aggregates of declined promises are called, and what an id comes of a key by.
_DECLINES = "declined"
_KEYS = "pledger:desk:key/"
#: What stands in the place of what is not known yet while a body is read at the door.
_NIL = str(UUID(int=0))
_SOMEBODY = "customer:unknown"


@dataclass(frozen=True, kw_only=True)
class Deciding:
    """One command: the ``verb`` about a promise or an issue by its ``id``. What begins something
    takes ``new_id`` where no id is given, and names the ``customer``. ``data`` are the other fields
    of the fact's body, as JSON has them. Without a ``time`` it happens when it is decided. The same
    ``key`` with the same content is the same decision; ``expect`` is the version on which the
    caller decides."""

    thing: Thing
    verb: str
    department: str
    new_id: str
    id: str | None = None
    system: str = "desk"
    customer: str | None = None
    time: datetime | None = None
    data: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    expect: int | None = None


class DecidedFact(TypedDict):
    """A fact of a decision; ``position`` is None where the ledger has it not yet."""

    id: str
    type: str
    time: datetime
    position: int | str | None


class Decision(TypedDict, total=False):
    """What was decided: about the ``commitment_id`` (None for one that was declined) or the
    ``issue_id``, the how manieth decision about it that was, and how it stands now."""

    commitment_id: str | None
    issue_id: str
    version: int
    facts: list[DecidedFact]
    state: str | None
    status: str | None


class Outcome(NamedTuple):
    """What became of a command: a decision, or why it was refused; what kept the decision from
    the ledger for now; and whether it was refused since the caller expected another version."""

    decision: Decision | None
    refused: Refused | None = None
    unpublished: Problem | None = None
    outdated: bool = False


class Looked(NamedTuple):
    """A look at a promise or issue: what was decided about it, what the ledger had, and what is
    known by both."""

    decided: tuple[Decided, ...]
    found: Found
    known: Known


class Desk(NamedTuple):
    """The desk of a home, while it is open: what was decided, what the ledger knows, the relay,
    how a position is shown, the clock, and the last look at each promise or issue, which counts for
    as long as both have nothing new. One thread at a time decides at it."""

    decisions: Decisions
    facts: LedgerFacts
    relay: Callable[[], Mapping[int, int]]
    shown: Callable[[int], int | str]
    clock: Callable[[], datetime]
    looks: dict[str, Looked]


def decide(home: Home, asked: Deciding, on_progress: OnProgress = silent) -> Outcome:
    """Open the desk of a home, decide, record, publish. Raises as ``decide_at``, and ``NoHome``
    where there is none and nothing begins."""
    begin = type_of(asked.thing, asked.verb) in BEGINNING
    with home.desk(on_progress, begin=begin) as desk:
        return decide_at(desk, asked)


def decide_at(desk: Desk, asked: Deciding) -> Outcome:
    """Decide, record, publish. Raises ``Wrong`` for a command that makes no fact, and
    ``Unavailable`` where what the ledger knows is not to be had."""
    event, body = _at_the_door(asked)
    now = desk.clock()
    if asked.time is not None and asked.time > now:
        seen = f"{instant_to_text(asked.time)}, which is after {instant_to_text(now)}"
        raise Wrong("a time that is not after now", seen, "say when it happened")
    for _ in range(_LOOKS):
        if (again := _again(desk, asked)) is not None:
            return again
        if (outcome := _decided(desk, asked, event, body)) is not None:
            return outcome
    raise Unavailable(
        "to decide before others do", f"others in {_LOOKS:,} looks", "decide again later"
    )


def relay(home: Home, on_progress: OnProgress = silent) -> int:
    """Publish what was decided and is not in the ledger yet; how many decisions. Raises ``NoHome``
    where there is none."""
    with home.desk(on_progress, begin=False) as desk:
        return len(desk.relay())


def _at_the_door(asked: Deciding) -> tuple[EventData, Body]:
    """The command as a fact, read as any other that comes in, and its body; what is not known yet
    is made up."""
    type = type_of(asked.thing, asked.verb)
    if asked.id == "" or (asked.id is None and type not in BEGINNING):
        raise Wrong(f"the id of the {asked.thing}", "none", "name it")
    if asked.customer is None and type in BEGINNING:
        raise Wrong("the customer, as in customer:8412", "none", "name the customer")
    _expect_names(asked)
    own = ID_FIELDS[asked.thing]
    named: dict[str, object] = {} if type == DECLINED else {own: _name(asked)}
    event = {
        "specversion": "1.0",
        "id": _NIL,
        "type": type,
        "source": f"/{asked.department}/{asked.system}",
        "subject": asked.customer or _SOMEBODY,
        "time": instant_to_text(asked.time or EPOCH),
        "data": {**asked.data, **named},
    }
    try:
        fact, fields = read_parts(event)
    except Rejected as rejected:
        raise in_parts(rejected.why) from None
    return fact, BODIES[type].model_validate(fields)


def _expect_names(asked: Deciding) -> None:
    """Raises ``Wrong`` where the department is none by itself, and where the id or the key can't be
    looked up in every home."""
    if "/" in asked.department:
        raise Wrong("a department, as in care", "a name with a slash in it", "name it without")
    if asked.key == "":
        raise Wrong("a key of the command's own", "an empty one", "{give another key}, or none")
    for what, text in (("id", asked.id), ("key", asked.key)):
        length = len((text or "").encode(errors="replace"))
        if length > LONGEST:
            raise Wrong(f"at most {LONGEST:,} bytes as the {what}", f"{length:,}", "shorten it")


def _name(asked: Deciding) -> str:
    """The id of what is decided about. One that is made up comes of the key, where there is one: so
    whoever says the same once more can't begin a second thing, whatever became of the first."""
    if asked.id is not None:
        return asked.id
    return asked.new_id if asked.key is None else str(uuid5(NAMESPACE_URL, f"{_KEYS}{asked.key}"))


def _content(asked: Deciding) -> str:
    """A fingerprint of what a command says."""
    said: dict[str, object] = {
        "thing": asked.thing,
        "verb": asked.verb,
        "id": asked.id,
        "customer": asked.customer,
        "source": f"/{asked.department}/{asked.system}",
        "time": None if asked.time is None else instant_to_text(asked.time),
        "data": {name: value for name, value in asked.data.items() if value is not None},
    }
    return sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _again(desk: Desk, asked: Deciding) -> Outcome | None:
    """What was answered to the same command before; None where its key is new."""
    if asked.key is None or (before := desk.decisions.records.keyed(asked.key)) is None:
        return None
    decided = desk.decisions.about(before.stream)[before.version - 1]
    if before.key.content != _content(asked):
        since = from_microseconds(decided.time)
        why = f"the key was used for another command, of {day(since)}"
        return Outcome(None, Refused(why, before.key.state, since, "{give another key}"))
    number = desk.decisions.records.number(before.stream, before.version)
    position, unpublished = desk.decisions.records.position(number), None
    if position is None:
        position, unpublished = _published(desk, number)
    return _answered(desk, decided, before.key, position, unpublished)


def _decided(desk: Desk, asked: Deciding, event: EventData, body: Body) -> Outcome | None:
    """What becomes of a command by what is known now; None where another decided meanwhile."""
    decider = _DECIDERS[asked.thing]
    named = _name(asked)
    stream = f"{_DECLINES if event.type == DECLINED else asked.thing}:{named}"
    before = _looked(desk, ID_FIELDS[asked.thing], named, stream)
    known = before.known
    now = desk.clock()
    command = Command(
        type=event.type,
        body=body,
        source=event.source,
        time=asked.time or now,
        customer=asked.customer,
        named=named if event.type == DECLINED else None,
    )
    verdict = decider.decide(known, command)
    of_nothing = isinstance(verdict, Refused) and verdict.unknown
    if asked.expect is not None and asked.expect != known.version and not of_nothing:
        return Outcome(None, _outdated(known, decider, now, asked.expect), outdated=True)
    if isinstance(verdict, Refused):
        return Outcome(None, verdict)
    after = evolve(known, verdict)
    if isinstance(verdict.body, CommitmentMade):  # no other has a date of a policy's
        after = _dated(desk, after)
    content = "" if asked.key is None else _content(asked)
    key = Key(asked.key or "", content, *decider.standing(after, now))
    decided = Decided.of(stream, known.version + 1, _sealed(verdict, event))
    try:
        number = desk.decisions.record(decided, key if asked.key is not None else None)
    except IntegrityError:
        return None
    _remembered(desk, stream, Looked((*before.decided, decided), before.found, after))
    return _answered(desk, decided, key, *_published(desk, number))


def _looked(desk: Desk, kind: Kind, id: str, stream: str) -> Looked:
    """What is known of a thing: first what was decided, then what the ledger has, which may be more
    by then; what was decided and is not in the ledger yet counts too."""
    decided = desk.decisions.about(stream)
    if stream.startswith(_DECLINES):
        return Looked(decided, NOTHING, Known(version=len(decided)))
    found = desk.facts.about(kind, id)
    before = desk.looks.get(stream)
    if before is not None and (before.decided, before.found) == (decided, found):
        known = before.known
    else:
        waiting = [fact for fact in map(_fact, decided) if fact.id not in found.ids]
        retracted = found.ids.difference(fact.id for fact in found.in_force)
        facts = (*found.in_force, *waiting)
        known = Known(facts, version=len(decided), retracted=retracted)
    return _remembered(desk, stream, Looked(decided, found, _dated(desk, known)))


def _remembered(desk: Desk, stream: str, look: Looked) -> Looked:
    if len(desk.looks) >= _REMEMBERED:
        desk.looks.clear()
    desk.looks[stream] = look
    return look


def _dated(desk: Desk, known: Known) -> Known:
    """With the dates that policies give now to promises that were made without one."""
    dates = {
        fact.id: due_at
        for fact in known.facts
        if isinstance(fact.body, CommitmentMade)
        and fact.body.due_at is None
        and (due_at := desk.facts.due_at(fact)) is not None
    }
    return dated(known, dates)


def _outdated(known: Known, decider: _Decider, now: datetime, expected: int) -> Refused:
    state, _ = decider.standing(known, now)
    since = max((fact.time for fact in known.facts), default=None)
    why = f"the desk has decided {known.version} times about it, and not {expected}"
    return Refused(why, state, since, "look again, and expect that version")


def _sealed(fact: Fact, event: EventData) -> EventData:
    """A decision as ledgers take it; its body is that which was read at the door."""
    time = to_microseconds(fact.time)
    try:
        return Envelope(str(fact.id), fact.type, fact.source, fact.subject, time).around(event.body)
    except NotAFact as problem:
        raise in_parts(problem.reason) from None


def _answered(
    desk: Desk, decided: Decided, key: Key, position: int | None, unpublished: Problem | None
) -> Outcome:
    """The answer to a decision, once it is published or can't be for now."""
    fact: DecidedFact = {
        "id": decided.id,
        "type": decided.type,
        "time": from_microseconds(decided.time),
        "position": None if position is None else desk.shown(position),
    }
    thing, _, id = decided.originator_id.partition(":")
    about: Decision = {"issue_id": id} if thing == "issue" else {"commitment_id": id}
    if thing == _DECLINES:
        about = {"commitment_id": None}
    rest: Decision = {
        "version": decided.originator_version,
        "facts": [fact],
        "state": key.state,
        "status": key.status,
    }
    return Outcome({**about, **rest}, None, unpublished)


def _published(desk: Desk, number: int) -> tuple[int | None, Problem | None]:
    """Publish what was decided, and return when it is durable: where a decision lies in the ledger,
    and what stands in the way of that."""
    records = desk.decisions.records
    synced = records.syncing()
    try:
        positions = desk.relay()
    except Problem as problem:
        return records.position(number), problem
    finally:
        synced()
    desk.facts.published(positions.values())
    # Where another relay has published it, that one has noted it.
    return positions.get(number) or records.position(number), None


def _fact(decided: Decided) -> Fact:
    """A decision as folds take it."""
    event = decided.fact()
    time = from_microseconds(event.time)
    body = BODIES[event.type].model_validate(codec.decode(event.body)[1])
    return Fact(UUID(event.id), event.type, event.source, event.subject, time, body, 0, time)
