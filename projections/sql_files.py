"""SQL texts by name, out of the files in which they stand.

Beside a module lies an SQL file of its name. Each of its statements begins with a line of its own,
``-- name: what_it_is_called``, and ends before the next one. Other comments there are for readers;
no database gets them. ``f.{order}`` in a text stands for the columns of ``f`` by which facts are
taken, ``j.{of_a_customer}`` for the condition that ``j.customer`` is one; the two ways in which it
may be one have names of their own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

#: The columns that are the order of facts (``domain/facts.py:Fact.order``), in every table that has
#: them: ``fact``, and what a fold makes of it.
ORDER = ("time", "sequence_number", "place", "id")


def _by_name(name: str) -> str:
    return f"starts_with({name}.customer, 'customer:')"


def _by_link(name: str) -> str:
    return (
        f"{name}.customer IN (SELECT k.customer FROM known_as AS k"
        " WHERE starts_with(k.party, 'customer:') AND NOT starts_with(k.customer, 'customer:'))"
    )


#: A customer is who has an id that says so, or is linked with one that has: conditions on a
#: canonical name, of which none meets both. ``known_as`` has the names of those who are linked.
_CUSTOMERS: Mapping[str, Callable[[str], str]] = {
    "of_a_customer": lambda name: f"({_by_name(name)} OR {_by_link(name)})",
    "of_a_customer_by_name": _by_name,
    "of_a_customer_by_link": _by_link,
}

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)
_ORDER = re.compile(r"\b(\w+)\.\{order\}")
_CUSTOMER = re.compile(rf"\b(\w+)\.\{{({'|'.join(_CUSTOMERS)})\}}")


@cache
def statements_of(module: str) -> Mapping[str, str]:
    """The statements of a module, given as its ``__file__``: name -> text, with no semicolon at its
    end."""
    text = Path(module).with_suffix(".sql").read_text(encoding="utf-8")
    _, *found = _NAME.split(text)
    return {
        name: spelled_out(_COMMENT.sub("", sql).strip().removesuffix(";"))
        for name, sql in zip(found[::2], found[1::2], strict=True)
    }


def spelled_out(sql: str) -> str:
    """An SQL text with what ``f.{order}`` and ``j.{of_a_customer}`` stand for in it."""
    return _CUSTOMER.sub(lambda found: _CUSTOMERS[found[2]](found[1]), in_order(sql))


def in_order(sql: str) -> str:
    """An SQL text with the columns of the order in it."""
    return _ORDER.sub(lambda found: ", ".join(f"{found[1]}.{name}" for name in ORDER), sql)
