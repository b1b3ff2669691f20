"""The schemas of facts, as clients of Confluent's schema registry ask for them. Nothing can be
written here: schemas are committed with the program."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Path
from starlette.responses import JSONResponse, Response

from application import schema_registry
from application.schema_registry import (
    COMPATIBILITY,
    LATEST,
    NoSchema,
    NoSubject,
    NoVersion,
    Registered,
)
from domain.errors import Unknown
from entrypoints.http.parameters import Id as Subject
from entrypoints.http.problems import Refused, refusals
from entrypoints.http.scopes import needs


class RegistryAnswer(JSONResponse):
    """JSON under the registry's own name."""

    media_type = "application/vnd.schemaregistry.v1+json"


router = APIRouter(
    tags=["schemas"], dependencies=[needs(None)], default_response_class=RegistryAnswer
)

#: The registry's numbers of what is not there, and its words.
_NOT_FOUND: dict[type[Unknown], tuple[int, str]] = {
    NoSubject: (40401, "Subject not found"),
    NoVersion: (40402, "Version not found"),
    NoSchema: (40403, "Schema not found"),
}
_WRONG_VERSION = 42202

Version = Annotated[str, Path(description="From 1, or latest.")]
Id = Annotated[int, Path(description="The id in the header of a body.")]


@router.get("/subjects")
async def subjects() -> list[str]:
    """Every subject: a type of facts."""
    return schema_registry.subjects()


@router.get("/subjects/{subject}")
async def latest(subject: Subject) -> dict[str, Any]:
    """The latest version of a subject."""
    return _whole(_registered(subject, LATEST))


@router.get("/subjects/{subject}/versions")
async def versions(subject: Subject) -> list[int]:
    """The versions of a subject."""
    with _in_its_words():
        return schema_registry.versions(subject)


@router.get("/subjects/{subject}/versions/{version}", responses=refusals(422))
async def version(subject: Subject, version: Version) -> dict[str, Any]:
    """A version of a subject, with its schema."""
    return _whole(_registered(subject, version))


@router.get("/subjects/{subject}/versions/{version}/schema", responses=refusals(422))
async def schema_of_version(subject: Subject, version: Version) -> Response:
    """The schema of a version alone."""
    return _as_it_is(_registered(subject, version))


@router.get("/schemas/ids/{id}")
async def schema(id: Id) -> dict[str, Any]:
    """The schema of an id."""
    return {"schema": _under(id).schema}


@router.get("/schemas/ids/{id}/schema")
async def schema_alone(id: Id) -> Response:
    """The schema of an id alone."""
    return _as_it_is(_under(id))


@router.get("/schemas/ids/{id}/subjects")
async def subjects_of_schema(id: Id) -> list[str]:
    """The subject that a schema is of."""
    return [_under(id).subject]


@router.get("/schemas/ids/{id}/versions")
async def versions_of_schema(id: Id) -> list[dict[str, Any]]:
    """The version that a schema is."""
    found = _under(id)
    return [{"subject": found.subject, "version": found.version}]


@router.get("/schemas/types")
async def types() -> list[str]:
    """The kinds of schemas."""
    return ["AVRO"]


@router.get("/config")
async def config() -> dict[str, str]:
    """What every new version is held to."""
    return {"compatibilityLevel": COMPATIBILITY}


@router.get("/config/{subject}")
async def config_of_subject(subject: Subject) -> dict[str, str]:
    """What every new version of a subject is held to."""
    with _in_its_words():
        schema_registry.versions(subject)
    return await config()


@router.get("/mode")
async def mode() -> dict[str, str]:
    """That nothing can be written."""
    return {"mode": "READONLY"}


def _registered(subject: str, version: str) -> Registered:
    number = None if version == LATEST else int(version) if _is_number(version) else 0
    if number == 0:
        words = f"a version from 1, or {LATEST}"
        raise _refused(422, "wrong", _WRONG_VERSION, "Invalid version", words, "another text")
    with _in_its_words():
        return schema_registry.registered(subject, number)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def _under(id: int) -> Registered:
    with _in_its_words():
        return schema_registry.registered_under(id)


def _whole(found: Registered) -> dict[str, Any]:
    return {
        "subject": found.subject,
        "version": found.version,
        "id": found.id,
        "schemaType": "AVRO",
        "schema": found.schema,
    }


def _as_it_is(found: Registered) -> Response:
    return Response(found.schema, media_type=RegistryAnswer.media_type)


@contextmanager
def _in_its_words() -> Iterator[None]:
    """What is not there, as clients of a registry read it too."""
    try:
        yield
    except Unknown as error:
        number, message = _NOT_FOUND[type(error)]
        raise _refused(404, "unknown", number, message, error.expected, error.seen) from None


def _refused(
    status: int, kind: str, number: int, message: str, expected: str, seen: str
) -> Refused:
    more = {"error_code": number, "message": message}
    return Refused(status, kind, expected, seen, more=more)
