"""The same numbers on Kafka and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.compare import differences
from tests.data import olist, permits
from tests.data.imported import Imported
from tests.data.metrics import wrong_metrics
from tests.data.test_expected import wrong_numbers
from tests.helpers import shared
from tests.homes import caught_up, server_home

#: Data set, importer, its settings, and the partitions of the topic. Of one partition, positions
#: are plain numbers, as in the embedded home.
HOMES = {
    "olist_small": ("olist_small", "olist", (), 1),
    "olist_large": ("olist_large", "olist", (), 4),
    "permit_receipt": ("permit_receipt", "permit_receipt", (), 1),
}


@pytest.mark.parametrize("name", HOMES)
def test_every_number(
    name: str, broker: str, make_topic: Callable[..., str], postgres: str, tmp_path: Path
) -> None:
    data, mapping, settings, partitions = HOMES[name]
    shared("data", data)
    folder = server_home(tmp_path, broker, make_topic(partitions), postgres)
    home = Imported(folder, data, mapping, settings)
    aside = {"definition"} | ({"head"} if partitions > 1 else set())
    counted = {key: value for key, value in home.expected["import"].items() if key not in aside}
    assert differences(counted, home.answer) == []
    caught_up(folder)
    assert home.wrong_answers(home.expected["asks"]) == []
    numbers = permits.NUMBERS if mapping == "permit_receipt" else olist.NUMBERS
    expected = {
        name: number
        for name, number in home.expected["numbers"].items()
        if "end_of_day" not in name
    }
    assert wrong_numbers(home, numbers, expected) == []
    assert list(wrong_metrics(home)) == []
