"""Parameters that have one value, and are given once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from inspect import isclass
from typing import get_origin

from fastapi import Request
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel

from entrypoints.http.problems import wrong_parameters


def expect_once(request: Request) -> None:
    """That no parameter of an address is given twice that has one value: of two, somebody else
    might take the other. Raises ``Refused``, 400, which names it."""
    given = Counter(name for name, _ in request.query_params.multi_items())
    if all(times == 1 for times in given.values()):
        return
    single = set(_single(request.scope["route"].dependant))
    if twice := [name for name, times in given.items() if times > 1 and name in single]:
        why = "expected one value, saw several; keep one of them"
        raise wrong_parameters([{"name": name, "why": why} for name in twice])


def _single(dependant: Dependant) -> Iterator[str]:
    """The parameters of a route that have one value."""
    for field in dependant.query_params:
        kind = field.field_info.annotation
        if isclass(kind) and issubclass(kind, BaseModel):
            for name, own in kind.model_fields.items():
                if not _is_list(own.annotation):
                    yield own.alias or name
        elif not _is_list(kind):
            yield field.alias
    for each in dependant.dependencies:
        yield from _single(each)


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    return isclass(origin) and issubclass(origin, Sequence)
