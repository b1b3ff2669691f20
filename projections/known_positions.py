"""How far a ledger is known, as SQL conditions and texts."""

from __future__ import annotations

from domain.positions import Reach, offset_of, partition_of, position_of


def known(column: str, reach: Reach) -> str:
    """The condition that a position is among those known. Written out: a database sees from the
    numbers which rows it need not look at."""
    if isinstance(reach, int):
        return f"{column} <= {reach}"
    ranges = [
        f"{column} BETWEEN {position_of(partition, 0)} AND {position_of(partition, end - 1)}"
        for partition, end in reach.items()
    ]
    return f"({' OR '.join(ranges)})" if ranges else "FALSE"


def shown(position: int, reach: Reach) -> int | str:
    """A position as people are shown it: the plain number in a ledger of one partition, and
    ``PARTITION:PLACE`` where there are several. Given as what is known, it includes the fact."""
    if isinstance(reach, int):
        return position
    return f"{partition_of(position)}:{offset_of(position) + 1}"


def shown_reach(reach: Reach) -> int | str:
    """How far a ledger is known, as people are shown it."""
    return reach if isinstance(reach, int) else str(reach) or "0:0"
