"""What a pledger.toml may say, and that no password is ever shown."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from application.errors import WrongSettings
from application.home import SERVER_FILE
from application.server_home import ServerHome
from schemas.errors import describe
from tests.helpers import run
from tests.homes import opened

WHOLE = """
[kafka]
bootstrap_servers = "127.0.0.1:9092"
topic = "facts"

[kafka.security]
"security.protocol" = "SASL_SSL"
"sasl.mechanism" = "SCRAM-SHA-512"
"sasl.username" = "pledger"
"sasl.password_env" = "TEST_KAFKA_PASSWORD"

[postgres]
dsn = "host=127.0.0.1 dbname=pledger user=pledger"
password_file = "secrets/postgres"
"""


def home(folder: Path, text: str) -> ServerHome:
    (folder / SERVER_FILE).write_text(text, encoding="utf-8")
    return opened(folder)


def test_secrets_come_from_the_environment_and_from_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_KAFKA_PASSWORD", "open sesame")
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets/postgres").write_text("hush 'hush'\n")
    found = home(tmp_path, WHOLE)
    assert found.kafka.security["sasl.password"] == "open sesame"
    assert found.kafka.topic == "facts"
    assert "open sesame" not in repr(found.kafka)
    assert "hush" in found.dsn


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[kafka", "expected TOML"),
        (
            "[kafka]\nbootstrap_servers = 'x:1'\n",
            'expected dsn = "…" in PATH, [postgres], saw none; add it',
        ),
        (
            "[postgres]\ndsn = 'x'\n",
            'expected bootstrap_servers = "…" in PATH, [kafka], saw none; add it',
        ),
        ("[kafca]\n", "expected the tables kafka, postgres in PATH, saw 'kafca'"),
        ("kafka = 3\n", "expected the tables kafka, postgres in PATH, saw 'kafka'"),
        ("[kafka]\nbroker = 'x'\n", "saw 'broker'"),
        ("[kafka]\nbootstrap_servers = 3\n", "expected bootstrap_servers"),
        ("[kafka]\nsecurity = 'SSL'\n", "expected security to be a table"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(WrongSettings) as caught:
        home(tmp_path, text)
    assert said in str(caught.value).replace(str(tmp_path / SERVER_FILE), "PATH")


def named(schema: str) -> str:
    servers = "[kafka]\nbootstrap_servers = 'x:1'\n[postgres]\ndsn = ''\n"
    return f"{servers}schema = {json.dumps(schema)}\n"


@pytest.mark.parametrize(
    "schema",
    ["", 'a"b', "a b", "a;b", "a.b", "Views", "3_views", "pg_views", "vues_été", "v" * 51, "a\n"],
)
def test_a_schema_is_named_without_quotes(tmp_path: Path, schema: str) -> None:
    with pytest.raises(WrongSettings, match="expected schema to be") as caught:
        home(tmp_path, named(schema))
    assert f"{SERVER_FILE}, [postgres], saw {describe(schema)}; name another" in str(caught.value)


@pytest.mark.parametrize("schema", ["pledger", "_views", "views_3", "v" * 50])
def test_a_schema_that_is_named_well(tmp_path: Path, schema: str) -> None:
    assert home(tmp_path, named(schema)).views().schema == schema


@pytest.mark.parametrize(
    ("kafka", "said"),
    [
        ("bootstrap_servers = ''", "expected bootstrap_servers to be HOST:PORT"),
        ("bootstrap_servers = 'localhost'", "saw text of 9 characters; correct it"),
        ("bootstrap_servers = 'x:1'\ntopic = 'a b'", "expected topic to be"),
    ],
)
def test_a_worker_refuses_a_wrong_address_at_once(tmp_path: Path, kafka: str, said: str) -> None:
    home(tmp_path, f"[kafka]\n{kafka}\n[postgres]\ndsn = ''\n")
    outcome = run(tmp_path, ["worker"])
    assert outcome.code == 2
    assert said in outcome.err
    assert f"{SERVER_FILE}, [kafka], saw" in outcome.err


def test_a_dsn_that_is_none_is_not_shown(tmp_path: Path) -> None:
    text = "[kafka]\nbootstrap_servers = 'x:1'\n[postgres]\ndsn = 'password=sek ret'\n"
    with pytest.raises(WrongSettings, match="expected a DSN") as caught:
        _ = home(tmp_path, text).dsn
    assert "sek" not in str(caught.value)


def test_a_secret_that_is_not_there_is_named(tmp_path: Path) -> None:
    found = home(tmp_path, WHOLE)
    with pytest.raises(WrongSettings, match="sasl.password_env in .* names"):
        _ = found.kafka
    with pytest.raises(WrongSettings, match="password_file in .* names"):
        _ = found.dsn
