"""Every view built anew from the ledger, beside the live ones, then swapped."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypedDict

from application.home import AS_USUAL, Rebuilding, silent
from projections.known_positions import shown_reach

if TYPE_CHECKING:
    from application.home import Home, OnProgress


class Built(TypedDict):
    """The facts that were folded, in how many seconds, and how far the views stand.
    ``facts_per_second`` is None where no time passed."""

    facts: int
    seconds: float
    facts_per_second: float | None
    position: int | str


def rebuild(
    home: Home,
    clock: Callable[[], float],
    asked: Rebuilding = AS_USUAL,
    on_progress: OnProgress = silent,
) -> Built:
    """Build the views of a home. ``clock`` gives seconds that only grow. Raises ``NoHome``, and
    what the ledger and the views raise where either can't be relied on."""
    start = clock()
    facts, reach = home.rebuild(on_progress, asked)
    seconds = clock() - start
    return {
        "facts": facts,
        "seconds": seconds,
        "facts_per_second": facts / seconds if seconds > 0 else None,
        "position": shown_reach(reach),
    }
