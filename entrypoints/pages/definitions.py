"""What is told of a metric on a page, in the language of the page: its name for people, and the
texts of its definition. Programs get both in English, as the registry has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
    if language.code == "en":
        return definition
    said = definitions(language.code)[metric]
    named = _Named(language)
    return {**definition, **{key: unbroken(text).format_map(named) for key, text in said.items()}}
