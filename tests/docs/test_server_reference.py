"""The reference of the server home, held to what it is about: the keys of ``pledger.toml``, the
tables of a real database, the answers of its commands, the worker's metrics and its log.

Each failure names the document and says what should be there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from confluent_kafka import Producer
from prometheus_client.metrics import MetricWrapperBase

from application.settings import TABLES
from consumers.worker.log import FIELDS
from consumers.worker.metrics import Metrics
from entrypoints.cli import worker
from projections.fact_tables import table_of
from projections.view_registry import VIEWS, WORKINGS
from schemas import catalogue
from tests.docs.test_reference import CODE, FACTS, REFERENCE, keys, rows, sections
from tests.helpers import ROOT, ask, emit, run
from tests.homes import caught_up, server_home

SERVER = REFERENCE / "server-home.md"
WORKER = REFERENCE / "worker.md"

LEVELS = ("debug", "info", "warning", "error", "critical")


def part(path: Path, heading: str) -> str:
    """What is under a heading of a document, up to the next heading."""
    text = path.read_text(encoding="utf-8").partition(f"\n{heading}\n")[2]
    assert text, f"{path.name} has the heading {heading!r}"
    return text.partition("\n#")[0]


# --- pledger.toml ---------------------------------------------------------------------------------


def test_every_key_of_the_settings_is_in_the_reference() -> None:
    shown = set(rows(part(SERVER, "## The folder")))
    there = {f"[{table}] {key}" for table, own in TABLES.items() for key in own}
    assert shown == there, "server-home.md: the keys of pledger.toml"


# --- the database ---------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path, broker: str, topic: str, postgres: str) -> Path:
    """A server home with a few facts, and one message that is none."""
    folder = server_home(tmp_path / "home", broker, topic, postgres)
    emit(folder, FACTS)
    producer = Producer({"bootstrap.servers": broker})
    producer.produce(topic, b"no fact", b"customer:8412", headers=[("ce_id", b"\xff")])
    producer.flush()
    caught_up(folder)
    return folder


def columns_in(dsn: str, schema: str, kind: str) -> dict[str, list[str]]:
    """The columns of the tables, or of the views, in a schema."""
    query = (
        "SELECT c.table_name, c.column_name FROM information_schema.columns AS c"
        " JOIN information_schema.tables AS t USING (table_schema, table_name)"
        " WHERE c.table_schema = %s AND t.table_type = %s ORDER BY c.ordinal_position"
    )
    found: dict[str, list[str]] = {}
    with psycopg.connect(dsn) as connection:
        for table, column in connection.execute(query, [schema, kind]).fetchall():
            found.setdefault(table, []).append(column)
    return found


def documented_tables(heading: str) -> dict[str, list[str]]:
    """The tables under a heading, and their columns."""
    return {name: CODE.findall(row[2]) for name, row in rows(part(SERVER, heading)).items()}


def test_the_tables_of_the_database_are_in_the_reference(home: Path, postgres: str) -> None:
    control = columns_in(postgres, "pledger", "BASE TABLE")
    assert documented_tables("### The control schema") == control
    everything = {
        "fact",
        *WORKINGS,
        *(view.name for view in VIEWS),
        *map(table_of, catalogue.TYPES),
    }
    generation = columns_in(postgres, "pledger_g1", "BASE TABLE")
    books = {name: own for name, own in generation.items() if name not in everything}
    assert documented_tables("### A generation") == books
    published = columns_in(postgres, "pledger", "VIEW")
    assert set(published) == everything | {"progress"}, "server-home.md: what other tools read"
    assert set(sections(REFERENCE / "views.md")) - {"pledger_state"} <= set(published)


# --- the commands ---------------------------------------------------------------------------------

CALLS = {
    "topic": ["check"],
    "status": [],
    "quarantine": ["list"],
    "parked": ["list"],
}


def test_every_key_of_an_answer_is_in_the_reference(home: Path) -> None:
    for name, arguments in CALLS.items():
        check_keys(name, ask(home, [name, *arguments]))
    (kept,) = ask(home, ["quarantine", "list"])["quarantined"]
    place = f"{kept['partition']}:{kept['offset']}"
    for own in ("key", "value", "headers"):
        assert own in ask(home, ["quarantine", "show", place])
    check_keys("quarantine", ask(home, ["quarantine", "dismiss", place, "--reason", "a test"]))
    check_keys("quarantine", ask(home, ["quarantine", "retry", "--all"]))


def check_keys(name: str, answer: dict[str, object]) -> None:
    path = next(path for path in (WORKER, REFERENCE / "command-line.md") if name in sections(path))
    text = sections(path)[name]
    words = set(CODE.findall(text))
    missing = set(keys(answer)) - words
    assert not missing, f"{path.name}: {name} has keys that are not explained: {missing}"
    unknown = {"next", "quarantined", "retried", "parked", "topic"} & set(answer) - set(rows(text))
    assert not unknown, f"{path.name}: {name} also answers with {unknown}"


def test_every_key_of_a_copy_is_in_the_reference(home: Path, tmp_path: Path) -> None:
    outcome = run(None, ["copy", "--from", str(home), "--to", str(tmp_path / "copy"), "--json"])
    assert outcome.code == 0, outcome.err
    shown = rows(sections(REFERENCE / "command-line.md")["copy"])
    for key in ("facts", "written", "there", "difference"):
        assert key in shown, f"command-line.md: copy has no {key}"
        assert f'"{key}"' in outcome.out, f"command-line.md: copy answers without {key}"


# --- metrics --------------------------------------------------------------------------------------


def test_every_metric_is_in_the_reference() -> None:
    """Names, kinds and labels; of counters by the name under which they are served."""
    there = {}
    for collector in list(Metrics("somebody").registry._collector_to_names):
        assert isinstance(collector, MetricWrapperBase)
        (family,) = collector.describe()
        name = f"{family.name}_total" if family.type == "counter" else family.name
        there[name] = [family.type, list(collector._labelnames)]
    shown = {
        name: [row[1], CODE.findall(row[2])]
        for name, row in rows(part(WORKER, "## Metrics")).items()
    }
    assert shown == there, "worker.md: the metrics"


# --- the log --------------------------------------------------------------------------------------


def logged() -> Iterator[tuple[str, str, set[str]]]:
    """What the source logs: the event, its level, its fields."""
    for path in [
        *(ROOT / "consumers").rglob("*.py"),
        ROOT / "application" / "worker.py",
        ROOT / "entrypoints" / "cli" / "worker.py",
    ]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Attribute(value=to, attr=level),
                    args=[ast.Constant(value=str(event)), *_],
                    keywords=keywords,
                ) if level in LEVELS and ast.unparse(to).endswith("log"):
                    yield event, level, {str(keyword.arg) for keyword in keywords}


def test_every_event_of_the_log_is_in_the_reference() -> None:
    shown = rows(part(WORKER, "## The log"))
    there = {}
    for event, level, fields in logged():
        there[event] = level
        assert fields <= FIELDS, f"{event}: these fields would be left out"
    assert {event: row[1] for event, row in shown.items()} == there, "worker.md: the events"


def test_the_exit_statuses_of_a_worker_are_in_the_reference() -> None:
    shown = sections(WORKER)["worker"]
    for status in (worker.STOPPED, worker.FAILED, worker.REFUSED):
        assert f"\n| {status} | " in shown, f"worker.md: the exit status {status}"
