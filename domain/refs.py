"""What a fact names: a department in its source, business objects in its body."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

#: Body fields that name a business object by a bare id, and the prefix that makes a ref of it.
ID_FIELDS: Mapping[str, str] = MappingProxyType(
    {
        "commitment_id": "commitment",
        "about_commitment_id": "commitment",
        "supports": "commitment",
        "issue_id": "issue",
        "payment_id": "payment",
        "first_payment_id": "payment",
        "entitlement_id": "entitlement",
        "decision_id": "decision",
        "journey_id": "journey",
    }
)

#: Body fields that hold a whole ref already.
REF_FIELDS: tuple[str, ...] = ("to_ref", "about_ref")


def department_of(source: str) -> str:
    """The first segment of a source: ``/care/phone`` is of the department ``care``."""
    return source.removeprefix("/").split("/", 1)[0]
