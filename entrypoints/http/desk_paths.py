"""Where what can be said at the desk is said at this door."""

from __future__ import annotations

from collections.abc import Mapping

from application.desk_verbs import BEGINNING, DECLINED, VERBS, Thing, type_of

_OF: Mapping[Thing, str] = {"promise": "/v1/commitments", "issue": "/v1/issues"}


def path_of(thing: Thing, verb: str) -> str:
    """The path of a verb. What begins something names no id, and neither does what never began."""
    type = type_of(thing, verb)
    if type == DECLINED:
        return f"{_OF[thing]}/{verb}"
    return _OF[thing] if type in BEGINNING else f"{_OF[thing]}/{{id}}/{verb}"


#: Each path by what the desk calls it, as in "promise reopen".
DESK_PATHS: Mapping[str, str] = {
    f"{thing} {verb}": path_of(thing, verb) for thing, verbs in VERBS.items() for verb in verbs
}
