"""Each metric, asked about the simulated company, says what the company's script says; and moves
for the reason it should."""

from __future__ import annotations

from typing import Any

import pytest

from application.emit import Fact, emit_facts
from application.metrics import Metric, metric
from projections.metrics.registry import metrics
from simulator.local_time import moment
from tests.compare import differences
from tests.homes import embedded_home
from tests.metrics.truths import TRUTHS
from tests.simulator.simulated import told

Answers = dict[str, Any]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """What each metric says of the company, asked once."""
    events, truth = told(11, 3000).events, told(11, 3000).truth
    home = embedded_home(tmp_path_factory.mktemp("home"))
    with home.writing() as ledger:
        assert sum(emit_facts(ledger, (Fact(*event) for event in events))) == truth.facts
    return {
        name: metric(
            home,
            Metric(name=name, as_of=truth.end if one.at is None else moment(one.at), by=one.by),
        )
        for name, one in TRUTHS.items()
    }


def test_every_metric_has_a_truth() -> None:
    assert list(TRUTHS) == list(metrics())


@pytest.mark.parametrize("name", TRUTHS)
def test_a_metric_says_what_the_script_says(answers: Answers, name: str) -> None:
    assert differences(TRUTHS[name].expected(told(11, 3000).truth), answers[name]) == []
