"""The way of docs/how-to/run-with-docker-compose.md without its containers: the commands of
``docker-compose.yml`` and of the guide, on a broker and a database that are there."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrypoints.cli import main as cli
from tests.helpers import ROOT, ask, run, wait_until
from tests.servers.fixtures import fresh_name
from tests.servers.process import ServerProcess, free_ports
from tests.servers.topics import delete_topic

SERVICES: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
GUIDE = (ROOT / "docs" / "how-to" / "run-with-docker-compose.md").read_text(encoding="utf-8")


@pytest.fixture
def home(tmp_path: Path, broker: str, postgres: str) -> Iterator[Path]:
    """As ``deploy/home``, with the password in a file, for these servers."""
    topic = fresh_name("facts")
    place: dict[str, Any] = conninfo_to_dict(postgres)
    (tmp_path / "password").write_text(place.pop("password"))
    (tmp_path / "pledger.toml").write_text(
        f'[kafka]\nbootstrap_servers = "{broker}"\ntopic = "{topic}"\n'
        f'[postgres]\ndsn = "{make_conninfo(**place)}"\npassword_file = "password"\n',
        encoding="utf-8",
    )
    yield tmp_path
    delete_topic(broker, topic)


def guided(first: str) -> list[str]:
    """The commands of the guide that begin so, after ``docker compose run … pledger``."""
    found = re.findall(r"^\$ docker compose run --rm (?:-T )?pledger (.*)$", GUIDE, re.MULTILINE)
    return [command for command in found if command.startswith(first)]


def healthy(check: str) -> bool:
    """What the health check of a worker says."""
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, check=False)
    return done.returncode == 0


def test_every_command_of_the_guide_is_one() -> None:
    parser = cli._parser()
    for command in guided(""):
        parser.parse_args(command.partition(" <<")[0].split())
    for service in ("topic", "worker"):
        parser.parse_args(SERVICES[service]["command"])


def test_from_nothing_to_an_answer(home: Path) -> None:
    # The container is started anew with every ``up``.
    for _ in range(2):
        assert run(home, SERVICES["topic"]["command"]).code == 0
    (port,) = free_ports(1)
    worker = ServerProcess("worker", home / "log")
    said = [
        one.replace("0.0.0.0:9200", f"127.0.0.1:{port}") for one in SERVICES["worker"]["command"]
    ]
    assert said != SERVICES["worker"]["command"]
    entry = ("env", f"PYTHONPATH={ROOT}", sys.executable, "-P", "-m", "entrypoints")
    worker.launch([*entry, *said, "--home", home])
    try:
        health = SERVICES["worker"]["healthcheck"]["test"][3].replace("9200", str(port))
        worker.wait_until(lambda: healthy(health))
        (fact,) = re.findall(r"^> (\{.*\})$", GUIDE, re.MULTILINE)
        assert ask(home, guided("emit")[0].split()[:2], fact.encode())["accepted"] == 1
        (shown,) = guided("commitment")
        wait_until(lambda: run(home, shown.split()).code == 0, 60)
        assert (
            ask(home, shown.split())["commitment_id"] == json.loads(fact)["data"]["commitment_id"]
        )
        assert ask(home, guided("promises")[0].split())["counts"]["made"] == 1
        assert run(home, guided("status")[0].split()).code == 0
        worker.stop(signal.SIGTERM, 30)
        assert worker.status == 0, worker.tail()
    finally:
        worker.kill()
