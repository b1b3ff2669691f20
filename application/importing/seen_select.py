"""What a snapshot has seen of one SELECT by a moment: which rows there are, and which may be."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING

from application.importing.editions import Editions
from application.importing.rows import RowReader

if TYPE_CHECKING:
    from projections.duckdb.import_frames import RejectedKeys


@dataclass
class SeenSelect:
    """The rows of one SELECT, and what is known of its facts."""

    reader: RowReader
    editions: Editions
    #: By the id of each row's first edition: a number for what the row said, None for a row that
    #: can't be read.
    seen: dict[str, int | None] = field(default_factory=dict)
    #: The ids that this import gives to further editions.
    given: set[str] = field(default_factory=set)
    #: Whether a row has no key: nobody knows which row it is.
    nameless: bool = False

    def recognises(self, rejected: RejectedKeys | None, standing: Collection[str]) -> bool:
        """Note which rows the rejected records of the files are, and whether that is known of all.

        A torn record is the row of one of its keys if a fact of that stands, and if no other record
        was that row. Otherwise its key may be what it lacks. ``standing`` are the ids of the first
        editions of facts in force."""
        if rejected is None:
            return False
        for key in rejected.read:
            self.seen.setdefault(self.reader.id_of(key), None)
        missing = set(standing) - self.seen.keys()
        torn = [{self.reader.id_of(key) for key in keys} for keys in rejected.torn]
        for id in chain.from_iterable(torn):
            self.seen.setdefault(id, None)
        return all(ids & missing for ids in torn)
