"""What people read of metrics in French: all of it, and of the English that there is."""

from __future__ import annotations

from string import Formatter

import pytest

from projections.metrics.registry import metrics
from projections.metrics.translations import MADE_FROM, READ, english_read, translated

FRENCH = translated("fr")


def test_metrics_come_in_the_order_of_the_registry() -> None:
    assert list(FRENCH) == list(metrics())


@pytest.mark.parametrize("name", metrics())
def test_each_text_is_there_and_of_the_english_that_there_is(name: str) -> None:
    metric, texts = metrics()[name], FRENCH[name]
    said = [text for text in READ if metric.texts[text]]
    assert list(texts) == [MADE_FROM, *said]
    assert all(texts.values())
    now = english_read(metric)
    assert texts[MADE_FROM] == now, (
        f"{metric.family}/registry.toml has changed what {name} says: look at the French beside it,"
        f' and then say {MADE_FROM} = "{now}"'
    )


@pytest.mark.parametrize("name", metrics())
def test_what_stands_in_braces_is_a_metric(name: str) -> None:
    for text in FRENCH[name].values():
        named = {place for _, place, _, _ in Formatter().parse(text) if place is not None}
        assert named <= metrics().keys(), text


def test_french_is_french() -> None:
    for name, texts in FRENCH.items():
        english = metrics()[name].texts
        assert not {key for key in texts if key != "source" and texts[key] == english.get(key)}
