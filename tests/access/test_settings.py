"""What an access.toml may say, and that no secret of it is ever shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from application.access.settings import is_trustworthy, read_trusted
from application.errors import WrongSettings
from application.home import ACCESS_SETTINGS

WHOLE = """
[oidc]
issuer = "https://login.example.com/realms/acme"
audience = "pledger"
client_id = "pledger-pages"
client_secret_env = "TEST_CLIENT_SECRET"
name_claim = "email"
scopes_claim = "realm_access.roles"
departments_claim = "groups"

[oidc.scopes]
readers = ["ask"]
care-desk = ["ask", "desk"]

[oidc.departments]
g1 = ["care"]
"""


def test_without_a_file_keys_alone_are_known(tmp_path: Path) -> None:
    assert read_trusted(tmp_path, {}) is None
    assert read_trusted(tmp_path / "none", {}) is None


def test_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / ACCESS_SETTINGS).write_text(WHOLE, encoding="utf-8")
    found = read_trusted(tmp_path, {"TEST_CLIENT_SECRET": "hidden"})
    assert found is not None
    oidc, secret = found
    assert secret == "hidden"
    assert oidc.scopes == {"readers": ["ask"], "care-desk": ["ask", "desk"]}
    assert oidc.departments == {"g1": ["care"]}
    assert "hidden" not in repr(oidc)
    with pytest.raises(WrongSettings, match="environment variable"):
        read_trusted(tmp_path, {})


@pytest.mark.parametrize(
    ("was", "now", "message"),
    [
        ("[oidc]", "[odic]", "oidc"),
        ('issuer = "https', 'issuer = "http', "oidc.issuer"),
        ('audience = "pledger"', "", "oidc.audience"),
        ('audience = "pledger"', "audience = 5", "oidc.audience"),
        ('audience = "pledger"', 'audienec = "pledger"', "oidc.audienec"),
        ('client_secret_env = "TEST', 'client_secret = "hunter2TEST', "oidc.client_secret"),
        ('["ask", "desk"]', '["hunter2"]', "scopes among emit"),
        ('readers = ["ask"]', 'readers = "ask"', "oidc.scopes.readers"),
        ("[oidc]", "[oidc", "TOML"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, was: str, now: str, message: str) -> None:
    assert was in WHOLE
    (tmp_path / ACCESS_SETTINGS).write_text(WHOLE.replace(was, now), encoding="utf-8")
    with pytest.raises(WrongSettings, match=message) as told:
        read_trusted(tmp_path, {"TEST_CLIENT_SECRET": "hidden"})
    assert "hunter2" not in str(told.value)
    assert "access.toml" in str(told.value)


@pytest.mark.parametrize(
    ("address", "trusted"),
    [
        ("https://login.example.com", True),
        ("https://login.example.com:8443/realms/x/", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost/x", True),
        ("http://[::1]:80", True),
        ("http://login.example.com", False),
        ("http://localhost.example.com", False),
        ("http://localhost@example.com", False),
        ("https://user@example.com", False),
        ("https://", False),
        ("https://x.example/?q", False),
        ("file:///etc/passwd", False),
        ("https://x.example/\n", False),
    ],
)
def test_what_can_be_trusted(address: str, trusted: bool) -> None:
    assert is_trustworthy(address) == trusted
