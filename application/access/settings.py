"""``access.toml``: whose tokens a home trusts beside its own keys, and what their claims mean. It
lies in the home's folder, whatever the kind of home; where it is not there, keys alone are known.

A secret is never in the file: it names an environment variable or a file that holds it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from application.access.principals import SCOPES, Scope
from application.errors import WrongSettings
from application.home import ACCESS_SETTINGS
from application.settings import read_toml, secret

_PATH = r"(?:/[^\s?#]*)?"
_TRUSTWORTHY = re.compile(
    rf"https://[^\s/@?#]+{_PATH}|http://(?:localhost|127\.0\.0\.1|\[::1\])(?::[0-9]+)?{_PATH}"
)


class Oidc(BaseModel):
    """An OpenID Connect issuer. ``audience`` is what its tokens name this ledger. ``client_id`` is
    for the login of people; without it, no page offers one. ``scopes`` and ``departments`` say what
    a value of the claims of these names stands for; without such a table, a value stands for the
    scope or department of its own name, and in departments ``*`` for every one."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    issuer: str
    audience: str
    client_id: str | None = None
    client_secret_env: str | None = None
    client_secret_file: str | None = None
    name_claim: str = "sub"
    scopes_claim: str = "scope"
    departments_claim: str = "departments"
    scopes: dict[str, list[Scope]] | None = None
    departments: dict[str, list[str]] | None = None

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, issuer: str) -> str:
        if not is_trustworthy(issuer):
            raise ValueError("an address with https://, or of this machine")
        return issuer


class Trusted(NamedTuple):
    """The issuer that a home trusts, and what this client shows it to be known, if anything."""

    oidc: Oidc
    client_secret: str | None


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    oidc: Oidc


def is_trustworthy(address: str) -> bool:
    """Whether what comes from an address comes from who has its name: by https, or from this
    machine itself."""
    return _TRUSTWORTHY.fullmatch(address) is not None


def read_trusted(folder: Path, environment: Mapping[str, str]) -> Trusted | None:
    """The issuer that a home trusts; None where none is named. Raises ``WrongSettings``, naming the
    first thing that is wrong."""
    path = folder / ACCESS_SETTINGS
    try:
        oidc = _Settings.model_validate(read_toml(path)).oidc
    except WrongSettings as error:
        if isinstance(error.__cause__, FileNotFoundError | NotADirectoryError):
            return None
        raise
    except ValidationError as error:
        raise _wrong(path, error) from None
    places = oidc.client_secret_env, oidc.client_secret_file
    return Trusted(oidc, secret("client_secret", *places, path, environment))


def _wrong(path: Path, error: ValidationError) -> WrongSettings:
    """The first fault, by its place. Values are not shown: somebody may have written a secret."""
    details = min(error.errors(), key=lambda each: each["type"] == "missing")
    place = ".".join(str(part) for part in details["loc"])
    keys = ", ".join(Oidc.model_fields)
    match details["type"]:
        case "missing":
            return WrongSettings(f"{place} in {path}", "none", "add it")
        case "extra_forbidden":
            return WrongSettings(
                f"the table [oidc] in {path} with the keys {keys}",
                f"{place}",
                "correct it, or take it out",
            )
        case "literal_error":
            return WrongSettings(
                f"scopes among {', '.join(SCOPES)} at {place} in {path}", "another", "correct it"
            )
        case "value_error":
            return WrongSettings(
                f"{place} in {path} to be an address with https://, or of this machine",
                "another",
                "correct it",
            )
    return WrongSettings(f"another kind of value at {place} in {path}", "this one", "correct it")
