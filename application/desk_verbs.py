"""What one can say at the desk, and with which fields: for the doors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from application.errors import Wrong
from domain.desk.verbs import BEGINNING, DECLINED, ISSUE_VERBS, PROMISE_VERBS
from schemas import catalogue
from schemas.catalogue import Field

if TYPE_CHECKING:
    from projections.queries.known_facts import Kind

__all__ = ["BEGINNING", "DECLINED", "ID_FIELDS", "VERBS", "Field", "Thing", "fields_of", "type_of"]

#: What is decided about.
Thing = Literal["promise", "issue"]

VERBS: Mapping[Thing, Mapping[str, str]] = {"promise": PROMISE_VERBS, "issue": ISSUE_VERBS}
#: The field that names it.
ID_FIELDS: Mapping[Thing, Kind] = {"promise": "commitment_id", "issue": "issue_id"}


def type_of(thing: Thing, verb: str) -> str:
    """The type of the fact that a verb is about. Raises ``Wrong``."""
    verbs = VERBS[thing]
    if verb not in verbs:
        raise Wrong(f"one of {', '.join(verbs)}", f"{verb!r}", "name one of them")
    return verbs[verb]


def fields_of(thing: Thing, verb: str) -> Sequence[Field]:
    """The fields of the body that a command of this verb may say, but for the id."""
    fields = catalogue.fields(type_of(thing, verb))
    return [each for each in fields if each.name != ID_FIELDS[thing]]
