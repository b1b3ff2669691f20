"""Where servers are looked for, in which order, and what is said where there is none. No server is
needed here."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.servers import broker, finding, postgres, process
from tests.servers.finding import BROKER, POSTGRES, NotThere, Way, first_of, named
from tools import broker_jars


def there(address: str) -> Way:
    return Way(address, lambda _: address)


def nowhere(name: str, why: str) -> Way:
    def find(_: ExitStack) -> str:
        raise NotThere(why)

    return Way(name, find)


def test_the_order_is_an_address_a_container_a_process() -> None:
    assert [way.name for way in BROKER] == [
        "KAFKA_BOOTSTRAP_SERVERS",
        "containers",
        "a process of our own",
    ]
    assert [way.name for way in POSTGRES] == [
        "PLEDGER_TEST_POSTGRES",
        "containers",
        "a process of our own",
    ]


def test_the_first_that_is_there_is_taken() -> None:
    ways = [nowhere("a", "gone"), there("b"), there("c")]
    with ExitStack() as stack:
        assert first_of("server", ways, stack) == "b"


def test_what_was_started_is_stopped() -> None:
    done: list[str] = []

    @contextmanager
    def server() -> Iterator[str]:
        yield "here"
        done.append("stopped")

    with ExitStack() as stack:
        assert first_of("server", [Way("a", lambda on: on.enter_context(server()))], stack)
        assert not done
    assert done == ["stopped"]


@pytest.mark.parametrize("required", [None, "0", "1"])
def test_where_none_is_the_test_is_skipped_or_fails(
    monkeypatch: pytest.MonkeyPatch, required: str | None
) -> None:
    monkeypatch.delenv("PLEDGER_REQUIRE_SERVERS", raising=False)
    if required is not None:
        monkeypatch.setenv("PLEDGER_REQUIRE_SERVERS", required)
    end = pytest.fail.Exception if required == "1" else pytest.skip.Exception
    ways = [nowhere("a", "not set"), nowhere("b", "does not answer")]
    told = "no server is there. Tried a: not set; b: does not answer"
    with ExitStack() as stack, pytest.raises(end, match=told):
        first_of("server", ways, stack)


def test_an_address_that_is_given_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLEDGER_TEST_PLACE", "here:1")
    with ExitStack() as stack:
        assert named("PLEDGER_TEST_PLACE", lambda address: True).find(stack) == "here:1"


@pytest.mark.parametrize("value", [None, ""])
def test_an_address_that_is_not_given_is_none(
    monkeypatch: pytest.MonkeyPatch, value: str | None
) -> None:
    monkeypatch.delenv("PLEDGER_TEST_PLACE", raising=False)
    if value is not None:
        monkeypatch.setenv("PLEDGER_TEST_PLACE", value)
    with ExitStack() as stack, pytest.raises(NotThere, match="not set"):
        named("PLEDGER_TEST_PLACE", lambda address: True).find(stack)


def test_an_address_where_nobody_is_is_a_mistake_and_stays_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PLEDGER_TEST_PLACE", "postgresql://me:secret@here/db")
    ways = [named("PLEDGER_TEST_PLACE", lambda address: False), there("elsewhere")]
    with ExitStack() as stack, pytest.raises(AssertionError) as wrong:
        first_of("server", ways, stack)
    assert str(wrong.value) == "PLEDGER_TEST_PLACE is set, and nothing answers there"


def test_nobody_answers_at_a_port_where_nobody_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    (port,) = process.free_ports(1)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", f"127.0.0.1:{port}")
    monkeypatch.setenv("PLEDGER_TEST_POSTGRES", f"host=127.0.0.1 port={port} dbname=none")
    for ways in (BROKER, POSTGRES):
        with ExitStack() as stack, pytest.raises(AssertionError, match="nothing answers"):
            ways[0].find(stack)


def test_an_engine_that_does_not_answer_is_not_there(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(NotThere, match="Docker does not answer"):
        finding.docker()


def test_without_java_there_is_no_broker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(broker.NoBroker, match="there is no java"):
        broker.Broker(tmp_path)


def test_without_its_files_and_maven_there_is_no_broker(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PLEDGER_KAFKA_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shutil, "which", {"java": "/usr/bin/java"}.get)
    with pytest.raises(broker.NoBroker, match="there is no mvn to fetch them"):
        broker.Broker(tmp_path)


def test_postgresql_is_looked_for_on_the_path_first(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("initdb", "postgres"):
        (tmp_path / name).touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert postgres.binaries() == tmp_path


def test_the_newest_postgresql_is_taken(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path)
    with pytest.raises(postgres.NoPostgres, match="apt-get install postgresql"):
        postgres.binaries()
    for version in ("9", "15", "17", "beta"):
        (tmp_path / version / "bin").mkdir(parents=True)
        (tmp_path / version / "bin" / "postgres").touch()
    assert postgres.binaries() == tmp_path / "17" / "bin"


def test_the_files_of_a_broker_are_kept_where_the_user_keeps_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("PLEDGER_KAFKA_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert broker_jars.cache_folder() == tmp_path / "pledger" / f"kafka-{broker_jars.VERSION}"
    monkeypatch.setenv("PLEDGER_KAFKA_CACHE", str(tmp_path / "other"))
    assert broker_jars.cache_folder() == tmp_path / "other"


def maven(folder: Path, body: str) -> str:
    """A PATH with an mvn that is a shell script."""
    (folder / "mvn").write_text(f"#!/bin/sh\n{body}\n")
    (folder / "mvn").chmod(0o755)
    return f"{folder}:/usr/bin:/bin"


def test_the_files_are_fetched_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    script = """for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done
mkdir "$to" && echo jar > "$to/kafka.jar" && echo again >> "$(dirname "$0")/calls" """
    monkeypatch.setenv("PATH", maven(tmp_path, script))
    cache = tmp_path / "cache"
    for _ in range(2):
        assert [jar.name for jar in broker_jars.jars(cache).iterdir()] == ["kafka.jar"]
    assert (tmp_path / "calls").read_text() == "again\n"
    assert {entry.name for entry in cache.iterdir()} == {"libs", "lock"}


def test_a_fetch_that_fails_leaves_nothing_to_be_taken_for_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    script = """for word; do case $word in -DoutputDirectory=*) to=${word#*=};; esac; done
mkdir "$to"; echo half > "$to/kafka.jar"; echo "no line to the world"; exit 1"""
    monkeypatch.setenv("PATH", maven(tmp_path, script))
    for _ in range(2):
        with pytest.raises(broker_jars.NoJars, match="no line to the world"):
            broker_jars.jars(tmp_path / "cache")
        assert not (tmp_path / "cache" / "libs").exists()


def test_the_folder_of_a_run_that_was_killed_is_swept_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left = tmp_path / f"{process.PREFIX}killed"
    left.mkdir()
    (left / "lock").touch()
    with process.server_folder() as one, process.server_folder() as other:
        assert not left.exists()
        assert one.exists()
        assert other.exists()
    assert list(tmp_path.iterdir()) == []
