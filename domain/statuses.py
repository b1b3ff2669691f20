"""What a commitment is at an instant, in one word (see ``domain.commitments.status``)."""

from __future__ import annotations

from typing import Literal, get_args

Status = Literal["pending", "overdue", "undated", "kept", "late", "broken", "released", "disputed"]

#: In the order in which they are counted and shown.
STATUSES: tuple[Status, ...] = get_args(Status)

#: The names in an account of commitments: how many were made, and how many of them are what.
Counted = Literal["made", Status]
COUNTED: tuple[Counted, ...] = get_args(Counted)
