"""What a notebook shows: whole, escaped, and with nothing from elsewhere."""

from __future__ import annotations

import itertools
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from pledger_sdk.http.answers import Commitment, Journey, Metric

HOSTILE = "<script>alert('x')</script>&\"'"
DAY = "2026-03-{:02}T12:00:00Z".format


def promise(**more: Any) -> Commitment:
    dates = dict.fromkeys(
        ("earliest_at", "customer_due_at", "honoured_at", "released_at", "abandoned_at")
    )
    said = {
        "commitment_id": "ROSE",
        "customer": "customer:8412",
        "about": "delivery",
        "kind": "explicit",
        "made_to": "customer:8412",
        "owner": "logistics",
        "status": "late",
        "state": "honoured",
        "supports": None,
        "in_time": None,
        "reschedulings": 1,
        "chases": 0,
        "paused": False,
        **dates,
        "made_at": DAY(1),
        "first_due_at": DAY(5),
        "agreed_due_at": DAY(5),
        "latest_due_at": DAY(9),
        "clocks": {"customer": 1, "company": 1, "paused": {}},
        "history": [],
        **more,
    }
    return Commitment.model_validate(said)


def journey(steps: int = 3, department: str = "care") -> Journey:
    said = {
        "journey_id": "j",
        "customer": "customer:8412",
        "first_at": DAY(1),
        "last_at": DAY(9),
        "facts": steps,
        "departments": ["shop", department],
        "handovers": 1,
        "touchpoints": {},
        "chases": 0,
        "reasked": 0,
        "channels_forced": 0,
        "promises": {},
        "kept_whole": None,
        "longest_silence": None,
        "feedback": [],
        "steps": [
            {
                "id": str(number),
                "type": "customer.chased",
                "time": DAY(1 + number % 9),
                "department": ("shop", department)[number % 2],
                "refs": [],
                "data": {},
            }
            for number in range(steps)
        ],
    }
    return Journey.model_validate(said)


def metric(value: dict[str, Any], **more: Any) -> Metric:
    said = {
        "metric": "kept_first",
        "as_of": DAY(9),
        "known_at": 7,
        "from": None,
        "to": None,
        "within": None,
        "value": value,
        "evidence": {},
        "unreported": [],
        "definition": {"question": "How many were kept?", "harmful_use": "a target."},
        **more,
    }
    return Metric.model_validate(said)


SHARE = {"kind": "share", "count": 1, "of": 4, "rate": 0.25, "low": 0.05, "high": 0.7}
NONE = {"kind": "share", "count": 0, "of": 0, "rate": None, "low": None, "high": None}
TABLE = {"kind": "table", "rows": [{"age": "0-1", "count": 1_200}, {"age": "2-7", "count": 0}]}


class Tags(HTMLParser):
    """The elements of a text, and its words."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.words = ""
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.words += f" {data}"


def shown(answer: Any) -> Tags:
    """What is shown, which is well-formed, and brings nothing from elsewhere."""
    html = answer._repr_html_()
    ET.fromstring(html)
    tags = Tags()
    tags.feed(html)
    assert tags.tags <= {
        *("figure", "figcaption", "p", "table", "thead", "tbody", "tr", "th", "td"),
        *("svg", "title", "text", "line", "circle"),
    }
    assert not tags.attributes & {"href", "src", "id", "class", "onload"}
    assert html.count("://") == html.count("http://www.w3.org/2000/svg")
    assert len(html) < 20_000
    return tags


def test_a_promise_shows_its_dates() -> None:
    words = shown(promise(honoured_at=DAY(12))).words
    for said in ("ROSE: delivery, late, owned by logistics", "first date", "2026-03-12 12:00 UTC"):
        assert said in words
    assert "owned by nobody" in shown(promise(owner=None, latest_due_at=None)).words
    alone = promise(first_due_at=None, agreed_due_at=None, latest_due_at=None)
    assert "made" in shown(alone).words


def test_numbers_on_one_day_stand_beside_each_other() -> None:
    html = promise()._repr_html_()
    figure = ET.fromstring(html)
    texts = figure.findall(".//{http://www.w3.org/2000/svg}text")
    places = [float(each.attrib["x"]) for each in texts[1:]]
    assert all(after - before >= 14 for before, after in itertools.pairwise(places))
    assert [each.text for each in texts[1:]] == ["1", "2", "3", "4"]


def test_a_journey_shows_its_lanes_and_so_many_steps() -> None:
    words = shown(journey()).words
    assert "Journey of 3 facts through shop, care: no promise is due" in words
    assert "and 80 more" in shown(journey(100)).words


@pytest.mark.parametrize("value", [SHARE, NONE, TABLE, {"kind": "count", "count": 3}])
def test_a_metric_of_any_kind_is_shown_with_what_it_means(value: dict[str, Any]) -> None:
    words = shown(metric(value)).words
    assert "kept_first: How many were kept?" in words
    assert "Not to be used as a target." in words
    assert ("25.0%" in words) == (value is SHARE)
    if value is TABLE:
        assert "count 1,200" in words


def test_groups_and_what_nobody_reports() -> None:
    groups = [
        {"key": {"department": "care"}, "value": SHARE},
        {"key": {"department": None}, "value": NONE},
    ]
    words = shown(metric(SHARE, groups=groups, unreported=["bravo.given"])).words
    assert "care" in words
    assert "Nobody reports bravo.given" in words
    both = {"kind": "difference", "a": SHARE, "b": NONE, "difference": None}
    words = shown(metric(both)).words
    assert "a (count 1, of 4" in words
    assert "all, a" in words
    assert "all, b" not in words


def test_nothing_that_was_said_is_markup() -> None:
    hostile = {"key": {"about": HOSTILE}, "value": {"kind": HOSTILE, HOSTILE: HOSTILE}}
    for answer in (
        promise(commitment_id=HOSTILE, about=HOSTILE, owner=HOSTILE, status=HOSTILE),
        journey(department=HOSTILE),
        metric({"kind": "share", **SHARE, HOSTILE: HOSTILE}, groups=[hostile], metric=HOSTILE),
    ):
        assert HOSTILE in shown(answer).words
