"""What is called by a text, or touches a business object that is: customers, promises, journeys,
issues and payments."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple
from uuid import UUID

from projections.known_positions import known
from projections.queries.as_of import Moment
from projections.queries.identities import name_customers, settled
from projections.queries.replay import Found, replay_found, replay_journeys
from projections.queries.status_as_of import among
from projections.queries.unknown import is_party
from projections.session import Row, Session
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from projections.queries import answers

Kind = Literal["customer", "commitment", "journey", "issue", "payment"]

_SQL = statements_of(__file__)

#: In the order in which they are listed: of a kind that is a view with ids of texts, the instant
#: from which it is there.
KINDS: dict[Kind, str | None] = {
    "customer": None,
    "commitment": "made_at",
    "journey": None,
    "issue": "opened_at",
    "payment": "opened_at",
}
_SINCE = {kind: since for kind, since in KINDS.items() if since is not None}
#: The type of the facts by which each is there.
_OPENED_BY: dict[Kind, str] = {
    "commitment": "commitment.made",
    "issue": "issue.opened",
    "payment": "payment.captured",
}
#: Up to so many facts are looked at that touch a business object.
_FACTS = 200
#: The beginning of a UUID, as it is written.
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f-]{0,27})?", re.IGNORECASE)
_LAST = "\U0010ffff"


class _Hit(NamedTuple):
    """What was found, and whether the text is its whole name or that of what it touches."""

    kind: Kind
    id: str
    party: str
    exact: bool


def search(session: Session, moment: Moment, text: str, limit: int) -> answers.Found:
    """At most ``limit`` of what has the text for its id or touches a business object of that name,
    and then of what begins with it; each by kind, then id. Of a customer the bare number will do.
    """
    asked = _asked(moment, text, limit)
    if moment.replays:
        replay_found(session, moment, lambda: _what_may_be(session, moment, asked))
    name_customers(session, moment.as_of)
    hits = [*_customers(session, moment, asked), *_by_id(session, asked)]
    for statement in ("touching", "touching_alike"):
        if statement == "touching_alike" and (len(hits) >= limit or ":" not in text):
            continue  # names of business objects have their kind in front
        facts = _touching(session, moment, statement, asked)
        hits += _about(session, moment, facts, exact=statement == "touching")
    names = _names(session, {hit.party for hit in hits})
    kinds = list(KINDS)
    ordered = sorted(hits, key=lambda hit: (not hit.exact, kinds.index(hit.kind), hit.id))
    found: dict[tuple[Kind, str], _Hit] = {}
    for hit in ordered:
        found.setdefault((hit.kind, hit.id), hit)
    return {
        "found": [
            {"kind": hit.kind, "id": hit.id, "customer": names.get(hit.party, hit.party)}
            for hit in list(found.values())[:limit]
        ]
    }


def _asked(moment: Moment, text: str, limit: int) -> dict[str, object]:
    completed = text if ":" in text else f"customer:{text}"
    return {
        "text": text,
        "beyond": text + _LAST,
        "completed": completed,
        "completed_beyond": completed + _LAST,
        "as_of": moment.as_of,
        "most": limit,
    }


def _what_may_be(session: Session, moment: Moment, asked: dict[str, object]) -> Found:
    """What may be found, by the facts: that is little, however many there are."""
    own = {name: asked[name] for name in ("text", "beyond", "most")}
    ids: dict[str, set[str]] = {
        kind: {row[0] for row in session.rows(_SQL["opened"].format(kind=kind, type=type), own)}
        for kind, type in _OPENED_BY.items()
    }
    whole = {name: asked[name] for name in ("completed", "completed_beyond")}
    parties = {row[0] for row in session.rows(_SQL["parties"], own | whole)}
    if (between := _uuids(str(asked["text"]))) is not None:
        parties |= {row[0] for row in session.rows(_SQL["parties_by_id"], between)}
    for statement in ("touching", "touching_alike"):
        for row in _touching(session, moment, statement, asked):
            parties.add(row[1])
            for column, kind in enumerate(_SINCE, 2):
                ids[kind] |= {row[column]} - {None}
    return Found(ids, parties)


def _uuids(text: str) -> dict[str, object] | None:
    """The first and the last of the UUIDs that begin with a text; None where it is no beginning."""
    if not _UUID.fullmatch(text):
        return None
    digits = text.replace("-", "")[:32]
    first, last = (UUID(digits.ljust(32, end)) for end in "0f")
    return {"first": first, "last": last}


def _customers(session: Session, moment: Moment, asked: dict[str, object]) -> Iterable[_Hit]:
    names = ("text", "beyond", "completed", "completed_beyond", "most")
    for row in session.rows(_SQL["customers"], {name: asked[name] for name in names}):
        if is_party(session, moment, row[0]):
            yield _Hit("customer", *row)


def _by_id(session: Session, asked: dict[str, object]) -> Iterable[_Hit]:
    own = {name: asked[name] for name in ("text", "beyond", "as_of", "most")}
    for kind, since in _SINCE.items():
        query = _SQL["by_id"].format(kind=kind, since=since)
        yield from (_Hit(kind, *row) for row in session.rows(query, own))
    if (between := _uuids(str(asked["text"]))) is not None:
        between |= {"as_of": own["as_of"], "most": own["most"]}
        for journey, customer, exact in session.rows(_SQL["journeys_by_id"], between):
            yield _Hit("journey", str(journey), customer, exact)


def _touching(
    session: Session, moment: Moment, statement: str, asked: dict[str, object]
) -> list[Row]:
    own = ("text", "as_of") if statement == "touching" else ("text", "beyond", "as_of")
    query = _SQL[statement].format(which=known("f.position", moment.known_at))
    return session.rows(query, {"most": _FACTS, **{name: asked[name] for name in own}})


def _about(
    session: Session, moment: Moment, facts: Sequence[Row], *, exact: bool
) -> Iterable[_Hit]:
    """What facts are about: the things that they name, and the journeys that they are steps of."""
    if not facts:
        return
    for column, (kind, since) in enumerate(_SINCE.items(), 2):
        ids = sorted({row[column] for row in facts if row[column] is not None})
        condition, parameters = among(f"v.{kind}_id", ids, "id")
        query = _SQL["there"].format(kind=kind, since=since, which=condition)
        for id, party in session.rows(query, {"as_of": moment.as_of, **parameters}) if ids else ():
            yield _Hit(kind, id, party, exact)
    for journey, customer in _journeys(session, moment, facts):
        yield _Hit("journey", str(journey), customer, exact)
        yield _Hit("customer", customer, customer, exact)


def _journeys(session: Session, moment: Moment, facts: Sequence[Row]) -> list[Row]:
    """The journeys of facts as they were at the moment."""
    parties = sorted({row[1] for row in facts})
    if not moment.replays and not _as_they_are(session, moment, parties):
        replay_journeys(session, moment, parties)
        name_customers(session, moment.as_of)
    names = _names(session, parties)
    customers = sorted({names.get(party, party) for party in parties})
    theirs, parameters = among("j.customer", customers, "customer")
    query = _SQL["journeys_of"].format(theirs=theirs)
    return session.rows(query, {"positions": [row[0] for row in facts], **parameters})


def _as_they_are(session: Session, moment: Moment, parties: Sequence[str]) -> bool:
    """Whether nothing has come since about any of the parties."""
    if not settled(session, moment.as_of):
        return False
    names = _names(session, parties)
    customers = sorted({names.get(party, party) for party in parties})
    which, parameters = among("c.customer", customers, "customer")
    later = f"SELECT 1 FROM customer AS c WHERE c.last_at > $as_of AND {which} LIMIT 1"
    return not session.rows(later, {"as_of": moment.as_of, **parameters})


def _names(session: Session, parties: Iterable[str]) -> dict[str, str]:
    """The canonical names of those of the parties that are linked."""
    which, parameters = among("k.party", sorted(parties), "party")
    query = f"SELECT k.party, k.customer FROM known_as AS k WHERE {which}"
    return dict(session.rows(query, parameters))
