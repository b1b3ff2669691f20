"""Issues, payments, decisions and entitlements in worlds that hold little else, so that each meets
all that can be said of it; whatever the order of arrival, rows are those of the folds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumers.embedded_projector import keep_up, rebuild
from domain.facts import Fact
from tests.projections.comparison import buckets_of, everything, expect_rows
from tests.projections.stores import MemoryHome, MemoryLedger
from tests.projections.worlds import worlds

SLOW = settings(max_examples=max(1, settings().max_examples // 4))

SAID = st.sampled_from(
    (
        *("issue.opened", "issue.acknowledged", "issue.answered", "issue.answered"),
        *("issue.resolved", "issue.reopened", "issue.escalated", "touchpoint.occurred"),
        *("payment.captured", "payment.linked", "payment.refunded", "payment.refunded"),
        *("discretion.used", "discretion.sampled", "discretion.reviewed"),
        *("entitlement.checked", "entitlement.checked", "suspicion.cleared"),
        "fact.retracted",
    )
)
RULED = st.sampled_from(
    (
        *("issue.opened", "issue.opened", "policy.published", "policy.published"),
        *("calendar.published", "identity.linked", "identity.unlinked", "fact.retracted"),
    )
)


@pytest.fixture(scope="module")
def home() -> MemoryHome:
    return MemoryHome()


@SLOW
@given(world=worlds(types=SAID) | worlds(types=RULED), data=st.data())
def test_rows_are_those_of_the_folds(
    home: MemoryHome, world: list[Fact], data: st.DataObject
) -> None:
    cuts = data.draw(st.lists(st.integers(0, len(world)), max_size=6), label="batches end at")
    home.empty()
    keep_up(MemoryLedger(world, cuts), home)
    expect_rows(home, world, f"kept up with cuts at {cuts}")
    kept_up = everything(home)
    with buckets_of(data.draw(st.sampled_from([1, 7, 1_000]), label="facts in a bucket")):
        rebuild(MemoryLedger(world), home, forget_lost=True)
    assert everything(home) == kept_up
