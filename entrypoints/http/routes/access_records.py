"""Who read personal fields, for those who see to it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response

from application.access import personal
from entrypoints.http.asking import json_response, json_taken, next_link
from entrypoints.http.callers import Access
from entrypoints.http.door import AtDoor
from entrypoints.http.parameters import USUAL, Limit, Parameters, Text
from entrypoints.http.problems import Refused, refusals
from entrypoints.http.scopes import needs

router = APIRouter(prefix="/v1", tags=["access"], dependencies=[Depends(json_taken)])


class RecordsAsked(Parameters):
    """A page of the records, of one reader or of all."""

    limit: Limit = Field(USUAL, description="at most so many")
    after_cursor: Text | None = Field(None, description="next of the page before")
    who: Text | None = Field(None, description="of this reader alone")


@router.get("/access-records", dependencies=[needs("audit")], responses=refusals(404))
def access_records(
    request: Request, door: AtDoor, asked: Annotated[RecordsAsked, Query()]
) -> Response:
    """Who read personal fields, by which question, and of which facts; the oldest first."""
    access = _access(door.access)
    found = personal.records(
        access.store, personal.Asked(limit=asked.limit, after=asked.after_cursor, who=asked.who)
    )
    return json_response(found, next_link(request, found["next"]))


def _access(access: Access | None) -> Access:
    if access is None:
        raise Refused(404, "unknown", "access records", "that this door keeps none")
    return access
