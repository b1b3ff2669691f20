"""The clients at the real door, one suite for both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pledger_sdk import Refused, Sealer
from pledger_sdk.facts import CommitmentHonoured, CommitmentMade, PolicyPublished
from pledger_sdk.http import (
    AsyncClient,
    Client,
    Conflict,
    Declined,
    Forbidden,
    NotFound,
    NotKeptAsFact,
    NotLetIn,
    NotYet,
    Outdated,
    WrongRequest,
    requests,
)
from tests.entrypoints.small import AS_OF, in_batches
from tests.helpers import ask, emit
from tests.http.doors import NONE
from tests.sdk.doors import Waiting, client_at

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
SEALER = Sealer("/care/desk")
KINDS = ["sync", "async"]
#: What the door, a page, the last line of a stream or a model says under names that extensions may
#: have too.
OF_THE_DOOR = (
    "end", "without", "personal", "withheld", "next", "facts", "status", "copy", "json", "dict",
)  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small company's. Tests ask it, and emit nothing into it."""
    folder = tmp_path_factory.mktemp("small") / "home"
    for batch in in_batches():
        emit(folder, batch)
    return folder


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=KINDS)
def asks(request: pytest.FixtureRequest, home: Path) -> Iterator[Waiting]:
    with client_at(request.param, home) as client:
        yield client


@pytest.fixture(params=KINDS)
def writes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Waiting]:
    with client_at(request.param, tmp_path / "home") as client:
        yield client


def made(number: int, **more: Any) -> Any:
    body = CommitmentMade(commitment_id=f"C{number}", about="delivery", refs=(f"order:{number}",))
    return SEALER.seal(body, **{"subject": "customer:1", "time": NOON, "key": str(number), **more})


def plain(model: Any) -> Any:
    """What was said, with instants as the door writes them."""
    text = model.model_dump_json(by_alias=True, exclude_unset=True)
    return json.loads(text)


def same(model: Any, answer: Any) -> None:
    """The model holds the answer: written and read again, it is the same model."""
    assert model == type(model).model_validate(answer)
    assert plain(model).keys() == answer.keys()


def test_every_answer_is_that_of_the_command(asks: Waiting, home: Path) -> None:
    at = {"as_of": AS_OF, "known_at": "@25"}
    same_as = ["--as-of", AS_OF, "--known-at", "@25"]

    def told(*argv: str) -> Any:
        return ask(home, [*argv, *same_as])

    same(
        asks.promises(by=["department"], where={"about": "delivery"}, **at),
        told("promises", "--by", "department", "--where", "about=delivery"),
    )
    same(asks.commitment("ROSE", **at), told("commitment", "ROSE"))
    same(asks.chain("INNER", **at), told("chain", "INNER"))
    same(asks.due(timedelta(days=7), **at), told("due", "--within", "PT168H"))
    same(asks.customer("customer:8412", **at), told("customer", "customer:8412"))
    same(
        asks.balance("2026-01-01T00:00:00Z", NOON, **at),
        told("balance", "--from", "2026-01-01T00:00:00Z", "--to", "2026-03-02T12:00:00Z"),
    )
    (journey, *_) = asks.journeys(customer="customer:8412", **at)
    same(asks.journey(journey.journey_id, **at), told("journey", journey.journey_id))
    same(
        asks.metric("kept_agreed", by=["about"], start="2026-01-01T00:00:00Z", **at),
        told("metric", "kept_agreed", "--by", "about", "--from", "2026-01-01T00:00:00Z"),
    )


def test_lists_follow_their_pages(asks: Waiting, home: Path) -> None:
    at = {"as_of": AS_OF}
    whole = ask(home, ["commitments", "--as-of", AS_OF])["commitments"]
    assert [one.commitment_id for one in asks.commitments(page_size=2, **at)] == [
        one["commitment_id"] for one in whole
    ]
    assert len(whole) > 4
    whole = ask(home, ["suspense", "--as-of", AS_OF])["items"]
    assert [one.about for one in asks.suspense(page_size=1, **at)] == [
        one["about"] for one in whole
    ]
    units = asks.units("lead_time", page_size=3, **at)
    assert len(units) == asks.metric("lead_time", **at).value["n"]
    assert len(asks.journeys(page_size=1)) == len(asks.journeys())
    assert {one.status for one in asks.commitments(status=["kept", "late"], **at)} == {
        "kept",
        "late",
    }


