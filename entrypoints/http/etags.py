"""Strong entity tags of answers about an instant: of all that such an answer depends on, so that
whoever has it already is told so without its being computed."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import Request

from domain.positions import Reach

_ROOT = Path(__file__).resolve().parents[2]
#: The packages that decide what an answer says, beside the views that it reads.
_DECIDING = ("application", "domain", "entrypoints/http", "projections", "schemas")
#: Parameters that play no part in what is answered.
_WAITING = frozenset({"after", "wait"})


@cache
def program() -> str:
    """A digest of the code that answers: another version may answer otherwise."""
    found = sha256()
    for folder in _DECIDING:
        for path in sorted((_ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".sql", ".toml", ".json", ".avsc"):
                found.update(path.read_bytes())
    return found.hexdigest()


def etag(request: Request, definition: str, head: Reach, *more: object) -> str:
    """The tag of the answer to a request by views of that definition that stand so far. ``more``
    is what else the answer depends on."""
    asked = sorted(
        (name, value) for name, value in request.query_params.multi_items() if name not in _WAITING
    )
    parts = (program(), definition, request.url.path, asked, str(head), more)
    return f'"{sha256(repr(parts).encode()).hexdigest()[:32]}"'


def listed(request: Request, name: str) -> list[str]:
    """The elements of a header field that is a list, on as many lines as its sender likes."""
    lines = request.headers.getlist(name)
    return [one for each in ",".join(lines).split(",") if (one := each.strip())]


def is_held(request: Request, tag: str) -> bool:
    """Whether the caller has the answer with this tag (``If-None-Match``)."""
    return tag in (one.removeprefix("W/") for one in listed(request, "If-None-Match"))


def is_any_held(request: Request) -> bool:
    """Whether the caller has an answer, whichever it is: then it is known that there is one only
    when it has been computed."""
    return listed(request, "If-None-Match") == ["*"]
