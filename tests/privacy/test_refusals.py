"""Nothing that is refused is quoted, whichever way it came: one secret, planted in every value, is
in no reason, error, answer, log or list."""

from __future__ import annotations

import io
import itertools
import json
import random
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from consumers.decode import decode_messages
from consumers.worker.log import make_log
from domain.events import BODIES
from domain.instants import EPOCH
from ledger.envelope import NotAFact
from ledger.kafka.message import recorded
from ledger.kafka.settings import KafkaSettings
from pledger_sdk import Refused as RefusedByPackage
from pledger_sdk import Sealer, facts
from pledger_sdk.__main__ import main as package
from pledger_sdk.context import caused_by
from pledger_sdk.sender import Sender
from schemas import catalogue, codec, columns, jsonform
from schemas.errors import Refused
from tests.helpers import run
from tests.homes import opened, server_home
from tests.privacy.planted import (
    NAME,
    NUMBER,
    SECRET,
    WRONG,
    body,
    broken_bytes,
    lines,
    messages,
    traces,
)


def said_of(error: BaseException) -> str:
    """All that one can get to see of an error: as a text, for programs, and with its trace."""
    trace = "".join(traceback.format_exception_only(error))
    errors = error.errors() if isinstance(error, ValidationError) else ""
    return f"{error} {error!r} {error.args} {trace} {errors} {_chained(error)}"


def refusal(call: Callable[[], object], *kinds: type[Exception]) -> str:
    """All that one can get to see of what a call raises; nothing where it raises nothing."""
    try:
        call()
    except kinds as error:
        return said_of(error)
    return ""


def _chained(error: BaseException) -> str:
    return "".join(str(each) for each in (error.__cause__, error.__context__) if each)


def test_what_the_door_refuses(tmp_path: Path) -> None:
    everything = list(lines())
    outcome = run(tmp_path / "home", ["emit", "-", "--json"], b"\n".join(everything))
    answer = json.loads(outcome.out)
    assert outcome.code == 2
    # Not for nothing: what was refused is most of it, and the rest was kept.
    assert len(answer["rejected"]) > len(everything) * 0.6
    assert answer["accepted"] > 500
    wrong = [one for one in answer["rejected"] if traces(str(one))]
    assert not wrong
    assert not traces(outcome.out + outcome.err)


def test_what_people_see_of_it(tmp_path: Path) -> None:
    outcome = run(tmp_path / "home", ["emit", "-"], b"\n".join(list(lines())[::7]))
    assert outcome.code == 2
    assert not traces(outcome.out + outcome.err)
    outcome = run(tmp_path / "home", ["status"])
    assert not traces(outcome.out + outcome.err)


def test_what_is_no_fact_on_the_topic() -> None:
    told = [refusal(partial(recorded, message), NotAFact) for message in messages()]
    assert sum(map(bool, told)) > 200
    assert not traces(str(told))
    _, misfits = decode_messages(list(messages()))
    reasons = [reason for _, reason in misfits]
    assert len(reasons) > 200
    assert not traces(str(reasons))
    log = io.StringIO()
    for reason in reasons:
        make_log(log, lambda: EPOCH).warning("quarantined", reason=reason)
    assert not traces(log.getvalue())


@pytest.mark.parametrize("type", catalogue.TYPES)
def test_what_the_contract_refuses(type: str) -> None:
    good = body(type)
    # Of what Arrow can't hold it says so itself, before anything of ours sees the value.
    others = (OverflowError, UnicodeEncodeError, pa.ArrowException)
    for field, wrong in itertools.product(catalogue.fields(type), WRONG):
        given = {**good, field.name: wrong}
        told = refusal(partial(jsonform.from_json, type, given), Refused)
        told += refusal(partial(codec.encode, type, given), Refused)
        assert not traces(told)
        with suppress(*others):
            batch = pa.RecordBatch.from_pylist([given])
            told = refusal(partial(columns.encode_batch, type, batch), Refused)
            assert not traces(told)
    named = pa.RecordBatch.from_pylist([{**good, NAME: SECRET}])
    assert not traces(refusal(partial(columns.encode_batch, type, named), Refused))


def test_what_bytes_refuse() -> None:
    for wire in broken_bytes(random.Random(3)):
        assert not traces(refusal(partial(codec.decode, wire), Refused))


# ------------------------------------------------------------------------------------ the package


def calls() -> Iterator[Callable[[], object]]:
    """Calls of the package with the secret in each of their arguments."""
    sealer = Sealer("/care/desk")
    good = facts.CustomerChased(channel="phone")
    arguments: list[Mapping[str, Any]] = [
        {name: wrong}
        for name in ("subject", "time", "id", "key", "correlationid", "causationid", "sequence")
        for wrong in WRONG
    ]
    arguments += [{"extensions": wrong} for wrong in WRONG]
    names = itertools.product((SECRET, NAME, "type"), WRONG)
    arguments += [{"extensions": {name: wrong}} for name, wrong in names]
    arguments += [{SECRET: 1}, {NAME: SECRET}]
    yield from (
        partial(sealer.seal, good, **{"subject": "customer:1", **said}) for said in arguments
    )
    wrong: Any
    for wrong in WRONG:
        yield partial(Sealer, wrong)
        yield partial(sealer.seal, wrong, subject="customer:1")
        yield caused_by(wrong).__enter__
    for name in ("bootstrap_servers", "topic", "max_facts", "patience"):
        settings: Any = {"bootstrap_servers": "127.0.0.1:1", name: SECRET}
        yield partial(Sender, **settings)
    for name in ("sasl.mechanism", "security.protocol"):
        security = {name: SECRET, "sasl.password": SECRET}
        yield partial(Sender, bootstrap_servers="a:1", security=security)


