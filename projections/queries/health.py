"""What may be wrong with what was fed in. What each finding means to people, and what they do about
it, is said in ``application/health.py``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from domain.instants import to_microseconds
from domain.look_alikes import folded
from projections.queries.as_of import Moment
from projections.queries.evidence import evidence
from projections.queries.identities import name_customers
from projections.queries.scoreboard import EVIDENCE
from projections.session import Row, Session
from projections.sql_files import statements_of

if TYPE_CHECKING:
    from domain.suspense import Reason

_SQL = statements_of(__file__)

Kind = Literal[
    "unreadable_calendar",
    "unreadable_policy",
    "waiting",
    "future_facts",
    "look_alike",
    "silent_source",
    "no_evidence",
    "equal_times",
]

#: What waits because it can't be read is a finding of its own.
UNREADABLE: Mapping[Reason, Kind] = {
    "unreadable_calendar": "unreadable_calendar",
    "unreadable_policy": "unreadable_policy",
}

#: So many examples of a finding are named, and so many ids of a group that look alike.
EXAMPLES = 5
#: A source is known well enough to say that it is silent from so many facts on, and it is silent
#: when nothing has come for so many times its usual longest gap.
KNOWN_FACTS = 30
SILENCE = 4


@dataclass(frozen=True)
class Finding:
    """What was found, how often, and some of it: ids of things or facts, sources, types; or groups
    of ids. ``waits`` is why, where what was found is in suspense."""

    kind: Kind
    count: int
    examples: list[str] | list[list[str]]
    waits: Reason | None = None


def health(session: Session, moment: Moment) -> list[Finding]:
    """The findings, by kind and then by reason. The views show what was known at the moment."""
    as_of: dict[str, object] = {"as_of": moment.as_of}
    shown: dict[str, object] = {"shown": EXAMPLES}
    waiting = list(_waiting(session.rows(_SQL["waiting"], as_of | shown)))
    sources = {
        **as_of,
        **shown,
        "now": to_microseconds(moment.as_of),
        "facts": KNOWN_FACTS,
        "times": SILENCE,
    }
    return [
        *(one for one in waiting if one.kind != "waiting"),
        *(one for one in waiting if one.kind == "waiting"),
        *_found("future_facts", session.rows(_SQL["future_facts"], shown)),
        *_look_alikes(session, moment),
        *_found("silent_source", session.rows(_SQL["silent_sources"], sources)),
        *_without_evidence(session, moment),
        *_found("equal_times", session.rows(_SQL["equal_times"], as_of | shown)),
    ]


def _found(kind: Kind, rows: Sequence[Row]) -> Iterator[Finding]:
    """A finding of rows that have how many there are in all, and one of them."""
    if rows:
        yield Finding(kind, rows[0][0], [example for _, example in rows])


def _waiting(rows: Sequence[Row]) -> Iterator[Finding]:
    for reason, group in groupby(rows, key=lambda row: row[0]):
        items = list(group)
        examples = [about for _, _, about in items]
        yield Finding(UNREADABLE.get(reason, "waiting"), items[0][1], examples, reason)


def _without_evidence(session: Session, moment: Moment) -> Iterator[Finding]:
    """The types on which a headline figure rests and of which there is no fact, once there are
    promises that the figure is about."""
    if not session.rows(_SQL["promised"], {"as_of": moment.as_of}):
        return
    missing = [name for name, n in evidence(session, moment, EVIDENCE).items() if not n]
    if missing:
        yield Finding("no_evidence", len(missing), missing)


def _look_alikes(session: Session, moment: Moment) -> Iterator[Finding]:
    """Groups of parties and ids, as a ref names them (``order:17``, ``commitment:C1``), that look
    alike. Parties that are linked are one customer, and no finding."""
    name_customers(session, moment.as_of)
    columns = "text VARCHAR, customer VARCHAR, folded VARCHAR"
    session.execute(f"CREATE OR REPLACE TEMP TABLE written ({columns})")
    session.execute("CREATE OR REPLACE TEMP TABLE refolded (text VARCHAR, folded VARCHAR)")
    session.execute(_SQL["written"], {"as_of": moment.as_of})
    # Few ids have other letters than those of ASCII; these alone need Unicode's rules.
    odd = session.rows("SELECT w.text FROM written AS w WHERE w.folded IS NULL")
    session.insert("refolded", ("text", "folded"), [(text, folded(text)) for (text,) in odd])
    rows = session.rows(_SQL["look_alikes"], {"shown": EXAMPLES})
    groups = [
        [text for _, _, text in group][:EXAMPLES]
        for _, group in groupby(rows, key=lambda row: row[1])
    ]
    if groups:
        yield Finding("look_alike", rows[0][0], groups)
