"""The wheel: whole, the same from the checkout and from the sdist, and at work in an environment
that has nothing but it and its three dependencies."""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from email.parser import Parser
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from ledger.port import EventData
from pledger_sdk import Sealer
from pledger_sdk.facts import CommitmentMade
from schemas import codec
from sdk.hatch_build import HERE, contract
from tests.helpers import ROOT
from tests.house.test_pins import required_by
from tests.sdk.emitting import NOON, SOURCE, facts

EMIT = """
import sys
from datetime import UTC, datetime
from pledger_sdk import Emitter
from pledger_sdk.facts import CommitmentMade

broker, topic, outbox = sys.argv[1:]
source = "/billing/invoicing"
with Emitter(bootstrap_servers=broker, source=source, topic=topic, outbox=outbox) as to:
    delivery = to.emit(
        CommitmentMade(commitment_id="INV-7", about="refund", refs=("order:7",)),
        subject="customer:8412",
        time=datetime(2026, 3, 2, 12, tzinfo=UTC),
        key="7",
    )
print(delivery.wait(0).position)
leaked = {"domain", "schemas", "ledger", "confluent_kafka", "psycopg"} & set(sys.modules)
assert not leaked, leaked
"""


def run(*command: object, cwd: Path | None = None, env: dict[str, str] | None = None) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=cwd, env=env)
    assert done.returncode == 0, f"{command}:\n{done.stdout}\n{done.stderr}"
    return done.stdout


def build(*options: object) -> None:
    run(sys.executable, "-m", "build", "--no-isolation", *options)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build("--wheel", "--outdir", folder, HERE)
    (made,) = folder.glob("*.whl")
    return made


def content(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_it_holds_the_package_and_the_contract_and_no_more(wheel: Path) -> None:
    files = content(wheel)
    source = HERE / "src"
    own = (*source.glob("pledger_sdk/*.py"), *source.glob("pledger_sdk/http/*.py"))
    package = {path.relative_to(source).as_posix() for path in own}
    copied = {f"pledger_sdk/_contract/{name}" for name in contract(ROOT)}
    about = "pledger_sdk-0.1.0.dist-info"
    said = {f"{about}/{name}" for name in ("METADATA", "RECORD", "WHEEL", "licenses/LICENSE")}
    assert set(files) == package | copied | said | {"pledger_sdk/py.typed"}
    assert files[f"{about}/licenses/LICENSE"] == (ROOT / "LICENSE").read_bytes()
    for name, text in contract(ROOT).items():
        assert files[f"pledger_sdk/_contract/{name}"].decode() == text
    for name, data in files.items():
        for place in {str(ROOT), str(Path.home()), str(Path(sys.prefix))} - {"/"}:
            assert place.encode() not in data, name


def test_it_says_what_it_needs(wheel: Path) -> None:
    said = Parser().parsestr(content(wheel)["pledger_sdk-0.1.0.dist-info/METADATA"].decode())
    needed = {Requirement(text) for text in said.get_all("Requires-Dist", [])}
    always = {each.name for each in needed if each.marker is None}
    assert always == {"fastavro", "kafka-python", "pydantic"}
    assert {each.name for each in needed if each.marker is not None} == {"httpx2"}
    assert said.get_all("Provides-Extra") == ["http"]
    for each in needed:
        operators = {part.operator for part in each.specifier}
        assert operators == {">=", "<"}, f"{each} has no floor or no ceiling"
        assert metadata.version(each.name) in each.specifier
    assert said["Requires-Python"] == "<3.14,>=3.11"
    assert said["License-Expression"] == "Apache-2.0"
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert said["Version"] == project["version"]
    assert "](../" not in str(said.get_payload())  # its links work elsewhere


def test_the_sdist_builds_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    build("--sdist", "--outdir", tmp_path, HERE)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()
    build("--wheel", "--outdir", tmp_path, source)
    (again,) = tmp_path.glob("*.whl")
    assert content(again) == content(wheel)


@pytest.fixture
def bare(wheel: Path, tmp_path: Path) -> Path:
    """The Python of a fresh environment with the wheel and what it needs. That is taken from here,
    so that the test needs no index."""
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv/bin/python"
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel)
    (site,) = (tmp_path / "venv").glob("lib/*/site-packages")
    for name in required_by(("fastavro", "kafka-python", "pydantic")):
        distribution = metadata.distribution(name)
        tops = {path.parts[0] for path in distribution.files or () if path.parts[0] != ".."}
        for top in tops - {"__pycache__"}:
            (site / top).symlink_to(Path(str(distribution.locate_file(top))))
    run(*pip, "check")
    return python


def test_it_emits_from_a_bare_environment(
    bare: Path, broker: str, topic: str, tmp_path: Path
) -> None:
    script = tmp_path / "emit.py"
    script.write_text(EMIT, encoding="utf-8")
    kept = {name: os.environ[name] for name in ("HOME", "PATH") if name in os.environ}
    printed = run(bare, "-I", script, broker, topic, tmp_path / "outbox", cwd=tmp_path, env=kept)
    (fact,) = facts(broker, topic)
    assert int(printed) == fact.position
    body = CommitmentMade(commitment_id="INV-7", about="refund", refs=("order:7",))
    same = Sealer(SOURCE).seal(body, subject="customer:8412", time=NOON, key="7")
    assert EventData(*fact[2:]) == EventData(*same)
    assert codec.decode(fact.body) == ("commitment.made", body.model_dump())
    run(bare, "-I", "-m", "pledger_sdk", "outbox-ddl", cwd=tmp_path, env=kept)
