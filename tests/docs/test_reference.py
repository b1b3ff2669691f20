"""The tables of the reference, held to what they are about: the catalogue of facts, the tables of
a real home, the options of the command line and the keys of its answers.

Each failure names the document and says what should be there.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from domain.events.body import Channel
from entrypoints.cli.main import _parser
from projections.fact_tables import ENVELOPE_COLUMNS, SQL_TYPES
from projections.view_registry import VIEWS, WORKINGS
from schemas import catalogue
from schemas.catalogue import Field
from tests.docs import test_documents
from tests.helpers import ROOT, ask, emit, run

REFERENCE = ROOT / "docs" / "reference"

#: How the catalogue of facts names the kinds of fields; text, which most are, goes without saying.
KINDS = {
    "string": "",
    "int": ": int",
    "long": ": long",
    "double": ": double",
    "boolean": ": boolean",
    "strings": ": list",
    "timestamp": ": instant",
}
CHANNELS = Channel.__args__  # type: ignore[attr-defined]

CELL = re.compile(r"(?<!\\)\|")
SECTION = re.compile(r"^#{2,3} ", re.MULTILINE)
CODE = re.compile(r"`([^`]+)`")
#: For every command that answers with one object, a call on the home of the fixture.
CALLS = {
    "emit": ["-"],
    "import": [str(ROOT / "mappings/example"), "--data", str(ROOT / "mappings/example/data")],
    "promises": ["--by", "department"],
    "commitment": ["ROSE"],
    "commitments": [],
    "due": ["--within", "P7D"],
    "balance": ["--from", "2026-01-01T00:00:00Z", "--to", "2026-02-01T00:00:00Z", "--by", "about"],
    "customer": ["customer:8412"],
    "journeys": [],
    "journey": ["0195b1d8-8c00-7000-8000-000000000001"],
    "suspense": [],
    "export": ["--to"],
    "rebuild": [],
    "demo": ["--customers", "30"],
    "status": [],
    "verify": [],
}
FACTS = [
    {
        "specversion": "1.0",
        "id": f"0195b1d8-8c00-7000-8000-00000000000{number}",
        "type": kind,
        "source": "/care/mail",
        "subject": "customer:8412",
        "time": f"2026-01-0{number}T09:00:00Z",
        "data": data,
    }
    for number, kind, data in (
        (
            1,
            "commitment.made",
            {"commitment_id": "ROSE", "about": "replacement", "due_at": "2026-01-05T09:00:00Z"},
        ),
        (2, "customer.chased", {"commitment_id": "NEVER-MADE", "channel": "phone"}),
        (3, "attitude.shown", {"attitude": "attend", "seen_by": "customer"}),
        (
            4,
            "feedback.given",
            {
                "question": "nps",
                "score": 9,
                "scale_min": 0,
                "scale_max": 10,
                "refs": ["commitment:ROSE"],
            },
        ),
    )
]


def cells(line: str) -> list[str]:
    """The cells of a table's row."""
    return [cell.strip() for cell in CELL.split(line.strip())[1:-1]]


def rows(text: str) -> dict[str, list[str]]:
    """The rows whose first cell is one code span, by what is in it."""
    found = (cells(line) for line in text.splitlines() if line.startswith("| `"))
    return {row[0].strip("`"): row for row in found if re.fullmatch("`[^`]+`", row[0])}


def sections(path: Path) -> dict[str, str]:
    """The sections of a document whose heading begins with a code span, by what is in it."""
    _, *parts = SECTION.split(path.read_text(encoding="utf-8"))
    return {part.split("`")[1].split()[0]: part for part in parts if part.startswith("`")}


# --- pages outside docs/ --------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md", "schemas/README.md"])
def test_links_of_other_pages_lead_somewhere(name: str) -> None:
    test_documents.test_links_lead_somewhere(ROOT / name)


# --- facts.md -------------------------------------------------------------------------------------


def field_text(field: Field, doc: str | None) -> str:
    """A field as the catalogue shows it: ``due_at?: instant``."""
    kind = KINDS.get(field.kind)
    if kind is None:
        kind = f": {{{', '.join(field.symbols)}}}"
        if field.symbols == CHANNELS:
            kind = ": channel"
    default = json.dumps(field.default) if isinstance(field.default, bool) else field.default
    code = f"{field.name}{'?' * field.nullable}{kind}"
    if field.default is not None and field.kind != "strings":
        code += f" = {default}"
    remarks = [doc] if doc else []
    if field.kind == "strings" and not field.required:
        remarks.append("default: none")
    if field.personal:
        remarks.append("personal")
    return f"`{code}`" + (f" ({'; '.join(remarks)})" if remarks else "")


def catalogue_row(type: str) -> str:
    """The row of the catalogue that the schema of a type asks for."""
    schema = catalogue.avsc(type)
    docs = {entry["name"]: entry.get("doc") for entry in schema["fields"]}
    own = [field for field in catalogue.fields(type) if field.name != "refs"]
    fields = " · ".join(field_text(field, docs[field.name]) for field in own)
    return f"| `{type}` | {schema['doc']} | {fields} |"


def test_the_catalogue_of_facts_is_that_of_the_schemas() -> None:
    lines = (REFERENCE / "facts.md").read_text(encoding="utf-8").splitlines()
    shown = {cells(line)[0].strip("`"): line for line in lines if re.match(r"\| `\w+\.\w+` ", line)}
    expected = {type: catalogue_row(type) for type in catalogue.TYPES}
    wrong = [row for type, row in expected.items() if shown.get(type) != row]
    assert not wrong, "facts.md should have these rows:\n" + "\n".join(wrong)
    assert shown.keys() == expected.keys()


