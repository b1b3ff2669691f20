"""``pledger.toml``: where Kafka and PostgreSQL of a server home are.

Passwords are never in the file: it names an environment variable or a file that holds them. What
could hold one all the same is shown nowhere.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    ValidationError,
)
from pydantic_core import ErrorDetails

from application.errors import WrongSettings
from schemas.errors import describe

#: Names that need no quotes in SQL, with room for ``_g`` and a generation's number in the 63 bytes
#: that PostgreSQL keeps of a name. It has those with ``pg_`` for itself.
Schema = Annotated[str, StringConstraints(pattern=r"\A(?!pg_)[a-z_][a-z0-9_]{0,49}\Z")]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, regex_engine="python-re")


class Kafka(_Table):
    """The topic of facts. ``security`` has settings of the connection by Kafka's names; with
    ``_env`` or ``_file`` behind its name, one names where its value is."""

    bootstrap_servers: str
    topic: str = "pledger.facts"
    client_id: str = "pledger"
    security: dict[str, Any] = Field(default_factory=dict, repr=False)


class Postgres(_Table):
    """The database of the views. ``schema`` names the control schema."""

    dsn: SecretStr
    control_schema: Schema = Field("pledger", alias="schema")
    password_env: str | None = None
    password_file: str | None = None


class ServerSettings(_Table):
    """The settings of a ``pledger.toml``."""

    kafka: Kafka
    postgres: Postgres


#: The tables of the file, and their keys.
TABLES: Mapping[str, frozenset[str]] = {
    name: frozenset(field.alias or key for key, field in model.model_fields.items())
    for name, model in (("kafka", Kafka), ("postgres", Postgres))
}


def read_toml(path: Path) -> dict[str, Any]:
    """What a file of settings says. Raises WrongSettings; of an OSError, where it can't be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WrongSettings(
            f"a file that can be read at {path}",
            f"{error.strerror}",
            "let its owner allow it to this user",
        ) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongSettings(f"TOML in {path}", f"{error}", "correct the file") from error


def read_settings(path: Path) -> ServerSettings:
    """The settings in a file. Raises WrongSettings, naming the first thing that is wrong."""
    try:
        return ServerSettings.model_validate(read_toml(path))
    except ValidationError as error:
        # What is there and should not be explains best why something else is missing.
        details = sorted(error.errors(), key=lambda each: each["type"] == "missing")
        raise _wrong(path, details[0]) from None


def _wrong(path: Path, error: ErrorDetails) -> WrongSettings:
    table, *keys = (str(part) for part in error["loc"])
    if not keys:
        return _wrong_table(path, table, error)
    key, where = keys[0], f"in {path}, [{table}]"
    if error["type"] == "extra_forbidden":
        keys_of = _listed(TABLES[table])
        return WrongSettings(
            f"the keys {keys_of} {where}", f"{key!r}", "correct it, or take it out"
        )
    if error["type"] == "missing":
        return WrongSettings(f'{key} = "…" {where}', "none", "add it")
    if error["type"] == "string_pattern_mismatch":
        return WrongSettings(
            f"{key} to be at most 50 small letters, digits and _, not with a digit or pg_ in front,"
            f" {where}",
            describe(error["input"]),
            "name another",
        )
    kind = "a table" if key == "security" else "text in quotes"
    return WrongSettings(f"{key} to be {kind} {where}", "another kind of value", "correct it")


def _wrong_table(path: Path, table: str, error: ErrorDetails) -> WrongSettings:
    if error["type"] == "missing":
        required = "bootstrap_servers" if table == "kafka" else "dsn"
        return WrongSettings(f'{required} = "…" in {path}, [{table}]', "none", "add it")
    return WrongSettings(
        f"the tables {_listed(TABLES)} in {path}", f"{table!r}", "correct it, or take it out"
    )


def _listed(names: Mapping[str, object] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


def revealed(
    security: Mapping[str, Any], path: Path, environment: Mapping[str, str]
) -> dict[str, str]:
    """Settings of a connection with their secrets read: ``NAME_env`` names the environment variable
    and ``NAME_file`` the file that holds the value of ``NAME``. ``path`` is the settings' own."""
    plain = {
        name: str(value) for name, value in security.items() if not name.endswith(("_env", "_file"))
    }
    for name in security:
        bare = name.removesuffix("_env").removesuffix("_file")
        if bare != name:
            places = security.get(f"{bare}_env"), security.get(f"{bare}_file")
            plain[bare] = secret(bare, *places, path, environment) or ""
    return plain


def secret(
    name: str, variable: object, file: object, path: Path, environment: Mapping[str, str]
) -> str | None:
    """A secret by the name of its environment variable or of its file, which is looked for beside
    the settings; None where neither is named. Raises WrongSettings."""
    if variable:
        value = environment.get(str(variable))
        if value is None:
            # Its name is not shown: it happens that somebody writes the secret itself there.
            raise WrongSettings(
                f"the environment variable that {name}_env in {path} names",
                "none of that name",
                "set it, or name another",
            )
        return value
    if not file:
        return None
    try:
        return (path.parent / str(file)).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongSettings(
            f"a file with {name}, which {name}_file in {path} names",
            error.__class__.__name__,
            "make it readable, or name another",
        ) from error
