"""Who calls: some customers are known to the telephone under another name than to the shop."""

from __future__ import annotations

from entrypoints.demo.company import MAIL, PHONE
from entrypoints.demo.moments import DAY
from entrypoints.demo.record import Link
from entrypoints.demo.scribe import Scribe

#: Of those who call: how many get a party of their own, how many of these are linked to the web
#: account, and how many of the links turn out to be wrong.
SECOND_NAME = 0.3
LINKED = 0.85
UNLINKED = 0.08


class People:
    """The names under which customers call, drawn at their first call."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}

    def caller(self, scribe: Scribe, party: str, at: int) -> str:
        """The party that the telephone knows for a web account. A second name is linked the day
        after, or never; a few links are undone, when a mother and a daughter share a telephone."""
        name = self._names.get(party)
        if name is None:
            name = self._first_call(scribe, party, at)
            self._names[party] = name
        return name

    def _first_call(self, scribe: Scribe, party: str, at: int) -> str:
        if scribe.random() >= SECOND_NAME:
            return party
        name = "customer:phone-" + party.partition(":")[2]
        if scribe.random() >= LINKED:
            return name
        linked = scribe.between(at + DAY // 2, at + 3 * DAY)
        undone = None
        if scribe.random() < UNLINKED:
            undone = scribe.between(linked + 20 * DAY, linked + 60 * DAY)
        self._link(scribe, party, name, linked, undone)
        return name

    def _link(self, scribe: Scribe, party: str, name: str, linked: int, undone: int | None) -> None:
        body: dict[str, object] = {"party_a": party, "party_b": name}
        said = {**body, "evidence": "same telephone number"}
        scribe.fact("identity.linked", PHONE, party, linked, said, thread=None)
        if undone is not None:
            said = {**body, "evidence": "two people, one telephone"}
            scribe.fact("identity.unlinked", MAIL, name, undone, said, thread=None)
        if scribe.noting and linked <= scribe.end:
            until = undone if undone is not None and undone <= scribe.end else None
            scribe.notes.links.append(Link(party, name, linked, until))
