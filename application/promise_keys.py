"""The keys by which promises are grouped and selected, as texts."""

from __future__ import annotations

from application.errors import Wrong
from application.request_checks import meant, pair


def condition(text: str) -> tuple[str, str]:
    """The key and the value of a condition on promises, as in ``about=delivery``. Raises Wrong."""
    from projections.queries.labels import ANY_LABEL, label_name
    from projections.queries.scoreboard import CONDITIONS

    expected = f"KEY=VALUE with a key among {', '.join([*CONDITIONS, ANY_LABEL])}"
    key, value = pair(text, expected)
    if key not in CONDITIONS and label_name(key) is None:
        raise Wrong(expected, f"{text!r}", meant(key, CONDITIONS))
    return key, value


def group_key(text: str) -> str:
    """A key by which promises are grouped. Raises Wrong."""
    from projections.queries.labels import ANY_LABEL, label_name
    from projections.queries.scoreboard import DIMENSIONS

    if text not in DIMENSIONS and label_name(text) is None:
        expected = f"one of {', '.join([*DIMENSIONS, ANY_LABEL])}"
        raise Wrong(expected, f"{text!r}", meant(text, DIMENSIONS))
    return text
