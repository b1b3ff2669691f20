"""Who is at the door, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

#: emit: write facts; ask: read answers; personal: read personal fields with them; desk: decide;
#: audit: read who read personal fields; operate: see to servers, quarantine and parked subjects.
Scope = Literal["emit", "ask", "personal", "desk", "audit", "operate"]

SCOPES: tuple[Scope, ...] = get_args(Scope)


@dataclass(frozen=True)
class Principal:
    """A service or a person, by the name of their key or token. ``departments`` bounds whose facts
    they may emit and for whom they may decide; None is all of them."""

    name: str
    scopes: frozenset[Scope]
    departments: frozenset[str] | None = None

    def may(self, scope: Scope) -> bool:
        """Whether they have a scope."""
        return scope in self.scopes

    def speaks_for(self, department: str) -> bool:
        """Whether they may emit and decide in a department's name."""
        return self.departments is None or department in self.departments
