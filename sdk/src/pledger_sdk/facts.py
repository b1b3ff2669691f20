"""The typed bodies of facts: one frozen pydantic model for each type of the catalogue.

``BODIES`` maps a type's name to its model; ``Body`` is what all of them are.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from pledger_sdk._contract.domain import events
from pledger_sdk._contract.domain.events import *  # noqa: F403 -- the models, and no list by hand

__all__ = ["TYPES"]
__all__ += events.__all__

#: The type of each model, the inverse of ``BODIES``.
TYPES: Mapping[type[events.Body], str] = MappingProxyType(
    {model: type for type, model in events.BODIES.items()}
)