# --- views.md -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a few facts, one of them in suspense and one in no journey."""
    folder: Path = tmp_path_factory.mktemp("reference") / "home"
    emit(folder, FACTS)
    return folder


def real_tables(home: Path) -> dict[str, dict[str, tuple[str, str]]]:
    """The tables of a home: the type of each column, and whether it may be null."""
    query = (
        "SELECT table_name, column_name, data_type, is_nullable FROM information_schema.columns"
        " WHERE table_schema = 'main' ORDER BY table_name, ordinal_position"
    )
    outcome = run(home, ["sql", query, "--format", "json"])
    assert outcome.code == 0, outcome.err
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for row in json.loads(outcome.out):
        kind = row["data_type"].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ")
        found.setdefault(row["table_name"], {})[row["column_name"]] = (kind, row["is_nullable"])
    return found


def test_views_and_their_columns_are_those_of_a_home(home: Path) -> None:
    real = real_tables(home)
    typed = {catalogue.table_name(type) for type in catalogue.TYPES}
    documented = sections(REFERENCE / "views.md")
    assert set(documented) == set(real) - typed, "views.md has a section for every table"
    for name, text in documented.items():
        shown = [(column, row[1]) for column, row in rows(text).items()]
        there = [(column, kind) for column, (kind, _) in real[name].items()]
        assert shown == there, f"views.md: the columns of {name}"


def test_every_view_that_is_built_is_among_the_tables(home: Path) -> None:
    assert {view.name for view in VIEWS} | set(WORKINGS) <= set(real_tables(home))


def test_fact_tables_are_as_the_rule_says(home: Path) -> None:
    real = real_tables(home)
    shown = rows((REFERENCE / "views.md").read_text(encoding="utf-8"))
    for kind, column_type in SQL_TYPES.items():
        word = KINDS.get(kind, ": one of a list").removeprefix(": ") or "string"
        assert shown[word][1] == column_type, f"views.md: the column type of {word}"
    for type in catalogue.TYPES:
        expected = {name: _declared(text) for name, text in ENVELOPE_COLUMNS.items()}
        for field in catalogue.fields(type):
            null = "YES" if field.nullable else "NO"
            expected[field.name] = (SQL_TYPES[field.kind], null)
        assert real[catalogue.table_name(type)] == expected


def _declared(text: str) -> tuple[str, str]:
    return (text.removesuffix(" NOT NULL"), "NO" if text.endswith("NOT NULL") else "YES")


# --- command-line.md ------------------------------------------------------------------------------


def commands() -> dict[str, argparse.ArgumentParser]:
    """Every command of the command line."""
    (action,) = (
        action for action in _parser()._actions if isinstance(action, argparse._SubParsersAction)
    )
    return dict(action.choices)


def arguments(parser: argparse.ArgumentParser) -> set[str]:
    """What a command takes, as it is written: ``FILE``, ``PARTITION`` and ``OFFSET``,
    ``--limit``."""
    found: set[str] = set()
    for action in parser._actions:
        if isinstance(
            action, argparse._SubParsersAction
        ):  # a verb: its fields are those of facts.md
            for verb in set(action.choices.values()):
                fields = {
                    o
                    for a in verb._actions
                    if a.dest.startswith("field_")
                    for o in a.option_strings
                }
                found |= arguments(verb) - fields
            found.add(str(action.metavar))
        elif action.option_strings:
            found.add(action.option_strings[-1])
        elif action.metavar is None:
            found.add(action.dest.upper())
        else:
            found.update(str(action.metavar).split(":"))
    return found - {"--help"}


COMMON = {"--home", "--json", "--as-of", "--known-at"}


def test_every_command_and_option_is_in_the_reference() -> None:
    worker, rest = (sections(REFERENCE / f"{name}.md") for name in ("worker", "command-line"))
    documented = worker | rest
    known = commands()
    assert set(known) <= set(documented), "worker.md or command-line.md has every command"
    assert not worker.keys() & rest.keys(), "one of them alone has a command"
    for name, parser in known.items():
        heading, _, text = documented[name].partition("\n")
        shown = set(re.findall(r"--[a-z][a-z-]+|\b[A-Z]+\b", heading.split("`")[1])) | {
            option.split()[0] for option in rows(text) if option.startswith("--")
        }
        takes = arguments(parser)
        assert {option for option in takes if option not in COMMON and option not in shown} == set()
        strangers = {option for option in shown if option.startswith("--")} - takes
        assert not strangers, f"the reference of {name}: it takes no {strangers}"


@pytest.mark.parametrize("name", sorted(CALLS))
def test_every_key_of_an_answer_is_in_the_reference(name: str, home: Path, tmp_path: Path) -> None:
    if name in ("emit", "import", "demo"):
        home = tmp_path / "home"
    folder = [str(tmp_path / "out")] if name == "export" else []
    answer = ask(home, [name, *CALLS[name], *folder])
    path = REFERENCE / "command-line.md"
    own = rows(sections(path)[name])
    assert set(answer) <= set(own), f"command-line.md: {name} also answers with these keys"
    words = set(CODE.findall(path.read_text(encoding="utf-8")))
    missing = set(keys(answer)) - words if name != "demo" else set()
    assert not missing, f"command-line.md: {name} has keys that are not explained"


def keys(answer: object) -> Iterator[str]:
    """The keys of an answer at any depth, but for those that are data themselves."""
    if isinstance(answer, list):
        for element in answer:
            yield from keys(element)
    elif isinstance(answer, dict):
        for key, value in answer.items():
            yield key
            if key not in ("by_type", "skipped", "rows", "touchpoints", "data", "key"):
                yield from keys(value)
