"""Which facts let the customer hear from the company."""

from __future__ import annotations

import pytest

from domain.company_signs import ALWAYS_SIGNS, is_sign
from domain.events import BODIES
from tests.domain.given import chased, fact, honoured, made


def test_every_type_in_the_list_exists() -> None:
    assert set(BODIES) >= ALWAYS_SIGNS


def test_a_promise_and_its_keeping_are_signs_and_a_reminder_is_not() -> None:
    assert is_sign(made(1))
    assert is_sign(honoured(1))
    assert is_sign(fact("commitment.part_honoured", 1))
    assert not is_sign(chased(1))
    assert not is_sign(fact("commitment.confirmed", 1))
    assert not is_sign(fact("commitment.released", 1))


@pytest.mark.parametrize(
    ("who", "sign"), [("company", True), ("unknown", True), ("customer", False)]
)
def test_a_touchpoint_unless_the_customer_started_it(who: str, sign: bool) -> None:
    assert is_sign(fact("touchpoint.occurred", 1, initiated_by=who)) is sign


@pytest.mark.parametrize("shown", [True, False])
def test_progress_when_it_is_shown(shown: bool) -> None:
    assert is_sign(fact("progress.shared", 1, shown_to_customer=shown)) is shown
