"""What is told of a metric on a page, in the language of the page: its name for people, and the
texts of its definition. Programs get both in English, as the registry has them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

from application.metrics import definitions
from entrypoints.pages.language import Language, unbroken

Texts = Mapping[str, str | None]


@dataclass(frozen=True)
class _Named:
    """The names of metrics for people, as a text of one quotes them."""

    language: Language

    def __getitem__(self, metric: str) -> str:
        return self.language.say("metric.named", name=name(metric, self.language))


def name(metric: str, language: Language) -> str:
    """What people call a metric."""
    return language.say(f"metric_name.{metric}")


def texts(metric: str, definition: Texts, language: Language) -> Texts:
    """The texts of a definition by their names; what is no text for people stays as it is."""
    named = _Named(language)
    if language.code == "en":
        marked = _metrics_in(metric)
        return {
            key: text and marked[key].sub(lambda found: named[found[0]], text)
            if key in marked
            else text
            for key, text in definition.items()
        }
    said = definitions(language.code)[metric]
    return {**definition, **{key: unbroken(text).format_map(named) for key, text in said.items()}}


@cache
def _metrics_in(metric: str) -> Mapping[str, re.Pattern[str]]:
    """What finds the names of other metrics in the English texts of one, by the names of the texts:
    a name may be a word besides, and the translation has in braces what is a metric."""
    found = {}
    for key, text in definitions("fr")[metric].items():
        if names := sorted({name for _, name, _, _ in Formatter().parse(text) if name}):
            found[key] = re.compile(rf"\b(?:{'|'.join(names)})\b")
    return found
