"""What the body of every fact has in common."""

from __future__ import annotations

from collections.abc import Collection, Sized
from functools import cache
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    Strict,
    ValidationError,
    model_validator,
)
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

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

    Raises ``pydantic.ValidationError``, which has the kind and the length of what was seen, and no
    value: bodies are personal, and errors end in logs.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
        defer_build=True,
        hide_input_in_errors=True,
    )

    refs: Texts = ()

    @model_validator(mode="wrap")
    @classmethod
    def _hide_values(cls, given: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        try:
            return handler(given)
        except ValidationError as error:
            problem = error
        # Raised here, where the error that holds the values is no context of this one.
        raise ValidationError.from_exception_data(
            cls.__name__,
            [_without_value(each, cls.model_fields) for each in problem.errors()],
        )

    @classmethod
    @cache
    def instants(cls) -> frozenset[str]:
        """The names of the fields that hold an instant, if they hold anything."""
        return frozenset(
            name
            for name, field in cls.model_fields.items()
            if AwareDatetime in (field.annotation, *get_args(field.annotation))
        )


def _without_value(error: ErrorDetails, fields: Collection[str]) -> InitErrorDetails:
    """What is wrong with one field. A name that is no field's may be a value in the wrong place."""
    given = error["input"]
    seen = type(given).__name__
    if isinstance(given, Sized):
        seen += f" of length {len(given)}"
    if error["type"] == "missing":
        seen = "none"
    place = tuple(part if isinstance(part, int) or part in fields else "…" for part in error["loc"])
    kind = PydanticCustomError(error["type"], f"{error['msg']}, saw {seen}")
    return InitErrorDetails(type=kind, loc=place, input=None)
