"""What is said of facts that an embedded home leaves out of its views."""

from __future__ import annotations

from collections.abc import Sequence

from entrypoints.terminal.format import noun

#: How many positions are named.
_SHOWN = 20


def sentence(positions: Sequence[int]) -> str:
    """Which facts are missing, and how they are taken in again."""
    return f"{missing(positions)}: './pledger rebuild --with POSITION' takes one in again"


def missing(positions: Sequence[int]) -> str:
    """Which facts are missing."""
    shown = ", ".join(f"{position:,}" for position in positions[:_SHOWN])
    more = f" and {len(positions) - _SHOWN:,} more" if len(positions) > _SHOWN else ""
    return f"without the {noun(len(positions), 'fact')} at position {shown}{more}"
