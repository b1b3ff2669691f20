"""What the registry says of metrics in other languages, for pages that people read. The registry
itself, and all that programs ask for, stays in English.

Beside a family's ``registry.toml`` lies a ``CODE.toml`` for each other language: for each metric
its texts, in which another metric stands by its name in braces, and ``made_from``, the fingerprint
of the English that they were made from. Who changes the English looks at what others read, too: a
test holds the two together, and says which fingerprint there should be.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from functools import cache

from projections.metrics.registry import FAMILIES, FOLDER, TEXTS, Metric, folded

#: What people read of a definition. The rest is for programs, or no word.
READ = tuple(name for name in TEXTS if name not in {"measured_in", "version"})
MADE_FROM = "made_from"


@cache
def translated(code: str) -> Mapping[str, Mapping[str, str]]:
    """By the name of a metric: its texts by their names, and ``made_from``."""
    found: dict[str, Mapping[str, str]] = {}
    for family in FAMILIES:
        entries = tomllib.loads((FOLDER / family / f"{code}.toml").read_text(encoding="utf-8"))
        for name, texts in entries.items():
            found[name] = {key: folded(text) for key, text in texts.items()}
    return found


def english_read(metric: Metric) -> str:
    """The fingerprint of what people read of a metric in English."""
    said = "\n".join(text for name in READ if (text := metric.texts[name]))
    return hashlib.sha256(said.encode()).hexdigest()[:12]
