"""Who is one customer: parties that were linked, and not unlinked since.

For a pair of parties, whichever is named first, the last of ``identity.linked`` and
``identity.unlinked``, in the order, holds. Unlinking a pair takes away that link only: two parties
that are linked through a third one stay one customer.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, cast

from domain.components import components
from domain.facts import Fact
from domain.retractions import in_order

if TYPE_CHECKING:
    from domain.events import IdentityLinked, IdentityUnlinked

Pair = tuple[str, str]

LINKED, UNLINKED = "identity.linked", "identity.unlinked"


def links(facts: Iterable[Fact], as_of: datetime | None = None) -> list[Pair]:
    """The links that hold at ``as_of``, each as (smaller, larger), sorted. ``facts`` are known and
    in force; types other than the two are passed over. A party linked to itself is no link."""
    holds: dict[Pair, bool] = {}
    told = (fact for fact in facts if fact.type in {LINKED, UNLINKED})
    for fact in in_order(told, as_of):
        body = cast("IdentityLinked | IdentityUnlinked", fact.body)
        if body.party_a != body.party_b:
            pair = min(body.party_a, body.party_b), max(body.party_a, body.party_b)
            holds[pair] = fact.type == LINKED
    return sorted(pair for pair, linked in holds.items() if linked)


def canonical_names(pairs: Iterable[Pair]) -> dict[str, str]:
    """Each party that has a link, with the smallest party of its component, as text."""
    linked = list(pairs)
    names = sorted({party for pair in linked for party in pair})
    number = {party: index for index, party in enumerate(names)}
    found = components((number[left], number[right]) for left, right in linked)
    return {names[node]: names[smallest] for node, smallest in sorted(found.items())}


def canonical(facts: Iterable[Fact], as_of: datetime | None = None) -> dict[str, str]:
    """The canonical name at ``as_of`` of each party that has a link. Any other party is its own:
    look it up with ``names.get(party, party)``."""
    return canonical_names(links(facts, as_of))
