"""A fact as the folds see it: an immutable envelope around a typed body.

The attributes follow CloudEvents 1.0; what they mean here is said in docs/reference/facts.md.
Bytes, positions of a particular home and JSON belong to other layers.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING
from uuid import UUID

from domain.places import place_of
from domain.refs import ID_FIELDS, REF_FIELDS, department_of

if TYPE_CHECKING:
    # Most questions look at no body; the models take long to import.
    from domain.events import Body

NO_EXTENSIONS: Mapping[str, str] = MappingProxyType({})

#: The extension by which an importer knows its facts again: ``MAPPING/FILE``.
IMPORTER = "importer"
#: Extensions that say nothing of what happened.
_OF_SENDING = frozenset({IMPORTER, "traceparent", "tracestate"})

_WHOLE = re.compile("[0-9]{1,18}")


def sequence_number(sequence: str | None) -> int:
    """What a fact's ``sequence`` counts as in the order: 1 to 18 ASCII digits are the number that
    they say, noughts before it or not; anything else, and nothing, is 0."""
    return int(sequence) if sequence is not None and _WHOLE.fullmatch(sequence) else 0


def said_besides(extensions: Mapping[str, str] | None) -> dict[str, str]:
    """The extensions that are part of what a fact says. By which importer it came is not: facts
    were imported before that was noted, and importing them again must add nothing. Nor is the trace
    (W3C's Trace Context) within which it was sent: that is another one when it is sent again."""
    return {name: text for name, text in (extensions or {}).items() if name not in _OF_SENDING}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. ``time`` is when it happened, ``recorded_at`` and ``position`` when the ledger
    learned of it; both instants are aware and in UTC."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    body: Body
    position: int
    recorded_at: datetime
    correlationid: str | None = None
    causationid: str | None = None
    sequence: str | None = None
    extensions: Mapping[str, str] = field(default_factory=lambda: NO_EXTENSIONS)

    @property
    def department(self) -> str:
        """The department that speaks."""
        return department_of(self.source)

    @property
    def order(self) -> tuple[datetime, int, int, int]:
        """The one order in which folds take facts: by time, by what the source says of the order of
        its facts, by the place of the type, and last by id, which is no knowledge. The integer of
        an id sorts as its canonical text does, and much faster than the UUID itself."""
        return self.time, sequence_number(self.sequence), place_of(self.type), self.id.int

    @property
    def links(self) -> tuple[str, ...]:
        """All business objects that the fact touches, once each, in the order of the fields:
        its ``refs``, then what its ids and refs name."""
        said = vars(self.body)
        named = list(self.body.refs)
        for name, prefix in ID_FIELDS.items():
            if said.get(name) is not None:
                named.append(f"{prefix}:{said[name]}")
        named += [said[name] for name in REF_FIELDS if said.get(name) is not None]
        return tuple(dict.fromkeys(named))
