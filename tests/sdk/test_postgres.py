"""The outbox in the service's own PostgreSQL, against the real one and a real broker."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row, namedtuple_row, scalar_row

from pledger_sdk import (
    DDL,
    Emitter,
    EventData,
    NotDelivered,
    OutboxRelay,
    Refused,
    Sealer,
    Sender,
    emit_in,
)
from pledger_sdk.__main__ import main
from tests.helpers import ROOT, wait_until
from tests.sdk.emitting import NOON, SOURCE, facts, made, offline, once

SEALER = Sealer(SOURCE)


@pytest.fixture
def database(postgres: str) -> str:
    with psycopg.connect(postgres) as connection:
        for _ in range(2):  # it may be there already
            connection.execute(DDL.encode())
    return postgres


def rows(database: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(database) as connection:
        return connection.execute("SELECT * FROM pledger_outbox ORDER BY place").fetchall()


@contextmanager
def relaying(
    connect: Callable[[], Any], broker: str, topic: str, **settings: Any
) -> Iterator[Sender]:
    """A relay in a thread, with a sender of its own."""
    stop = threading.Event()
    sender = Sender(bootstrap_servers=broker, topic=topic, **settings)
    thread = threading.Thread(target=OutboxRelay(connect, sender).run, args=(stop,))
    thread.start()
    try:
        yield sender
    finally:
        stop.set()
        thread.join(60)
        with suppress(NotDelivered):  # it is in the table
            sender.close(0.0)
    assert not thread.is_alive()


def connector(database: str) -> Callable[[], Any]:
    return lambda: psycopg.connect(database)


def test_facts_come_and_go_with_the_transaction(database: str, broker: str, topic: str) -> None:
    emitter = offline()
    with psycopg.connect(database) as connection:
        connection.execute("CREATE TABLE invoice (id int)")
    with psycopg.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO invoice VALUES (7)")
        with emitter.caused_by("0195b1d8-8c00-7000-8000-000000000001"):
            kept = emitter.emit_in(
                cursor, made(7), subject="customer:Zoë", extensions={"traceparent": "x"}
            )
        emit_in(connection, SEALER.seal(made(8), subject="customer:1", key="8", time=NOON))
    with psycopg.connect(database) as connection:
        emitter.emit_in(connection, made(9), subject="customer:1")
        with pytest.raises(Refused):
            emitter.emit_in(connection, made(9), subject="nobody")
        connection.rollback()
    assert emitter.close(0.0) == 0
    assert len(rows(database)) == 2
    with relaying(connector(database), broker, topic):
        wait_until(lambda: rows(database) == [])
    read = {fact.id: fact for fact in facts(broker, topic)}
    assert len(read) == 2
    assert EventData(*read[kept.id][2:]) == EventData(*kept)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": "zzz"}, "id: expected a UUID"),
        ({"type": "no.such"}, "type: expected a type of the catalogue"),
        ({"body": b"junk"}, "fact: expected"),
        ({"time": 2**62}, "expected a time in the years 1 to 9999"),
        ({"subject": "nobody"}, "subject: expected kind:name"),
    ],
)
def test_what_no_reader_would_take_is_refused_before_it_is_written(
    change: dict[str, Any], why: str
) -> None:
    fact = SEALER.seal(made(), subject="customer:1")._replace(**change)
    with pytest.raises(Refused) as refused:
        emit_in(SimpleNamespace(execute=pytest.fail), fact)
    assert str(refused.value).startswith(why)


def test_an_asynchronous_transaction_is_refused(database: str) -> None:
    async def work() -> None:
        async with await psycopg.AsyncConnection.connect(database) as connection:
            for transaction in (connection, connection.cursor()):
                with pytest.raises(Refused, match="asyncio.to_thread"):
                    emit_in(transaction, SEALER.seal(made(), subject="customer:1"))

    with warnings.catch_warnings():
        warnings.simplefilter("error")  # nothing is left that nobody awaits
        asyncio.run(work())
    assert rows(database) == []


def test_many_facts_stay_in_order_whichever_relay_works(
    database: str, broker: str, topic: str
) -> None:
    sealed = [SEALER.seal(made(n), subject=f"customer:{n % 7}") for n in range(1500)]
    with psycopg.connect(database) as connection:
        emit_in(connection, *sealed[:700])
    killed: list[int] = []

    def connect() -> Any:
        connection = psycopg.connect(database)
        killed.append(connection.info.backend_pid)
        return connection

    with relaying(connect, broker, topic), relaying(connect, broker, topic):
        for start in range(700, 1500, 100):
            with psycopg.connect(database) as connection:
                emit_in(connection, *sealed[start : start + 100])
                # Whoever works loses its session, and the other one takes over.
                connection.execute("SELECT pg_terminate_backend(%s)", (killed[-1],))
        wait_until(lambda: rows(database) == [])
    assert len(killed) > 2
    by_subject: dict[str, list[str]] = defaultdict(list)
    for fact in once(facts(broker, topic)):
        by_subject[fact.subject].append(fact.id)
    assert by_subject == {f"customer:{n}": [fact.id for fact in sealed[n::7]] for n in range(7)}


def test_one_relay_works_and_the_other_stands_by(database: str, broker: str, topic: str) -> None:
    with psycopg.connect(database) as connection:
        emit_in(connection, *(SEALER.seal(made(n), subject="customer:1") for n in range(50)))
    with relaying(connector(database), broker, topic), relaying(connector(database), broker, topic):
        wait_until(lambda: rows(database) == [])
    assert len(facts(broker, topic)) == 50


@pytest.mark.parametrize("bound", [{"max_facts": 400}, {"max_bytes": 50_000}])
def test_a_sender_with_less_room_than_the_relay_asks_for_gets_all(
    bound: dict[str, Any], database: str, broker: str, topic: str
) -> None:
    with psycopg.connect(database) as connection:
        emit_in(connection, *(SEALER.seal(made(n), subject=f"customer:{n}") for n in range(1500)))
    with Sender(bootstrap_servers=broker, topic=topic, patience=0.1, **bound) as sender:
        OutboxRelay(connector(database), sender).run(threading.Event(), until_empty=True)
    assert rows(database) == []
    assert len(once(facts(broker, topic))) == 1500


def test_a_sender_without_room_is_told_of_and_nothing_is_taken_for_sent(
    database: str, broker: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    with psycopg.connect(database) as connection:
        emit_in(connection, *(SEALER.seal(made(n), subject="customer:1") for n in range(2)))
    stop = threading.Event()
    with Sender(bootstrap_servers=broker, topic=topic, patience=0.0, max_bytes=10) as sender:
        relay = OutboxRelay(connector(database), sender)
        thread = threading.Thread(target=relay.run, args=(stop,), kwargs={"until_empty": True})
        thread.start()
        try:
            wait_until(lambda: "the relay waits: not even one fact has room" in caplog.text)
            assert not stop.wait(0.5)
        finally:
            stop.set()
            thread.join(60)
    assert caplog.text.count("the relay waits") == 1
    assert "or allow more (max_facts, max_bytes)" in caplog.text
    assert len(rows(database)) == 2


def test_a_row_that_is_no_fact_stays_and_the_others_go(
    database: str, broker: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    good, other = (SEALER.seal(made(n), subject="customer:1") for n in range(2))
    with psycopg.connect(database) as connection:
        emit_in(connection, good)
        connection.execute("UPDATE pledger_outbox SET body = '\\x00'")
        emit_in(connection, good)
        connection.execute("UPDATE pledger_outbox SET subject = 'Ms Personal' WHERE place = 2")
        emit_in(connection, other)
    with relaying(connector(database), broker, topic):
        wait_until(lambda: len(rows(database)) == 2)
    assert [fact.id for fact in facts(broker, topic)] == [other.id]
    assert "row 1 of pledger_outbox is left there: fact: expected" in caplog.text
    assert "row 2 of pledger_outbox is left there: subject: expected kind:name" in caplog.text
    assert "Personal" not in caplog.text


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("extensions = '{x'", "extensions: expected a JSON object of texts, or null"),
        ("extensions = repeat('[', 10000)", "extensions: expected a JSON object of texts, or null"),
        ("extensions = '[1]'", "extensions: expected a JSON object of texts, or null"),
        ("extensions = '{\"x\": 1}'", "extensions: expected a JSON object of texts, or null"),
        (
            'extensions = \'{"x": "\\ud800"}\'',
            "an attribute whose name is text of 1 character: expected text without control",
        ),
        ('extensions = \'{"X Y": ""}\'', "expected names of attributes in lower-case letters"),
        ('extensions = \'{"position": "7"}\'', "position: expected none"),
        ('extensions = \'{"id": "7"}\'', "expected each attribute once"),
        ('"time" = 9223372036854775807', "expected a time in the years 1 to 9999"),
        ("type = 'no.such'", "type: expected a type of the catalogue"),
        ("type = 'customer.chased'", "expected a body of customer.chased"),
        ("body = substr(body, 1, 6)", "commitment.made commitment_id: expected more"),
    ],
)
def test_whatever_is_wrong_with_a_row_only_that_one_stays(
    change: str,
    why: str,
    database: str,
    broker: str,
    topic: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sealed = [SEALER.seal(made(n), subject="customer:1") for n in range(3)]
    with psycopg.connect(database) as connection:
        emit_in(connection, *sealed)
        connection.execute(f"UPDATE pledger_outbox SET {change} WHERE place = 2".encode())
    with relaying(connector(database), broker, topic):
        wait_until(lambda: len(rows(database)) == 1)
    assert [fact.id for fact in facts(broker, topic)] == [sealed[0].id, sealed[2].id]
    assert f"row 2 of pledger_outbox is left there: {why}" in caplog.text
    assert [each.levelname for each in caplog.records if each.name == "pledger_sdk"] == ["ERROR"]


@pytest.mark.parametrize("factory", [dict_row, namedtuple_row, scalar_row])
def test_the_connection_may_make_rows_of_any_kind(
    factory: Any, database: str, broker: str, topic: str
) -> None:
    with psycopg.connect(database) as connection:
        emit_in(connection, SEALER.seal(made(), subject="customer:1"))

    def connect() -> Any:
        return psycopg.connect(database, row_factory=factory)

    with relaying(connect, broker, topic), relaying(connect, broker, topic):
        wait_until(lambda: rows(database) == [])
    assert len(facts(broker, topic)) == 1


def test_a_driver_that_makes_no_rows_is_refused() -> None:
    class Named:
        def execute(self, query: str) -> None:
            pass

        def fetchone(self) -> dict[str, bool]:
            return {"pg_try_advisory_lock": False}

    connection = SimpleNamespace(cursor=Named, close=lambda: None)
    with (
        offline() as sender,
        pytest.raises(Refused, match="expected rows as tuples from the relay's connection, saw"),
    ):
        OutboxRelay(lambda: connection, sender).run(threading.Event(), until_empty=True)


def test_a_relay_waits_for_a_table_and_a_broker(
    postgres: str, broker: str, topic: str, caplog: pytest.LogCaptureFixture
) -> None:
    with relaying(connector(postgres), broker, topic):
        wait_until(lambda: "the relay lost its database and tries again" in caplog.text)
        with psycopg.connect(postgres) as connection:
            connection.execute(DDL.encode())
            emit_in(connection, SEALER.seal(made(), subject="customer:1"))
        wait_until(lambda: len(facts(broker, topic)) == 1)
    assert rows(postgres) == []


def test_no_transaction_stays_open(database: str, broker: str, topic: str) -> None:
    with relaying(connector(database), "127.0.0.1:1", topic) as sender:
        with psycopg.connect(database) as connection:
            emit_in(connection, SEALER.seal(made(), subject="customer:1"))
        wait_until(lambda: sender.status().waiting == 1)
        with psycopg.connect(database) as connection:
            query = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                " AND state = 'idle'"
            )
            wait_until(lambda: connection.execute(query).fetchall() == [(1,)])
    assert len(rows(database)) == 1


# --- the command line ----------------------------------------------------------------------------


def relay(broker: str, topic: str, database: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [
            *(sys.executable, "-W", "ignore", "-m", "pledger_sdk", "relay"),
            *("--bootstrap-servers", broker, "--topic", topic),
        ],
        env=os.environ | {"PYTHONPATH": str(ROOT / "sdk/src"), "PLEDGER_OUTBOX_DSN": database},
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_command_relays_and_ends_when_it_is_told(
    database: str, broker: str, topic: str
) -> None:
    sealed = [SEALER.seal(made(n), subject="customer:1") for n in range(300)]
    with psycopg.connect(database) as connection:
        emit_in(connection, *sealed[:200])
    with relay(broker, topic, database) as process:
        wait_until(lambda: len(rows(database)) < 200)
        process.send_signal(signal.SIGKILL)
    with psycopg.connect(database) as connection:
        emit_in(connection, *sealed[200:])
    with relay(broker, topic, database) as process:
        wait_until(lambda: rows(database) == [])
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    assert [fact.id for fact in once(facts(broker, topic))] == [fact.id for fact in sealed]


def test_the_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["outbox-ddl"]) == 0
    assert capsys.readouterr().out == DDL


@pytest.mark.parametrize(
    ("content", "options", "why"),
    [
        (None, [], "expected the database's DSN in PLEDGER_OUTBOX_DSN or in the file of"),
        (None, ["--dsn-file", "FILE"], "expected a file of text at"),
        ("hunter2 no DSN", ["--dsn-file", "FILE"], "expected a DSN as PostgreSQL takes it, saw"),
        (
            "# passwords\n\nhunter2",
            ["--dsn-file", "DSN", "--security", "FILE"],
            "line 3: expected NAME=VALUE, saw no equals sign",
        ),
        (
            "sasl.pasword=hunter2",
            ["--dsn-file", "DSN", "--security", "FILE"],
            "expected settings of security among",
        ),
    ],
)
def test_a_wrong_call_is_told(
    content: str | None,
    options: list[str],
    why: str,
    tmp_path: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.delenv("PLEDGER_OUTBOX_DSN", raising=False)
    (tmp_path / "DSN").write_text("host=127.0.0.1")
    if content is not None:
        (tmp_path / "FILE").write_text(content)
    places = [str(tmp_path / each) if each in {"DSN", "FILE"} else each for each in options]
    assert main(["relay", "--bootstrap-servers", "127.0.0.1:1", *places]) == 2
    error = capsys.readouterr().err
    assert why in error
    assert "hunter2" not in error


def test_an_emitter_is_a_sender() -> None:
    assert issubclass(Emitter, Sender)
