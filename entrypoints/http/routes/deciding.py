"""The desk over HTTP: ``POST /v1/commitments``, ``/v1/issues``, and each verb about one of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, PlainValidator, ValidationError
from starlette.responses import JSONResponse

from application.access.principals import Principal
from application.cloudevents_json import in_parts
from application.desk import Deciding, Desk, Outcome, decide_at
from application.desk_verbs import BEGINNING, DECLINED, ID_FIELDS, Thing, fields_of, type_of
from application.event_batch import FACT_LIMIT
from application.held import Held
from application.json_answers import to_plain
from application.json_line import NotReadable, read_object
from application.parameters import instant
from domain.errors import Wrong
from entrypoints.desk_words import VERBS, purpose_of
from entrypoints.http.asking import JSON
from entrypoints.http.bodies import expect_shallow, expect_type
from entrypoints.http.desk_paths import path_of
from entrypoints.http.door import door_of
from entrypoints.http.held_open import AtHand, ended
from entrypoints.http.parameters import NO_PARAMETERS, Id, described
from entrypoints.http.problems import Refused, refusals
from entrypoints.http.scopes import needs

router = APIRouter(tags=["desk"])

#: The kinds of fields, as JSON Schema has them.
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "string": {"type": "string"},
    "int": {"type": "integer"},
    "long": {"type": "integer"},
    "double": {"type": "number"},
    "boolean": {"type": "boolean"},
    "enum": {"type": "string"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "timestamp": {"type": "string", "format": "date-time"},
}
#: A key has at most so many characters.
_KEY_LIMIT = 255
_VERSION = re.compile(r'"([0-9]{1,12})"', re.ASCII)
_ENTITY_TAG = re.compile(r'(?:W/)?"[^"]*"')


def _instant(given: object) -> datetime:
    if not isinstance(given, str):
        raise ValueError("expected text")  # noqa: TRY004 - pydantic's way to be told
    return instant(given)


class Speaking(BaseModel):
    """Who speaks, and when it happened: what a body says beside the fields of the fact."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    department: Annotated[str, Field(strict=True, min_length=1)]
    system: Annotated[str, Field(strict=True, min_length=1)] = "desk"
    time: (
        Annotated[datetime, PlainValidator(_instant), described("string", format="date-time")]
        | None
    ) = None


class Beginning(Speaking):
    """The same where something begins, for somebody."""

    customer: Annotated[str, Field(strict=True, min_length=1)]


AtDesk = Annotated[Principal, needs("desk")]


def _add(path: str, thing: Thing, verb: str) -> None:
    """Add the route of a verb. What begins something names no id."""

    async def about(request: Request, id: Id, who: AtDesk, at_hand: AtHand) -> JSONResponse:
        return await _decided(request, who, at_hand.desk, thing, verb, id)

    async def begin(request: Request, who: AtDesk, at_hand: AtHand) -> JSONResponse:
        return await _decided(request, who, at_hand.desk, thing, verb, None)

    purpose = VERBS[thing][verb]
    router.add_api_route(
        path,
        about if "{id}" in path else begin,
        methods=["POST"],
        name=f"{thing} {verb}",
        dependencies=[NO_PARAMETERS],
        responses={
            **refusals(404, 409, 412),
            202: {"description": "decided, and not published yet"},
        },
        description=f"{purpose[0].upper()}{purpose[1:]}.",
        openapi_extra={"requestBody": _described(thing, verb, begins="{id}" not in path)},
    )


def _described(thing: Thing, verb: str, *, begins: bool) -> dict[str, Any]:
    """How the body of a verb is described: the fields of its fact, who speaks, and when."""
    type = type_of(thing, verb)
    speaking = (Beginning if begins else Speaking).model_json_schema()
    fields = {
        each.name: {**_KINDS[each.kind], "description": purpose_of(each.name, type)}
        | ({"enum": list(each.symbols)} if each.kind == "enum" else {})
        for each in fields_of(thing, verb)
    }
    if begins and type != DECLINED:
        fields[ID_FIELDS[thing]] = {
            "type": "string",
            "description": f"the {thing}; one is made up where none is given",
        }
    required = [each.name for each in fields_of(thing, verb) if each.required]
    schema = {
        "type": "object",
        "properties": {**fields, **speaking["properties"]},
        "required": [*required, *speaking["required"]],
        "additionalProperties": False,
    }
    return {"required": True, "content": {JSON: {"schema": schema}}}