def test_what_the_package_refuses() -> None:
    others = (AttributeError, TypeError)
    told = [refusal(call, RefusedByPackage, *others) for call in calls()]
    assert sum(map(bool, told)) > 60
    assert not [each for each in told if traces(each)]


@pytest.mark.parametrize("type", sorted(BODIES))
def test_what_the_models_refuse(type: str) -> None:
    model = facts.BODIES[type]
    for name, wrong in itertools.product((*model.model_fields, NAME), WRONG):
        given = {**body(type), name: wrong}
        for key in model.instants():
            if isinstance(given.get(key), str) and key != name:
                given[key] = datetime.fromisoformat(str(given[key]))
        told = refusal(partial(model.model_validate, given), ValueError)
        assert not traces(told)
    forged = model.model_construct(None, refs=(f"{SECRET}\0",), **{NAME: SECRET})
    with pytest.raises(RefusedByPackage) as refused:
        Sealer("/care/desk").seal(forged, subject="customer:1")
    assert not traces(said_of(refused.value))


# ----------------------------------------------------------------------------- connection strings

DSNS = (
    f"host=127.0.0.1 port=1 user=u password={NAME}",
    f"host=127.0.0.1 port=1 user=u password='{SECRET}'",
    f"host=127.0.0.1 port=1 password=a {NAME}",
    f"host=127.0.0.1 port=1 {NAME}=a",
    f"postgresql://u:{NAME}@127.0.0.1:1/db",
    f"postgresql://u:a@{NAME}@127.0.0.1:1/db",
    f"postgresql://u:{NAME}/b@127.0.0.1:1/db",
    f"postgresql://u:1/{NAME}@127.0.0.1:1/db",
    f"postgresql://u:a?{NAME}@127.0.0.1:1/db",
    f"postgresql://u:%{NAME}@127.0.0.1:1/db",
    f"postgresql://u:{NAME}@127.0.0.1:{NAME}/db",
    f"postgres//u:{NAME}@127.0.0.1",
    NAME,
)


@pytest.mark.parametrize("dsn", DSNS)
@pytest.mark.parametrize("command", [["status"], ["sql", "SELECT 1"], ["quarantine", "list"]])
def test_what_is_said_of_a_database(tmp_path: Path, dsn: str, command: list[str]) -> None:
    folder = server_home(tmp_path / "home", "127.0.0.1:1", "facts", dsn)
    if command == ["status"]:
        with pytest.raises(Exception) as problem:  # noqa: PT011 -- whichever it is
            opened(folder).views().state()
        assert not traces(said_of(problem.value))
        return
    outcome = run(folder, command)
    assert outcome.code
    assert not traces(outcome.out + outcome.err)


@pytest.mark.parametrize("dsn", DSNS)
def test_what_the_relay_says_of_a_database(
    dsn: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PLEDGER_OUTBOX_DSN", dsn)
    calls: list[object] = []
    relay = "pledger_sdk.__main__.OutboxRelay"
    monkeypatch.setattr(relay, lambda connect, _: _Calls(connect, calls))
    status = package(["relay", "--bootstrap-servers", "127.0.0.1:1", "--until-empty"])
    said = capsys.readouterr()
    assert status == 2 or calls
    assert not traces(said.out + said.err + "".join(map(str, calls)))


class _Calls:
    """Connects once, and keeps what is raised."""

    def __init__(self, connect: Any, calls: list[object]) -> None:
        self._connect, self._calls = connect, calls

    def run(self, *_: object, **__: object) -> None:
        try:
            self._connect()
        except Exception as problem:  # noqa: BLE001 -- whichever it is
            self._calls.append(problem)


@pytest.mark.parametrize(
    "text",
    [
        f'bootstrap_servers = "Endpoint=sb://a;SharedAccessKey={NAME}"',
        f'bootstrap_servers = "u:{NAME}@broker:9092"',
        f'bootstrap_servers = "127.0.0.1:1"\n[kafka.security]\n"sasl.mechanism" = "{NAME}"',
        f'bootstrap_servers = "127.0.0.1:1"\n[kafka.security]\n"sasl.password_env" = "{NAME}"',
        f'bootstrap_servers = "127.0.0.1:1"\n[kafka.security]\n"sasl.password_file" = "{NAME}"',
        f'bootstrap_servers = "{NAME}',
    ],
)
def test_what_is_said_of_a_broker(tmp_path: Path, text: str) -> None:
    folder = server_home(tmp_path / "home", "127.0.0.1:1", "facts", "host=127.0.0.1 port=1")
    whole = f'[postgres]\ndsn = "host=127.0.0.1 port=1 password={NAME}"\n[kafka]\n{text}\n'
    (folder / "pledger.toml").write_text(whole, encoding="utf-8")
    outcome = run(folder, ["emit", "-"])
    assert outcome.code
    assert not traces(outcome.out + outcome.err)


def test_settings_of_a_broker_are_shown_without_values() -> None:
    security = {"sasl.password": SECRET, "sasl.username": NAME, "ssl.key.password": str(NUMBER)}
    settings = KafkaSettings("127.0.0.1:9092", security=security)
    assert not traces(f"{settings!r} {settings} {vars(settings)}")
