"""The same facts under other policies and calendars, before these are published."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, NamedTuple
from uuid import UUID

from application.ask import Promises, expect_promises
from application.errors import Wrong
from application.home import silent
from application.json_line import CUT_SHORT
from application.question import replayed
from application.request_checks import expect_from

if TYPE_CHECKING:
    from application.emit import Rejection
    from application.home import Asking, OnProgress
    from domain.facts import Fact
    from ledger.port import EventData
    from projections.queries import answers
    from projections.session import Session

#: The types that a question may come with.
RULES = ("policy.published", "calendar.published")

_OTHER_TYPE = f"type: expected {' or '.join(RULES)}, saw another one: take the line out"

#: So many lines that are not taken are named, each with its reason.
_NAMED = 20


class File(NamedTuple):
    """A file of CloudEvents in JSON, one a line, and its name."""

    name: str
    stream: BinaryIO


@dataclass(frozen=True, kw_only=True)
class WhatIf(Promises):
    """As ``Promises``, if the policies and calendars of ``files`` took the place of all that the
    ledger holds with the same ``policy_id`` or ``calendar_id``. At most ``limit`` promises that
    would change are named."""

    files: Sequence[File]
    limit: int = 100

    def __post_init__(self) -> None:
        super().__post_init__()
        expect_from(1, "limit", self.limit)


class _Rule(NamedTuple):
    """A fact of a file, and where it stands there."""

    where: str
    event: EventData
    fact: Fact


def what_if(home: Asking, asked: WhatIf, on_progress: OnProgress = silent) -> answers.WhatIf:
    """The scoreboard as it is, as it would be, and what would change. Nothing is written. Raises
    ``Wrong`` for lines that ``emit`` would reject, and those of other types."""
    from projections.queries.what_if import what_if

    selection = expect_promises(asked)
    rules = _read(asked.files)
    with replayed(home, asked, on_progress) as (session, moment):
        _expect_free(session, rules)
        facts = [rule.fact for rule in rules]
        by = list(dict.fromkeys(asked.by))
        return what_if(session, moment, facts, selection, by, asked.limit)


def _read(files: Sequence[File]) -> list[_Rule]:
    """The rules of all files, each once."""
    refused: list[str] = []
    rules: dict[str, _Rule] = {}
    for rule in _rules(files, refused):
        first = rules.setdefault(rule.event.id, rule)
        if first.event != rule.event:
            refused.append(f"{rule.where}: {_other_content(first.where)}")
    _expect_none(refused)
    if not rules:
        raise Wrong("a policy or a calendar", "no line with one", "{give other rules}")
    return list(rules.values())


def _rules(files: Sequence[File], refused: list[str]) -> Iterator[_Rule]:
    from application.emit import events_of

    for name, stream in files:
        rejected: list[Rejection] = []
        events = 0
        for line, event in events_of(stream, rejected):
            events += 1
            if event.type in RULES:
                yield _Rule(f"{name}, line {line}", event, _fact_of(event))
            else:
                rejected.append({"line": line, "id": event.id, "why": _OTHER_TYPE})
        if not events and rejected and rejected[0]["why"] == CUT_SHORT:
            raise Wrong(
                f"one event a line in {name}",
                "JSON that goes on over several lines",
                "make lines of it: jq -c . does so for one event, jq -c '.[]' for an array",
            )
        rejected.sort(key=lambda one: one["line"])
        refused += [f"{name}, line {one['line']}: {one['why']}" for one in rejected]


def _fact_of(event: EventData) -> Fact:
    """The fact, as if it had been recorded when it was published."""
    from domain.events import BODIES
    from domain.facts import Fact
    from domain.instants import from_microseconds
    from schemas.codec import decode

    _, body = decode(event.body)
    at = from_microseconds(event.time)
    return Fact(
        id=UUID(event.id),
        type=event.type,
        source=event.source,
        subject=event.subject,
        time=at,
        body=BODIES[event.type].model_validate(body),
        position=0,
        recorded_at=at,
        sequence=event.sequence,
    )


def _expect_free(session: Session, rules: Sequence[_Rule]) -> None:
    """That no rule has the id of another fact of the ledger, which stays."""
    from projections.queries.what_if import taken

    ids = set(taken(session, [rule.fact for rule in rules]))
    there = _other_content("in the ledger")
    _expect_none([f"{rule.where}: {there}" for rule in rules if rule.fact.id in ids])


def _other_content(where: str) -> str:
    return f"expected an id of its own, saw that of another fact ({where}): give it another one"


def _expect_none(refused: Sequence[str]) -> None:
    if not refused:
        return
    lines = "a line that is" if len(refused) == 1 else f"{len(refused):,} lines that are"
    error = Wrong("facts that publish policies and calendars, one a line", f"{lines} none")
    for reason in refused[:_NAMED]:
        error.add_note(reason)
    if len(refused) > _NAMED:
        error.add_note(f"and {len(refused) - _NAMED:,} more")
    raise error
