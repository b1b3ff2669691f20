"""Which verbs about a promise would be accepted now, by the same decider that then decides."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from domain.commitments import Commitment
from domain.desk.decider import Command, Known, Refused
from domain.desk.promises import decide
from domain.desk.verbs import PROMISE_VERBS
from domain.events import BODIES

#: What is tried, in the order in which it is offered, but for what depends on the promise.
_ALWAYS: Mapping[str, Mapping[str, object]] = MappingProxyType(
    {
        "honour": {},
        "reschedule": {"initiated_by": "company"},
        "hand-over": {},
        "accept": {},
        "dispute": {},
        "settle": {"outcome": "upheld"},
        "reopen": {},
    }
)
_SOMEBODY = "somebody"


@dataclass(frozen=True)
class Offer:
    """A verb that would be accepted; ``departments`` are those that may say it, where that is not
    anybody."""

    verb: str
    departments: tuple[str, ...] = ()


def offers(known: Known, now: datetime) -> list[Offer]:
    """What would be accepted at an instant about a promise; nothing about one that is not made."""
    if known.promise is None:
        return []
    one = known.promise.commitment
    found = []
    for verb in _ALWAYS:
        said = [who for who in _speakers(verb, one) if _is_accepted(known, verb, who, now)]
        if said:
            found.append(Offer(verb, tuple(said) if verb == "accept" else ()))
    return found


def _speakers(verb: str, one: Commitment) -> Iterator[str]:
    """In whose names a verb is tried: of who accepts, the decider asks who it is."""
    if verb == "accept":
        yield from (who for who in (one.proposed_owner, one.previous_owner) if who is not None)
    else:
        yield one.owner or _SOMEBODY


def _is_accepted(known: Known, verb: str, who: str, now: datetime) -> bool:
    assert known.promise is not None  # noqa: S101 - there is nothing to try otherwise
    one = known.promise.commitment
    more: dict[str, object] = {}
    match verb:
        case "reschedule":
            # Any date but the one that is there already.
            more["due_at"] = now if one.latest_due_at != now else now - timedelta(days=1)
        case "hand-over":
            # Anybody but who has it, or is asked to take it.
            more["to_department"] = f"not {one.owner} and not {one.proposed_owner}"
    type = PROMISE_VERBS[verb]
    body = {**_ALWAYS[verb], **more, "commitment_id": one.commitment_id}
    command = Command(
        type=type, body=BODIES[type].model_validate(body), source=f"/{who}/desk", time=now
    )
    return not isinstance(decide(known, command), Refused)
