"""What the body of every fact has in common."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, get_args

from pydantic import AwareDatetime, BaseModel, ConfigDict, Strict

#: Texts in order. A list is taken too, which is what JSON and Arrow give.
Texts = Annotated[tuple[str, ...], Strict(False)]

#: Where the customer and the company meet.
Channel = Literal[
    "web",
    "app",
    "shop",
    "phone",
    "email",
    "chat",
    "letter",
    "social",
    "field",
    "machine",
    "other",
]


class Body(BaseModel):
    """The body of a fact: frozen, with exactly the fields of its type, nothing coerced.

    Instants are aware; money is in minor units with its currency beside it; ``refs`` are the
    business objects that the fact touches (``order:123``). A model is built at its first use,
    because a command uses few of them.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True
    )

    refs: Texts = ()

    @classmethod
    @cache
    def instants(cls) -> frozenset[str]:
        """The names of the fields that hold an instant, if they hold anything."""
        return frozenset(
            name
            for name, field in cls.model_fields.items()
            if AwareDatetime in (field.annotation, *get_args(field.annotation))
        )
