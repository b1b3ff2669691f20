"""``docker-compose.yml`` says what it must: pinned, restrained, on the loopback interface only."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
import yaml

from application.importing import select_process
from application.settings import read_settings
from entrypoints.cli import main as cli
from projections.duckdb.store import MEMORY_LIMIT
from tests.helpers import ROOT
from tools.broker_jars import VERSION

FILE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = FILE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
#: Services that stay, those that end by themselves, and those for one command at a time.
LASTING = ("kafka", "postgres", "worker", "api")
COMMANDS = ("pledger", "rebuild", "embedded")

every = pytest.mark.parametrize("name", SERVICES)


def test_these_are_the_services() -> None:
    assert set(SERVICES) == {*LASTING, "topic", *COMMANDS}
    started = {name for name, service in SERVICES.items() if "profiles" not in service}
    assert started == {*LASTING, "topic"}
    assert SERVICES["worker"]["deploy"] == {"replicas": 2}


@every
def test_images_are_pinned_to_a_whole_version(name: str) -> None:
    assert re.fullmatch(r"[a-z/]+:\d+(\.\d+){1,2}(-[a-z]+)?", SERVICES[name]["image"])
    assert all(
        re.search(r":\d+\.\d+\.\d+-", line)
        for line in DOCKERFILE.splitlines()
        if line.startswith("FROM ")
    )


def test_the_broker_is_the_one_that_the_tests_run_on() -> None:
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{VERSION}"


@every
def test_an_image_is_built_once_and_never_looked_for_elsewhere(name: str) -> None:
    service = SERVICES[name]
    assert ("build" in service) is (name == "worker")
    ours = service["image"] == SERVICES["worker"]["image"]
    assert ours is (name not in {"kafka", "postgres"})
    assert service.get("pull_policy") == ("never" if ours else None)
    assert "profiles" not in SERVICES["worker"], "or up would not build"


@every
def test_nobody_is_root_or_can_become_it(name: str) -> None:
    service = SERVICES[name]
    user, group = service["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service
    if service["image"].startswith("pledger:"):
        assert f"USER {service['user']}" in DOCKERFILE.splitlines()


@every
def test_file_systems_are_read_only(name: str) -> None:
    # Kafka's image writes its configuration into itself at every start.
    assert SERVICES[name].get("read_only", False) is (name != "kafka")


@every
def test_memory_and_logs_have_limits(name: str) -> None:
    service = SERVICES[name]
    assert re.fullmatch(r"\d+[mg]", service["mem_limit"])
    assert set(service["logging"]["options"]) == {"max-size", "max-file"}


def gigabytes(size: str) -> float:
    number, unit = re.fullmatch(r"(\d+)(m|g|MB|GB)", size).groups()  # type: ignore[union-attr]
    return int(number) / (1000 if unit == "MB" else 1024 if unit == "m" else 1)


def test_what_takes_memory_has_it_and_what_takes_room_has_a_disk() -> None:
    limits = {name: gigabytes(service["mem_limit"]) for name, service in SERVICES.items()}
    assert limits["embedded"] >= gigabytes(MEMORY_LIMIT) + 1
    assert limits["pledger"] >= gigabytes(select_process._MEMORY) + 1
    assert limits["pledger"] >= gigabytes(MEMORY_LIMIT) + 1, "it copies to the embedded home"
    command = SERVICES["rebuild"]["command"]
    told = cli._parser().parse_args(command)
    partitions = int(SERVICES["topic"]["command"][-1])
    assert limits["rebuild"] >= gigabytes(told.memory) + 0.2 * partitions + 0.5
    assert str(told.scratch) == "/scratch"
    for name in COMMANDS:
        assert SERVICES[name]["environment"]["TMPDIR"] == "/scratch"


@every
def test_ports_are_open_to_this_machine_only(name: str) -> None:
    service = SERVICES[name]
    assert all(str(port).startswith("127.0.0.1:") for port in service.get("ports", ()))
    assert service.get("network_mode") == ("none" if name == "embedded" else None)
    # As many workers as one likes: none takes a port of the machine.
    assert ("ports" in service) is (name in {"kafka", "api"})


@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_watched_and_comes_back(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert service["healthcheck"]["test"][0] in {"CMD", "CMD-SHELL"}
    assert {"interval", "timeout", "retries", "start_period"} < set(service["healthcheck"])
    assert int(service["stop_grace_period"].removesuffix("s")) >= 30


def test_workers_begin_when_all_that_they_need_is_there() -> None:
    assert SERVICES["topic"]["depends_on"] == {"kafka": {"condition": "service_healthy"}}
    assert SERVICES["worker"]["depends_on"] == {
        "topic": {"condition": "service_completed_successfully"},
        "postgres": {"condition": "service_healthy"},
    }


def test_the_door_shows_nothing_secret_and_believes_dockers_networks_alone() -> None:
    api = SERVICES["api"]
    assert api["depends_on"] == {"worker": {"condition": "service_healthy"}}
    told = cli._parser().parse_args(api["command"])
    assert told.unattended
    assert told.host == "0.0.0.0"
    assert all(ip_network(one).is_private for one in told.behind_proxy)
    assert api["ports"] == [f"127.0.0.1:{told.port}:{told.port}"]
    assert f"http://127.0.0.1:{told.port}/healthz" in api["healthcheck"]["test"][3]


def test_what_is_kept_lies_in_volumes_with_names() -> None:
    kept = {
        name: [text for text in service.get("volumes", ()) if not text.startswith(".")]
        for name, service in SERVICES.items()
    }
    assert {name: texts for name, texts in kept.items() if texts} == {
        "kafka": [
            "facts:/var/lib/kafka/data",
            "kafka-secrets:/etc/kafka/secrets",
            "kafka-config:/mnt/shared/config",
        ],
        "postgres": ["views:/var/lib/postgresql/data"],
        "pledger": ["ledger:/data", "scratch:/scratch"],
        "rebuild": ["scratch:/scratch"],
        "embedded": ["ledger:/data", "scratch:/scratch"],
    }
    named = {text.partition(":")[0] for texts in kept.values() for text in texts}
    assert set(FILE["volumes"]) == named
    # A new volume is whose the folder is in the image.
    (made,) = re.findall(r"install --directory (.*)$", DOCKERFILE, re.MULTILINE)
    assert made.split() == ["--owner=pledger", "--group=pledger", "/data", "/scratch"]
    assert SERVICES["kafka"]["environment"]["KAFKA_LOG_DIRS"] == "/var/lib/kafka/data"


#: What images declare as volumes, as their Dockerfiles of these versions have it. Where no volume
#: with a name is mounted there, each container leaves one without a name behind.
DECLARED = {
    "apache/kafka": {"/etc/kafka/secrets", "/var/lib/kafka/data", "/mnt/shared/config"},
    "postgres": {"/var/lib/postgresql/data"},
    "pledger": set(re.findall(r"^VOLUME (\S+)", DOCKERFILE, re.MULTILINE)),
}


@every
def test_no_volume_is_without_a_name(name: str) -> None:
    service = SERVICES[name]
    mounted = {text.split(":")[1] for text in service.get("volumes", ())}
    assert mounted >= DECLARED[service["image"].partition(":")[0]]


def test_kafka_is_asked_without_a_java_of_its_own() -> None:
    test = SERVICES["kafka"]["healthcheck"]["test"]
    assert test[:3] == ["CMD", "bash", "-c"]
    (port,) = re.findall(r"/dev/tcp/127\.0\.0\.1/(\d+)", test[3])
    assert f"INSIDE://:{port}" in SERVICES["kafka"]["environment"]["KAFKA_LISTENERS"].split(",")


def test_the_password_is_in_a_file_that_is_nowhere_else() -> None:
    assert FILE["secrets"] == {"postgres_password": {"file": "./deploy/secrets/postgres_password"}}
    for name in ("postgres", "topic", "worker", "api", "pledger", "rebuild"):
        assert SERVICES[name]["secrets"] == ["postgres_password"]
    for service in SERVICES.values():
        said = " ".join(map(str, service.get("environment", {})))
        assert "POSTGRES_PASSWORD" not in said.replace("POSTGRES_PASSWORD_FILE", "")
    assert "/deploy/secrets/" in (ROOT / ".gitignore").read_text().splitlines()


def test_the_home_says_where_the_servers_are() -> None:
    settings = read_settings(ROOT / "deploy" / "home" / "pledger.toml")
    kafka, postgres = SERVICES["kafka"]["environment"], SERVICES["postgres"]["environment"]
    inside = f"INSIDE://{settings.kafka.bootstrap_servers}"
    assert inside in kafka["KAFKA_ADVERTISED_LISTENERS"].split(",")
    dsn = dict(part.split("=") for part in settings.postgres.dsn.get_secret_value().split())
    assert dsn == {
        "host": "postgres",
        "dbname": postgres["POSTGRES_DB"],
        "user": postgres["POSTGRES_USER"],
    }
    assert settings.postgres.password_file == postgres["POSTGRES_PASSWORD_FILE"]


def test_services_of_this_machine_are_sent_back_to_the_port_that_is_open() -> None:
    kafka = SERVICES["kafka"]
    (port,) = kafka["ports"]
    outside, inside = port.removeprefix("127.0.0.1:").split(":")
    said = kafka["environment"]
    assert f"MACHINE://localhost:{outside}" in said["KAFKA_ADVERTISED_LISTENERS"].split(",")
    assert f"MACHINE://:{inside}" in said["KAFKA_LISTENERS"].split(",")


def test_the_secret_is_made_once_and_is_the_owners(tmp_path: Path) -> None:
    script = tmp_path / "deploy" / "make-secrets"
    script.parent.mkdir()
    script.write_bytes((ROOT / "deploy" / "make-secrets").read_bytes())
    home = script.parent / "home"
    home.mkdir(0o700)
    (home / "pledger.toml").touch(0o600)
    file = tmp_path / "deploy" / "secrets" / "postgres_password"
    made = []
    for _ in range(2):
        subprocess.run(["sh", script], check=True, capture_output=True, umask=0o077)
        made.append(file.read_text())
    assert re.fullmatch(r"[0-9a-f]{48}", made[0])
    assert made[0] == made[1]
    # The folder keeps others out; the containers, which get the file alone, can read it.
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert os.access(ROOT / "deploy" / "make-secrets", os.X_OK)
    # Nor is the home in which there is none kept from them.
    assert stat.S_IMODE(home.stat().st_mode) == 0o755
    assert stat.S_IMODE((home / "pledger.toml").stat().st_mode) == 0o644
