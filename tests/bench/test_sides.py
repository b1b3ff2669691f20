"""What is compared computes the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from eventsourcing.persistence import JSONTranscoder

from bench import rebuilding, runner
from bench.aims import BOUND_GB, Verdict, aims
from bench.commitments import digest
from bench.known import Known
from bench.material import company
from bench.pieces import groups
from bench.plain import stored
from bench.plan import FULL, Aim, Seen
from domain.commitments import fold_all
from domain.facts import Fact
from domain.identity import canonical
from domain.policies import policy_dates
from domain.retractions import in_force
from ledger.envelope import Envelope
from projections.duckdb.store import MEMORY_LIMIT
from projections.public_holidays import public_holidays
from tests.domain.given import day, fact

ID = "0c9f0b5e-7d0e-4b8e-9d5e-2f1f0f3f4a11"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.xdist_group("bench")
def test_the_projection_runner_fills_a_table_equal_to_our_view(tmp_path: Path) -> None:
    company(tmp_path, 2_000)
    ours = rebuilding.rebuild(tmp_path, digested=True)
    theirs = runner.in_memory(tmp_path)
    assert ours.digest == theirs.digest
    assert ours.work == theirs.work == 2_000


def test_a_stored_event_is_the_whole_fact() -> None:
    """With the attributes that few facts have, on which their order hangs."""
    further = {"importer": "shop/orders"}
    envelope = Envelope(ID, "commitment.made", "/shop/web", "customer:1", 0, "C", None, "7")
    event = stored(envelope.seal({"commitment_id": "R1", "about": "delivery"}, further.items()))
    found = runner.FactMapper(JSONTranscoder()).to_domain_event(event)
    assert (str(found.id), found.department, found.body.about) == (ID, "shop", "delivery")
    assert (found.sequence, found.correlationid, found.extensions) == ("7", "C", further)


def facts_that_bear_on_each_other() -> list[Fact]:
    """A policy, links of customers, and retractions of all kinds of facts, one of them undone."""
    made = [
        fact("commitment.made", number, commitment_id=f"C{number}", of=f"customer:{number % 3}")
        for number in range(6)
    ]
    kept = [fact("commitment.honoured", 9, commitment_id=f"C{number}") for number in range(4)]
    policies = [
        fact("policy.published", -1, about="delivery", due="P2D"),
        fact("policy.published", -1, about="delivery", due="P9D", version=2),
    ]
    links = [
        fact("identity.linked", 3, party_a="customer:2", party_b="customer:0"),
        fact("identity.linked", 4, party_a="customer:1", party_b="customer:2"),
        fact("identity.unlinked", 5, party_a="customer:1", party_b="customer:2"),
    ]
    aims = (made[0], kept[1], kept[2], policies[1], links[2])
    retracted = [fact("fact.retracted", 20, fact_id=str(one.id)) for one in aims]
    back = fact("fact.retracted", 21, fact_id=str(retracted[2].id))
    return [*made, *kept, *policies, *links, *retracted, back]


@pytest.mark.parametrize("seed", range(30))
def test_the_plain_projection_knows_the_same_in_any_order(seed: int) -> None:
    facts = facts_that_bear_on_each_other()
    Random(seed).shuffle(facts)
    known, rows = Known(), {}
    for one in facts:
        for name in known.take(one):
            rows[name] = known.row(name)
    standing = in_force(facts)
    names = canonical(standing)
    folded = fold_all(standing, None, policy_dates(standing, public_holidays))
    assert {name for name, row in rows.items() if row is not None} == set(folded)
    for name, expected in folded.items():
        row, own = rows[name], expected.commitment
        assert row is not None
        assert row["customer"] == names.get(own.customer, own.customer)
        assert (row["state"], row["facts"]) == (own.state, len(expected.entries))
        assert own.first_due_at == day(int(name[1:]) + 2)
        assert row["first_due_at"] == (own.first_due_at - EPOCH) // timedelta(microseconds=1)


def test_a_digest_tells_rows_apart_and_not_their_order() -> None:
    assert digest([("a", 1), ("b", None)]) == digest([("b", None), ("a", 1)])
    assert digest([("a", 1)]) != digest([("a", 2)])


def test_pieces_have_names_of_their_own_and_aims_name_them() -> None:
    names = [piece.name for group in groups(FULL, Path("olist")) for piece in group.pieces]
    assert len(names) == len(set(names))
    assert {name for aim in aims(FULL) for name in aim.of} <= set(names)


def test_the_bound_of_memory_is_the_one_that_duckdb_is_given() -> None:
    assert f"{BOUND_GB - 1}GB" == MEMORY_LIMIT


def test_an_aim_is_met_from_its_target_on() -> None:
    seen = Seen([3.0, 1.0, 2.0], work=100, peak_kib=1)
    assert (seen.median, seen.rate) == (2.0, 50.0)
    rate = Aim("rate", ("a",), lambda found: found["a"].rate, 50, "/s", "what bounds it")
    time = Aim("time", ("a",), lambda found: found["a"].median, 1, "s", "what bounds it", True)
    assert Verdict(rate, rate.figure({"a": seen})).met
    assert not Verdict(time, time.figure({"a": seen})).met
    assert Verdict(time, 2.0).factor == 0.5