def test_facts_come_as_they_are(asks: Waiting) -> None:
    facts = asks.facts()
    assert [one.position for one in facts] == [*range(1, 26)]
    assert facts[1].data["wording"] == "Rosier rouge, l’hiver"
    assert facts[1].time == datetime(2026, 1, 2, 10, tzinfo=UTC)
    assert [one.id for one in asks.facts(type=["customer.chased"], limit=3)] == [facts[4].id]
    assert len(asks.facts(from_position=20, limit=3)) == 3
    assert asks.fact(facts[4].id) == facts[4]


def test_a_fact_may_have_any_extension(kind: str, tmp_path: Path) -> None:
    said = {name: name[::-1] for name in OF_THE_DOOR}
    facts = [made(number, extensions={name: said[name]}) for number, name in enumerate(said)]
    all_of_them = made(len(facts), extensions=said)
    with client_at(kind, tmp_path / "home") as client:
        client.emit_all([*facts, all_of_them])
        found = client.facts()
        assert [one.id for one in found] == [one.id for one in (*facts, all_of_them)]
        for name, one in zip(said, found, strict=False):
            assert plain(one)[name] == said[name]
            assert client.fact(one.id) == one
        assert said.items() <= plain(found[-1]).items()


def test_the_registry_and_the_search(asks: Waiting) -> None:
    word = asks.metrics("word")
    assert {one.family for one in word} == {"word"}
    assert word[0].definition["gamed_by"]
    assert len(asks.metrics()) > len(word)
    (hit,) = asks.search("ROSE").found
    assert (hit.kind, hit.customer, hit.href) == (
        "commitment",
        "customer:8412",
        "/v1/commitments/ROSE",
    )


def test_what_would_be(asks: Waiting) -> None:
    policy = PolicyPublished(
        policy_id="p", about="callback", due="P30D", clock_starts="made", version=1
    )
    rules = SEALER.seal(policy, subject="department:care", time=datetime(2025, 1, 1, tzinfo=UTC))
    answer = asks.what_if([rules], as_of=AS_OF)
    assert answer.promises == asks.promises(as_of=AS_OF)
    assert answer.changed == len(answer.changes)


def test_what_is_wrong_is_said_by_its_kind(asks: Waiting, home: Path) -> None:
    with pytest.raises(NotFound) as unknown:
        asks.commitment("nothing")
    assert (unknown.value.status, unknown.value.kind) == (404, "unknown")
    assert unknown.value.expected
    assert unknown.value.remedy in str(unknown.value)
    assert unknown.value.request_id
    with pytest.raises(WrongRequest) as wrong:
        asks.promises(by=["colour"])
    assert wrong.value.problem["parameters"][0]["name"].startswith("by")
    with client_at("sync", home, NONE) as other, pytest.raises(Forbidden):
        other.promises()
    with client_at("sync", home, "pk_unknown") as other, pytest.raises(NotLetIn):
        other.promises()


def test_an_id_is_written_whole(writes: Waiting) -> None:
    id = "A/B ü?#&=%2F"
    decision = writes.make(
        department="care", customer="customer:1", about="delivery", commitment_id=id
    )
    assert decision.commitment_id == id
    writes.wait_for(decision.facts[0].position)
    assert writes.commitment(id).commitment_id == id
    for none in ("", ".", "..", "\ud800"):
        with pytest.raises(Refused):
            writes.commitment(none)


def test_a_fact_gets_a_receipt_and_its_writer_reads_it(writes: Waiting) -> None:
    receipt = writes.emit(made(1))
    assert (receipt.id, receipt.position, receipt.duplicate) == (made(1).id, 1, False)
    assert writes.emit(made(1)).duplicate
    assert writes.commitment("C1", after=receipt.position, wait="PT30S").made_at == NOON
    with pytest.raises(Conflict) as conflict:
        writes.emit(made(1, subject="customer:2"))
    assert conflict.value.problem["rejected"][0]["id"] == made(1).id
    (fact,) = writes.facts()
    assert (fact.source, fact.subject, fact.data["refs"]) == (
        "/care/desk",
        "customer:1",
        ["order:1"],
    )


