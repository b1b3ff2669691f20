"""What the body of a fact says, on a line for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.text import Text

from domain.events import BODIES
from entrypoints.terminal.console import DIM, DOT
from entrypoints.terminal.format import instant, plain, short
from entrypoints.terminal.money import amount

#: How much of one value is shown: a letter of 250 KB has its place in ``--json``.
WIDTH = 400


#: What says itself what it is.
_PLAIN = ("about", "topic", "kind", "channel")


def details(type: str, data: Mapping[str, Any]) -> Text:
    """The fields that were given, not those left at their default; without the commitment's name,
    which stands above, and refs, which are for machines."""
    return DOT.join(
        _labelled(name, said)
        for name, said in _said(type, data)
        if name not in ("commitment_id", "refs")
    )


def in_short(type: str, data: Mapping[str, Any]) -> Text:
    """The same for a line of a list: without the names of other things too, and with fewer
    labels."""
    return DOT.join(
        Text(said) if name in _PLAIN else _labelled(name, said)
        for name, said in _said(type, data)
        if name != "refs" and not name.endswith("_id")
    )


def _labelled(name: str, said: str) -> Text:
    return Text.assemble((f"{plain(name).replace('_', ' ')} ", DIM), said)


def _said(type: str, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Fields with what they say; minor units as money, where their currency is beside them."""
    fields = BODIES[type].model_fields
    currency = data.get("currency")
    money = currency is not None and any(name.endswith("_minor") for name in data)
    for name, value in data.items():
        if value is None or value in ((), []) or value == fields[name].default:
            continue
        if money and name.endswith("_minor"):
            yield name.removesuffix("_minor"), amount(value, str(currency))
        elif not money or name != "currency":
            yield name, _value(value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return short(", ".join(map(str, value)), WIDTH)
    if isinstance(value, datetime):
        return instant(value)
    text = short(value, WIDTH)
    return f"“{text}”" if " " in text else text
