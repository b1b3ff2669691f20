"""The editions of a row: the facts that snapshots made of it, one after the other.

The first edition's id is that which any import gives a row; later ones have ``#2``, ``#3`` … after
the key. Ids can't be read backwards, so a fact says in its extensions by which SELECT it came
(``importer``) and, from the second edition on, which one it is (``edition``) and what the id of the
first is (``editionof``). So all that a snapshot has to know is in the ledger, and in every copy of
it.

A key may itself end in ``#2``. Whichever fact came first has the id then, and says whose it is; the
other row's edition takes the next number.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple
from uuid import NAMESPACE_URL

import pyarrow as pa

from application.importing.rows import uuid5
from domain.facts import IMPORTER
from ledger.duplicates import same
from ledger.envelope import Envelope
from ledger.extensions import extensions_from_text
from ledger.port import EventData
from projections import imported_facts
from projections.session import Session
from schemas import catalogue, columns

EDITION, EDITION_OF = "edition", "editionof"
#: Why a snapshot takes a fact back.
CHANGED, VANISHED = "changed", "vanished"

_RETRACTION = NAMESPACE_URL.bytes + b"pledger:retract:"

#: What a row is to a snapshot: one without a fact; one that says what its fact says; one that says
#: something else; one whose fact had vanished.
Outcome = Literal["new", "same", "changed", "returned"]


class Edition(NamedTuple):
    """One edition of a row, from 1 on, and whether it is in force."""

    number: int
    fact: EventData
    in_force: bool

    @property
    def unmarked(self) -> bool:
        """Whether it is in force and does not say by which importer it came."""
        return self.in_force and IMPORTER not in (self.fact.extensions or {})


class TakenBack(NamedTuple):
    """What snapshots have said of a fact: the ids of their retractions of it, and the reason of one
    that is in force, if any is."""

    ids: frozenset[str] = frozenset()
    reason: str | None = None


def outcome(row: EventData, editions: Sequence[Edition], latest: TakenBack) -> Outcome:
    """What becomes of a row, of which there are these editions; ``latest`` is about the last one.
    If somebody else took that back, this stands as long as the row says the same."""
    if not editions:
        return "new"
    last = editions[-1]
    if not last.in_force and latest.reason is not None:
        # "changed" without a further edition: an import was killed between the two.
        return "returned" if latest.reason == VANISHED else "changed"
    if last.fact[1:-1] == row[1:-1]:  # nearly all; what follows takes several times as long
        return "same"
    known = last.fact._replace(id=row.id, extensions=row.extensions)
    return "same" if same(known, row) else "changed"


def outdated(editions: Sequence[Edition], become: Outcome) -> list[EventData]:
    """The editions in force that should not be. Where the last one is what the row says, and out of
    force by somebody else's word, that word may have brought another back: nothing is touched."""
    if become == "same" and not editions[-1].in_force:
        return []
    stays = editions[-1:] if become == "same" else ()
    return [each.fact for each in editions if each.in_force and each not in stays]