def test_all_that_is_said_of_a_fact_arrives(writes: Waiting) -> None:
    said = made(
        1,
        subject="customer:œuvre",
        time=NOON + timedelta(microseconds=7),
        correlationid="a process\u2028of its own",
        causationid=made(2).id,
        sequence=12,
        extensions={"plant": "Rosa\u2029gallica", "count": 3},
    )
    other = SEALER.seal(
        CommitmentHonoured(commitment_id="C1"), subject="customer:1", time=NOON, key="h"
    )
    receipts = writes.emit_all([said, other])
    assert (receipts.accepted, receipts.rejected, receipts.head) == (2, (), 2)
    fact, _ = writes.facts()
    assert (fact.subject, fact.time) == ("customer:œuvre", NOON + timedelta(microseconds=7))
    assert (fact.correlationid, fact.causationid, fact.sequence) == (
        "a process\u2028of its own",
        made(2).id,
        "12",
    )
    assert fact.model_extra == {
        "specversion": "1.0",
        "plant": "Rosa\u2029gallica",
        "count": "3",
    }


def test_many_facts_go_in_batches(writes: Waiting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "BATCH_FACTS", 3)
    twice = made(3, subject="customer:9")
    facts = [*map(made, range(7)), twice]
    receipts = writes.emit_all(iter(facts))
    assert (receipts.accepted, receipts.duplicates, receipts.head) == (7, 0, 7)
    assert [one.id for one in receipts.receipts] == [one.id for one in facts[:7]]
    assert [(one.index, one.id) for one in receipts.rejected] == [(7, twice.id)]
    assert writes.emit_all(facts[:7]).duplicates == 7
    assert writes.emit_all([]).receipts == ()
    with pytest.raises(Refused, match="all or none"):
        writes.emit_all(facts, all_or_nothing=True)
    with pytest.raises(NotKeptAsFact):
        writes.emit_all([made(8), twice], all_or_nothing=True)
    assert len(writes.facts()) == 7


def test_one_waits_for_a_position_in_vain(writes: Waiting) -> None:
    head = writes.emit(made(1)).position
    assert writes.wait_for(head) is None
    with pytest.raises(NotYet):
        writes.wait_for(head + 1, 0.0)


def test_the_desk(writes: Waiting) -> None:
    begun = writes.make(
        department="care",
        customer="customer:1",
        about="delivery",
        due_at=NOON,
        key="order-1",
        refs=("order:1",),
    )
    id = begun.commitment_id
    again = writes.make(
        department="care",
        customer="customer:1",
        about="delivery",
        due_at=NOON,
        key="order-1",
        refs=("order:1",),
    )
    assert again == begun
    assert writes.commitment(id, after=begun.facts[0].position, wait="PT30S").agreed_due_at == NOON
    with pytest.raises(Outdated):
        writes.decide("honour", id, department="care", expect=7)
    honoured = writes.decide("honour", id, department="care", expect=begun.version, time=NOON)
    assert (honoured.state, honoured.version) == ("honoured", 2)
    with pytest.raises(Declined) as declined:
        writes.decide("abandon", id, department="care")
    assert declined.value.problem["state"] == "honoured"
    assert declined.value.remedy
    none = writes.decline(department="care", customer="customer:1", about="refund")
    assert none.commitment_id is None
    issue = writes.open_issue(
        department="care", customer="customer:1", topic="noise", channel="phone"
    )
    resolved = writes.decide("resolve", issue.issue_id, about="issues", department="care")
    assert resolved.issue_id == issue.issue_id


def test_what_can_not_be_sent_is_refused(writes: Waiting) -> None:
    with pytest.raises(Refused, match="aware"):
        writes.promises(as_of=datetime(2026, 1, 1))
    with pytest.raises(Refused, match="whole seconds"):
        writes.due(timedelta(seconds=0.5))
    with pytest.raises(Refused, match="ASCII"):
        writes.decide("honour", "C", department="care", key="clé")


def test_the_key_comes_from_the_environment_and_is_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLEDGER_KEY", "pk_secret")
    with Client("http://127.0.0.1:1/") as client:
        assert client._door.key == "pk_secret"
        assert repr(client) == "<Client of http://127.0.0.1:1>"
        assert "secret" not in repr(client._door)
    assert repr(AsyncClient("https://door")) == "<AsyncClient of https://door>"
    with pytest.raises(Refused, match="key"):
        Client("http://door", key="pk_\nX: y")
    with pytest.raises(Refused, match="address"):
        Client("door:8321")
