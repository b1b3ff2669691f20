"""Whether readers will take facts as messages, known before any is sent: what lies on a topic can't
be removed from it.

Nearly every fact surely has an envelope that they take, and its body is read with many others. One
that is in any way unusual is made a message and read back, by the reader's own rules.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from domain.instants import EARLIEST, LATEST
from ledger.envelope import NotAFact, envelope_problem, extension_problem, size_problem
from ledger.kafka.arrow import bodies, may_extend
from ledger.kafka.message import Message, message_of, recorded
from ledger.port import EventData
from schemas import catalogue, codec

#: Up to so many facts are read back one by one: columns are made for many.
FEW = 50

#: The types, each with the first bytes of a body of it.
_KINDS = frozenset(
    (type, codec.header_of(schema_id))
    for type in catalogue.TYPES
    for schema_id in catalogue.versions(type)
)
_HEADER = len(codec.header_of(0))


def unreadable(facts: Sequence[EventData]) -> tuple[EventData, str] | None:
    """A fact among them that no reader would take, and why. Their ids are canonical."""
    return next(all_unreadable(facts), None)


def all_unreadable(facts: Sequence[EventData]) -> Iterator[tuple[EventData, str]]:
    """Each fact among them that no reader would take, and why, in no order."""
    doubtful: list[EventData] = []
    by_type: dict[str, list[EventData]] = {}
    for fact in facts:
        if len(facts) > FEW and _surely_enveloped(fact):
            by_type.setdefault(fact.type, []).append(fact)
        else:
            doubtful.append(fact)
    for fact in doubtful:
        problem = _problem(fact)
        if problem is not None:
            yield fact, problem
    for type, alike in by_type.items():
        _, bad = bodies(type, [fact.body for fact in alike])
        for row, problem in bad.items():
            yield alike[row], problem


def _problem(fact: EventData) -> str | None:
    """Why the message that a fact becomes is none to its readers; None if it is one."""
    try:
        key, value, headers = message_of(fact)
        recorded(Message(0, 0, 0, key, value, tuple(headers)))
    except NotAFact as problem:
        return problem.reason
    except ValueError as problem:
        return str(problem)
    return None


def _surely_enveloped(fact: EventData) -> bool:
    """Whether readers surely take all of a fact but, perhaps, its body."""
    _, type, source, subject, time, body, *optional, extensions = fact
    return (
        (type, body[:_HEADER]) in _KINDS
        and EARLIEST <= time <= LATEST
        and envelope_problem(source, subject, *optional) is None
        and all(
            may_extend(n) and not extension_problem(n, v) for n, v in (extensions or {}).items()
        )
        and size_problem(fact) is None
    )
