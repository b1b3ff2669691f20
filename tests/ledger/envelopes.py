"""Hypothesis strategies: facts to keep."""

from __future__ import annotations

from hypothesis import strategies as st

from ledger.envelope import envelope_problem, extension_problem, size_problem
from ledger.port import EventData
from schemas import catalogue, codec
from schemas.values import EARLIEST, LATEST
from tests.schemas.strategies import bodies

# --- facts that a door lets in --------------------------------------------------------------------

#: Nothing that CloudEvents forbids in an attribute, and no space at the ends.
WORDS = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
OPTIONAL = st.none() | WORDS
SEGMENT = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn", "Z"], exclude_characters="/"),
    min_size=1,
    max_size=12,
)
TAKEN = frozenset(
    {
        *("specversion", "id", "type", "source", "subject", "time", "data", "datacontenttype"),
        *("dataschema", "correlationid", "causationid", "sequence", "recordedtime", "position"),
    }
)
NAME = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12).filter(
    lambda name: name not in TAKEN
)


def sound(fact: EventData) -> bool:
    """Whether the rules of envelopes let a fact pass."""
    extensions = (fact.extensions or {}).items()
    return not (
        envelope_problem(
            fact.source, fact.subject, fact.correlationid, fact.causationid, fact.sequence
        )
        or size_problem(fact)
        or any(extension_problem(name, value) for name, value in extensions)
    )


def _of_type(type: str) -> st.SearchStrategy[EventData]:
    return st.builds(
        EventData,
        id=st.uuids().map(str),
        type=st.just(type),
        source=st.lists(SEGMENT, min_size=2, max_size=3).map(lambda parts: "/" + "/".join(parts)),
        subject=st.builds(
            "{}:{}".format, st.sampled_from(["customer", "department", "a-1_b"]), WORDS
        ),
        time=st.integers(EARLIEST, LATEST) | st.integers(10**15, 2 * 10**15),
        body=bodies(type).map(lambda body: codec.encode(type, body)),
        correlationid=OPTIONAL,
        causationid=OPTIONAL,
        sequence=OPTIONAL,
        extensions=st.none() | st.dictionaries(NAME, st.just("") | WORDS, min_size=1, max_size=3),
    ).filter(sound)


#: Any fact that the door lets in.
FACTS = st.sampled_from(catalogue.TYPES).flatmap(_of_type)

# --- and facts that none would --------------------------------------------------------------------

ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
ANY_OPTIONAL = st.none() | ANY_TEXT
#: Whatever the port's types can hold.
ANYTHING = st.builds(
    EventData,
    id=st.uuids().map(str),
    type=ANY_TEXT,
    source=ANY_TEXT,
    subject=ANY_TEXT,
    time=st.integers(-(2**62), 2**62),
    body=st.binary(max_size=300),
    correlationid=ANY_OPTIONAL,
    causationid=ANY_OPTIONAL,
    sequence=ANY_OPTIONAL,
    extensions=st.none() | st.dictionaries(ANY_TEXT, ANY_TEXT, min_size=1, max_size=3),
)
