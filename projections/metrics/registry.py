"""Which metrics there are: their entries in the registry, each with the SQL of its units."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from projections.sql_files import spelled_out

FOLDER = Path(__file__).parent

#: In the order in which they are listed.
FAMILIES = (
    "word",
    "ownership",
    "trust",
    "judgement",
    "resolution",
    "voice",
    "journeys",
    "cooperation",
    "people",
)

#: The keys that all units of a sort have. ``label:NAME`` stands for a key of any label.
KEYS: Mapping[str, tuple[str, ...]] = {
    "commitment": ("department", "about", "channel", "kind", "internal", "made_to", "label:NAME"),
    "issue": ("department", "topic", "channel", "complaint", "regime", "label:NAME"),
    "journey": ("department", "conducted"),
}
LABEL = "label:"
MONTH = "month"

#: What an entry says of its metric in words, in the order in which people read it.
TEXTS = (
    "question",
    "unit",
    "counted",
    "of",
    "left_out",
    "anchor",
    "practice",
    "gamed_by",
    "harmful_use",
    "source",
    "measured_in",
    "version",
)

Kind = Literal[
    "share", "difference", "time", "spread", "ratio", "amount", "count", "score", "table"
]

#: What bounds the window: units by their anchor, the metric's own SQL, or nothing.
Window = Literal["anchor", "own", "none"]


@dataclass(frozen=True, eq=False)
class Metric:
    """An entry of the registry.

    ``sql`` gives one row a unit: ``unit`` (its id), ``facts``, ``at`` (its anchor; nulls come
    last), a column for each key, and what its kind needs. ``keys`` are without the month, which
    all have that have an anchor. ``within`` is the default of W, where the metric has one; its
    units then have a ``started_at``. ``evidence`` are the types of facts that it rests on: where
    nobody reports one of them, it may say nothing. ``beside`` are others that are counted with
    these, and that it does not depend on. ``shape`` holds what a kind asks of an entry beside,
    such as the labels of a table.
    """

    name: str
    family: str
    kind: Kind
    sql: str
    keys: tuple[str, ...]
    has_month: bool
    window: Window
    within: str | None
    evidence: tuple[str, ...]
    beside: tuple[str, ...]
    texts: Mapping[str, str | None]
    shape: Mapping[str, Any] = field(default_factory=dict)

    @property
    def by(self) -> tuple[str, ...]:
        """All keys, the month last."""
        return (*self.keys, MONTH) if self.has_month else self.keys

    @property
    def takes_zone(self) -> bool:
        """Whether it is by months, or by weeks of its own."""
        return self.has_month or bool(self.shape.get("weeks", False))

    def has_key(self, name: str) -> bool:
        """Whether its units have this key."""
        if name.startswith(LABEL) and name != LABEL:
            return "label:NAME" in self.keys
        return name in self.by and name != "label:NAME"


@cache
def metrics() -> Mapping[str, Metric]:
    """Every metric by its name, in the order of the registry."""
    return {one.name: one for family in FAMILIES for one in _family(family)}


def _family(family: str) -> list[Metric]:
    path = FOLDER / family / "registry.toml"
    if not path.is_file():
        return []
    entries = tomllib.loads(path.read_text(encoding="utf-8"))
    return [_metric(family, name, entry) for name, entry in entries.items()]


#: What an entry holds for every kind; what else is in it is its kind's.
_COMMON = frozenset(
    {*TEXTS, "kind", "sql", "with", "by", "month", "window", "within", "evidence", "beside"}
)


def _metric(family: str, name: str, entry: Mapping[str, Any]) -> Metric:
    texts = {key: None if key not in entry else folded(entry[key]) for key in TEXTS}
    by = entry.get("by", ())
    return Metric(
        name=name,
        family=family,
        kind=entry["kind"],
        sql=_sql(family, entry.get("sql", name), entry.get("with", {})),
        keys=KEYS[by] if isinstance(by, str) else tuple(by),
        has_month=entry.get("month", True),
        window=entry.get("window", "anchor"),
        within=entry.get("within"),
        evidence=tuple(entry["evidence"]),
        beside=tuple(entry.get("beside", ())),
        texts=texts,
        shape={key: value for key, value in entry.items() if key not in _COMMON},
    )


def _sql(family: str, name: str, values: Mapping[str, str]) -> str:
    """The SQL of a metric, where ``name`` may be that of another family's, as in ``word/kept``."""
    path = FOLDER / (name if "/" in name else f"{family}/{name}")
    text = path.with_suffix(".sql").read_text(encoding="utf-8")
    for key, value in values.items():
        text = text.replace(f"{{{key}}}", value)
    return spelled_out(bare(text))


_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)


def bare(sql: str) -> str:
    """An SQL text without the comments that stand on lines of their own, and without its end."""
    return _COMMENT.sub("", sql).strip().removesuffix(";")


def folded(text: str) -> str:
    """A text of several lines as one."""
    return " ".join(text.split())
