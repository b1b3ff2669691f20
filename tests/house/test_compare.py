"""The comparison that scenarios and expected data rest on must itself be strict."""

from __future__ import annotations

import pytest

from tests.compare import differences


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ({}, {"more": 1}),
        ({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3}),
        ({"rate": 0.1}, {"rate": 0.1 + 9e-10}),
        ({"rate": 1}, {"rate": 1.0}),
        ({"list": []}, {"list": []}),
        ({"list": [{"a": 1}]}, {"list": [{"a": 1, "b": 2}]}),
        (None, None),
    ],
)
def test_a_subset_holds(expected: object, seen: object) -> None:
    assert differences(expected, seen) == []


@pytest.mark.parametrize(
    ("expected", "seen", "line"),
    [
        ({"a": 1}, {"b": 1}, "$.a: expected 1, saw no such key among ['b']"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "$.a.b: expected 1, saw 2"),
        ({"rate": 0.1}, {"rate": 0.1 + 2e-9}, "$.rate: expected 0.1, saw 0.100000002"),
        ({"rate": None}, {"rate": 0}, "$.rate: expected None, saw 0"),
        ({"is": True}, {"is": 1}, "$.is: expected True, saw 1"),
        ({"n": 0}, {"n": False}, "$.n: expected 0, saw False"),
        ({"n": 1}, {"n": "1"}, "$.n: expected 1, saw '1'"),
        ({"list": [1]}, {"list": [1, 2]}, "$.list: expected [1], saw [1, 2]"),
        ({"list": [1, 2]}, {"list": [2, 1]}, "$.list[0]: expected 1, saw 2"),
        ([{"a": 1}], [{"a": 1.5}], "$[0].a: expected 1, saw 1.5"),
        ({"a": {}}, {"a": None}, "$.a: expected {}, saw None"),
    ],
)
def test_a_difference_is_named_by_its_path(expected: object, seen: object, line: str) -> None:
    assert line in differences(expected, seen)
