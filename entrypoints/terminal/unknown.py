"""What was asked for and is nowhere: a mistyped value must not pass for "none"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from entrypoints.terminal.format import short

if TYPE_CHECKING:
    from rich.console import Console

    from application.ask import answers

_WIDTH = 80
#: How many of the values there are a sentence names.
_NAMED = 20


def unknown(answer: Mapping[str, Any], console: Console, of: str = "promise") -> None:
    """A line for each value of a question that no promise, or no unit of a metric, has; nothing
    where all are known."""
    from entrypoints.terminal.console import paragraph

    for sentence in sentences(answer.get("unknown", {}), of):
        paragraph(console, sentence, "yellow")


def sentences(
    found: Mapping[str, Sequence[answers.UnknownValue]], of: str = "promise"
) -> Iterator[str]:
    """``no promise fits department=logistcs; did you mean logistics? There are care, …``."""
    for key, values in found.items():
        for each in values:
            what = "has the label " if key == "label" else f"fits {key}="
            said = f"no {of} {what}{short(each['value'], _WIDTH)}"
            if each["did_you_mean"]:
                said += f"; did you mean {short(each['did_you_mean'], _WIDTH)}?"
            if there := [short(value, _WIDTH) for value in each["there_are"][:_NAMED]]:
                more = ", …" if len(each["there_are"]) > _NAMED else ""
                said += f"{' There' if each['did_you_mean'] else '; there'} are {', '.join(there)}"
                said += more
            yield said
