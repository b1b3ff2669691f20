"""The way of docs/how-to/run-with-docker-compose.md without its containers: the commands of
``docker-compose.yml`` and of the guide, on a broker and a database that are there."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
import yaml
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from entrypoints.cli import main as cli
from tests.helpers import ROOT, ask, run, wait_until
from tests.servers.fixtures import fresh_name
from tests.servers.process import ServerProcess, free_ports
from tests.servers.topics import delete_topic

FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = FILE["services"]
GUIDE, IN_A_CONTAINER = (
    (ROOT / "docs" / "how-to" / name).read_text(encoding="utf-8")
    for name in ("run-with-docker-compose.md", "run-in-a-container.md")
)


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
    for service in ("topic", "worker", "api"):
        parser.parse_args(SERVICES[service]["command"])


def test_a_copy_that_the_guide_makes_is_kept() -> None:
    """Its folders are mounted, the one that it writes to from a volume, which outlives ``--rm``."""
    mounted = {target: source for source, target, *_ in mounts("pledger")}
    for command in guided("copy"):
        asked = cli._parser().parse_args(command.split())
        assert {str(asked.source), str(asked.target)} <= mounted.keys()
        assert mounted[str(asked.target)] in FILE["volumes"]
    for name in ("pledger", "embedded"):
        assert ["ledger", "/data"] in mounts(name)
        assert SERVICES[name]["read_only"], "or a copy to elsewhere would seem to be made"


def mounts(name: str) -> list[list[str]]:
    """Source, target and mode of what a service mounts."""
    return [text.split(":") for text in SERVICES[name]["volumes"]]


def test_an_update_of_the_guide_leaves_views_kept_up() -> None:
    """Built and folded with the new image while the old workers are at work."""
    (block,) = re.findall(r"^\$ git pull\n((?:\$ .*\n)+)", GUIDE, re.MULTILINE)
    assert [line.removeprefix("$ docker compose ") for line in block.splitlines()] == [
        "build",
        "run --rm pledger status",
        "run --rm rebuild",
        "up --detach",
    ]


def test_another_checkout_has_its_containers_made_anew_around_the_same_password() -> None:
    """Compose goes on with a container whose secret lies in the old checkout, until that is gone.
    The engine then finds no file to mount."""
    (block,) = re.findall(r"^\$ cp -a .*\n((?:\$ .*\n)+)", GUIDE, re.MULTILINE)
    assert block.splitlines()[-1] == "$ docker compose up --build --detach --force-recreate"
    (folder,) = {str(Path(secret["file"]).parent) for secret in FILE["secrets"].values()}
    assert f"$ cp -a ../the-old-one/{folder} deploy/\n" in GUIDE


def test_the_guide_without_compose_keeps_its_home() -> None:
    runs = re.findall(r"^\$ docker run (.*)$", IN_A_CONTAINER, re.MULTILINE)
    assert len(runs) == 2
    tag, folder = SERVICES["embedded"]["image"], "/data"
    assert f"ENV PLEDGER_HOME={folder}" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for options, _, command in (text.partition(f" {tag} ") for text in runs):
        assert f"-v {FILE['name']}_ledger:{folder}" in options
        cli._parser().parse_args(command.partition(" <")[0].split())


def test_removing_all_removes_the_volumes_of_every_service() -> None:
    (profiles,) = re.findall(r"^\$ docker compose (.*) down --volumes$", GUIDE, re.MULTILINE)
    every = {name for service in SERVICES.values() for name in service.get("profiles", ())}
    assert set(profiles.replace("--profile", "").split()) == every


def test_kafka_is_healthy_while_its_port_is_open(broker: str) -> None:
    *probe, text = SERVICES["kafka"]["healthcheck"]["test"][1:]
    (closed,) = free_ports(1)
    for address, status in ((broker, 0), (f"127.0.0.1:{closed}", 1)):
        place = text.replace("127.0.0.1/9092", address.replace(":", "/"))
        assert place != text
        assert (
            subprocess.run([*probe, place], capture_output=True, check=False).returncode == status
        )


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
        wait_until(lambda: run(home, shown.split()).code == 0)
        assert (
            ask(home, shown.split())["commitment_id"] == json.loads(fact)["data"]["commitment_id"]
        )
        assert ask(home, guided("promises")[0].split())["counts"]["made"] == 1
        assert run(home, guided("status")[0].split()).code == 0
        look_and_ask_over_http(home, entry)
        worker.stop(signal.SIGTERM, 30)
        assert worker.status == 0, worker.tail()
    finally:
        worker.kill()


def look_and_ask_over_http(home: Path, entry: Sequence[str]) -> None:
    """The door as the container opens it, but for the port."""
    (port,) = free_ports(1)
    api, command = ServerProcess("api", home / "log-of-api"), SERVICES["api"]["command"]
    api.launch([*entry, *command, "--port", str(port), "--home", home])
    try:
        health = SERVICES["api"]["healthcheck"]["test"][3].replace("8321", str(port))
        api.wait_until(lambda: healthy(health))
        key = ask(home, guided("key create")[0].split())["key"]
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as client:
            assert client.get("/v1/promises").json()["counts"]["made"] == 1
            assert client.get("/readyz").json()["home"] == "server"
        assert key not in api.tail()
        api.stop(signal.SIGTERM, 30)
        assert api.status == 0, api.tail()
    finally:
        api.kill()
