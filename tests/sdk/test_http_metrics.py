"""Every metric and its units, as the clients' models have them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from application.emit import Fact, emit_facts
from projections.metrics.registry import metrics
from tests.homes import embedded_home
from tests.sdk.doors import Waiting, client_at
from tests.simulator.simulated import told

#: A simulated company in which every metric has units.
SEED, CUSTOMERS = 11, 100
#: What they count is about no instant.
WITHOUT_ANCHOR = {"load", "unowned_time"}


@pytest.fixture(scope="module")
def asks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Waiting]:
    home = embedded_home(tmp_path_factory.mktemp("company") / "home")
    with home.writing() as ledger:
        events = told(SEED, CUSTOMERS).events
        assert sum(emit_facts(ledger, (Fact(*event) for event in events)))
    with client_at("sync", home) as client:
        yield client


def test_the_models_fit_every_metric_and_its_units(asks: Waiting) -> None:
    end = told(SEED, CUSTOMERS).truth.end
    without = set()
    for name, metric in metrics().items():
        answer = asks.metric(name, by=metric.by[:1], as_of=end)
        assert (answer.metric, answer.value["kind"]) == (name, metric.kind)
        units = asks.units(name, as_of=end, page_size=1_000)
        assert units, name
        if all(unit.at is None for unit in units):
            without.add(name)
    assert without == WITHOUT_ANCHOR
