"""The further attributes of a fact as one text, as homes and columns hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping


def extensions_to_text(extensions: Mapping[str, str]) -> str:
    """The further attributes as JSON, in the order of their names."""
    return json.dumps(dict(extensions), ensure_ascii=False, sort_keys=True)


def extensions_from_text(text: str | None) -> Mapping[str, str] | None:
    """The inverse of ``extensions_to_text``."""
    if text is None:
        return None
    extensions: dict[str, str] = json.loads(text)
    return extensions
