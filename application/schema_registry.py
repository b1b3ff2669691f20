"""The committed schemas as a schema registry tells of them. A subject is a record by its full name
in Avro, so that facts of many types share one topic; a version counts from 1 within its type."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from application.errors import Unknown
from schemas import catalogue
from schemas.errors import UnknownSchema

#: What every new version of a type is held to (``schemas.compatibility``).
COMPATIBILITY = "FULL_TRANSITIVE"
LATEST = "latest"


class Registered(NamedTuple):
    """One version of a subject, with the id that stands before its bytes, and its schema as JSON
    text."""

    subject: str
    version: int
    id: int
    schema: str


class NoSubject(Unknown):
    """No type is called so."""


class NoVersion(Unknown):
    """The subject has no such version."""


class NoSchema(Unknown):
    """No schema has that id."""


def subjects() -> list[str]:
    """Every subject, sorted."""
    return sorted(_types())


def versions(subject: str) -> list[int]:
    """The versions of a subject, from 1. Raises ``NoSubject``."""
    return list(range(1, len(_ids(subject)) + 1))


def registered(subject: str, version: int | None = None) -> Registered:
    """A version of a subject; the latest one where none is named. Raises ``NoSubject`` and
    ``NoVersion``."""
    ids = _ids(subject)
    number = len(ids) if version is None else version
    if not 1 <= number <= len(ids):
        raise NoVersion(f"a version from 1 to {len(ids)}", "another")
    id = ids[number - 1]
    return Registered(subject, number, id, json.dumps(catalogue.avsc_of(id)))


def registered_under(id: int) -> Registered:
    """What an id is the id of. Raises ``NoSchema``."""
    try:
        type = catalogue.type_of(id)
    except UnknownSchema as error:
        raise NoSchema(error.expected, error.seen) from None
    version = catalogue.versions(type).index(id) + 1
    return registered(_subject(type), version)


def _ids(subject: str) -> tuple[int, ...]:
    type = _types().get(subject)
    if type is None:
        raise NoSubject("a subject that is there", "another", "GET /subjects lists them")
    return catalogue.versions(type)


@cache
def _types() -> Mapping[str, str]:
    return {_subject(type): type for type in catalogue.TYPES}


def _subject(type: str) -> str:
    schema = catalogue.avsc(type)
    return f"{schema['namespace']}.{schema['name']}"
