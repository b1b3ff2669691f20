"""Each family of metrics has its page for managers, which speaks of metrics that there are."""

from __future__ import annotations

import re

import pytest

from projections.metrics.registry import FAMILIES, metrics
from tests.docs.demo import COMMAND
from tests.helpers import ROOT

#: A name of several words in the text, such as ``slip_gap``.
NAME = re.compile(r"`([a-z]+(?:_[a-z]+)+)`")
#: A metric that a command asks for.
ASKED = re.compile(r"\./pledger metric (\w+)")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_has_its_page(family: str) -> None:
    text = (ROOT / "docs" / "explanation" / f"{family}.md").read_text(encoding="utf-8")
    assert text.startswith(f"<!-- demo -->\n# {family.capitalize()}: ")
    assert f"`{COMMAND}`" in text, "the page says how its home is made"
    assert f"`./pledger metrics --family {family}`" in text
    assert {*NAME.findall(text), *ASKED.findall(text)} <= set(metrics())
    assert any(metrics()[name].family == family for name in ASKED.findall(text))
