"""Personal fields in answers: withheld, or read and recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.access.personal import Asked, Reader, message_shown, records, shown
from application.errors import Wrong
from ledger.sqlite.access import SQLiteAccess
from schemas import catalogue
from tests.access.given import NOW, somebody, sqlite_store

SECRET = "what the customer said"
PERSONAL = {
    name: [each.name for each in catalogue.fields(name) if each.personal]
    for name in catalogue.TYPES
}
TYPES = [name for name, fields in PERSONAL.items() if fields]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SQLiteAccess]:
    with sqlite_store(tmp_path) as store:
        yield store


def reader(*scopes: Any) -> Reader:
    return Reader(somebody(*scopes), "GET /v1/commitments/ROSE?limit=5", NOW)


def a_fact(type: str, id: str = "1", **data: object) -> dict[str, Any]:
    said = dict.fromkeys(PERSONAL[type], SECRET)
    return {"id": id, "type": type, "time": NOW, "data": {"about": "x", **said, **data}}


@pytest.mark.parametrize("type", TYPES)
def test_without_the_scope_they_read_null(store: SQLiteAccess, type: str) -> None:
    answer = {"commitment_id": "C", "history": [a_fact(type), {"id": "2", "type": "x.y"}]}
    read = shown(answer, reader("ask"), store)
    assert SECRET not in str(read)
    assert read["history"][0]["data"] == {"about": "x", **dict.fromkeys(PERSONAL[type])}
    assert read["personal"] == "withheld"
    assert read["withheld"] == sorted(f"{type}.{name}" for name in PERSONAL[type])
    assert SECRET in str(answer), "what was asked is left as it is"
    assert store.records(0, 10) == []


@pytest.mark.parametrize("type", TYPES)
def test_with_the_scope_they_are_read_and_that_is_recorded(store: SQLiteAccess, type: str) -> None:
    answer = {"history": [a_fact(type, "1"), a_fact(type, "2"), a_fact(type, "1")]}
    assert shown(answer, reader("ask", "personal"), store) == answer
    (record,) = store.records(0, 10)
    assert record._replace(number=0) == (
        NOW,
        "somebody",
        "GET /v1/commitments/ROSE?limit=5",
        tuple(sorted(f"{type}.{name}" for name in PERSONAL[type])),
        ("1", "2"),
        0,
    )


def test_where_nobody_keeps_a_record_they_are_withheld() -> None:
    read = shown(a_fact("feedback.given"), reader(), None)
    assert read["data"]["comment"] is None
    assert read["personal"] == "withheld"
    assert read["withheld"] == ["feedback.given.comment"]


def test_what_holds_nothing_personal_stays_as_it_is(store: SQLiteAccess) -> None:
    answers: tuple[Any, ...] = (
        a_fact("feedback.given", comment=None),
        {"promises": {"kept": 3}, "groups": [{"key": {"about": "x"}, "value": None}]},
        {"type": "no.type", "data": {"comment": SECRET}},
        {"type": "feedback.given", "data": "text"},
        {"type": 5, "data": {}},
        [],
        None,
    )
    for answer in answers:
        for scopes in (("ask",), ("ask", "personal")):
            assert shown(answer, reader(*scopes), store) == answer
    assert store.records(0, 10) == []


def test_each_of_a_list_of_answers_says_what_is_withheld(store: SQLiteAccess) -> None:
    facts = [a_fact("feedback.given", "1"), {"id": "2", "type": "issue.resolved", "data": {}}]
    one, other = shown(facts, reader("ask"), store)
    assert one["withheld"] == ["feedback.given.comment"]
    assert other == facts[1]
    assert shown(facts, reader("ask", "personal"), store) == facts
    (record,) = store.records(0, 10)
    assert record.facts == ("1",)


def test_a_fact_keeps_extensions_of_these_names() -> None:
    own = {"personal": "no", "withheld": "nothing", "without": "sugar"}
    read = shown({**a_fact("feedback.given"), **own}, reader("ask"), None)
    assert read["data"]["comment"] is None
    assert own.items() <= read.items()
    read = shown({**a_fact("feedback.given"), "personal": "no"}, reader("ask"), None)
    assert (read["personal"], read["withheld"]) == ("no", ["feedback.given.comment"])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
        | st.sampled_from(TYPES).map(a_fact)
        | st.tuples(inner, inner)
    ),
    max_leaves=20,
)


@given(answer=VALUES)
def test_no_personal_text_is_left_at_any_depth(answer: Any) -> None:
    read = shown(answer, reader("ask"), None)
    assert SECRET not in str(read)
    assert shown(read, reader("ask"), None) == read


def test_a_message_in_quarantine_is_personal_as_a_whole(store: SQLiteAccess) -> None:
    message = {
        "partition": 1,
        "offset": 7,
        "reason": "no fact",
        "key": None,
        "value": {"text": SECRET, "base64": "Z2VoZWlt"},
        "headers": [{"name": "ce_id", "value": {"text": SECRET, "base64": "Z2VoZWlt"}}],
    }
    nothing = {"text": None, "base64": None}
    read = message_shown(message, reader("operate"), store)
    assert read == {
        **message,
        "value": nothing,
        "headers": [{"name": "ce_id", "value": nothing}],
        "personal": "withheld",
        "withheld": ["headers", "key", "value"],
    }
    assert message_shown(message, reader("operate", "personal"), store) == message
    (record,) = store.records(0, 10)
    assert (record.fields, record.facts) == (("headers", "key", "value"), ("1:7",))


def test_records_in_pages(store: SQLiteAccess) -> None:
    for number in range(5):
        who = somebody("personal", name="ab"[number % 2])
        shown(a_fact("feedback.given", str(number)), Reader(who, "x" * 2_000, NOW), store)
    seen, after = [], None
    while True:
        page = records(store, Asked(limit=2, after=after))
        seen += [one["facts"] for one in page["records"]]
        if (after := page["next"]) is None:
            break
    assert seen == [["0"], ["1"], ["2"], ["3"], ["4"]]
    (one, *_) = records(store, Asked(who="b"))["records"]
    assert one == {
        "at": NOW,
        "who": "b",
        "what": "x" * 1_000,
        "fields": ["feedback.given.comment"],
        "facts": ["1"],
    }
    for wrong in ({"limit": 0}, {"after": "nonsense"}):
        with pytest.raises(Wrong):
            records(store, Asked(**wrong))
