"""The steps of the control schema: what earlier programs have left is changed, and nothing else."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from consumers.embedded_projector import catalogue_of_types
from projections.postgres import migration
from projections.postgres.store import PostgresStore
from projections.view_registry import bare

MIGRATIONS = Path(migration.__file__).with_name("migrations")
BEFORE = Path(__file__).with_name("before")

#: What each step says. One that is here is released: write another one.
RELEASED = {
    "001_control": "11289ce8342f1285",
    "002_topic": "0758c0d15a3dee1b",
    "003_quarantine_fact_id": "5b930a8781b9169c",
    "004_quarantine_recorded_at": "846295801cd628c9",
    "005_quarantine_topic": "52cab34da78aa528",
    "006_progress_digest": "8f9f3ad8bdb61fe6",
    "007_desk": "fea0011242c98aa0",
    "008_access": "ae062dd445b113e6",
}

DESCRIBED = """
SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), ''), ', ' ORDER BY a.attname),
    (SELECT array_agg(replace(pg_get_constraintdef(k.oid), n.nspname, '_') ORDER BY k.conname)
        FROM pg_constraint AS k WHERE k.conrelid = c.oid),
    (SELECT array_agg(replace(i.indexdef, n.nspname, '_') ORDER BY i.indexname)
        FROM pg_indexes AS i WHERE i.schemaname = n.nspname AND i.tablename = c.relname),
    c.reloptions
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef AS d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind = 'r' AND (n.nspname = %(schema)s
    OR (n.nspname = %(schema)s || '_g1' AND c.relname = 'progress'))
GROUP BY c.oid, c.relname, n.nspname, c.reloptions
ORDER BY c.relname
"""


def described(connection: psycopg.Connection, schema: str) -> list[tuple[object, ...]]:
    """The tables of a control schema, and the books of its first generation."""
    return connection.execute(DESCRIBED, {"schema": schema}).fetchall()


@pytest.mark.parametrize("step", [1, 5])
def test_what_an_earlier_program_has_left_becomes_what_is_made_anew(
    postgres: str, step: int
) -> None:
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute("SET search_path = pg_catalog")
        connection.execute((BEFORE / f"step_{step}.sql").read_bytes())
        PostgresStore(postgres, catalogue_of_types()).prepare()
        PostgresStore(postgres, catalogue_of_types(), schema="anew").prepare()
        tables = described(connection, "pledger")
        assert [name for name, *_ in tables] == [
            "access_key", "access_pass", "access_record",
            "desk_decision", "desk_key", "desk_published",
            "generation", "progress", "quarantine", "rebuild", "step", "topic",
        ]  # fmt: skip
        assert tables == described(connection, "anew")
        for schema in ("pledger", "anew"):
            steps = connection.execute(f"SELECT step FROM {schema}.step ORDER BY 1".encode())
            assert steps.fetchall() == [(number,) for number in range(1, len(migration.STEPS) + 1)]
        kept = connection.execute('SELECT partition, "offset", topic FROM pledger.quarantine')
        assert kept.fetchall() == [(1, 7, "")]


def test_a_step_is_never_changed() -> None:
    assert {
        path.stem: sha256(bare(path.read_text(encoding="utf-8")).encode()).hexdigest()[:16]
        for path in MIGRATIONS.iterdir()
    } == RELEASED


def test_steps_are_numbered_as_databases_know_them() -> None:
    names = sorted(path.name for path in MIGRATIONS.iterdir())
    assert [name.split("_")[0] for name in names] == [f"{n:03}" for n in range(1, len(names) + 1)]
    assert len(migration.STEPS) == len(names)
