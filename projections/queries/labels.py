"""Labels of commitments, by which a data team slices: the key ``label:priority`` stands for the
value of the label of that name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from projections.sql_files import statements_of

PREFIX = "label:"
#: How the key of any label is shown where the keys are listed.
ANY_LABEL = "label:NAME"

_NAME = re.compile(r"[a-z0-9_]+")
_SQL = statements_of(__file__)


def label_name(key: str) -> str | None:
    """The name of the label that a key stands for; None for any other key."""
    name = key.removeprefix(PREFIX)
    return name if name != key and _NAME.fullmatch(name) else None


def label_columns(keys: Iterable[str]) -> tuple[dict[str, str], str]:
    """The columns of the values of those keys that are labels', and the joins that make them, for a
    query over commitments ``s``."""
    names = {key: name for key in keys if (name := label_name(key))}
    aliases: Mapping[str, str] = {key: f"label_{number}" for number, key in enumerate(names)}
    joins = [_SQL["value"].format(alias=aliases[key], name=name) for key, name in names.items()]
    return {key: f"{alias}.value" for key, alias in aliases.items()}, " ".join(["", *joins])
