"""Both languages: no phrase is missing, none is left over, and numbers are written as people do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from string import Formatter
from typing import get_args

import pytest

from domain.events import BODIES
from domain.instants import from_microseconds
from domain.measures.tables import AGES
from domain.measures.xmr import Rule
from domain.statuses import STATUSES
from entrypoints.http.routes.login import Wrong as WrongLogin
from entrypoints.pages.deciding import Said
from entrypoints.pages.language import CODES, Language, language, preferred
from entrypoints.pages.routes.today import View
from projections.metrics.kinds import shape_of
from projections.metrics.registry import MONTH, Metric, metrics
from projections.metrics.shape import Asked
from schemas import catalogue
from tests.helpers import ROOT

PAGES = ROOT / "entrypoints" / "pages"
EN, FR = language("en"), language("fr")

#: A phrase that is named as a whole, and one that is put together of a beginning and a value.
WHOLE = re.compile(r"""\bsay\(\s*"([a-z0-9_.]+)"\s*[,)]""")
BEGUN = re.compile(r"""\bsay\(\s*f?"([a-z0-9_]+\.[a-z0-9_]*)(?:\{|"\s*~)""")


LABELLED = "label:NAME"

#: The keys of metrics that are fields with few values, and those fields.
CHOICES = (
    ("touchpoint.occurred", "channel"),
    ("commitment.made", "kind"),
    ("error.acknowledged", "detected_by"),
    ("pillar.tagged", "coder"),
    ("pillar.tagged", "pillar"),
    ("attitude.shown", "attitude"),
    ("attitude.shown", "seen_by"),
    ("discretion.reviewed", "outcome"),
    ("issue.escalated", "level"),
    ("immersion.held", "role"),
    ("feedback.given", "question"),
    ("pulse.taken", "question"),
)


def choices() -> Iterator[tuple[str, Sequence[str]]]:
    """The values that a key may have, for each that has few; and what tables call their rows."""
    for type, name in CHOICES:
        (found,) = (field for field in catalogue.fields(type) if field.name == name)
        yield name, found.written
    for one in metrics().values():
        if "flags" in one.shape:
            yield one.shape["label"], one.shape["flags"]


def columns(metric: Metric) -> Iterator[str]:
    """What stands over the columns of the units of a metric."""
    shape = shape_of(metric, Asked(from_microseconds(0), "UTC", metric.within is not None))
    yield from (*shape.columns, *(key for key in metric.by if key not in {LABELLED, MONTH}))


def sources() -> Iterator[str]:
    for path in sorted(PAGES.rglob("*")):
        if path.suffix in {".py", ".html"}:
            yield path.read_text(encoding="utf-8")


def places(phrase: object) -> set[str]:
    """The values that a phrase has places for."""
    forms = phrase.values() if isinstance(phrase, dict) else [phrase]
    return {name for form in forms for _, name, _, _ in Formatter().parse(str(form)) if name}


def test_both_languages_have_the_same_phrases_with_the_same_values() -> None:
    assert EN.phrases.keys() == FR.phrases.keys()
    for name, phrase in EN.phrases.items():
        assert places(phrase) == places(FR.phrases[name]), name
        assert isinstance(phrase, dict) == isinstance(FR.phrases[name], dict), name
        for form in (phrase, FR.phrases[name]):
            if isinstance(form, dict):
                assert form.keys() == {"one", "other"}, name


def test_every_phrase_that_pages_name_is_there() -> None:
    named = {name for text in sources() for name in WHOLE.findall(text)}
    assert len(named) > 100
    assert not sorted(named - EN.phrases.keys())


def test_every_phrase_is_named_by_a_page() -> None:
    texts = list(sources())
    begun = {start for text in texts for start in BEGUN.findall(text)}
    # Beginnings whose phrases are found by another's name.
    begun |= {"column.", "fact.", "month.", "month_short.", "units.", "nav.", "choice.", "action."}
    every = "".join(texts)
    left = [
        name
        for name in EN.phrases
        if not name.startswith(tuple(begun)) and f'"{name}"' not in every
    ]
    assert not left


@pytest.mark.parametrize(
    ("start", "values"),
    [
        ("status.", STATUSES),
        ("xmr_rule.", get_args(Rule)),
        ("today.", get_args(View)),
        ("today.means_", get_args(View)),
        ("age.", [age.replace(" ", "_") for age, _ in AGES]),
        ("commitment.lead_", STATUSES),
        ("act.", get_args(Said.model_fields["verb"].annotation)),
        ("month.", range(1, 13)),
        ("month_short.", range(1, 13)),
        ("language.", CODES),
        ("metric_name.", metrics()),
        ("type.", [type.replace(".", "_") for type in BODIES]),
        ("key.", sorted({key for one in metrics().values() for key in one.keys} - {LABELLED})),
        ("column.", sorted({name for one in metrics().values() for name in columns(one)})),
        ("choice.", [f"{field}_{one}" for field, these in choices() for one in these]),
        ("login.wrong_", [wrong for wrong in get_args(WrongLogin) if wrong]),
    ],
)
def test_every_value_that_a_phrase_is_made_with_has_one(start: str, values: object) -> None:
    assert all(f"{start}{value}" in EN.phrases for value in values)  # type: ignore[attr-defined]


def test_french_is_french() -> None:
    same = {
        name
        for name, phrase in EN.phrases.items()
        if phrase == FR.phrases[name] and len(str(phrase)) > 12
    }
    assert same <= {"units.minute", "units.points", "choice.question_csat", "funnel.one_odd"}


@pytest.mark.parametrize(
    ("spoken", "number", "percent", "day", "duration"),
    [
        (EN, "12,345.60", "83.5\u202f%", "1 March 2026", "1 day 1 hour"),
        (FR, "12\u202f345,60", "83,5\u202f%", "1er mars 2026", "1 jour 1 heure"),
    ],
)
def test_numbers_and_times(
    spoken: Language, number: str, percent: str, day: str, duration: str
) -> None:
    assert spoken.number(12345.6, 2) == number
    assert spoken.percent(0.835) == percent
    assert spoken.day(datetime(2026, 3, 1, tzinfo=UTC)) == day
    assert spoken.duration(90_000) == duration


def test_a_rate_is_never_rounded_up_to_all_nor_down_to_none() -> None:
    assert EN.percent(0.9996) == "99.96\u202f%"
    assert EN.percent(0.00017) == "0.02\u202f%"
    assert EN.percent(0.999999) == "99.999\u202f%"
    assert EN.percent(0.000001) == "0.001\u202f%"
    assert EN.percent(1.0) == "100.0\u202f%"
    assert EN.percent(0.0) == "0.0\u202f%"
    assert EN.percent(None) == "–"


def test_an_interval_has_two_ends_wherever_it_has_any_width() -> None:
    assert EN.interval(0.8403, 0.8457) == "84.0–84.6\u202f%"
    assert EN.interval(0.00008, 0.00038) == "0.01–0.04\u202f%"
    assert EN.interval(0.0, 0.0) == "0.0–0.0\u202f%"
    assert FR.interval(0.99981, 0.99999) == "99,98–100,00\u202f%"
    assert EN.interval(None, None) == "–"


def test_the_time_between_two_instants_is_by_the_calendar() -> None:
    made = datetime(2025, 4, 13, 7, 50, tzinfo=UTC)
    kept = datetime(2025, 11, 18, 13, 30, tzinfo=UTC)
    assert EN.apart(made, kept) == "7 months 5 days"
    assert FR.apart(made, kept) == "7 mois 5 jours"
    assert EN.apart(made, made) == "0 seconds"
    assert EN.apart(datetime(2023, 3, 31, tzinfo=UTC), datetime(2026, 3, 30, tzinfo=UTC)) == (
        "2 years 11 months"
    )


def test_signs_and_what_is_not_there() -> None:
    assert EN.points(0.086) == "+8.6 points"
    assert FR.points(-0.086) == "−8,6 points"
    assert EN.points(0.0) == "0.0 points"
    assert EN.number(-0.001) == "0"
    assert EN.number(-12) == "−12"
    assert EN.duration(-120) == "−2 minutes"
    assert [EN.day(None), EN.instant(None), EN.duration(None), EN.month(None)] == ["–"] * 4


def test_nought_is_several_in_english_and_one_in_french() -> None:
    assert EN.say("units.day", count=0) == "0 days"
    assert FR.say("units.day", count=0) == "0 jour"
    assert FR.say("units.day", count=2) == "2 jours"


@pytest.mark.parametrize(
    ("accepted", "code"),
    [
        ("fr-CH, fr;q=0.9, en;q=0.8", "fr"),
        ("de, en;q=0.5, fr;q=0.7", "fr"),
        ("en-GB,en", "en"),
        ("de", "en"),
        ("", "en"),
        ("fr;q=nothing", "en"),
        ("fr;q=0, en;q=0.1", "en"),
        ("*", "en"),
    ],
)
def test_the_language_that_a_browser_likes_best(accepted: str, code: str) -> None:
    assert preferred(accepted) == code


def test_a_language_is_shown_by_its_name() -> None:
    assert repr(language("fr")) == "language('fr')"


def test_a_channel_fits_into_every_sentence_whatever_it_is() -> None:
    sentences = [str(phrase) for one in (EN, FR) for phrase in one.phrases.values()]
    assert all("({channel})" in one for one in sentences if "{channel}" in one)
