"""The settings of a sender: those that can't be used are refused, and those of an emitter are as
well typed as a sender's own."""

from __future__ import annotations

from inspect import Parameter, signature
from pathlib import Path
from typing import Any, Required, get_origin, get_type_hints

import pytest

from pledger_sdk import Emitter, Refused, Sender
from pledger_sdk.settings import Sending
from tests.sdk.emitting import NOWHERE, SOURCE, offline


@pytest.mark.parametrize(
    ("setting", "seen"),
    [
        ({"bootstrap_servers": ""}, "saw empty text: give each broker its port"),
        ({"bootstrap_servers": ["localhost:9092"]}, "saw list"),
        ({"bootstrap_servers": "localhost"}, "saw text of 9 characters"),
        ({"bootstrap_servers": "localhost:9092,"}, "saw empty text"),
        ({"bootstrap_servers": "localhost:0"}, "saw text of 11 characters"),
        ({"bootstrap_servers": "localhost:http"}, "saw text of 14 characters"),
        ({"bootstrap_servers": "PLAINTEXT://localhost:9092"}, "saw text of 26 characters"),
        ({"bootstrap_servers": "::1:9092"}, "saw text of 8 characters"),
        ({"topic": "a b"}, "saw text of 3 characters: give the name"),
        ({"topic": ""}, "saw empty text"),
        ({"topic": ".."}, "saw text of 2 characters"),
        ({"topic": "x" * 250}, "saw text of 250 characters"),
        ({"topic": None}, "saw NoneType"),
        ({"max_facts": 0}, "expected a whole number of 1 or more, saw 0"),
        ({"max_facts": -1}, "saw -1"),
        ({"max_facts": True}, "saw bool"),
        ({"max_bytes": 0}, "saw 0: say how much"),
        ({"max_bytes": 1e6}, "saw 1000000.0"),
        ({"patience": -1}, "expected seconds, 0 or more, saw -1"),
        ({"patience": float("nan")}, "saw nan"),
        ({"patience": float("inf")}, "saw inf"),
        ({"patience": None}, "saw NoneType"),
        ({"outbox": ""}, "saw '', which is none: name one"),
        ({"outbox": "."}, "saw '.', which is none"),
        ({"outbox": ":memory:"}, "saw ':memory:', which is none"),
        ({"outbox": b"facts"}, "saw bytes"),
    ],
)
def test_what_cant_be_used_is_refused(
    setting: dict[str, Any], seen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (name,) = setting
    with pytest.raises(Refused) as refused:
        offline(**setting)
    assert str(refused.value).startswith(f"{name}: expected ")
    assert seen in str(refused.value)
    assert not [*tmp_path.iterdir()], "nothing is made before all is well"


@pytest.mark.parametrize(
    "setting",
    [
        {"bootstrap_servers": "127.0.0.1:1, localhost:65535"},
        {"bootstrap_servers": "[::1]:9092"},
        {"topic": "Facts_2.of-all"},
        {"max_facts": 1, "max_bytes": 1, "patience": 0},
    ],
)
def test_what_can_be_used_is_taken(setting: dict[str, Any]) -> None:
    assert offline(**setting).close(0.0) == 0


def test_an_emitter_takes_what_a_sender_takes() -> None:
    takes = signature(Sender.__init__).parameters.values()
    needed = {each.name for each in takes if each.default is Parameter.empty} - {"self"}
    hints = get_type_hints(Sender.__init__)
    del hints["return"]
    assert get_type_hints(Sending) == hints
    extras = get_type_hints(Sending, include_extras=True)
    assert {name for name, hint in extras.items() if get_origin(hint) is Required} == needed


def test_misspelt_and_mistyped_settings_are_seen_by_a_type_checker() -> None:
    # The type checker complains of an ignored error that is none.
    with pytest.raises(TypeError, match="bootstrap_server"):
        Emitter(source=SOURCE, bootstrap_server=NOWHERE)  # type: ignore[call-arg]
    with pytest.raises(Refused):
        Emitter(source=SOURCE, bootstrap_servers=5)  # type: ignore[arg-type]