async def _decided(
    request: Request, who: Principal, desk: Held[Desk], thing: Thing, verb: str, id: str | None
) -> JSONResponse:
    expect_type(request, JSON)
    content = await request.body()
    expect_shallow(content, door_of(request).limits.depth)
    asked = _deciding(request, content, thing, verb, id)
    if not who.speaks_for(asked.department):
        allowed = ", ".join(sorted(who.departments or ()))
        raise Refused(
            403,
            "forbidden",
            f"one of the departments {allowed}, for which this key speaks",
            "another",
            "use the key of that department",
        )
    deciding = desk.submit(lambda held: decide_at(held, asked))
    try:
        return _answer(await ended(deciding))
    except Refused:
        raise
    except Wrong as wrong:
        if len(content) <= FACT_LIMIT:
            raise
        told = wrong.expected, wrong.seen, wrong.remedy
        raise Refused(413, "too-large", *told) from None


def _deciding(
    request: Request, content: bytes, thing: Thing, verb: str, id: str | None
) -> Deciding:
    """The command of a request, whose fields are read when it is decided."""
    said = _said(content)
    begins = type_of(thing, verb) in BEGINNING
    own = said.pop(ID_FIELDS[thing], id) if type_of(thing, verb) != DECLINED else None
    if own is not None and (not isinstance(own, str) or (id is not None and own != id)):
        raise Refused(400, "wrong", f"one {ID_FIELDS[thing]}, as text", "another")
    speaking, data = _speaking(said, Beginning if begins else Speaking)
    return Deciding(
        thing=thing,
        verb=verb,
        department=speaking.department,
        system=speaking.system,
        id=own,
        new_id=str(uuid4()),
        customer=speaking.customer if isinstance(speaking, Beginning) else None,
        time=speaking.time,
        data=data,
        key=_key(request),
        expect=_expected(request),
    )


def _said(content: bytes) -> dict[str, object]:
    try:
        return read_object(content)
    except NotReadable as problem:
        status, kind = (413, "too-large") if len(content) > FACT_LIMIT else (400, "wrong")
        parts = in_parts(str(problem))
        told = parts.expected, parts.seen, parts.remedy
        raise Refused(status, kind, *told, more={"detail": str(problem)}) from None


def _speaking(
    said: Mapping[str, object], kind: type[Speaking]
) -> tuple[Speaking, dict[str, object]]:
    """Who speaks and when, and the fields of the fact."""
    own = {name: value for name, value in said.items() if name in kind.model_fields}
    try:
        speaking = kind.model_validate(own)
    except ValidationError as error:
        wrong = [{**each, "loc": ("body", *each["loc"])} for each in error.errors()]
        raise RequestValidationError(wrong) from None
    return speaking, {name: value for name, value in said.items() if name not in own}


def _key(request: Request) -> str | None:
    """``Idempotency-Key``: a text, in quotes or not."""
    given = request.headers.get("idempotency-key")
    if given is None:
        return None
    key = given[1:-1] if len(given) > 1 and given[0] == given[-1] == '"' else given
    if not 0 < len(key) <= _KEY_LIMIT:
        expected = f"an Idempotency-Key of 1 to {_KEY_LIMIT} characters"
        raise Refused(400, "wrong", expected, f"{len(key)}")
    return key


def _expected(request: Request) -> int | None:
    """The version in ``If-Match``; none where any will do."""
    given = request.headers.get("if-match")
    if given is None or given.strip() == "*":
        return None
    if found := _VERSION.fullmatch(given.strip()):
        return int(found[1])
    if _ENTITY_TAG.fullmatch(given.strip()):
        # It is no version, so it is that of no promise and no issue.
        raise _outdated("another entity tag", {})
    raise Refused(400, "wrong", 'If-Match: "VERSION", or *', "something else")


def _answer(outcome: Outcome) -> JSONResponse:
    refused = outcome.refused
    if refused is not None:
        told = {"why": refused.why, "state": refused.state, "since": to_plain(refused.since)}
        if outcome.outdated:
            raise _outdated(refused.why, told)
        more = {"detail": refused.why, **told}
        if refused.unknown:
            expected = "the id of one that is there"
            raise Refused(404, "unknown", expected, refused.why, refused.remedy, more=more)
        expected = "a command that changes something"
        raise Refused(409, "refused", expected, refused.why, refused.remedy, more=more)
    decision = outcome.decision or {}
    # Where it waits to be published, it is decided all the same.
    status = 200 if outcome.unpublished is None else 202
    headers = {"ETag": f'"{decision.get("version", 0)}"'}
    return JSONResponse(to_plain(decision), status, headers)


def _outdated(seen: str, more: Mapping[str, Any]) -> Refused:
    remedy = "look again, and expect the version that is there"
    return Refused(412, "precondition", "the version in If-Match", seen, remedy, more=more)


for _thing, _verbs in VERBS.items():
    for _verb in _verbs:
        _add(path_of(_thing, _verb), _thing, _verb)
