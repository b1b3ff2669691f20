"""The event logs, read by pm4py, and held to the facts that they are of."""

from __future__ import annotations

import json
import sqlite3
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from consumers.embedded_projector import keep_up
from domain.facts import Fact
from domain.identity import canonical
from projections.export.ocel import names_in_time
from tests.domain.given import day, fact, honoured, made
from tests.export.exported import export
from tests.export.test_moments import NOWHERE
from tests.projections.asked import asked_memory
from tests.projections.stores import MemoryLedger, arrived

AS_OF = ["--as-of", "2027-01-01T00:00:00Z"]
Log = Mapping[str, Any]

WHO = "customer:2"
STORY = arrived(
    [
        made(1, of=WHO, commitment_id="ROSE", due_at=day(9), owner="care", refs=["order:1"]),
        fact("commitment.handed_over", 2, of=WHO, commitment_id="ROSE", to_department="network"),
        fact("commitment.accepted", 3, of=WHO, by="network", commitment_id="ROSE"),
        fact(
            "commitment.rescheduled",
            4,
            of=WHO,
            commitment_id="ROSE",
            due_at=day(12),
            initiated_by="customer",
            customer_agreed=True,
        ),
        fact("identity.linked", 5, of=WHO, party_a="customer:2", party_b="customer:1"),
        honoured(6, of=WHO, commitment_id="ROSE"),
        fact("identity.unlinked", 7, of=WHO, party_a="customer:1", party_b="customer:2"),
        fact("attitude.shown", 8, of="staff:care", attitude="attend", seen_by="customer"),
    ]
)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("story") / "out"
    with asked_memory() as home:
        keep_up(MemoryLedger(STORY), home)
        export(NOWHERE, folder, AS_OF)
    return folder


@pytest.fixture(scope="module")
def out(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ocel") / "out"
    export(home, folder, AS_OF)
    return folder


def read(folder: Path) -> Log:
    found: Log = json.loads((folder / "ocel.json").read_bytes())
    return found


def named(log: Log, id: str) -> Mapping[str, Any]:
    found: Mapping[str, Any]
    (found,) = (one for one in log["objects"] if one["id"] == id)
    return found


def values(log: Log, id: str, name: str) -> list[tuple[str, str]]:
    """The values of an attribute, with the day from which each holds."""
    return [
        (one["time"][:10], one["value"])
        for one in named(log, id)["attributes"]
        if one["name"] == name
    ]


def test_every_fact_is_an_event_with_its_objects(story: Path) -> None:
    log = read(story)
    assert sorted(event["id"] for event in log["events"]) == sorted(str(one.id) for one in STORY)
    (event,) = (one for one in log["events"] if one["type"] == "commitment.made")
    journey = next(one["id"] for one in log["objects"] if one["type"] == "journey")
    assert event["relationships"] == [
        {"objectId": "customer:2", "qualifier": "subject"},
        {"objectId": "commitment:ROSE", "qualifier": "touches"},
        {"objectId": "order:1", "qualifier": "touches"},
        {"objectId": journey, "qualifier": "journey"},
    ]
    assert {"name": "by", "value": "care"} in event["attributes"]
    assert named(log, "commitment:ROSE")["relationships"] == [
        {"objectId": "customer:2", "qualifier": "customer"},
        {"objectId": "customer:2", "qualifier": "made to"},
    ]
    types = {one["id"]: one["type"] for one in log["objects"]}
    assert types == {
        "customer:1": "customer",
        "customer:2": "customer",
        "commitment:ROSE": "commitment",
        "order:1": "ref",
        "staff:care": "party",
        journey: "journey",
    }


def test_owner_dates_state_and_identity_change_with_time(story: Path) -> None:
    log = read(story)
    rose = "commitment:ROSE"
    assert values(log, rose, "owner") == [
        ("1970-01-01", "care"),
        ("2026-01-03", "null"),
        ("2026-01-04", "network"),
    ]
    assert values(log, rose, "agreed_due_at") == [
        ("1970-01-01", "2026-01-10T00:00:00.000000Z"),
        ("2026-01-05", "2026-01-13T00:00:00.000000Z"),
    ]
    assert [value for _, value in values(log, rose, "first_due_at")] == [
        "2026-01-10T00:00:00.000000Z"
    ]
    assert values(log, rose, "state") == [("1970-01-01", "open"), ("2026-01-07", "honoured")]
    assert values(log, "customer:2", "customer") == [
        ("1970-01-01", "customer:2"),
        ("2026-01-06", "customer:1"),
        ("2026-01-08", "customer:2"),
    ]


def test_names_change_as_the_fold_says() -> None:
    facts: list[Fact] = []
    told = [(1, "a", "b"), (2, "b", "c"), (3, "d", "e"), (4, "c", "d"), (9, "x", "y")]
    for on, a, b in told:
        facts.append(fact("identity.linked", on, party_a=f"k:{a}", party_b=f"k:{b}"))
    facts.append(fact("identity.unlinked", 5, party_a="k:b", party_b="k:c"))
    links = [
        (f"k:{a}", f"k:{b}", day(on), day(5) if (a, b) == ("b", "c") else None) for on, a, b in told
    ]
    names = {f"k:{one}": f"k:{one}" for one in "abcdexy"}
    changes = sorted(names_in_time(links), key=lambda change: change[1])
    for on in (1, 2, 3, 4, 5, 9):
        for party, at, name in changes:
            if at == day(on):
                assert names[party] != name
                names[party] = name
        assert names == {party: canonical(facts, day(on)).get(party, party) for party in names}


def test_pm4py_reads_both_alike(out: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pm4py

        logs = [
            pm4py.read_ocel2_json(str(out / "ocel.json")),
            pm4py.read_ocel2_sqlite(str(out / "ocel.sqlite")),
        ]
    one, other = logs
    written = read(out)
    assert len(one.events) == len(other.events) == len(written["events"])
    assert len(one.objects) == len(other.objects) == len(written["objects"])
    key = ["ocel:eid", "ocel:oid", "ocel:qualifier"]
    pairs = [sorted(map(tuple, log.relations[key].values.tolist())) for log in logs]
    assert pairs[0] == pairs[1]
    assert len(pairs[0]) == sum(len(event["relationships"]) for event in written["events"])
    for log in logs:
        assert str(log.events["ocel:timestamp"].dt.tz) == "UTC"
    times = [
        dict(zip(log.events["ocel:eid"], log.events["ocel:timestamp"], strict=True)) for log in logs
    ]
    assert times[0] == times[1]
    changed = ["ocel:oid", "ocel:field", "ocel:timestamp"]
    changes = [log.object_changes for log in logs]
    told = [
        sorted(map(repr, each.rename(columns={"ocel:changed_field": "ocel:field"})[changed].values))
        for each in changes
    ]
    assert told[0] == told[1]


def test_the_relational_form_is_as_the_standard_wants_it(out: Path) -> None:
    from pm4py.objects.ocel.validation import ocel20_rel_validation

    kept, broken = ocel20_rel_validation.apply(str(out / "ocel.sqlite"))
    assert broken == []
    assert len(kept) == 24
    with closing(sqlite3.connect(out / "ocel.sqlite")) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_nobody_at_work_is_in_it(out: Path) -> None:
    log = read(out)
    kinds = {one["name"] for one in log["objectTypes"]}
    assert kinds == {
        *("customer", "party", "commitment", "issue", "payment", "decision", "journey", "ref")
    }
    parties = {one["id"].split(":")[0] for one in log["objects"] if one["type"] == "party"}
    assert parties <= {"department", "staff"}
