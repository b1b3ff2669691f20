"""The registry: complete, in the contract's order, in words, in SQL that both databases take, and
nowhere about a person at work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
import sqlglot

from projections.metrics.definition import definition, fingerprint
from projections.metrics.registry import FAMILIES, FOLDER, KEYS, MONTH, TEXTS, Metric, metrics
from projections.metrics.relations import RELATIONS, read_by, units_of
from projections.postgres.dialect import translated
from projections.view_registry import VIEWS
from schemas import catalogue
from tests.helpers import SHARED

NAMES = list(metrics())
#: Texts that an entry may be without.
OPTIONAL = {"source", "measured_in"}


def of_the_contract() -> list[str]:
    """The names of the metrics on the page of the contract, in its order."""
    page = SHARED / "METRICS.md"
    if not page.is_file():
        pytest.skip("../shared/METRICS.md is not beside the project")
    _, _, tables = page.read_text(encoding="utf-8").partition("## 4. The metrics")
    cells = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \|", tables.partition("## 5.")[0], re.MULTILINE)
    with_w = re.findall(r"^\| (`\w+`(?:, `\w+`)*), W = ", tables, re.MULTILINE)
    lines = [line for line in tables.splitlines() if line.startswith("| `")]
    assert len(lines) == len(cells) + len(with_w)
    return [name for line in lines for name in re.findall(r"`(\w+)`", line.split(" | ")[0])]


def test_metrics_come_in_the_order_of_the_contract() -> None:
    page = of_the_contract()
    there = [name for name in page if name in NAMES]
    assert there == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_an_entry_says_all_that_people_read(name: str) -> None:
    metric = metrics()[name]
    assert list(metric.texts) == list(TEXTS)
    empty = [text for text in TEXTS if not metric.texts[text] and text not in OPTIONAL]
    assert not empty, f"{metric.family}/registry.toml: {name} is without {', '.join(empty)}"
    assert re.fullmatch(r"[1-9]\d*\.\d+", metric.texts["version"] or "")
    assert set(metric.evidence) <= set(catalogue.TYPES)
    assert (metric.texts["question"] or "").endswith("?")


@pytest.mark.parametrize("name", NAMES)
def test_the_units_of_a_metric_can_be_told_to_postgresql(name: str) -> None:
    (text,) = translated(f"SELECT u.unit, u.at, u.facts FROM ({units_of(metrics()[name])}) AS u")[0]
    plain = re.sub(r"%\(\w+\)s", "NULL", text).replace("%%", "%")
    assert isinstance(sqlglot.parse_one(plain, read="postgres"), sqlglot.exp.Query)


def test_every_file_and_every_relation_is_read() -> None:
    used = {text for metric in metrics().values() for text in read_by(units_of(metric))}
    assert set(RELATIONS) <= used, "relations.sql has a relation that nobody reads"
    for family in FAMILIES:
        for path in (FOLDER / family).glob("*.sql"):
            entries = (FOLDER / family / "registry.toml").read_text(encoding="utf-8")
            named = re.search(rf'^\[{path.stem}\]$|"(?:\w+/)?{path.stem}"$', entries, re.MULTILINE)
            assert named, f"{family}/{path.name}: no entry takes it"


# --- the hash -------------------------------------------------------------------------------------


def moved(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    return {name for name in NAMES if before[name] != after[name]}


def hashes(relations: Mapping[str, str] = RELATIONS) -> dict[str, str]:
    return {name: fingerprint(metric, relations) for name, metric in metrics().items()}


def test_a_hash_is_of_the_entry_and_its_sql() -> None:
    metric = metrics()["chased"]
    before = fingerprint(metric)
    assert fingerprint(replace(metric, sql=metric.sql + " LIMIT 1")) != before
    assert fingerprint(replace(metric, texts={**metric.texts, "unit": "another"})) != before
    assert fingerprint(replace(metric, within="P1D")) != before
    assert fingerprint(replace(metric, evidence=())) != before
    assert fingerprint(replace(metric, sql=f"\n  {metric.sql}\n")) == before
    assert definition(metric) == {**metric.texts, "hash": before}
    assert len(set(hashes().values())) == len(NAMES)


@pytest.mark.parametrize(
    ("relation", "of"),
    [
        ("rating", {"service_recovery"}),
        ("captured_payment", {"unlinked_payments", "unlinked_amount", "time_to_link"}),
        ("cause_turn", {"recurrence"}),
        ("open_stretch", {"journey_silence"}),  # which reads it from promise_in_journey
    ],
)
def test_a_changed_relation_moves_the_hashes_of_those_that_read_it(
    relation: str, of: set[str]
) -> None:
    text = RELATIONS[relation]
    assert moved(hashes(), hashes({**RELATIONS, relation: f"{text} LIMIT 1"})) == of
    assert hashes() == hashes({**RELATIONS, relation: text.replace("\n", "\n  ")})


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_relation_moves_hashes_at_second_hand_too(relation: str) -> None:
    after = hashes({**RELATIONS, relation: "SELECT 1"})
    reading = {name for name in NAMES if f" {relation} AS " in units_of(metrics()[name])}
    assert moved(hashes(), after) == reading != set()


def test_a_changed_kind_moves_the_hashes_of_its_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    before = hashes()
    monkeypatch.setattr("projections.metrics.kinds._SECONDS", "1")
    assert moved(before, hashes()) == {
        name for name, metric in metrics().items() if metric.kind == "time"
    }


# --- nobody's person ------------------------------------------------------------------------------

#: Words for a person at work, in names of fields, columns and keys.
PERSON = re.compile(
    r"(?:^|_)(?:employee|staff|agent|operator|advis[eo]r|clerk|worker|colleague|technician|person"
    r"|people|user|author|assignee|assigned|manager|driver|seller|rep|representative|username|login"
    r"|badge|handled_by|done_by|made_by|given_by|taken_by|created_by|seen_by_id)(?:_|$)"
)

#: Whom or what the value of a key names. A new key is put here by somebody who has thought of it.
NAMED_BY_KEYS = {
    "a department or a team": {"department", "from", "to", "made_to"},
    "a thing, a rule or a subject": {
        "about", "topic", "rule", "gesture", "cause", "reason", "behaviour", "process", "regime",
        "remedy", "formula", "label:NAME", "situation",
    },
    "one of a list": {
        "channel", "kind", "complaint", "method", "question", "coder", "detected_by",
        "internal", "conducted", "beyond_rule", "kept_whole",
    },
}  # fmt: skip


def fields() -> Iterator[tuple[str, str]]:
    """Every field of every type, every column of every view, and every key and column of what a
    metric lists."""
    for type in catalogue.TYPES:
        yield from ((type, field.name) for field in catalogue.fields(type))
    for view in VIEWS:
        yield from ((f"view {view.name}", name) for name in re.findall(r"\w+", view.select))
    for metric in metrics().values():
        yield from ((f"metric {metric.name}", name) for name in columns(metric))


def columns(metric: Metric) -> Iterator[str]:
    """The words by which a metric's units could be told apart."""
    yield from metric.by
    yield from re.findall(r"\bAS \"?(\w+)", metric.sql)


def test_nothing_names_a_person_at_work() -> None:
    wrong = [f"{where}: {name}" for where, name in fields() if PERSON.search(name)]
    assert not wrong, "\n".join(wrong)


def test_nothing_can_be_grouped_by_a_person_at_work() -> None:
    known = {MONTH}.union(*NAMED_BY_KEYS.values())
    keys = {key for metric in metrics().values() for key in metric.by} | set().union(*KEYS.values())
    assert keys <= known, f"what do the values of {keys - known} name?"


def test_such_a_name_would_be_found() -> None:
    for name in ("employee", "handled_by", "agent_id", "staff_number", "given_by"):
        assert PERSON.search(name)