class Editions:
    """What the ledger has of the facts of one SELECT. ``select`` is its file's name without
    ``.sql``."""

    def __init__(self, session: Session, importer: str, type: str) -> None:
        """``importer`` is ``MAPPING/FILE``."""
        self._importer, self._type = importer, type
        #: Ids that a row's first edition would have, had no edition of another row taken them.
        self.taken: set[str] = set()
        #: First id -> the ids of later editions.
        self._later: dict[str, list[str]] = {}
        for fact in imported_facts.marked(session, type, self._mark, f'"{EDITION}": '):
            self._later.setdefault(first_of(fact), []).append(fact.id)

    @property
    def _mark(self) -> str:
        return f'"{IMPORTER}": {json.dumps(self._importer, ensure_ascii=False)}'

    def of(self, session: Session, firsts: Sequence[str]) -> dict[str, list[Edition]]:
        """The editions of rows, in their order, by the ids of the first ones."""
        later = [one for first in firsts for one in self._later.get(first, ())]
        found: dict[str, list[Edition]] = {}
        for fact, in_force in self._facts(session, [*firsts, *later]):
            extensions = fact.extensions or {}
            first, number = extensions.get(EDITION_OF, fact.id), extensions.get(EDITION, "1")
            if first != fact.id:
                self.taken.add(fact.id)
            if number.isdecimal():
                found.setdefault(first, []).append(Edition(int(number), fact, in_force))
        return {first: sorted(found.get(first, ()), key=_number) for first in firsts}

    def in_force(self, session: Session) -> dict[str, str]:
        """The facts in force that are known to be of this SELECT: id -> id of the first edition.
        Those that an earlier version of Pledger imported are not known to be."""
        found = imported_facts.in_force(session, self._type, self._mark)
        return {fact.id: first_of(fact) for fact in found}

    def extensions(self, number: int, first: str) -> Mapping[str, str]:
        """What a later edition says of itself."""
        return {IMPORTER: self._importer, EDITION: str(number), EDITION_OF: first}

    def _facts(self, session: Session, ids: Sequence[str]) -> Iterable[tuple[EventData, bool]]:
        fields = catalogue.fields(self._type)
        found = imported_facts.contents(session, self._type, fields, ids)
        # Written as they would be today, so that what is compared is what bodies mean.
        body = pa.RecordBatch.from_arrays(
            [
                pa.array(found.bodies[field.name], _arrow_type(field)).cast(field.type)
                for field in columns.arrow_schema(self._type)
            ],
            schema=columns.arrow_schema(self._type),
        )
        parsed: dict[str | None, Mapping[str, str] | None] = {}
        for row, wire in zip(found.envelopes, columns.encode_batch(self._type, body), strict=True):
            id, source, subject, time, correlation, causation, sequence, text, in_force = row
            if text not in parsed:
                parsed[text] = extensions_from_text(text)
            yield (
                EventData(
                    *(id, self._type, source, subject, time, wire),
                    *(correlation, causation, sequence, parsed[text]),
                ),
                in_force,
            )


def first_of(fact: imported_facts.Marked) -> str:
    """The id of the first edition of a fact's row."""
    named = extensions_from_text(fact.extensions) or {}
    return named.get(EDITION_OF, fact.id)


def taken_back(session: Session, ids: Sequence[str]) -> dict[str, TakenBack]:
    """What snapshots have said of the facts with these ids; nothing of most. Retractions by others
    are passed over."""
    found: dict[str, list[imported_facts.Retraction]] = {}
    for one in imported_facts.retractions(session, ids):
        found.setdefault(one.target, []).append(one)
    answer = {}
    for target, all_of in found.items():
        own = {retraction_id(target, number) for number in range(1, len(all_of) + 1)}
        ours = [one for one in all_of if one.id in own]
        reasons = [one.reason for one in ours if one.in_force]
        answer[target] = TakenBack(
            frozenset(one.id for one in ours), reasons[0] if reasons else None
        )
    return answer


def retraction_id(fact_id: str, number: int = 1) -> str:
    """The id of a snapshot's retraction of a fact: always the same, so that it is there once
    whoever makes it. ``number`` is above 1 where somebody took back the one before."""
    return uuid5(_RETRACTION, fact_id if number == 1 else f"{fact_id}#{number}")


def retraction(
    fact: EventData | imported_facts.Envelope, reason: str, before: TakenBack
) -> EventData:
    """The fact that takes another back. It has the other's subject, so that on Kafka it comes
    behind it, and its time: when a row changed nobody knows, and a retraction counts from when it
    is known."""
    id = retraction_id(fact.id, len(before.ids) + 1)
    envelope = Envelope(id, "fact.retracted", fact.source, fact.subject, fact.time)
    return envelope.seal({"fact_id": fact.id, "reason": reason})


def _number(edition: Edition) -> int:
    return edition.number


def _arrow_type(field: pa.Field) -> pa.DataType:
    """In which the tables' values come: instants as microseconds."""
    return pa.int64() if pa.types.is_timestamp(field.type) else field.type
